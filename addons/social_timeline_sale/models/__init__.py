from . import social_conversation, social_timeline
