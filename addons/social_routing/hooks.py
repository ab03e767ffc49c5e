def uninstall_hook(env):
    """Gives the chatter of routed conversations back to them; their tickets stay."""
    env["social.conversation"].search([("ticket_id", "!=", False)])._take_back_chatter()
