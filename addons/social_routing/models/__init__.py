from . import (
    social_routing_rule,
    social_routing_case,
    helpdesk_ticket,
    social_channel,
    social_conversation,
)
