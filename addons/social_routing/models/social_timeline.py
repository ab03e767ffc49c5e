import json

from odoo import fields, models
from odoo.tools import SQL


class SocialTimelineEntry(models.Model):
    _inherit = "social.timeline.entry"

    kind = fields.Selection(
        selection_add=[("ticket", "Ticket"), ("lead", "Lead")],
        ondelete={"ticket": "cascade", "lead": "cascade"},
    )


class HelpdeskTicket(models.Model):
    _name = "helpdesk.ticket"
    _inherit = ["social.timeline.source", "helpdesk.ticket"]

    _timeline_kind = "ticket"
    _timeline_moves = {"partner_id", "channel_id"}

    def _timeline_rows(self):
        channels = {"portal": "web", "email": "email", "phone": "phone"}
        known = {
            channel: channels[source]
            for channel, source in self._sources().items()
            if channel and source in channels
        }
        return SQL(
            """SELECT t.id, t.partner_id, t.create_date AS date, 'ticket' AS kind,
                      coalesce(
                          (SELECT min(network) FROM social_conversation
                           WHERE ticket_id = t.id),
                          (%(known)s::jsonb ->> t.channel_id::text)) AS channel
               FROM helpdesk_ticket t WHERE t.id = ANY(%(ids)s)""",
            known=json.dumps(known),
            ids=self.ids,
        )

    def _timeline_facts(self):
        return [self.stage_id.display_name] if self.stage_id else []


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["social.timeline.source", "crm.lead"]

    _timeline_kind = "lead"

    def _timeline_facts(self):
        facts = [self.stage_id.display_name] if self.stage_id else []
        return facts if self.active else [*facts, self.env._("Lost")]


class SocialIdentity(models.Model):
    _inherit = "social.identity"

    def _bear_contact(self):
        conversations = self.profile_id.sudo().conversation_ids
        return [
            *super()._bear_contact(),
            conversations.ticket_id,
            conversations.lead_id,
        ]


class SocialProfile(models.Model):
    _inherit = "social.profile"

    def _contacts_by_reference(self, references):
        found = super()._contacts_by_reference(references)
        tickets = self.env["helpdesk.ticket"].sudo()
        domain = [("number", "in", list(references)), ("partner_id", "!=", False)]
        for ticket in references and tickets.search(domain):
            found.setdefault(ticket.partner_id.id, set()).add(ticket.number)
        return found
