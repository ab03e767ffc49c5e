import logging
from uuid import uuid4

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..analysis.language import detect
from . import placeholders
from .forgery import check_form, check_writable
from .languages import SURE, language_name
from .transaction import OVERTAKEN, commit_each, is_fault_of_system, place

_logger = logging.getLogger(__name__)

BATCH = 50
DELIVERIES = {  # a reply's delivery → what became of a line
    "queued": "sending",
    "sending": "sending",
    "to_approve": "to_approve",
    "sent": "sent",
    "withdrawing": "sent",
    "standing": "sent",
}
PLACES = ("name", "handle", "agent", "company")


class SocialBulkAnswer(models.Model):
    """One answer to many conversations, each given as if by hand: checked, approved
    where the channel wants it, and under a key of its own, so that nothing is sent
    twice whatever is repeated.
    """

    _name = "social.bulk.answer"
    _description = "Answer to Many"
    _order = "id desc"

    name = fields.Char(compute="_compute_name")
    text = fields.Text("Answer")
    state = fields.Selection(
        [("draft", "Draft"), ("running", "Being given"), ("done", "Done")],
        required=True,
        default="draft",
        readonly=True,
        index=True,
        copy=False,
    )
    user_id = fields.Many2one(
        "res.users",
        "Who answers",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    line_ids = fields.One2many("social.bulk.answer.line", "bulk_id", "Conversations")
    line_count = fields.Integer("How many", compute="_compute_progress")
    given_count = fields.Integer("Answered", compute="_compute_progress")
    refused_count = fields.Integer("Not answered", compute="_compute_progress")
    sent_count = fields.Integer("Replied", compute="_compute_outcomes")
    sending_count = fields.Integer("Sending", compute="_compute_outcomes")
    other_language_count = fields.Integer(compute="_compute_outcomes")
    progress = fields.Float(compute="_compute_progress", help="0 to 100.")
    is_on_its_way = fields.Boolean(
        compute="_compute_is_on_its_way", help="Some are still to reach their network."
    )

    @api.depends("text")
    @api.depends_context("lang")
    def _compute_name(self):
        for bulk in self:
            words = " ".join((bulk.text or "").split())
            bulk.name = words[:60] or self.env._("Answer to many")

    @api.depends("line_ids.state")
    def _compute_progress(self):
        counts = {}
        lines = self.env["social.bulk.answer.line"]
        for bulk, state, count in lines._read_group(
            [("bulk_id", "in", self.ids)], ["bulk_id", "state"], ["__count"]
        ):
            counts.setdefault(bulk.id, {})[state] = count
        for bulk in self:
            of_state = counts.get(bulk._origin.id, {})
            total = sum(of_state.values())
            bulk.line_count = total
            bulk.given_count = of_state.get("given", 0)
            bulk.refused_count = of_state.get("refused", 0)
            waiting = of_state.get("waiting", 0)
            bulk.progress = 100 * (total - waiting) / total if total else 0

    @api.depends("line_ids.outcome", "line_ids.warning")
    def _compute_outcomes(self):
        for bulk in self:
            outcomes = bulk.line_ids.mapped("outcome")
            bulk.sent_count = outcomes.count("sent")
            bulk.sending_count = outcomes.count("sending")
            bulk.other_language_count = len(bulk.line_ids.filtered("warning"))

    @api.depends("line_ids.delivery_state")
    def _compute_is_on_its_way(self):
        for bulk in self:
            states = set(bulk.line_ids.mapped("delivery_state"))
            bulk.is_on_its_way = not states.isdisjoint(("queued", "sending"))

    def write(self, vals):
        check_writable(self, vals)
        self._check_own()
        if "text" in vals and any(bulk.state != "draft" for bulk in self):
            raise UserError(
                self.env._("It is being given already: its text can't change any more.")
            )
        return super().write(vals)

    @api.model_create_multi
    def create(self, vals_list):
        # For the user it is made by, whatever a call claims.
        own = {"user_id": self.env.uid, "state": "draft"}
        return super().create([vals | own for vals in vals_list])

    # ------------------------------------------------------------------
    # Given
    # ------------------------------------------------------------------

    def _check_own(self):
        """Managers see all of them, but what is said in an agent's name the agent says:
        else a manager could approve their own words.
        """
        if not self.env.su and any(bulk.user_id != self.env.user for bulk in self):
            raise AccessError(
                self.env._("An answer to many is given by whoever prepared it.")
            )

    def action_start(self):
        """Has the answer given, by a job."""
        self.ensure_one()
        self._check_own()
        self.check_access("write")
        text = (self.text or "").strip()
        if not text:
            raise UserError(self.env._("The answer is empty."))
        if strange := placeholders.unknown(text, PLACES):
            raise UserError(
                self.env._(
                    "Nothing is known for %(places)s. There are: %(known)s.",
                    places=", ".join(f"{{{name}}}" for name in strange),
                    known=", ".join(f"{{{name}}}" for name in PLACES),
                )
            )
        self._run()

    def action_try_again(self):
        """Once more where it was refused; who has it already gets nothing."""
        self.ensure_one()
        self._check_own()
        self.check_access("write")
        refused = self.sudo().line_ids.filtered(lambda line: line.state == "refused")
        for line in refused:
            posts = line.conversation_id.social_message_ids
            seen_id = max(posts.ids, default=0)  # what came in since was told
            line.write({"state": "waiting", "reason": False, "seen_id": seen_id})
        self._run()

    def _run(self):
        self.sudo().state = "running"
        self.env.ref("social_engagement.cron_bulk_answer").sudo()._trigger()

    @api.model
    def _cron_give(self):
        """Job: gives what waits, batch by batch."""
        progress = self.env["ir.cron"]._commit_progress
        running = self.search([("state", "=", "running")], order="id")
        progress(remaining=len(running.line_ids.filtered(_waits)))
        for bulk in running:
            while batch := bulk.line_ids.filtered(_waits)[:BATCH]:
                commit_each(self.env, batch._give)
                if not progress(len(batch)):
                    return
            bulk.state = "done"
            progress()


class SocialBulkAnswerLine(models.Model):
    """What became of an answer to many in one conversation."""

    _name = "social.bulk.answer.line"
    _description = "Answer to Many, in a Conversation"
    _order = "id"
    _rec_name = "conversation_id"

    bulk_id = fields.Many2one(
        "social.bulk.answer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    conversation_id = fields.Many2one(
        "social.conversation",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    profile_id = fields.Many2one(related="conversation_id.profile_id")
    network = fields.Selection(related="conversation_id.network")
    key = fields.Char(required=True, readonly=True, copy=False)
    seen_id = fields.Integer(
        readonly=True, help="The last post when it was prepared: a later one stops it."
    )
    text = fields.Text("As it will read", compute="_compute_text")
    state = fields.Selection(
        [("waiting", "Waits"), ("given", "Answered"), ("refused", "Not answered")],
        required=True,
        default="waiting",
        readonly=True,
    )
    reason = fields.Char("Why not", readonly=True)
    message_id = fields.Many2one(
        "social.message", readonly=True, ondelete="set null", index="btree_not_null"
    )
    delivery_state = fields.Selection(related="message_id.delivery_state")
    failure_advice = fields.Char(related="message_id.failure_advice")
    outcome = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("to_approve", "To Approve"),
            ("sending", "Sending"),
            ("sent", "Replied"),
            ("failed", "Failed"),
            ("refused", "Not Sent"),
        ],
        compute="_compute_outcome",
        help="What became of the reply: only what the network has taken is a reply.",
    )
    warning = fields.Char(
        compute="_compute_warning", help="What to look at before it is sent."
    )

    _once = models.UniqueIndex("(bulk_id, conversation_id)")
    _key_unique = models.UniqueIndex("(key)")

    def write(self, vals):
        check_writable(self, vals)
        return super().write(vals)

    def onchange(self, values, field_names, fields_spec):
        check_form(self, values, field_names)
        return super().onchange(values, field_names, fields_spec)

    @api.depends("bulk_id.text", "conversation_id")
    def _compute_text(self):
        for line in self:
            text = line.bulk_id.text or ""
            line.text = placeholders.fill(text, line._values())

    @api.depends("state", "delivery_state")
    def _compute_outcome(self):
        for line in self:
            outcome = DELIVERIES.get(line.delivery_state, "failed")
            line.outcome = outcome if line.state == "given" else line.state

    @api.depends("bulk_id.text", "conversation_id.language")
    @api.depends_context("lang")
    def _compute_warning(self):
        """Says where the customer writes another language than the reply."""
        for bulk, lines in self.grouped("bulk_id").items():
            ours, sure = detect(bulk.text or "")
            for line in lines:
                theirs = (line.conversation_id.language or "").split("-")[0]
                differs = ours and sure >= SURE and theirs and theirs != ours
                line.warning = differs and line.env._(
                    "The customer writes %(theirs)s, the reply is %(ours)s.",
                    theirs=language_name(line.env, theirs),
                    ours=language_name(line.env, ours),
                )

    def _values(self):
        profile = self.conversation_id.profile_id
        return {
            "name": placeholders.speakable(profile.name or profile.handle),
            "handle": placeholders.speakable(profile.handle),
            "agent": self.bulk_id.user_id.name,
            "company": self.conversation_id.company_id.name,
        }

    def _give(self):
        """Answers these conversations as whoever started it; one that can't be answered
        says why and holds up no other: a unit of work.
        """
        for line in self:
            user = line.bulk_id.user_id
            company = line.conversation_id.company_id
            conversation = (
                line.conversation_id.with_user(user)
                .with_company(company)
                .with_context(lang=user.lang)
            )
            try:
                with self.env.cr.savepoint():
                    conversation.check_access("read")
                    target = conversation._answer_target()
                    message = target._answer(
                        line.text, key=line.key, seen_id=line.seen_id
                    )
            except OVERTAKEN:
                raise
            except UserError as error:
                line.write({"state": "refused", "reason": str(error)})
            except Exception as error:
                if is_fault_of_system(error):
                    raise
                _logger.error("answer to many %s: %s", line.id, place(error))
                reason = self.env._("Something went wrong here: see the server's log.")
                line.write({"state": "refused", "reason": reason})
            else:
                line.write({"state": "given", "message_id": message.id})


class SocialConversation(models.Model):
    """What is done with many conversations at once."""

    _inherit = "social.conversation"

    def action_answer_many(self):
        """Prepares one answer to all of these conversations."""
        self.check_access("write")
        bulk = self.env["social.bulk.answer"].create({})
        seen = dict(
            self.env["social.message"]._read_group(
                [("conversation_id", "in", self.ids)], ["conversation_id"], ["id:max"]
            )
        )
        bulk.sudo().line_ids = [
            Command.create(
                {
                    "conversation_id": conversation.id,
                    "key": uuid4().hex,
                    "seen_id": seen.get(conversation, 0),
                }
            )
            for conversation in self
        ]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Answer to many"),
            "res_model": "social.bulk.answer",
            "res_id": bulk.id,
            "views": [(False, "form")],
        }

    def action_change(self):
        """Asks what to change in all of these conversations."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Assign or tag"),
            "res_model": "social.conversation.change",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_conversation_ids": self.ids},
        }

    def action_spam(self):
        """Nobody needs to look at these: see :meth:`SocialMessage.action_spam`."""
        self.check_access("write")
        posts = self.env["social.message"]
        for conversation in self:
            posts += conversation._answer_target()
        return posts.action_spam()


def _waits(line):
    return line.state == "waiting"
