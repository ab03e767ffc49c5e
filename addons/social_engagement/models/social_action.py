import logging
from datetime import timedelta

from odoo import api, fields, models

from ..networks.base import NetworkError, Reason
from ..networks.deadline import within
from . import failure
from .clock import due_domain
from .retry import LONGEST_PAUSE, TRIES, next_try
from .transaction import OVERTAKEN, commit_each, place

_logger = logging.getLogger(__name__)

PATIENCE = 30  # seconds one may take, over all its calls
LEASE = 120  # seconds after which the last try counts as interrupted


class SocialAction(models.Model):
    """Something wanted of a post on its network: a like, hiding it, withdrawing it. The
    wish is stored first; since doing it twice changes nothing, whatever came in between
    it is simply done again until the network confirms it.
    """

    _name = "social.action"
    _description = "Action on a Post"
    _rec_name = "kind"

    message_id = fields.Many2one(
        "social.message", required=True, readonly=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [
            ("like", "Like"),
            ("hide", "Hide"),
            ("follow", "Follow the author"),
            ("withdraw", "Withdraw"),
        ],
        required=True,
        readonly=True,
    )
    wanted = fields.Boolean(
        readonly=True, default=True, help="Unset: it is to be taken back."
    )
    state = fields.Selection(
        [("waiting", "Waiting"), ("done", "Done"), ("failed", "Failed")],
        required=True,
        readonly=True,
        default="waiting",
        index=True,
    )
    user_id = fields.Many2one("res.users", readonly=True)
    attempts = fields.Integer(readonly=True)
    try_at = fields.Datetime("Next try", readonly=True)
    failure_reason = fields.Selection(failure.SELECTION, readonly=True)
    failure_detail = fields.Char(readonly=True, groups="base.group_system")

    _once = models.UniqueIndex("(message_id, kind)")

    @api.model
    def _want(self, messages, kind, wanted=True):
        """Has something done to posts, or taken back."""
        actions = self.sudo()
        known = actions.search(
            [("message_id", "in", messages.ids), ("kind", "=", kind)]
        )
        values = {
            "wanted": wanted,
            "state": "waiting",
            "user_id": self.env.uid,
            "attempts": 0,
            "try_at": False,
            "failure_reason": False,
            "failure_detail": False,
        }
        known.write(values)
        actions.create(
            [
                {"message_id": message.id, "kind": kind, **values}
                for message in messages - known.message_id
            ]
        )
        messages._wake_senders()

    @api.model
    def _do_waiting(self):
        """Does what is due, each in a transaction of its own, while there is time.

        :return: whether nothing is left
        """
        progress = self.env["ir.cron"]._commit_progress
        for action in self.search(self._due_domain(), order="attempts NULLS FIRST, id"):
            if not progress():
                return False
            action._do_for_good()
        return True

    def _due_domain(self):
        due = due_domain("try_at", LONGEST_PAUSE)
        return [("state", "=", "waiting"), "|", ("try_at", "=", False), *due]

    def _do_for_good(self):
        channel = self.message_id.channel_id
        try:
            begun = commit_each(self.env, self._begin)
            if not begun:
                return
            call, adapter, attempt = begun
            error = _failure(call, self.id)  # no transaction is open meanwhile
            commit_each(self.env, lambda: self._settle(error, attempt))
            commit_each(self.env, lambda: channel._count_cost(adapter.meter))
        except OVERTAKEN:
            _logger.info("Action %s is busy, the next run looks again", self.id)
        except Exception as error:  # done by a later run; the others don't wait
            _logger.error("Action %s is not settled: %s", self.id, place(error))

    def _begin(self):
        """Notes that this is tried now, and when again should nobody tell how it ended;
        nothing when another process holds it, did it, or it is no use.

        :return: function that does it, the adapter, and the number of this attempt
        """
        if not self.try_lock_for_update(allow_referencing=True):
            return None
        self.invalidate_recordset()
        if not self.filtered_domain(self._due_domain()):
            return None
        self.attempts += 1
        again = next_try(NetworkError(Reason.NETWORK), self.attempts)
        self.try_at = again or fields.Datetime.now() + timedelta(seconds=LEASE)
        try:
            if self.attempts > TRIES:
                raise NetworkError(Reason.UNKNOWN, "interrupted every time")
            return *self._call_network(), self.attempts
        except NetworkError as error:
            self._settle(error, self.attempts)
            return None

    def _call_network(self):
        """:return: function that calls the network and does not touch the database, and
        the adapter
        """
        message = self.message_id
        channel = message.channel_id
        if channel.state != "connected" or not channel.active:
            raise NetworkError(Reason.AUTHORISATION, "the channel is not connected")
        adapter, wanted = channel._adapter(), self.wanted
        reference = message.reply_ref or {}
        if self.kind == "withdraw":
            name = message.external_id
            return lambda: adapter.withdraw(name), adapter
        if message.gone_at:
            raise NetworkError(Reason.NOT_FOUND, "its author deleted the post")
        ways = {"like": adapter.like, "follow": adapter.follow, "hide": adapter.hide}
        do = ways[self.kind]
        return lambda: do(reference, wanted), adapter

    def _settle(self, error, attempt):
        """Keeps what became of an attempt, unless something else is wanted by now.

        :param error: :class:`NetworkError`; None: it was done
        """
        if not self.exists() or self.state != "waiting" or self.attempts != attempt:
            return
        if error:
            self._settle_failure(error)
        else:
            self.write(
                {"state": "done", "failure_reason": False, "failure_detail": False}
            )
        self.message_id._settle_action(self)

    def _settle_failure(self, error):
        moment = next_try(error, self.attempts)
        self.write(
            {
                "state": "waiting" if moment else "failed",
                "try_at": moment,
                "failure_reason": error.reason.value,
                "failure_detail": failure.storable(error.detail),
            }
        )
        if moment:
            self.message_id._wake_senders(moment)
        if error.reason == Reason.AUTHORISATION:
            self.message_id.channel_id._lose_authorisation()


def _failure(call, number):
    """Calls the network.

    :return: :class:`NetworkError`; None when it succeeded
    """
    try:
        with within(PATIENCE):
            call()
    except NetworkError as error:
        return error
    except Exception as error:  # the adapter's own fault
        _logger.error("Action %s failed: %s", number, place(error))
        return NetworkError(Reason.UNKNOWN, type(error).__name__)
    return None
