from . import social_timeline
