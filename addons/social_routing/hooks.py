from odoo.fields import Command


def post_init_hook(env):
    """Tickets that are there already have waited since they came."""
    env.cr.execute("UPDATE helpdesk_ticket SET queued_at = create_date")


def uninstall_hook(env):
    """Gives the chatter of routed conversations back to them; their tickets and leads
    stay. And agents for social networks are no helpdesk agents any more.
    """
    for link in ("lead_id", "ticket_id"):
        conversations = env["social.conversation"].search([(link, "!=", False)])
        conversations._take_back_chatter(link)
    helpdesk = env.ref("helpdesk_mgmt.group_helpdesk_user_team")
    agents = env.ref("social_engagement.group_social_user")
    agents.implied_ids = [Command.unlink(helpdesk.id)]
