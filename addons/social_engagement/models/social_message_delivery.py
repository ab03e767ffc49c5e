from odoo import models
from odoo.exceptions import AccessError, UserError

# How a delivery state shows in the chatter, in Odoo's own terms.
NOTIFICATION_STATUS = {
    "to_approve": "ready",
    "refused": "exception",
    "overtaken": "exception",
    "queued": "ready",
    "sending": "process",
    "sent": "sent",
    "failed": "exception",
    "uncertain": "exception",
    "cancelled": "canceled",
    "withdrawing": "process",
    "withdrawn": "canceled",
    "standing": "exception",
}

GIVE_UP = ("failed", "uncertain", "queued", "to_approve", "refused", "overtaken")


class SocialMessage(models.Model):
    """What an agent sees of an answer on its way, and can do about it."""

    _inherit = "social.message"

    def _notify_delivery(self):
        """Shows the delivery state on the message in the chatter; a failure reaches its
        author's notifications.
        """
        for message in self.filtered("mail_message_id"):
            shown = message.mail_message_id.sudo()
            status = NOTIFICATION_STATUS[message.delivery_state]
            values = {
                "notification_status": status,
                "failure_type": f"social_{message.failure_reason or 'unknown'}"
                if status == "exception"
                else False,
                "failure_reason": message.failure_advice
                if status == "exception"
                else False,
            }
            notification = shown.notification_ids.filtered(
                lambda n: n.notification_type == "social"
            )
            if notification:
                notification.write(values)
            else:
                notification.create(
                    {
                        "mail_message_id": shown.id,
                        "author_id": shown.author_id.id,
                        "notification_type": "social",
                        "is_read": True,
                        **values,
                    }
                )
            shown._notify_message_notification_update()

    def action_send_again(self):
        """Queues failed answers once more, with what comes after them; one that was for
        later is sent now. One whose fate is unknown is sent because a person looked.

        :raises UserError: the part before was not sent
        """
        self._check_may_answer()
        messages = self.sudo()
        for message in messages:
            messages |= message._parts_after()
        failed = messages.filtered(
            lambda m: (
                m.delivery_state in ("failed", "uncertain", "cancelled")
                and not m.gone_at
                or m.delivery_state == "queued"
                and m.send_at
            )
        )
        for message in failed - failed._all_parts_after():
            message._check_part_before()
        failed.write(
            {
                "delivery_state": "queued",
                "attempts": 0,
                "try_at": False,
                "send_at": False,
                "failure_reason": False,
                "failure_detail": False,
            }
        )
        failed._notify_delivery()
        self._wake_senders()

    def _all_parts_after(self):
        return self.browse().union(*(message._parts_after() for message in self))

    def _check_part_before(self):
        if self.first_part_id and not self.reply_ref:
            raise UserError(
                self.env._("The part before was not sent. Send that one again.")
            )

    def action_give_up(self):
        """Sets answers that were not sent aside, with what comes after them: they are
        not sent any more.
        """
        self._check_may_answer()
        messages = self.sudo()
        messages |= messages._all_parts_after()
        failed = messages.filtered(lambda m: m.delivery_state in GIVE_UP)
        failed.write({"delivery_state": "cancelled"})
        failed._notify_delivery()

    def action_send_now(self):
        """Nobody wants to undo these answers any more: they need not wait."""
        self._check_own()
        messages = self.sudo()
        messages |= messages._all_parts_after()
        held = messages.filtered(lambda m: m._is_untouched() and not m.send_at)
        held.write({"try_at": False})
        self._wake_senders()

    def action_undo(self):
        """Takes an answer back that the network has not been told yet, as if it had
        never been given.

        :raises UserError: it is on its way
        """
        self.ensure_one()
        self._check_own()
        first = self.sudo().first_part_id or self.sudo()
        parts = first + first._parts_after()
        locked = parts.try_lock_for_update(allow_referencing=True)
        if locked != parts or not all(part._is_untouched() for part in parts):
            raise UserError(
                self.env._("The answer is on its way already: withdraw it instead.")
            )
        conversation, shown = first.conversation_id, parts.mail_message_id
        count, since = len(parts), first.posted_at
        takes, user = first.takes, first.user_id
        # The files go back to the draft.
        first.attachment_ids.write({"res_model": "mail.compose.message", "res_id": 0})
        parts.unlink()
        shown.unlink()
        if takes and conversation.user_id == user:
            conversation.user_id = False
        conversation._forget_answer(count, since)

    def _check_own(self):
        """Undoing leaves no trace, so that it is for who answered: colleagues give an
        answer up, which shows.
        """
        self._check_may_answer()
        if any(message.user_id != self.env.user for message in self.sudo()):
            raise AccessError(self.env._("Only your own answers can be undone."))

    def _seconds_to_undo(self):
        """How long this answer can be undone before it is sent; 0: it does not wait for
        that.
        """
        waits = self._is_untouched() and not self.send_at
        return self.channel_id.undo_seconds if waits else 0

    def _is_untouched(self):
        """Whether this answer waits, and nobody has tried to send it."""
        return self.delivery_state == "queued" and not self.attempts

    def action_withdraw(self):
        """Takes answers back: what waits is not sent, what stands on the network is
        deleted there, each with all its parts.
        """
        self._check_may_answer()
        first = self.sudo().mapped(lambda message: message.first_part_id or message)
        messages = first | first._all_parts_after()
        messages.action_give_up()
        there = messages.filtered(
            lambda m: m.delivery_state in ("sent", "standing") and m._can("withdraw")
        )
        there.write({"delivery_state": "withdrawing", "failure_reason": False})
        there._notify_delivery()
        self.env["social.action"]._want(there, "withdraw")
