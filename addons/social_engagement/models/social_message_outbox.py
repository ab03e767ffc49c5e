import logging
from contextlib import suppress
from datetime import timedelta, timezone

from odoo import api, fields, models
from odoo.tools import SQL

from ..networks.base import Attachment, NetworkError, Outgoing, Reason, Sent
from ..networks.deadline import within
from . import failure
from .clock import TOLERANCE, bring_jobs_back, due_domain
from .retry import LONGEST_PAUSE, next_try
from .social_channel_answer import LONGEST_UNDO
from .social_message import in_utc
from .transaction import OVERTAKEN, commit_each, is_fault_of_system, place

_logger = logging.getLogger(__name__)

LANES = ("cron_send", "cron_send_2")
PATIENCE = 40  # seconds the sending of one answer may take, over all its calls
ABANDONED = 180  # seconds after which a sending nobody holds must have been interrupted


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
            ("withdrawing", "Being withdrawn"),
            ("withdrawn", "Withdrawn"),
            ("standing", "Not withdrawn"),
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
    send_at = fields.Datetime(
        "Send at", readonly=True, copy=False, help="When it is to be sent; empty: now."
    )
    first_part_id = fields.Many2one(
        "social.message",
        "Continues",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="cascade",
        help="The first post of a long answer that this one goes on with.",
    )
    attachment_ids = fields.Many2many("ir.attachment", readonly=True, copy=False)
    attachment_count = fields.Integer(
        readonly=True, copy=False, help="How many have to go out with it."
    )
    sending_since = fields.Datetime("Sending since", readonly=True, copy=False)

    _key_unique = models.UniqueIndex("(key) WHERE key IS NOT NULL")

    @api.depends("failure_reason", "failure_detail", "delivery_state", "is_late")
    @api.depends_context("lang")
    def _compute_failure_advice(self):
        for message in self:
            message.failure_advice = message._explain_failure()

    def _explain_failure(self):
        if self.delivery_state == "uncertain":
            return self.env._(
                "The connection broke while this was being sent, and the network "
                "does not tell whether it arrived. Look at the original: send it "
                "again only if it is not there."
            )
        if self.is_late and not self.failure_reason:
            return self.env._(
                "This should have been sent by now. Check that the scheduled jobs "
                "“Social: send” run."
            )
        return self._failure_explained()

    def _failure_explained(self):
        """What to do about a failure, and the network's own words for it."""
        advice = failure.explain(self.env, self.failure_reason)
        said = failure.told(self.sudo().failure_detail) if advice else ""
        if not said:
            return advice
        network = self.channel_id.sudo().network_label
        return self.env._(
            "%(advice)s %(network)s says: “%(said)s”",
            advice=advice,
            network=network,
            said=said,
        )

    # ------------------------------------------------------------------
    # Sending
    # ------------------------------------------------------------------

    @api.model
    def _cron_send(self):
        """Job: sends what waits, oldest first, and settles what was interrupted. Any
        number of processes may run it: each takes the next answer that no other one
        holds, and each conversation's answers keep their order.
        """
        env, cron = self.env, self.env["ir.cron"]
        with suppress(OVERTAKEN):  # by another lane, which does it then
            commit_each(env, lambda: bring_jobs_back(env))
        cron._commit_progress(remaining=self.search_count(self._outbox_domain()))
        tried = []
        while message := commit_each(env, lambda: self._next_to_deliver(tried)):
            tried.append(message.id)
            try:
                message._deliver()
            except OVERTAKEN:  # another process was faster
                self.env.cr.rollback()
            except Exception as error:  # settled by a later run; others don't wait
                self.env.cr.rollback()
                _logger.error("Answer %s is not settled: %s", message.id, place(error))
            if not cron._commit_progress(1):
                break
        all_done = self.env["social.action"]._do_waiting()
        # Nothing "remains", be it that other lanes hold it: else Odoo would call again,
        # ten times, in one turn.
        cron._commit_progress(remaining=0)
        if message or not all_done:
            self._wake_senders()
        self._schedule_next_try()

    def _next_to_deliver(self, tried):
        """The oldest answer that is due, comes first in its conversation and is held by
        no other process now.
        """
        domain = [*self._outbox_domain(), ("id", "not in", tried)]
        query = self._search(domain, order="id", limit=1)
        query.add_where(
            SQL(
                """NOT EXISTS (
                    SELECT FROM social_message AS earlier
                     WHERE earlier.conversation_id = social_message.conversation_id
                       AND earlier.delivery_state IN ('queued', 'sending')
                       AND earlier.id < social_message.id
                       AND (earlier.send_at IS NULL OR earlier.send_at <= %s))""",
                fields.Datetime.now(),
            )
        )
        lock = SQL("%s FOR NO KEY UPDATE OF social_message SKIP LOCKED", query.select())
        return self.browse(row[0] for row in self.env.execute_query(lock))

    def _outbox_domain(self):
        now = fields.Datetime.now()
        return [
            "|",
            "&",
            ("delivery_state", "=", "queued"),
            "|",
            ("try_at", "=", False),
            "|",
            ("try_at", "<=", now),
            "&",  # people may have chosen any moment, jobs none that far away
            ("send_at", "=", False),
            "|",
            *due_domain("try_at", LONGEST_PAUSE),
            "&",
            ("attempts", "=", 0),
            *due_domain("try_at", LONGEST_UNDO),
            "&",
            ("delivery_state", "=", "sending"),
            "|",
            ("sending_since", "<=", now - timedelta(seconds=ABANDONED)),
            # by a clock that was set back
            ("sending_since", ">", now + timedelta(seconds=LONGEST_PAUSE) + TOLERANCE),
        ]

    def _schedule_next_try(self):
        following = self.search(
            [("delivery_state", "=", "queued"), ("try_at", "!=", False)],
            order="try_at",
            limit=1,
        )
        if following:
            self._wake_senders(following.try_at)

    @api.model
    def _wake_senders(self, at=None):
        """Has the lanes run, now or at a moment."""
        for lane in LANES:
            self.env.ref(f"social_engagement.{lane}").sudo()._trigger(at=at)

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
        self.invalidate_recordset()
        if self.delivery_state != "sending":  # it came back through a feed just now
            return
        sent = failed = None
        meters = []
        try:
            with within(PATIENCE):
                sent = self._call_network(interrupted, meters)
        except NetworkError as error:
            failed = error
        except Exception as error:  # the adapter's own fault: who knows how far it came
            if is_fault_of_system(error):  # looked up at the network by a later run
                raise
            _logger.error("Sending %s failed: %s", self.id, place(error))
            name = type(error).__name__
            failed = NetworkError(Reason.UNKNOWN, name, uncertain=True)
        # The answer itself may have come back meanwhile, through a feed: see that. It
        # stays out of reach of other lanes, however long the call took.
        self.sending_since = fields.Datetime.now()
        self.env.cr.commit()  # pylint: disable=invalid-commit
        commit_each(self.env, lambda: self._settle(sent, failed))
        for meter in meters:
            commit_each(self.env, lambda m=meter: self.channel_id._count_cost(m))

    def _settle(self, sent, failed):
        """Keeps what became of the answer at the network: :class:`Sent` or
        :class:`NetworkError`.
        """
        if self.delivery_state != "sending":  # it came back and was recognised
            return
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

    def _call_network(self, interrupted, meters):
        """Publishes the answer, unless it was interrupted and stands there already.

        :param meters: where to add the :class:`Meter` of what this uses up
        :return: :class:`Sent`
        """
        channel = self.channel_id
        try:
            outgoing = self._outgoing()
            if channel.state != "connected" or not channel.active:
                raise NetworkError(Reason.AUTHORISATION, "the channel is not connected")
            adapter = channel._adapter()
            meters.append(adapter.meter)
            sent = adapter.find_sent(outgoing) if interrupted else None
        except NetworkError as error:
            error.uncertain = interrupted  # what could not be looked up stays unknown
            raise
        if sent:
            return sent
        self._check_still_answerable()
        return adapter.reply(outgoing)

    def _check_still_answerable(self):
        """Time has passed since the answer was given.

        :raises NetworkError: NOT_FOUND, WINDOW_CLOSED, REFUSED
        """
        if not self.reply_ref:
            told = "the network does not tell how to go on under the part before"
            raise NetworkError(Reason.REFUSED, told)
        answered = (self.first_part_id or self)._answered_post()
        if answered.gone_at:
            raise NetworkError(Reason.NOT_FOUND, "its author deleted the post")
        ends = answered and self.conversation_id._window_ends(answered.kind)
        if ends and ends <= fields.Datetime.now():
            raise NetworkError(Reason.WINDOW_CLOSED, f"it was open until {ends} UTC")

    def _answered_post(self):
        return self.search(
            [
                ("channel_id", "=", self.channel_id.id),
                ("external_id", "=", self.parent_external_id),
                ("direction", "=", "inbound"),
            ]
        )

    def _predecessors(self):
        """Earlier answers of the same conversation that still wait: order is kept. One
        for later waits for its own time only.
        """
        return self.search_count(
            [
                ("conversation_id", "=", self.conversation_id.id),
                ("delivery_state", "in", ("queued", "sending")),
                ("id", "<", self.id),
                "|",
                ("send_at", "=", False),
                ("send_at", "<=", fields.Datetime.now()),
            ],
            limit=1,
        )

    def _outgoing(self):
        files = self.attachment_ids.sorted("id")  # as they were attached
        if len(files) != self.attachment_count:
            raise NetworkError(Reason.NOT_FOUND, "an attached file was deleted")
        return Outgoing(
            key=self.key,
            text=self.body,
            reply_ref=self.reply_ref or {},
            visibility=self.visibility,
            created_at=self.create_date.replace(tzinfo=timezone.utc),
            language=self.language or None,
            attachments=tuple(
                Attachment(f.name, f.mimetype, f.raw, f.description or "")
                for f in files
            ),
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
        self._parts_after()[:1].write(
            {"reply_ref": sent.reply_ref, "parent_external_id": sent.external_id}
        )

    def _parts_after(self):
        """What of a long answer comes after this part, in order."""
        first = self.first_part_id or self
        return self.search(
            [("first_part_id", "=", first.id), ("id", ">", self.id)], order="id"
        )

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
        if moment := next_try(error, self.attempts):
            if error.uncertain:
                # Stays "sending": looked up before it is sent again, and not at once,
                # since networks list what they took a little late.
                since = moment - timedelta(seconds=ABANDONED)
                values["sending_since"] = max(since, fields.Datetime.now())
            else:
                values |= {"delivery_state": "queued", "try_at": moment}
        else:
            values["delivery_state"] = "uncertain" if error.uncertain else "failed"
            self._stop_parts_after(values)
        self.write(values)
        self._notify_delivery()
        if error.reason == Reason.AUTHORISATION:
            self.channel_id._lose_authorisation()

    def _stop_parts_after(self, values):
        """Without this part, what comes after it is not sent either."""
        waiting = self._parts_after().filtered(lambda m: m.delivery_state == "queued")
        waiting.write({**values, "delivery_state": "failed"})
        waiting._notify_delivery()

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
            unsettled._settle_sent(Sent(post.external_id, post.url, post.reply_ref))
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
