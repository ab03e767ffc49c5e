import hashlib
import json

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..networks.base import NetworkError, Reason
from ..networks.plaintext import clean
from .social_approver import TRAINEE


class SocialConversation(models.Model):
    _inherit = "social.conversation"

    needs_approval = fields.Boolean(
        "Answers need approval", readonly=True, copy=False, help="A rule says so."
    )

    def _go_on_in(self, private):
        res = super()._go_on_in(private)
        if self.needs_approval:  # one case, whoever reads it
            private.needs_approval = True
        return res


class SocialMessage(models.Model):
    """A second pair of eyes: an answer that needs approval waits in the outbox, where
    the job does not touch it, until somebody else approves exactly this text, these
    files and this target. A newer post of the customer stops it.

    What decides is kept on the first part of a long answer; the others follow it.
    """

    _inherit = "social.message"

    delivery_state = fields.Selection(
        selection_add=[
            ("to_approve", "Waiting for approval"),
            ("refused", "Not approved"),
        ]
    )
    approval_cause = fields.Selection(
        [
            ("rule", "A rule asks for it"),
            ("channel", "All answers of the channel"),
            ("trainee", "Answers of trainees"),
        ],
        "Why it needs approval",
        readonly=True,
        copy=False,
    )
    asked_by_id = fields.Many2one(
        "res.users", "Approval asked by", readonly=True, copy=False
    )
    asked_after_id = fields.Many2one(
        "social.message",
        "Last post when approval was asked for",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    decided_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    decided_at = fields.Datetime(readonly=True, copy=False)
    changed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    refusal = fields.Text("Why it is not approved", readonly=True, copy=False)
    approved_digest = fields.Char(readonly=True, copy=False)
    approval_digest = fields.Char(
        compute="_compute_approval_digest", help="Names exactly what was looked at."
    )
    may_approve = fields.Boolean(compute="_compute_may_approve")

    @api.depends("body", "delivery_state", "attachment_ids.checksum")
    def _compute_approval_digest(self):
        for message in self:
            waits = message.delivery_state == "to_approve"
            message.approval_digest = waits and message._first_part()._digest()

    @api.depends("delivery_state", "user_id")
    @api.depends_context("uid")
    def _compute_may_approve(self):
        for message in self:
            waits = message.delivery_state == "to_approve"
            message.may_approve = waits and message._first_part()._may_approve()

    @api.depends("refusal", "decided_by_id")
    def _compute_failure_advice(self):
        res = super()._compute_failure_advice()
        for message in self:
            if message.delivery_state == "refused":
                message.failure_advice = message.env._(
                    "%(user)s did not approve it: %(reason)s",
                    user=message.decided_by_id.sudo().name,
                    reason=message.refusal,
                )
        return res

    # ------------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------------

    def _queue(self, *args, **options):
        outbound = super()._queue(*args, **options)
        if cause := self._approval_cause():
            self.conversation_id._check_approvable(self.env.user)
            outbound.approval_cause = cause
            outbound[0]._ask_approval()
        return outbound

    def _approval_cause(self):
        """Why the current user's answer to this post needs approval, or None."""
        if self.conversation_id.sudo().needs_approval:
            return "rule"
        approval = self.channel_id.sudo().approval
        if approval == "all":
            return "channel"
        return (
            "trainee"
            if approval == "group" and self.env.user.has_group(TRAINEE)
            else None
        )

    def _ask_approval(self):
        self._whole_answer().write(
            {
                "delivery_state": "to_approve",
                "asked_by_id": self.env.uid,
                "asked_after_id": self._last_post().id,
                "decided_by_id": False,
                "decided_at": False,
                "refusal": False,
                "approved_digest": False,
            }
        )

    def _let_go(self):
        if self[0].delivery_state != "to_approve":
            return super()._let_go()
        return self[0]._tell_approvers()

    def _tell_approvers(self):
        conversation = self.conversation_id.sudo()
        users = conversation._deciders(self.user_id) - self.asked_by_id
        for lang, readers in users.grouped("lang").items():
            env = self.with_context(lang=lang).env
            conversation._desk_thread().with_context(lang=lang).message_notify(
                partner_ids=readers.partner_id.ids,
                subject=env._("Answer to approve: %(what)s", what=conversation.name),
                body=Markup("<p>%s</p>")
                % env._(
                    "%(agent)s asks you to approve an answer on %(network)s.",
                    agent=self.env.user.name,
                    network=self.channel_id.network_label,
                ),
            )

    # ------------------------------------------------------------------
    # Deciding
    # ------------------------------------------------------------------

    def action_approve(self, digest=None, text=None):
        """Lets an answer go out, as it is or changed.

        :param digest: ``approval_digest`` of what the user looked at; None: the
            context's
        :param text: what to send instead, plain text; None: as it is
        :raises UserError: when it is not what the user looked at any more
        :return: None, or an action that says why it did not go out
        """
        first = self._lock_to_decide()
        digest = digest or self.env.context.get("approval_digest")
        if digest != first._digest():
            raise UserError(
                self.env._(
                    "The answer is not the one you looked at any more. Look again."
                )
            )
        if first._newer_post():
            first._stop_overtaken()
            return first._warning()
        if text is not None:
            first._change_text(text)
        answer = first._whole_answer()
        answer.write(
            {
                "delivery_state": "queued",
                "try_at": first.send_at,
                **first._decided(),
                "approved_digest": first._digest(),
            }
        )
        answer._tell_state()
        answer._let_go()
        return None

    def action_refuse(self, reason):
        """Sends an answer back to who wrote it.

        :param reason: what is to be changed; needed
        """
        first = self._lock_to_decide()
        reason = clean(reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say what is to be changed."))
        answer = first._whole_answer()
        answer.write(
            {"delivery_state": "refused", "refusal": reason, **first._decided()}
        )
        answer._tell_state()

    def action_ask_again(self):
        """Asks once more for approval of an answer that was stopped, as it is."""
        self.ensure_one()
        self._check_may_answer()
        first = self._first_part().sudo()
        first._lock_answer()
        stopped = first.delivery_state in ("overtaken", "cancelled", "failed")
        if not stopped or first.gone_at:
            raise UserError(first._state_now())
        if obstacle := first.conversation_id._answer_obstacle(first._answered_post()):
            raise UserError(obstacle)
        first.conversation_id._check_approvable(first.user_id)
        first._ask_approval()
        first._whole_answer()._tell_state()
        first._tell_approvers()

    def action_send_again(self):
        """What nobody approved is asked about again instead."""
        unapproved = self.filtered(lambda m: not m._first_part().sudo()._is_approved())
        for first in unapproved.mapped(lambda m: m._first_part()):
            first.action_ask_again()
        return super(SocialMessage, self - unapproved).action_send_again()

    def action_open_decision(self):
        """Change or refuse, in a dialog."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change or refuse the answer"),
            "res_model": "social.message.decision",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_message_id": self._first_part().id},
        }

    def action_view_in_context(self):
        """The chatter in which the answer stands."""
        self.ensure_one()
        thread = self.conversation_id._desk_thread()
        shown = thread if thread.has_access("read") else self.conversation_id
        return shown.get_formview_action()

    def _lock_to_decide(self):
        """The first part, locked, when the current user may decide about it."""
        self.ensure_one()
        self._check_may_answer()
        first = self._first_part().sudo()
        first._lock_answer()
        if first.delivery_state != "to_approve":
            raise UserError(first._state_now())
        if not first._may_approve():
            raise AccessError(
                self.env._(
                    "You can't approve this answer: it needs another agent, one who "
                    "is asked on this channel, or a manager."
                )
            )
        return first

    def _lock_answer(self):
        if not self.try_lock_for_update(allow_referencing=True):
            raise UserError(
                self.env._("A colleague is deciding about it right now. Look again.")
            )
        self.invalidate_recordset()

    def _may_approve(self):
        """Whether the current user may decide about this answer."""
        return self.conversation_id._may_decide(self.env.user, self.sudo().user_id)

    def _decided(self):
        return {"decided_by_id": self.env.uid, "decided_at": fields.Datetime.now()}

    def _state_now(self):
        states = self._fields["delivery_state"]._description_selection(self.env)
        return self.env._(
            "Nothing is to be decided about this answer any more. It is now: %(state)s",
            state=dict(states).get(self.delivery_state),
        )

    def _change_text(self, text):
        if self._parts_after():
            raise UserError(
                self.env._(
                    "An answer of several posts can be approved or refused as it is."
                )
            )
        # Still its author's answer, signed by them.
        answered = self._answered_post().with_user(self.user_id).sudo()
        text, override = clean(text or "").strip(), self.override_reason or ""
        [body] = answered._check_answer(text, False, override)
        if body != self.body:
            # Its author may have overridden a check for other words than these.
            self._answered_post()._check_rules(text, override)
            way = self.channel_id._private_way()
            self.write(
                {
                    "body": body,
                    "changed_by_id": self.env.uid,
                    "invites": self.invites and bool(way) and way in body,
                }
            )
            self.mail_message_id.sudo().body = self._html()

    # ------------------------------------------------------------------
    # What it is that was approved
    # ------------------------------------------------------------------

    def _first_part(self):
        return self.first_part_id or self

    def _whole_answer(self):
        first = self._first_part()
        return first | first._parts_after()

    def _digest(self):
        """Names exactly what goes out where: all parts, files and the target."""
        answer = self.sudo()._whole_answer()
        content = [
            answer[0].channel_id.id,
            answer[0].parent_external_id,
            [[part.body, part.kind, part.visibility] for part in answer],
            [
                [file.id, file.name, file.mimetype, file.checksum, file.description]
                for file in answer.attachment_ids.sorted("id")
            ],
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def _is_approved(self):
        """Whether this may go out: nobody has to approve it, or somebody approved
        exactly this.
        """
        return not self.approval_cause or self.approved_digest == self._digest()

    def _outgoing(self):
        # Files stay in reach of who uploaded them, after the approval too.
        if not self._first_part()._is_approved():
            told = "it is not what was approved: ask for approval again"
            raise NetworkError(Reason.REFUSED, told)
        return super()._outgoing()

    # ------------------------------------------------------------------
    # A newer post
    # ------------------------------------------------------------------

    def _last_post(self):
        """What the author said last, as it arrived here."""
        return self.sudo().search(
            [
                ("conversation_id", "=", self.conversation_id.id),
                ("direction", "=", "inbound"),
            ],
            order="id desc",
            limit=1,
        )

    def _newer_post(self):
        """Whether a post came that who asked for approval had not seen: it was stored
        while the answer was.
        """
        return self._last_post().id > self.asked_after_id.id
