from odoo import models
from odoo.tools import SQL


class CalendarEvent(models.Model):
    _name = "calendar.event"
    _inherit = ["social.timeline.source", "calendar.event"]

    _timeline_kind = "meeting"
    _timeline_date = "start"
    _timeline_moves = {"active", "partner_ids"}

    def _timeline_owner(self):
        """Everybody who is invited; ``partner_id`` is who invites."""
        return SQL(
            """SELECT calendar_event_id AS id, res_partner_id AS partner_id
               FROM calendar_event_res_partner_rel"""
        )

    def _timeline_rows(self):
        return SQL(
            """SELECT e.id, invited.partner_id, e.start AS date, 'meeting' AS kind,
                      NULL AS channel
               FROM calendar_event e JOIN (%s) AS invited ON invited.id = e.id
               WHERE e.id = ANY(%s) AND e.active""",
            self._timeline_owner(),
            self.ids,
        )

    def _timeline_facts(self):
        return [self.location] if self.location else []
