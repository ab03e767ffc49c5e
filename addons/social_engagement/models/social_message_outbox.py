import logging
from datetime import timedelta, timezone

from odoo import api, fields, models

from ..networks.base import NetworkError, Outgoing, Reason, Sent
from . import failure
from .social_message import in_utc

_logger = logging.getLogger(__name__)

TRIES = 6
FIRST_PAUSE = 30  # seconds, doubled each time
LONGEST_PAUSE = 3600  # seconds, whatever the network asks for
ABANDONED = 180  # seconds after which a sending nobody holds must have been interrupted

# How a delivery state shows in the chatter, in Odoo's own terms.
NOTIFICATION_STATUS = {
    "queued": "ready",
    "sending": "process",
    "sent": "sent",
    "failed": "exception",
    "uncertain": "exception",
    "cancelled": "canceled",
}


class SocialMessage(models.Model):
    """The outbox: an answer is sent once, or visibly not at all.

    ``queued → sending → sent``: "sending" is committed before the network is called. A
    row found in "sending" that nobody holds was interrupted: the network is asked
    whether the answer stands there before anything is sent again.
    """

    _inherit = "social.message"

    delivery_state = fields.Selection(
        [
            ("queued", "Waiting to be sent"),
            ("sending", "Being sent"),
            ("sent", "Sent"),
            ("failed", "Not sent"),
            ("uncertain", "Perhaps sent"),
            ("cancelled", "Given up"),
        ],
        "Delivery",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    key = fields.Char(readonly=True, copy=False)
    user_id = fields.Many2one("res.users", "Answered by", readonly=True)
    failure_reason = fields.Selection(
        failure.SELECTION, "Failure reason", readonly=True, copy=False
    )
    failure_detail = fields.Char(
        "Failure detail", readonly=True, copy=False, groups="base.group_system"
    )
    failure_advice = fields.Char(compute="_compute_failure_advice")
    attempts = fields.Integer(readonly=True, copy=False)
    try_at = fields.Datetime("Next try", readonly=True, copy=False)
    sending_since = fields.Datetime("Sending since", readonly=True, copy=False)

    _key_unique = models.UniqueIndex("(key) WHERE key IS NOT NULL")

    @api.depends("failure_reason", "delivery_state")
    @api.depends_context("lang")
    def _compute_failure_advice(self):
        for message in self:
            message.failure_advice = (
                self.env._(
                    "The connection broke while this was being sent, and the network "
                    "does not tell whether it arrived. Look at the original: send it "
                    "again only if it is not there."
                )
                if message.delivery_state == "uncertain"
                else failure.explain(self.env, message.failure_reason)
            )

    # ------------------------------------------------------------------
    # Sending
    # ------------------------------------------------------------------

    @api.model
    def _cron_send(self):
        """Job: sends what waits, oldest first, and settles what was interrupted."""
        cron = self.env["ir.cron"]
        waiting = self.search(self._outbox_domain(), order="id")
        cron._commit_progress(remaining=len(waiting))
        for message in waiting:
            try:
                message._deliver()
            except Exception:  # settled by a later run; the others don't wait for it
                self.env.cr.rollback()
                _logger.exception("Answer %s could not be settled", message.id)
            if not cron._commit_progress(1):
                break
        self._schedule_next_try()

    def _outbox_domain(self):
        now = fields.Datetime.now()
        return [
            "|",
            "&",
            ("delivery_state", "=", "queued"),
            "|",
            ("try_at", "=", False),
            ("try_at", "<=", now),
            "&",
            ("delivery_state", "=", "sending"),
            ("sending_since", "<=", now - timedelta(seconds=ABANDONED)),
        ]

    def _schedule_next_try(self):
        following = self.search(
            [("delivery_state", "=", "queued"), ("try_at", "!=", False)],
            order="try_at",
            limit=1,
        )
        if following:
            self.env.ref("social_engagement.cron_send")._trigger(at=following.try_at)

    def _deliver(self):
        """Sends one answer, or settles what became of it."""
        if not self.try_lock_for_update(allow_referencing=True):
            return
        self.invalidate_recordset()
        due = self.filtered_domain(self._outbox_domain())
        if not due or self._predecessors():
            return
        interrupted = self.delivery_state == "sending"
        self.write(
            {
                "delivery_state": "sending",
                "sending_since": fields.Datetime.now(),
                "attempts": self.attempts + 1,
            }
        )
        # from here on a crash is seen as an interrupted sending
        self.env.cr.commit()  # pylint: disable=invalid-commit
        if not self.try_lock_for_update(allow_referencing=True):
            return
        sent = failed = None
        try:
            sent = self._call_network(interrupted)
        except NetworkError as error:
            failed = error
        except Exception as error:  # the adapter's own fault: who knows how far it came
            _logger.exception("Sending %s failed", self.id)
            name = type(error).__name__
            failed = NetworkError(Reason.UNKNOWN, name, uncertain=True)
        # The answer itself may have come back meanwhile, through a feed: see that.
        self.env.cr.rollback()
        namesakes = self._namesakes(sent.external_id) if sent else self.browse()
        if namesakes.filtered("key"):
            found = "found an earlier answer with the same text"
            failed = NetworkError(Reason.DUPLICATE, found, uncertain=True)
        elif namesakes.filtered(lambda m: m.direction == "inbound"):
            found = "the network calls the answer by the name of a customer's post"
            failed = NetworkError(Reason.BAD_PAYLOAD, found, uncertain=True)
        if failed:
            self._settle_failure(failed)
        else:
            self._settle_sent(sent)

    def _call_network(self, interrupted):
        """Publishes the answer, unless it was interrupted and stands there already.

        :return: :class:`Sent`
        """
        outgoing = self._outgoing()
        channel = self.channel_id
        try:
            if channel.state != "connected" or not channel.active:
                raise NetworkError(Reason.AUTHORISATION, "the channel is not connected")
            adapter = channel._adapter()
            sent = adapter.find_sent(outgoing) if interrupted else None
        except NetworkError as error:
            error.uncertain = interrupted  # what could not be looked up stays unknown
            raise
        return sent or adapter.reply(outgoing)

    def _predecessors(self):
        """Earlier answers of the same conversation that still wait: order is kept."""
        return self.search_count(
            [
                ("conversation_id", "=", self.conversation_id.id),
                ("delivery_state", "in", ("queued", "sending")),
                ("id", "<", self.id),
            ],
            limit=1,
        )

    def _outgoing(self):
        return Outgoing(
            key=self.key,
            text=self.body,
            reply_ref=self.reply_ref or {},
            visibility=self.visibility,
            created_at=self.create_date.replace(tzinfo=timezone.utc),
            language=self.language or None,
        )

    def _settle_sent(self, sent):
        # Came back through a feed before the network had told what it is called.
        self._namesakes(sent.external_id).unlink()
        self.write(
            {
                "delivery_state": "sent",
                "external_id": sent.external_id,
                "url": sent.url,
                "posted_at": fields.Datetime.now(),
                "failure_reason": False,
                "failure_detail": False,
            }
        )
        self._notify_delivery()

    def _namesakes(self, external_id):
        """Other records of the post that this answer is said to be on the network."""
        return self.search(
            [
                ("channel_id", "=", self.channel_id.id),
                ("external_id", "=", external_id),
                ("id", "!=", self.id),
            ]
        )

    def _settle_failure(self, error):
        """Keeps why an answer was not sent: to be tried again, to be looked up, or to
        be decided by a person.
        """
        values = {
            "failure_reason": error.reason.value,
            "failure_detail": failure.storable(error.detail),
        }
        if error.temporary and self.attempts < TRIES:
            pause = error.retry_after or FIRST_PAUSE * 2 ** (self.attempts - 1)
            pause = timedelta(seconds=min(pause, LONGEST_PAUSE))
            moment = fields.Datetime.now() + pause
            if error.uncertain:  # stays "sending": looked up before it is sent again
                values["sending_since"] = moment - timedelta(seconds=ABANDONED)
            else:
                values |= {"delivery_state": "queued", "try_at": moment}
        else:
            values["delivery_state"] = "uncertain" if error.uncertain else "failed"
        self.write(values)
        self._notify_delivery()
        if error.reason == Reason.AUTHORISATION:
            self.channel_id._lose_authorisation()

    # ------------------------------------------------------------------
    # What the agent sees and can do
    # ------------------------------------------------------------------

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
        """Queues failed answers once more. One whose fate is unknown is sent because a
        person looked.
        """
        self._check_may_answer()
        failed = self.sudo().filtered(
            lambda m: m.delivery_state in ("failed", "uncertain", "cancelled")
        )
        failed.write(
            {
                "delivery_state": "queued",
                "attempts": 0,
                "try_at": False,
                "failure_reason": False,
                "failure_detail": False,
            }
        )
        failed._notify_delivery()
        self.env.ref("social_engagement.cron_send").sudo()._trigger()

    def action_give_up(self):
        """Sets failed answers aside: they are not sent any more."""
        self._check_may_answer()
        failed = self.sudo().filtered(
            lambda m: m.delivery_state in ("failed", "uncertain", "queued")
        )
        failed.write({"delivery_state": "cancelled"})
        failed._notify_delivery()

    # ------------------------------------------------------------------
    # Our own posts coming back
    # ------------------------------------------------------------------

    @api.model
    def _receive_own(self, channel, post):
        """Our own post delivered back: the answer from the outbox it is, or one written
        elsewhere. Never routed.
        """
        unsettled = self.search(
            [
                ("channel_id", "=", channel.id),
                ("direction", "=", "outbound"),
                ("external_id", "=", False),
                ("body", "=", post.text),
                ("parent_external_id", "=", post.parent_id or False),
            ],
            order="id",
            limit=1,
        )
        if unsettled.try_lock_for_update(allow_referencing=True):
            unsettled._settle_sent(Sent(post.external_id, post.url))
            return unsettled
        above = [name for name in (post.parent_id, post.thread_id) if name]
        parent = self.search(
            [
                ("channel_id", "=", channel.id),
                ("external_id", "in", above),
                ("conversation_id", "!=", False),
            ],
            limit=1,
        )
        return self.create(
            {
                "channel_id": channel.id,
                "external_id": post.external_id,
                "parent_external_id": post.parent_id,
                "conversation_id": parent.conversation_id.id,
                "direction": "outbound",
                "kind": post.kind,
                "body": post.text,
                "url": post.url,
                "posted_at": in_utc(post.posted_at),
                "visibility": post.visibility,
                "answerable": False,
                "delivery_state": "sent",
            }
        )
