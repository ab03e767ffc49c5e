from odoo import fields, models
from odoo.tools import html2plaintext

from odoo.addons.social_engagement.models.bulk import set_each
from odoo.addons.social_engagement.models.social_conversation import (
    NEEDS_ANSWER,
    QUIET,
)


class SocialConversation(models.Model):
    _inherit = "social.conversation"

    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        copy=False,
    )
    routing_case_id = fields.Many2one(
        "social.routing.case", readonly=True, ondelete="set null", copy=False
    )
    priority_score = fields.Float(
        "Priority score", readonly=True, copy=False, aggregator="avg"
    )
    routing_explanation = fields.Html(related="routing_case_id.explanation")
    reopened = fields.Boolean(
        readonly=True, copy=False, help="Open again, and not decided about yet."
    )

    def write(self, vals):
        waited = self.filtered(lambda c: c.state == "waiting")
        res = super().write(vals)
        if "state" in vals:
            tickets = self.sudo().ticket_id
            if vals["state"] == "waiting":
                tickets._answered()
            else:
                waited.sudo().ticket_id._customer_is_back()
        return res

    def _go_on(self, messages):
        closed = self.state in ("solved", "no_action")
        res = super()._go_on(messages)
        if closed and self.state == "open":
            self.reopened = True
        return res

    def _route(self, messages):
        result = super()._route(messages)
        handed_over = messages.filtered("conversation_id.ticket_id")
        cases = self.env["social.routing.case"]._decide(messages)
        last = {case.conversation_id: case.id for case in cases}  # the last word
        cases = cases.browse(last.values())
        set_each(
            cases.conversation_id,
            [
                {
                    "routing_case_id": case.id,
                    "priority_score": case.priority_score,
                    "reopened": False,
                }
                for case in cases
            ],
        )
        for case in cases.filtered("ticket_id"):
            case.ticket_id._decided_again(case)
        self._reopen_tickets(handed_over)
        self._follow_up(cases.filtered(lambda c: not c.ticket_id))
        return result

    def _follow_up(self, cases):
        """What the decisions about conversations without ticket lead to."""
        by_outcome = cases.grouped("outcome")
        none = cases.browse()
        by_outcome.get("nothing", none).conversation_id.write({"state": "no_action"})
        self._make_tickets(by_outcome.get("ticket", none))
        self._make_leads(by_outcome.get("lead", none))
        cases._hand_over_activities()

    def _make_tickets(self, cases):
        """One ticket for each case, in batches per company."""
        for company, group in cases.grouped("company_id").items():
            first_stages = {
                team: team.with_company(company)._get_applicable_stages()[:1]
                for team in {case.team_id for case in group}
            }
            values = [case._ticket_values(first_stages) for case in group]
            tickets = (
                self.env["helpdesk.ticket"].with_company(company).with_context(**QUIET)
            )
            tickets = tickets.create(tickets._numbered(values))
            set_each(group, [{"ticket_id": ticket.id} for ticket in tickets])
            group.conversation_id._hand_over(tickets.with_env(self.env))

    def _make_leads(self, cases):
        """One lead for each case."""
        leads = self.env["crm.lead"].with_context(**QUIET)
        leads = leads.create([case._lead_values() for case in cases])
        set_each(cases, [{"lead_id": lead.id} for lead in leads])

    def _hand_over(self, tickets):
        """From now on each conversation is worked on in its ticket's chatter."""
        worked_on = self.filtered("in_chatter")
        self.filtered(lambda c: c.state == "no_action").state = "open"
        set_each(
            self, [{"ticket_id": ticket.id, "in_chatter": True} for ticket in tickets]
        )
        tickets.invalidate_recordset(["conversation_ids"])
        for conversation in worked_on:
            conversation._move_chatter(conversation, conversation.ticket_id)

    def _move_chatter(self, source, target):
        shown = self.social_message_ids.mail_message_id.filtered(
            lambda m: m.model == source._name and m.res_id == source.id
        )
        shown.sudo().write({"model": target._name, "res_id": target.id})

    def _take_back_chatter(self):
        for conversation in self:
            conversation._move_chatter(conversation.ticket_id, conversation)

    def _reopen_tickets(self, messages):
        """A closed ticket opens again when its customer needs an answer; after a mere
        thank-you both it and the conversation stay closed.
        """
        for conversation, posts in messages.grouped("conversation_id").items():
            ticket = conversation.ticket_id
            if ticket.active and not ticket.closed:
                continue
            if any(post.needs_answer >= NEEDS_ANSWER for post in posts):
                stages = ticket.team_id._get_applicable_stages()
                stage = stages.filtered(lambda s: not s.closed)[:1] or ticket.stage_id
                ticket.write({"active": True, "stage_id": stage.id})
            else:
                conversation.state = "solved"

    def _follow_text(self, message, before):
        cases = self._cases()
        cases.filtered(lambda c: c.subject == before["subject"]).subject = False
        result = super()._follow_text(message, before)
        cases.filtered(lambda c: not c.subject).subject = self.name
        if message.gone_at:
            cases.filtered(lambda c: c.message_id == message).text = False
        for record in (*self.ticket_id, *cases.lead_id):
            link = "lead_id" if record._name == "crm.lead" else "ticket_id"
            began = cases.filtered(lambda c, r=record, n=link: c[n] == r)[:1]
            as_it_was = _same(record.description, before["html"])
            if began.message_id == message and (message.gone_at or as_it_was):
                record.with_context(**QUIET).description = message._html()
        return result

    def _bear_subject(self):
        return [*super()._bear_subject(), *self.ticket_id, *self._cases().lead_id]

    def _cases(self):
        """What was decided about these conversations, oldest first."""
        return self.env["social.routing.case"].search(
            [("conversation_id", "in", self.ids)], order="id"
        )

    def _desk_thread(self):
        return self.ticket_id or super()._desk_thread()

    def action_create_ticket(self):
        """Makes a ticket by hand, where the rules made none."""
        self.ensure_one()
        self.check_access("write")
        if not self.ticket_id:
            case = self.sudo().routing_case_id
            if not case:
                message = self._answer_target().sudo()
                case = self.env["social.routing.case"].sudo()._decide(message)
            case._overrule()
            self.sudo().write(
                {"routing_case_id": case.id, "priority_score": case.priority_score}
            )
            self.sudo()._make_tickets(case)
            self._show_in_chatter()
            self.state = "open"
        return self.action_view_ticket()

    def action_view_ticket(self):
        return self.ticket_id.get_formview_action()


def _same(html, other):
    """Whether two pieces of HTML read the same."""
    return html2plaintext(html or "").split() == html2plaintext(other or "").split()
