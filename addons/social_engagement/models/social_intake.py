import hashlib
import json
import logging
import math
import time
from datetime import timezone

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.tools import SQL

from .. import networks
from ..networks.base import BadPayload, Reason
from ..networks.payload import in_time
from . import failure
from .bulk import set_each
from .forgery import check_writable
from .transaction import OVERTAKEN, commit_each, is_fault_of_system, place

_logger = logging.getLogger(__name__)

BATCH = 500  # payloads of one transaction, at most; see social_intake_pace.py
CLASHES = 3  # times a payload waits for what another process did
ADVISORY = 0x50C1A1  # PostgreSQL's advisory locks of this model
LONGEST_KEY = 500  # characters; an index entry has an upper size


class SocialIntake(models.Model):
    """One payload exactly as delivered. It is processed, or it stays here with its
    error until it is.
    """

    _name = "social.intake"
    _description = "Delivered Social Payload"
    _order = "id desc"

    channel_id = fields.Many2one(
        "social.channel", required=True, readonly=True, ondelete="cascade"
    )
    feed_id = fields.Many2one("social.feed", readonly=True, ondelete="set null")
    company_id = fields.Many2one(related="channel_id.company_id")
    external_id = fields.Char("ID on the network", required=True, readonly=True)
    revision = fields.Char(required=True, readonly=True, default="")
    payload = fields.Text(
        "Unprocessed payload",
        readonly=True,
        help="JSON, as delivered; packed once it was processed.",
    )
    state = fields.Selection(
        [("new", "Waiting"), ("done", "Processed"), ("failed", "Failed")],
        required=True,
        readonly=True,
        default="new",
    )
    reason = fields.Selection(failure.SELECTION, readonly=True)
    error = fields.Char(readonly=True)
    advice = fields.Char(compute="_compute_advice")
    attempts = fields.Integer(readonly=True, default=0)
    message_id = fields.Many2one(
        "social.message", readonly=True, ondelete="set null", index="btree_not_null"
    )

    _delivery_unique = models.UniqueIndex("(channel_id, external_id, revision)")
    _waiting = models.Index("(channel_id, id) WHERE state = 'new'")
    _failed = models.Index("(channel_id) WHERE state = 'failed'")

    @api.depends("external_id", "channel_id.name")
    def _compute_display_name(self):
        for intake in self:
            parts = (intake.channel_id.name, intake.external_id)
            intake.display_name = ": ".join(filter(None, parts))

    @api.depends("reason")
    @api.depends_context("lang")
    def _compute_advice(self):
        for intake in self:
            intake.advice = failure.explain(self.env, intake.reason)

    def write(self, vals):
        check_writable(self, vals)
        return super().write(vals)

    # ------------------------------------------------------------------
    # In
    # ------------------------------------------------------------------

    @api.model
    def _store(self, feed, items):
        """Stores what a feed delivered; what is there already is passed over.

        :param items: list of :class:`Item`
        :return: how many were new
        """
        return self._insert(feed.channel_id, self._rows(items), feed=feed)

    @api.model
    def _rows(self, items):
        # ASCII only: lone surrogates and NUL can't be stored otherwise
        return [(i.external_id, i.revision, json.dumps(i.payload)) for i in items]

    @api.model
    def _insert(self, channel, rows, *, kind="item", feed=None):
        """Stores rows of (external id, revision, payload as text); those that are there
        already are passed over.

        :return: how many were new
        """
        if not rows:
            return 0
        values = [
            SQL(
                "(%s, %s, %s, %s, %s, %s, 'new', 0, %s, now() AT TIME ZONE 'UTC', %s)",
                channel.id,
                (feed and feed.id) or None,
                kind,
                _key(external_id),
                _key(revision),
                payload,
                self.env.uid,
                self.env.uid,
            )
            for external_id, revision, payload in rows
        ]
        self.env.cr.execute(
            SQL(
                """INSERT INTO social_intake
                   (channel_id, feed_id, kind, external_id, revision, payload, state,
                    attempts, create_uid, create_date, write_uid)
                   VALUES %s ON CONFLICT DO NOTHING""",
                SQL(", ").join(values),
            )
        )
        return self.env.cr.rowcount

    # ------------------------------------------------------------------
    # Through
    # ------------------------------------------------------------------

    @api.model
    def _process_queue(self):
        """Processes all that waits, whatever time it takes."""
        while self._process_round():
            pass

    @api.model
    def _process_round(self, ends=math.inf):
        """Processes one batch of every channel where payloads wait, each in a
        transaction of its own.

        :param ends: when to stop, on the clock of ``time.monotonic``
        :return: how many payloads were processed
        """
        processed = 0
        for channel in self._waiting_channels():
            processed += self._process_for_good(channel)
            if time.monotonic() >= ends:
                break
        return processed

    @api.model
    def _waiting_channels(self):
        """The channels where payloads wait, that of the oldest first."""
        waiting = self._read_group(
            [("state", "=", "new")], ["channel_id"], ["id:min"], order="id:min"
        )
        return self._interrupted_last(dict(waiting))

    @api.model
    def _process_for_good(self, channel):
        try:
            if commit_each(self.env, lambda: self._begin_batch(channel)):
                return commit_each(self.env, lambda: self._process_batch(channel))
        except OVERTAKEN:
            _logger.info("Channel %s is busy, the next run looks again", channel.id)
            self.env["social.feed"]._wake()
        except Exception as error:  # a channel's trouble must not stop the others
            _logger.error("Channel %s is not processed: %s", channel.id, place(error))
            if is_fault_of_system(error):
                shrink = isinstance(error, MemoryError)
                commit_each(self.env, lambda: self._put_off(channel, shrink=shrink))
        return 0

    @api.model
    def _process_batch(self, channel):
        """Processes the oldest payloads of a channel that wait. Commits nothing.

        One process at a time works on a channel, so that what an author wrote is taken
        in the order it was written; different channels are worked on in parallel.

        :return: how many payloads were processed; 0 when another process is at it
        """
        if not self._lock_channel(channel):
            return 0
        began = time.monotonic()
        size = self._oldest_waiting(channel, 1).batch_size or BATCH
        batch = self._oldest_waiting(channel, size)
        batch = batch.try_lock_for_update(allow_referencing=True)
        batch._process()
        if batch:
            self._go_on_with(channel, len(batch), time.monotonic() - began)
        return len(batch)

    @api.model
    def _lock_channel(self, channel):
        """Makes this process the only one that takes in a channel's payloads, until its
        transaction ends.
        """
        [[locked]] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(%s, %s)", ADVISORY, channel.id)
        )
        return locked

    def _process(self):
        """Processes payloads together; when that fails, one by one, so that a bad one
        holds up nobody.
        """
        try:
            with self.env.cr.savepoint():
                self._process_together()
        except OVERTAKEN:
            raise
        except Exception as error:
            if is_fault_of_system(error):
                raise
            self.env.invalidate_all()
            _logger.info("A batch of %s failed, going one by one", len(self))
            for intake in self:
                intake._process_alone()

    def _process_alone(self):
        try:
            with self.env.cr.savepoint():
                self._process_together()
        except OVERTAKEN:
            raise
        except UniqueViolation as error:
            # An author whom another channel took in a moment ago, most likely: seen by
            # the next transaction.
            self.env.invalidate_all()
            if self.attempts + 1 < CLASHES:
                self.attempts += 1
            else:
                self._fail(Reason.UNKNOWN, type(error).__name__)
        except Exception as error:
            if is_fault_of_system(error):  # tried again: the payload is not to blame
                raise
            _logger.error("Payload %s failed: %s", self.id, place(error))
            self.env.invalidate_all()
            self._fail(Reason.UNKNOWN, f"{type(error).__name__}: {error}")

    def _process_together(self):
        self._bring_back()
        emptied = self.filtered(lambda intake: not intake.payload)
        emptied.state = "done"
        for channel, intakes in (self - emptied).grouped("channel_id").items():
            kinds = intakes.grouped("kind")
            if "call" in kinds:
                kinds["call"]._take_apart(channel)
            if "item" in kinds:
                kinds["item"]._take_in(channel)
            if "gone" in kinds:  # last: a post may be in the same batch
                kinds["gone"]._take_away(channel)
            if "erase" in kinds:
                kinds["erase"]._erase(channel)

    def _take_in(self, channel):
        """Makes messages of posts."""
        posts = self._normalise(networks.get(channel.network))
        posts = self._without_erased(channel, posts)
        messages = self.env["social.message"]._receive(channel, list(posts.values()))
        taken = self.browse(intake.id for intake in posts)
        set_each(
            taken,
            [
                {
                    "state": "done",
                    "reason": None,
                    "error": None,
                    "message_id": messages[post.external_id].id,
                }
                for post in posts.values()
            ],
        )
        taken._archive()
        gone = self.env["social.message"].browse(
            message.id for message in messages.values() if message.gone_at
        )
        self._forget(gone)

    def _normalise(self, adapter):
        """The posts of these payloads, by payload; what is no post is marked failed."""
        posts = {}
        for intake in self:
            try:
                post = adapter.normalise(json.loads(intake.payload))
                arrived = intake.create_date.replace(tzinfo=timezone.utc)
                posts[intake] = in_time(post, arrived)
            except BadPayload as error:
                intake._fail(error.reason, error.detail)
        return posts

    def _fail(self, reason, detail):
        self.write(
            {
                "state": "failed",
                "reason": reason.value,
                "error": failure.storable(detail),
                "attempts": self.attempts + 1,
            }
        )

    @api.model
    def _forget(self, messages):
        """Empties all payloads of posts that their author deleted."""
        payloads = self.sudo().search([("message_id", "in", messages.ids)])
        for channel, of_channel in messages.grouped("channel_id").items():
            external_ids = of_channel.mapped("external_id")
            payloads |= self.sudo()._of_posts(channel, external_ids)
        payloads._discard({"state": "done", "reason": False, "error": False})

    @api.model
    def _of_posts(self, channel, external_ids):
        """What was delivered of posts, by their ids on the network."""
        keys = [_key(external_id) for external_id in external_ids if external_id]
        return self.search(
            [("channel_id", "=", channel.id), ("external_id", "in", keys)]
        )

    def _replay_later(self):
        """Lets the jobs process payloads once more."""
        self.write({"state": "new"})
        self.env["social.feed"]._wake()

    def action_replay(self):
        """Processes payloads once more. What was processed already changes nothing."""
        self.check_access("write")
        for intake in self.sudo():
            intake._process_alone()


def _key(text):
    """A text fit for the unique key: storable, and short enough for an index."""
    clean = text.encode("utf-8", "replace").decode().replace("\0", "")
    if len(clean) <= LONGEST_KEY:
        return clean
    return "sha256:" + hashlib.sha256(clean.encode()).hexdigest()
