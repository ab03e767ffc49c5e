import logging
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import timedelta
from urllib.parse import urlsplit

from odoo import api, fields, models

from ..networks import media
from ..networks.base import Account, Media, NetworkError, Reason
from ..networks.deadline import within
from ..networks.http import Client
from . import failure
from .clock import due_domain
from .retry import LONGEST_PAUSE, TRIES, next_try
from .transaction import OVERTAKEN, commit_each, place

_logger = logging.getLogger(__name__)

TAKEN = ("image/*", "video/*", "audio/*")
AT_ONCE = 16  # that are fetched at the same time: slow ones hold up no others
LOOK_AHEAD = 500  # due ones among which each host has its turn
PATIENCE = 10  # seconds the first try may take, each further one as many more …
MOST_PATIENCE = 30  # … up to this
LEASE = 120  # seconds after which the last try counts as interrupted


class SocialMessageMedia(models.Model):
    """A picture, video or sound of a post: fetched apart, so that it may fail alone."""

    _name = "social.message.media"
    _description = "Picture, Video or Sound of a Post"
    _order = "id"
    _rec_name = "url"

    message_id = fields.Many2one(
        "social.message", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="message_id.company_id")
    url = fields.Char("Address", required=True, readonly=True)
    mime_type = fields.Char("Type", readonly=True)
    description = fields.Char(readonly=True)
    state = fields.Selection(
        [("waiting", "Waiting"), ("done", "Fetched"), ("failed", "Not fetched")],
        required=True,
        readonly=True,
        default="waiting",
    )
    attempts = fields.Integer(readonly=True)
    try_at = fields.Datetime("Next try", readonly=True)
    reason = fields.Selection(failure.SELECTION, readonly=True)
    detail = fields.Char(readonly=True)
    advice = fields.Char(compute="_compute_advice")
    attachment_id = fields.Many2one(
        "ir.attachment", readonly=True, ondelete="set null", index="btree_not_null"
    )

    _waiting = models.Index("(id) WHERE state = 'waiting'")

    @api.depends("reason")
    @api.depends_context("lang")
    def _compute_advice(self):
        for picture in self:
            picture.advice = failure.explain(self.env, picture.reason)

    # ------------------------------------------------------------------
    # Fetching
    # ------------------------------------------------------------------

    @api.model
    def _cron_fetch(self):
        """Job: fetches what waits, several at once and each settled for itself. No
        transaction is open while a server is called, and what is tried was committed
        before: a process that is killed tries again later, and not without end.
        """
        cron, running, left = self.env["ir.cron"], {}, PATIENCE
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while True:
                calls = self._take(running) if left else {}
                running |= {pool.submit(call): id_ for id_, call in calls.items()}
                if not running:
                    break
                done, _pending = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    self.browse(running.pop(future))._settle_for_good(future)
                left = cron._commit_progress(len(done))
        # Nothing "remains", else Odoo would call again, ten times, in one turn.
        cron._commit_progress(remaining=0)
        if self.search_count(self._due_domain(), limit=1):
            self.env.ref("social_engagement.cron_media")._trigger()

    def _due_domain(self):
        due = due_domain("try_at", LONGEST_PAUSE)
        return [("state", "=", "waiting"), "|", ("try_at", "=", False), *due]

    def _take(self, running):
        """What to fetch next, each host in its turn and first tries first.

        :param running: dict: what is being fetched → id
        :return: dict: id → function that fetches it; committed as tried
        """
        try:
            return commit_each(self.env, lambda: self._take_due(running))
        except OVERTAKEN:
            return {}  # the next run looks again

    def _take_due(self, running):
        domain = [*self._due_domain(), ("id", "not in", list(running.values()))]
        due = self.search(domain, order="attempts NULLS FIRST, id", limit=LOOK_AHEAD)
        busy = Counter(self.browse(running.values()).exists().mapped(_host))
        turns = {}
        for picture in due:
            host = _host(picture)
            turns[picture.id] = busy[host]
            busy[host] += 1
        due = due.sorted(lambda picture: turns[picture.id])  # keeps the order else
        taken = due[: AT_ONCE - len(running)].try_lock_for_update(
            allow_referencing=True
        )
        return {p.id: call for p in taken if (call := p._begin())}

    def _begin(self):
        """Notes that this is tried now, and when again should nobody tell how it ended.

        :return: function that fetches it; None when that is no use
        """
        if self.attempts >= TRIES:
            interrupted = NetworkError(Reason.NETWORK, "interrupted every time")
            self._settle_failure(interrupted)
            return None
        self.attempts += 1
        again = next_try(NetworkError(Reason.NETWORK), self.attempts)
        self.try_at = again or fields.Datetime.now() + timedelta(seconds=LEASE)
        try:
            return self._call_network()
        except NetworkError as error:
            self._settle_failure(error)
            return None

    def _call_network(self):
        """A function that gives the content and knows nothing of the database. The
        content is asked for without the account's access: the address is the author's
        word, and may lead anywhere but into a private network.
        """
        channel = self.message_id.channel_id
        if channel.state != "connected" or not channel.active:
            raise NetworkError(Reason.AUTHORISATION, "the channel is not connected")
        adapter = channel._adapter()
        wanted = Media(self.url, self.mime_type or "", self.description or "")
        patience = min(PATIENCE * self.attempts, MOST_PATIENCE)

        def call():
            with within(patience):
                address = adapter.media_address(wanted)
                nobody = Account("", allow_private=adapter.account.allow_private)
                return Client(nobody, any_host=True).get(address).body

        return call

    def _settle_for_good(self, fetched):
        """Keeps what was fetched, or why not, unless the post was deleted meanwhile.

        :param fetched: future
        """
        try:
            commit_each(self.env, lambda: self._settle(fetched))
        except OVERTAKEN:
            _logger.info("Media %s is busy, a later run looks again", self.id)
        except Exception as error:  # must not stop the others
            _logger.error("Media %s is not kept: %s", self.id, place(error))

    def _settle(self, fetched):
        if not self.try_lock_for_update(allow_referencing=True):
            return
        self.invalidate_recordset()
        if self.state != "waiting":
            return
        try:
            data = fetched.result()
            mime_type = media.mime_type_of(data)
            if not mime_type or not media.is_allowed(mime_type, TAKEN):
                told = "it is no picture, video or sound"
                raise NetworkError(Reason.BAD_PAYLOAD, told)
        except NetworkError as error:
            self._settle_failure(error)
        except Exception as error:  # the adapter's own fault
            _logger.error("Media %s is not fetched: %s", self.id, place(error))
            self._settle_failure(NetworkError(Reason.UNKNOWN, type(error).__name__))
        else:
            self._settle_fetched(data, mime_type)

    def _settle_fetched(self, data, mime_type):
        number = self.message_id.media_ids.ids.index(self.id) + 1
        self.attachment_id = self.env["ir.attachment"].create(
            {
                "name": f"{number}.{media.ENDINGS[mime_type]}",
                "raw": data,
                "mimetype": mime_type,
                "description": self.description,
                "res_model": "social.message",
                "res_id": self.message_id.id,
            }
        )
        self.write(
            {
                "state": "done",
                "mime_type": mime_type,
                "reason": False,
                "detail": False,
            }
        )
        self.message_id._show_media()

    def _settle_failure(self, error):
        moment = next_try(error, self.attempts)
        self.write(
            {
                "state": "waiting" if moment else "failed",
                "try_at": moment,
                "reason": error.reason.value,
                "detail": failure.storable(error.detail),
            }
        )
        if moment:
            self.env.ref("social_engagement.cron_media")._trigger(at=moment)

    def _forget(self):
        """The post has it no more."""
        self.attachment_id.unlink()
        self.unlink()

    def action_retry(self):
        """Fetches once more what could not be fetched."""
        self.check_access("read")
        failed = self.sudo().filtered(lambda picture: picture.state == "failed")
        failed.write({"state": "waiting", "attempts": 0, "try_at": False})
        self.env.ref("social_engagement.cron_media").sudo()._trigger()


def _host(picture):
    try:
        return urlsplit(picture.url).netloc.lower()
    except ValueError:
        return ""
