from . import social_feed, social_intake
