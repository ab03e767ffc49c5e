from . import (
    base_partner_merge,
    social_channel_choice,
    social_channel_connect,
    social_channel_test,
    social_conversation_change,
    social_privacy_request,
    social_message_decision,
    social_sign_in,
)
