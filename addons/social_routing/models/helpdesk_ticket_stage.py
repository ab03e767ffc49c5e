from odoo import models
from odoo.tools.mail import email_normalize

from odoo.addons.social_engagement.models.social_conversation_waiting import TO_DO

SILENT = "social_routing.silent_stages"  # ticket id → stage it was moved to by itself


class HelpdeskTicket(models.Model):
    """Who has a ticket, and its stage, follow what is said; and who hears of a stage by
    mail.
    """

    _inherit = "helpdesk.ticket"

    def _take(self, user):
        """Who replies takes what nobody has, who may work on it."""
        for ticket in self.sudo().filtered(lambda t: not (t.user_id or t.closed)):
            if ticket._can_be_worked_on_by(user):
                ticket.user_id = user

    def _follow_stage(self, waits):
        """Moves open tickets to a stage that fits: one that waits for the customer, or
        one in which they are worked on. A stage that fits is left as it is.

        :param waits: whether the customer is waited for
        """
        moving = self.sudo().filtered(
            lambda t: (
                t.active and not t.closed and t.stage_id.waits_for_customer != waits
            )
        )
        if waits:  # answered in one place, asked in another
            asked = self.sudo().conversation_ids.filtered(lambda c: c.state in TO_DO)
            moving -= asked.ticket_id
        for (team, company), tickets in moving.grouped(
            lambda t: (t.team_id, t.company_id)
        ).items():
            stages = team.with_company(company)._get_applicable_stages()
            stages = stages.filtered(lambda s: not s.closed)
            waiting = stages.filtered("waits_for_customer")
            begun = (stages - waiting).filtered(lambda s: not s.unattended)
            if waits and not waiting:  # at least nobody takes it for new
                tickets = tickets.filtered("stage_id.unattended")
            if stage := (waits and waiting or begun)[:1]:
                tickets._move_silently(stage)

    def _move_silently(self, stage):
        """Nobody chose the stage: it is no news that customers get a mail about."""
        silent = self.env.cr.precommit.data.setdefault(SILENT, {})
        silent.update(dict.fromkeys(self.ids, stage.id))
        self.stage_id = stage

    def _track_template(self, changes):
        """Mails of stages go to those who wrote by mail: nobody who wrote in public
        gets one, and without address there is nobody to send it to.
        """
        res = super()._track_template(changes)
        ticket = self[0].sudo()
        silent = self.env.cr.precommit.data.get(SILENT, {})
        by_itself = silent.get(ticket.id) == ticket.stage_id.id
        address = ticket.partner_id.email or ticket.partner_email or ""
        has_address = email_normalize(address, strict=False)
        if by_itself or ticket._is_social() or not has_address:
            res.pop("stage_id", None)
        return res

    def _is_social(self):
        """Whether its customer wrote on a network, not by mail."""
        social = self.env["ir.model.data"]._xmlid_to_res_id(
            "social_routing.helpdesk_ticket_channel_social"
        )
        by_mail = self._sources().get(self.channel_id.id) == "email"
        return (
            self.channel_id.id == social or bool(self.conversation_ids) and not by_mail
        )
