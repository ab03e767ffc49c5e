from . import social_channel, social_feed, social_intake
