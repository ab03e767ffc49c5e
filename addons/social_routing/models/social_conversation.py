from odoo import fields, models
from odoo.tools import html2plaintext

from odoo.addons.social_engagement.models.bulk import set_each
from odoo.addons.social_engagement.models.social_conversation import (
    NEEDS_ANSWER,
    QUIET,
)
from odoo.addons.social_engagement.models.social_retention import RETAINED


class SocialConversation(models.Model):
    _inherit = "social.conversation"

    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        copy=False,
    )
    lead_id = fields.Many2one(
        "crm.lead",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        copy=False,
    )
    routing_case_id = fields.Many2one(
        "social.routing.case", readonly=True, ondelete="set null", copy=False
    )
    priority_score = fields.Float("Priority score")
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
                tickets._wait_for_customer()
                tickets._follow_stage(waits=True)
            else:
                waited.sudo().ticket_id._customer_is_back()
        return res

    def _go_on(self, messages, overtaken=None):
        closed = self.state in ("solved", "no_action")
        res = super()._go_on(messages, overtaken)
        if closed and self.state == "open":
            self.reopened = True
        if self.state not in ("solved", "no_action"):
            # Answered in mails, or by a stage.
            self.sudo().ticket_id._customer_is_back()
        return res

    def _route(self, messages):
        result = super()._route(messages)
        handed_over = messages.filtered("conversation_id.ticket_id")
        cases = self.env["social.routing.case"]._decide(messages)
        last = {case.conversation_id: case.id for case in cases}  # the last word
        cases = cases.browse(last.values())
        careful = cases.filtered(lambda case: case._ruled("needs_approval"))
        careful.conversation_id.needs_approval = True
        set_each(
            cases.conversation_id,
            [
                {
                    "routing_case_id": case.id,
                    "reopened": False,
                }
                for case in cases
            ],
        )
        cases.conversation_id.modified(["routing_case_id"])
        for case in cases.filtered("ticket_id"):
            case.ticket_id._decided_again(case)
        self._reopen_tickets(handed_over)
        # What opened nothing is kept as it was decided, and nothing follows from it.
        going_on = cases.filtered(lambda c: c.conversation_id.state != "solved")
        self._follow_up(going_on.filtered(lambda c: not c.ticket_id))
        return result

    def _follow_up(self, cases):
        """What the decisions about conversations without ticket lead to."""
        by_outcome = cases.grouped("outcome")
        none = cases.browse()
        by_outcome.get("nothing", none).conversation_id.write({"state": "no_action"})
        self._make_tickets(by_outcome.get("ticket", none))
        of_leads = by_outcome.get("lead", none)
        self._make_leads(of_leads.filtered(lambda c: not c.lead_id))
        for case in cases.filtered("lead_id") & of_leads:
            case.lead_id._decided_again(case)
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
        """One lead for each case, in batches per company."""
        for company, group in cases.grouped("company_id").items():
            leads = self.env["crm.lead"].with_company(company).with_context(**QUIET)
            leads = leads.create(group._lead_values())
            set_each(group, [{"lead_id": lead.id} for lead in leads])
            group.conversation_id._hand_over(leads.with_env(self.env))

    def _hand_over(self, records):
        """From now on each conversation is worked on in the chatter of its ticket or
        lead.
        """
        desks = {c: c._desk_thread() for c in self if c.in_chatter}
        self.filtered(lambda c: c.state == "no_action").state = "open"
        link = records._conversation_field()
        set_each(self, [{link: record.id, "in_chatter": True} for record in records])
        records.invalidate_recordset(["conversation_ids"])
        self.modified([link])
        for conversation, desk in desks.items():
            conversation._move_chatter(desk, conversation._desk_thread())
        for conversation in self:
            for other in (
                conversation.private_conversation_id
                | conversation.public_conversation_ids
            ):
                conversation._share_desk(other)

    def _go_on_in(self, private):
        result = super()._go_on_in(private)
        self._share_desk(private)
        private.sudo().ticket_id._customer_is_back()
        return result

    def _share_desk(self, other):
        """Two conversations that are one case are worked on in one ticket or lead,
        unless each has its own already.
        """
        for source, target in ((self, other), (other, self)):
            record = source.ticket_id or source.lead_id
            if not record or target.ticket_id or target.lead_id:
                continue
            target.write({record._conversation_field(): record.id, "in_chatter": True})
            for place in (source, target):
                target._move_chatter(place, record)

    def _forget_answer(self, count, since):
        ticket, waited = self.sudo().ticket_id, self.state == "waiting"
        stage = ticket.stage_id
        result = super()._forget_answer(count, since)
        ticket._not_answered(since)
        if waited and self.state != "waiting":
            ticket._forget_reply(since, stage)
        return result

    def _miss_answer(self, answer):
        unanswered = super()._miss_answer(answer)
        if unanswered and answer.delivery_state != "sent":
            self.sudo().ticket_id._not_answered(answer.posted_at)
        return unanswered

    def _take_up_answer(self):
        result = super()._take_up_answer()
        self.filtered(lambda c: c.state == "waiting").sudo().ticket_id._answered()
        return result

    def _take(self, user):
        if self.lead_id and not self.lead_id.with_user(user).has_access("write"):
            return False  # sales would never see it again
        if self.ticket_id and not self.sudo().ticket_id._can_be_worked_on_by(user):
            return False
        return super()._take(user)

    def _take_back_chatter(self, link):
        """What they are worked on in goes away.

        :param link: the field that leads there
        """
        for conversation in self:
            desk = conversation._desk_thread()
            conversation[link] = False
            conversation._move_chatter(desk, conversation._desk_thread())

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
            elif conversation.state not in ("solved", "no_action"):
                conversation.state = "solved"

    def _follow_texts(self, messages, before):
        subjects = {before[message]["subject"] for message in messages}
        cases = self.env["social.routing.case"]
        of_texts = cases.search(
            [
                ("conversation_id", "=", self.id),
                "|",
                ("subject", "in", [*subjects, False]),
                ("message_id", "in", messages.filtered("gone_at").ids),
            ],
            order="id",
        )
        named = of_texts.filtered(lambda c: not c.subject or c.subject in subjects)
        result = super()._follow_texts(messages, before)
        named.subject = self.name
        of_texts.filtered("message_id.gone_at").text = False
        for record in (*self.ticket_id, *self.lead_id):
            self._follow_first_text(record, messages, before)
        return result

    def _follow_first_text(self, record, messages, before):
        """The description of a ticket or lead follows the post it was made of, unless
        somebody wrote another one.
        """
        link = record._conversation_field()
        began = self.env["social.routing.case"].search(
            [("conversation_id", "=", self.id), (link, "=", record.id)],
            order="id",
            limit=1,
        )
        message = began.message_id & messages
        if not message or self._keeps_records(message):
            return
        as_it_was = _same(record.description, before[message]["html"])
        if message.gone_at or as_it_was:
            record.with_context(**QUIET).description = message._public_html()

    def _bear_subject(self, message):
        records = self.ticket_id, self.lead_id
        records = () if self._keeps_records(message) else records
        return [*super()._bear_subject(message), *(r for each in records for r in each)]

    def _keeps_records(self, message):
        """Whether tickets and leads keep what a post said that is kept no longer."""
        by_age = message.gone_reason == RETAINED
        return by_age and message.channel_id.keep_tickets

    def _cover(self):
        cases = self._cases().filtered("is_private")
        cases.subject = False
        result = super()._cover()
        for case in cases:
            case.subject = case.conversation_id.name
            for record in (*case.ticket_id, *case.lead_id):
                if _same(record.description, case.message_id._html()):
                    covered = case.message_id._public_html()
                    record.with_context(**QUIET).description = covered
        return result

    def _cases(self):
        """What was decided about these conversations, oldest first."""
        return self.env["social.routing.case"].search(
            [("conversation_id", "in", self.ids)], order="id"
        )

    def _may_ask_rating(self):
        team = self.ticket_id.team_id
        return (not team or team.ask_rating) and super()._may_ask_rating()

    def _desk_thread(self):
        return self.ticket_id or self.lead_id or super()._desk_thread()

    # ------------------------------------------------------------------
    # By hand
    # ------------------------------------------------------------------

    def action_create_ticket(self):
        """Makes a ticket by hand, where the rules made none."""
        self.ensure_one()
        self.check_access("write")
        if not self.ticket_id:
            self.sudo()._make_tickets(self._overruled_case("ticket"))
            self._brought_by_hand()
        return self.action_view_ticket()

    def action_hand_over_ticket(self):
        """Makes a ticket by hand and opens it; can be undone.

        :return: action
        """
        return self._hand_over_undoably(
            self.env._("Ticket created"), self.action_create_ticket
        )

    def action_hand_over_lead(self):
        """Makes a lead by hand and opens it where the user may; can be undone.

        :return: action
        """
        return self._hand_over_undoably(
            self.env._("Lead created"), self.action_create_lead
        )

    def _hand_over_undoably(self, words, make):
        self.ensure_one()
        opened = []
        undoable = self._undoable(words, lambda: opened.append(make()))
        if undoable:
            undoable["params"] |= {"next": opened[0], "back": self._here()}
        return undoable or opened[0]

    def _here(self):
        """The action that opens this conversation, after an undo."""
        return self.get_formview_action()

    def action_create_lead(self):
        """Makes a lead by hand: somebody wants to buy."""
        self.ensure_one()
        self.check_access("write")
        if not self.lead_id:
            self.sudo()._make_leads(self._overruled_case("lead"))
            self._brought_by_hand()
        if self.lead_id.has_access("read"):
            return self.action_view_lead()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Sales have it now."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _overruled_case(self, outcome):
        """The case of a conversation, decided otherwise by a person."""
        case = self.sudo().routing_case_id
        if not case:
            message = self._answer_target().sudo()
            case = self.env["social.routing.case"].sudo()._decide(message)
        case._overrule(outcome)
        self.sudo().routing_case_id = case
        return case

    def _brought_by_hand(self):
        self._show_in_chatter()
        self.state = "open"

    def action_view_ticket(self):
        return self.ticket_id.get_formview_action()

    def action_view_lead(self):
        return self.lead_id.get_formview_action()


def _same(html, other):
    """Whether two pieces of HTML read the same."""
    return html2plaintext(html or "").split() == html2plaintext(other or "").split()
