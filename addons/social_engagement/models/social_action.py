import logging

from odoo import api, fields, models

from ..networks.base import NetworkError, Reason
from . import failure
from .retry import next_try
from .transaction import OVERTAKEN, commit_each, is_fault_of_system, place

_logger = logging.getLogger(__name__)


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
        """Does what is due, each in a transaction of its own."""
        for action in self.search(self._due_domain(), order="id"):
            action._do_for_good()
            if not self.env["ir.cron"]._commit_progress():
                break

    def _due_domain(self):
        return [
            ("state", "=", "waiting"),
            "|",
            ("try_at", "=", False),
            ("try_at", "<=", fields.Datetime.now()),
        ]

    def _do_for_good(self):
        channel, meters = self.message_id.channel_id, []
        try:
            commit_each(self.env, lambda: self._do(meters))
            for meter in meters:
                commit_each(self.env, lambda m=meter: channel._count_cost(m))
        except OVERTAKEN:
            _logger.info("Action %s is busy, the next run looks again", self.id)
        except Exception as error:  # done by a later run; the others don't wait
            _logger.error("Action %s is not settled: %s", self.id, place(error))

    def _do(self, meters):
        """Does one, unless another process holds it or has done it.

        :param meters: where to add the :class:`Meter` of what this uses up
        """
        if not self.try_lock_for_update(allow_referencing=True):
            return
        self.invalidate_recordset()
        if not self.filtered_domain(self._due_domain()):
            return
        self.attempts += 1
        try:
            self._call_network(meters)
        except NetworkError as error:
            self._settle_failure(error)
        except Exception as error:  # the adapter's own fault
            if is_fault_of_system(error):
                raise
            _logger.error("Action %s failed: %s", self.id, place(error))
            self._settle_failure(NetworkError(Reason.UNKNOWN, type(error).__name__))
        else:
            self.write(
                {"state": "done", "failure_reason": False, "failure_detail": False}
            )
        self.message_id._settle_action(self)

    def _call_network(self, meters):
        message = self.message_id
        channel = message.channel_id
        if channel.state != "connected" or not channel.active:
            raise NetworkError(Reason.AUTHORISATION, "the channel is not connected")
        adapter = channel._adapter()
        meters.append(adapter.meter)
        if self.kind == "withdraw":
            adapter.withdraw(message.external_id)
        elif message.gone_at:
            raise NetworkError(Reason.NOT_FOUND, "its author deleted the post")
        elif self.kind == "like":
            adapter.like(message.reply_ref or {}, self.wanted)
        elif self.kind == "follow":
            adapter.follow(message.reply_ref or {}, self.wanted)
        else:
            adapter.hide(message.reply_ref or {}, self.wanted)

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
