from odoo import Command, api, fields, models
from odoo.exceptions import AccessError

from .social_direct import MANAGER


class SocialProfile(models.Model):
    """Somebody may ask that what they wrote is not processed: then posts are taken in,
    shown and can be answered by people, and that is all. No analysis, no score, no
    routing, no suggestions (Article 18 GDPR: restriction).
    """

    _inherit = "social.profile"

    processing_stopped = fields.Boolean(readonly=True, copy=False)
    processing_stopped_at = fields.Datetime("Stopped on", readonly=True, copy=False)
    processing_stopped_reason = fields.Selection(
        [
            ("request", "The person's request"),
            ("objection", "Objection"),
            ("accuracy", "Accuracy contested"),
        ],
        "Why it is stopped",
        readonly=True,
        copy=False,
    )

    def action_stop_processing(self, reason="request"):
        """From now on nothing is made of what these people write. What was made of it
        before is deleted, save decisions and what came of them.

        :param reason: a key of ``processing_stopped_reason``
        """
        self._check_may_steer()
        stopped = self.sudo().filtered(lambda profile: not profile.processing_stopped)
        stopped.write(
            {
                "processing_stopped": True,
                "processing_stopped_at": fields.Datetime.now(),
                "processing_stopped_reason": reason,
            }
        )
        stopped._forget_influence()
        stopped.message_ids._forget_understanding()
        stopped._note_processing("stopped", reason)

    def action_resume_processing(self):
        """What they write from now on is processed as that of all others."""
        self._check_may_steer()
        resumed = self.sudo().filtered("processing_stopped")
        resumed.write(
            {
                "processing_stopped": False,
                "processing_stopped_at": False,
                "processing_stopped_reason": False,
            }
        )
        for profile in resumed:
            profile.write(profile._scored())
        resumed._note_processing("resumed", "request")

    def _check_may_steer(self):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("This needs the right “Manager”."))
        self.check_access("write")

    def _note_processing(self, done, reason):
        for company, profiles in self.grouped("company_id").items():
            self.env["social.privacy.log"]._note(
                company,
                done,
                [(self.env._("Profiles"), len(profiles))],
                reason=reason,
            )

    def _scored(self, figures=None):
        if self.processing_stopped:
            return {}
        return super()._scored(figures)


#: What an analysis would have found, of a post that is not analysed.
NOT_UNDERSTOOD = {
    "language": False,
    "language_confidence": 0.0,
    "sentiment": 0.0,
    "sentiment_label": False,
    "sentiment_words": False,
    "needs_answer": 0.0,
    "reasons": [],
    "spam": 0.0,
    "advertising": 0.0,
    "topic_ids": [],
}


class SocialMessage(models.Model):
    _inherit = "social.message"

    def _processed(self):
        """Those of these posts that may be processed."""
        return self.filtered(lambda m: not m.profile_id.processing_stopped)

    @api.model
    def _understand_allowed(self, company, posts, authors):
        """What `_understand` finds, save of those who do not want it.

        :param authors: social.profile of each post
        """
        asked = zip(posts, authors, strict=True)
        asked = [post for post, author in asked if not author.processing_stopped]
        found = iter(self._understand(company, asked) if asked else ())
        return [
            dict(NOT_UNDERSTOOD) if author.processing_stopped else next(found)
            for author in authors
        ]

    def _need_as_analysed(self):
        """What the analysis alone says of the need of an answer, as values."""
        found = NOT_UNDERSTOOD
        if self._processed():
            [found] = self._understood(
                self.company_id,
                [self._analysed_text()],
                [self.language or None],
                self.env["res.config.settings"]._social_languages(),
            )
        return {name: found[name] for name in ("needs_answer", "reasons", "spam")}

    @api.model
    def _texts_allowed(self, posts, authors):
        """The texts that may be compared with others, "" for those that may not."""
        return [
            "" if author.processing_stopped else self._post_text(post)
            for post, author in zip(posts, authors, strict=True)
        ]

    def _forget_understanding(self):
        """Deletes what was found out about posts, and what is learnt from them."""
        self.label_ids.unlink()
        bands = self.env["social.message.band"]
        bands.search([("message_id", "in", self.ids)]).unlink()
        nothing = {**NOT_UNDERSTOOD, "topic_ids": [Command.clear()]}
        self.write({**nothing, "copy_of_id": False})
        self.conversation_id.write(
            {
                "language": False,
                "sentiment": 0.0,
                "sentiment_label": False,
                "sentiment_first": 0.0,
                "sentiment_change": 0.0,
                "turns_scored": 0,
                "mood_course": False,
                "needs_answer": 0.0,
                "topic_ids": [Command.clear()],
            }
        )
