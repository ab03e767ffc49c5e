import logging
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from .social_erased import ERASED
from .transaction import OVERTAKEN, commit_each, place

_logger = logging.getLogger(__name__)

BATCH = 500
RETAINED = "kept no longer"
KEPT = ("keep_payloads_days", "keep_messages_days", "keep_profiles_days")
CLOSED = ("solved", "no_action")
# answers somebody or something still has to act on
UNSETTLED = ("queued", "sending", "withdrawing", "to_approve")


class SocialChannel(models.Model):
    """How long is kept what arrives; a daily job deletes the rest and says how much."""

    _inherit = "social.channel"

    keep_payloads_days = fields.Integer(
        "Keep raw payloads for (days)",
        default=30,
        help="What the network delivered, as delivered: needed to look into mistakes, "
        "and full of others' names. 0: for ever.",
    )
    keep_messages_days = fields.Integer(
        "Keep texts for (days)",
        help="Texts, media and chatter of posts and answers older than this are "
        "deleted, once their conversation is closed; figures remain. 0: for ever.",
    )
    keep_profiles_days = fields.Integer(
        "Keep authors for (days)",
        help="Who wrote nothing for so long, and is no contact, becomes nobody: name, "
        "address and figures are deleted. Of several channels on one network the "
        "longest time counts. 0: for ever.",
    )

    @api.constrains(*KEPT)
    def _check_kept(self):
        if any(channel[name] < 0 for channel in self for name in KEPT):
            raise ValidationError(self.env._("Days are counted from 0."))

    @api.model
    def _cron_retain(self):
        """Job: deletes what is kept no longer, in batches, each committed."""
        cron = self.env["ir.cron"]
        limited = Domain.OR([(name, ">", 0)] for name in KEPT)
        channels = self.with_context(active_test=False).search(limited)
        cron._commit_progress(remaining=len(channels))
        for channel in channels:
            try:
                goes_on = channel._retain()
            except OVERTAKEN:
                _logger.info("Channel %s is busy, the next run goes on", channel.id)
                goes_on = True
            except Exception as error:  # must not stop the others
                self.env.cr.rollback()
                _logger.error("Channel %s keeps too much: %s", channel.id, place(error))
                goes_on = True
            if not goes_on or not cron._commit_progress(1):
                self.env.ref("social_engagement.cron_retain")._trigger()
                return

    def _retain(self):
        """Deletes of one channel what is kept no longer; notes how much.

        :return: whether there was time for all of it
        """
        counts, goes_on = {}, True
        for name, find, delete in (
            (self.env._("Delivered payloads"), self._old_payloads, _empty),
            (self.env._("Posts and answers"), self._old_messages, _forget),
            (self.env._("Profiles"), self._old_profiles, _anonymise),
        ):
            some = partial(_some, find, delete)
            while goes_on and (count := commit_each(self.env, some)):
                counts[name] = counts.get(name, 0) + count
                goes_on = bool(self.env["ir.cron"]._commit_progress(0))
        if counts:
            self.env["social.privacy.log"]._note(
                self.company_id,
                "retained",
                list(counts.items()),
                channel_id=self.id,
                reason="retention",
            )
            self.env["ir.cron"]._commit_progress(0)
        return goes_on

    def _until(self, days):
        return fields.Datetime.now() - timedelta(days=days)

    def _old_payloads(self):
        """Of what was processed; what waits or failed is still needed."""
        if not self.keep_payloads_days:
            return None
        intakes = self.env["social.intake"]
        query = intakes._search(
            [
                ("channel_id", "=", self.id),
                ("state", "=", "done"),
                ("create_date", "<", self._until(self.keep_payloads_days)),
            ],
            order="id",
            limit=BATCH,
        )
        query.add_where("(payload IS NOT NULL OR packed IS NOT NULL)")
        return intakes.browse(query)

    def _old_messages(self):
        if not self.keep_messages_days:
            return None
        return self.env["social.message"].search(
            [
                ("channel_id", "=", self.id),
                ("posted_at", "<", self._until(self.keep_messages_days)),
                ("gone_at", "=", False),
                ("delivery_state", "not in", UNSETTLED),
                "|",
                ("conversation_id", "=", False),
                ("conversation_id.state", "in", CLOSED),
            ],
            order="posted_at, id",
            limit=BATCH,
        )

    def _old_profiles(self):
        """Those nobody knows any more. What they wrote has to be gone too: a text
        without its author is no less theirs.
        """
        channels = self.with_context(active_test=False).search(
            [("company_id", "=", self.company_id.id), ("network", "=", self.network)]
        )
        days = channels.mapped("keep_profiles_days")
        if not all(days):
            return None
        until = self._until(max(days))
        return self.env["social.profile"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("network", "=", self.network),
                ("partner_id", "=", False),
                ("create_date", "<", until),
                ("external_id", "not like", f"{ERASED}:%"),
                (
                    "message_ids",
                    "not any",
                    ["|", ("posted_at", ">=", until), ("gone_at", "=", False)],
                ),
                ("conversation_ids", "not any", [("state", "not in", CLOSED)]),
            ],
            order="id",
            limit=BATCH,
        )


def _some(find, delete):
    """A unit of work: looks itself for what is to go, since who was faster may have
    brought some of it back into use.

    :return: how many went
    """
    batch = find()
    if batch:
        delete(batch)
    return len(batch or ())


def _empty(intakes):
    intakes._empty()


def _forget(messages):
    messages._forget(RETAINED)


def _anonymise(profiles):
    profiles._anonymise()


class SocialMessage(models.Model):
    _inherit = "social.message"

    gone_reason = fields.Selection(selection_add=[(RETAINED, "Kept no longer")])
