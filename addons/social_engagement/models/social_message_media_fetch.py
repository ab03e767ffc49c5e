import logging

from odoo import api, fields, models

from ..networks import media
from ..networks.base import Account, Media, NetworkError, Reason
from ..networks.http import Client
from . import failure
from .retry import next_try
from .transaction import OVERTAKEN, commit_each, place

_logger = logging.getLogger(__name__)

TAKEN = ("image/*", "video/*", "audio/*")


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
        """Job: fetches what waits, each in a transaction of its own."""
        cron = self.env["ir.cron"]
        due = self.search(self._due_domain(), order="id")
        cron._commit_progress(remaining=len(due))
        for picture in due:
            try:
                commit_each(self.env, picture._fetch)
            except OVERTAKEN:
                _logger.info("Media %s is busy, the next run looks again", picture.id)
            except Exception as error:  # must not stop the others
                _logger.error("Media %s is not kept: %s", picture.id, place(error))
            if not cron._commit_progress(1):
                break

    def _due_domain(self):
        return [
            ("state", "=", "waiting"),
            "|",
            ("try_at", "=", False),
            ("try_at", "<=", fields.Datetime.now()),
        ]

    def _fetch(self):
        """Fetches one, unless its post was deleted just now or another process has it;
        keeps why when that fails.
        """
        if not self.try_lock_for_update(allow_referencing=True):
            return
        self.invalidate_recordset()
        if not self.filtered_domain(self._due_domain()):
            return
        self.attempts += 1
        try:
            data = self._call_network()
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

    def _call_network(self):
        """The content. It is asked for without the account's access: the address is the
        author's word, and may lead anywhere but into a private network.
        """
        channel = self.message_id.channel_id
        if channel.state != "connected" or not channel.active:
            raise NetworkError(Reason.AUTHORISATION, "the channel is not connected")
        adapter = channel._adapter()
        address = adapter.media_address(
            Media(self.url, self.mime_type or "", self.description or "")
        )
        nobody = Account("", allow_private=adapter.account.allow_private)
        return Client(nobody, any_host=True).get(address).body

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
