import logging
from datetime import timedelta
from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import UserError

from .transaction import place

_logger = logging.getLogger(__name__)

ASK_AFTER = timedelta(hours=1)  # solved: who comes back with "but" comes back sooner
ANGRY = -0.3  # a mood below this is not asked how it was


class SocialChannel(models.Model):
    _inherit = "social.channel"

    ask_rating = fields.Boolean(
        "Ask for a rating",
        help="An hour after a case was solved, the customer is asked by direct message "
        "how it was, with a link. Only where the exchange is private: a link posted in "
        "public could be used by anybody.",
    )
    rating_question = fields.Char(
        translate=True,
        default=lambda self: self.env._("How did we do? Tell us here:"),
        help="The link comes behind it.",
    )
    rating_days = fields.Integer(
        "Ask again after (days)",
        default=30,
        help="The same customer is not asked again sooner.",
    )


class RatingRating(models.Model):
    _inherit = "rating.rating"

    social_conversation_id = fields.Many2one(
        "social.conversation", readonly=True, ondelete="cascade", index="btree_not_null"
    )

    @api.depends("social_conversation_id")
    def _compute_res_name(self):
        # What a rating is called is stored, and read by all colleagues.
        ours = self.filtered("social_conversation_id")
        ours.res_name = self.env._("Conversation")
        return super(RatingRating, self - ours)._compute_res_name()


class SocialConversation(models.Model):
    """After a case is solved its customer may be asked how it was: once, not again for
    a while, and never in anger.
    """

    _name = "social.conversation"
    _inherit = ["rating.mixin", "social.conversation"]

    rating_ask_at = fields.Datetime(readonly=True, copy=False)

    _rating_due = models.Index("(rating_ask_at) WHERE rating_ask_at IS NOT NULL")

    @api.model
    def _opening(self, channel, message):
        return {**super()._opening(channel, message), "rating_last_value": 0.0}

    @api.depends_context("social_unnamed")
    def _compute_display_name(self):
        if not self.env.context.get("social_unnamed"):
            return super()._compute_display_name()
        self.display_name = self.env._("Conversation")
        return None

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            solved = vals["state"] == "solved"
            for conversation in self.sudo():
                asks = solved and conversation.channel_id.ask_rating
                if asks or conversation.rating_ask_at:
                    moment = fields.Datetime.now() + ASK_AFTER
                    conversation.rating_ask_at = moment if asks else False
        return result

    @api.model
    def _cron_ask_ratings(self):
        """Job: asks those whose case was solved a while ago."""
        progress = self.env["ir.cron"]._commit_progress
        due = self.search([("rating_ask_at", "<=", fields.Datetime.now())], order="id")
        progress(remaining=len(due))
        for conversation in due:
            conversation.rating_ask_at = False
            if conversation._may_ask_rating():
                try:
                    with self.env.cr.savepoint():
                        conversation._ask_rating()
                except UserError as error:  # the next is asked all the same
                    _logger.info("Nobody is asked for a rating: %s", place(error))
            if not progress(1):
                break

    def _may_ask_rating(self):
        """Whether asking is wanted, possible and no nuisance."""
        post, profile = self._answer_target(), self.profile_id
        if not (self.channel_id.ask_rating and self.state == "solved" and post):
            return False
        answers = self.social_message_ids.filtered(
            lambda m: m.direction == "outbound" and m.delivery_state == "sent"
        )
        nuisance = (
            not answers
            or not post.is_private
            or post.spam >= 0.5
            or post.advertising >= 0.5
            or post.copy_of_id
            or post.gone_at
            or post.sentiment_label == "negative"
            or post.sentiment < ANGRY
            or profile.is_bot
            or profile.processing_stopped
        )
        return not nuisance and not self._asked_lately()

    def _asked_lately(self):
        """Whether it was asked in this conversation ever, or of its author lately."""
        since = fields.Datetime.now() - timedelta(days=self.channel_id.rating_days)
        profiles = self.profile_id | self.partner_id.sudo().social_profile_ids
        return self.env["rating.rating"].search_count(
            [
                "|",
                ("social_conversation_id", "=", self.id),
                "&",
                ("social_conversation_id.profile_id", "in", profiles.ids),
                ("create_date", ">=", since),
            ],
            limit=1,
        )

    def _ask_rating(self):
        """Sends the question, for who answered last. Nobody approves it: its text is
        the administrators' own. So it is not signed, since agents choose their names.
        """
        answers = self.social_message_ids.filtered(lambda m: m.direction == "outbound")
        agent = answers.sorted("posted_at")[-1:].user_id
        post = self._answer_target().with_user(agent)
        if not agent.active or self.with_user(agent)._answer_obstacle(post):
            return
        rating = self.env["rating.rating"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id(self._name),
                "res_id": self.id,
                "social_conversation_id": self.id,
                "partner_id": self.partner_id.id,
                "rated_partner_id": agent.partner_id.id,
            }
        )
        channel = self.channel_id.with_context(lang=self._spoken_language(agent))
        url = f"{self.get_base_url()}/rate/{rating.access_token}/5"
        text = f"{channel.rating_question or ''} {url}".strip()
        texts = post._posts(text, False)
        nothing = self.env["ir.attachment"]
        question = post._outbox_rows(texts, f"rating:{uuid4().hex}", nothing, None)
        question._show_queued()
        self.message_count += 1
        # The case stays solved, unlike after an answer.
        post._wake_senders(question.try_at or None)

    def _spoken_language(self, agent):
        """The customer's language where it is installed, else the agent's."""
        known = self.env["res.lang"].search(
            [("iso_code", "=like", f"{self.language or '-'}%")], limit=1
        )
        return known.code or agent.lang
