from odoo import api, fields, models

from ..analysis.influence import amplification
from .bulk import set_each


class SocialMessage(models.Model):
    """How far a single message can spread."""

    _inherit = "social.message"

    share_count = fields.Integer("Shares", readonly=True, aggregator="sum")
    like_count = fields.Integer("Likes", readonly=True, aggregator="sum")
    amplification = fields.Float(
        readonly=True,
        aggregator="avg",
        help="0 to 100: how far the post can spread, from the author's reach, the "
        "shares so far and their pace.",
    )
    amplification_bars = fields.Json("Spread", compute="_compute_amplification_bars")
    expected_reach = fields.Integer(
        readonly=True, aggregator="sum", help="People who are likely to see the post."
    )

    @api.depends("share_count", "posted_at", "profile_id.followers")
    @api.depends_context("lang")
    def _compute_amplification_bars(self):
        for message in self:
            sentences = {
                "reach": (
                    self.env._("Reach of the author"),
                    self.env._(
                        "%(count)s followers.",
                        count=message.profile_id._grouped(message.profile_id.followers),
                    ),
                ),
                "shares": (
                    self.env._("Shares so far"),
                    self.env._("Shared %(count)s times.", count=message.share_count),
                ),
                "pace": (
                    self.env._("Pace"),
                    self.env._("How fast the shares came since it was published."),
                ),
            }
            parts = message._amplified().parts
            message.amplification_bars = [
                {"name": name, "label": label, "value": parts[name], "sentence": text}
                for name, (label, text) in sentences.items()
                if name in parts
            ]

    @api.model
    def _spread(self, profile, posted_at, shares, likes):
        """The values that tell how far a post can spread.

        :param shares, likes: so far; None when the network does not tell
        """
        found = _amplification(profile, posted_at, shares)
        return {
            "share_count": shares or 0,
            "like_count": likes or 0,
            "amplification": found.value,
            "expected_reach": found.expected_reach,
        }

    def _amplified(self):
        return _amplification(self.profile_id, self.posted_at, self.share_count)

    def _note_spread(self, posts):
        """Takes in how often these messages were shared and liked by now.

        :param posts: list of :class:`Post` as they are by now
        """
        messages = {message.external_id: message for message in self}
        found = {}
        for post in posts:
            message = messages.get(post.external_id)
            if values := message and message._spread_by_now(post):
                found[message.id] = values
        set_each(self.browse(found), list(found.values()))

    def _spread_by_now(self, post):
        """The values that changed since; what the network does not tell stays."""
        shares = self.share_count if post.shares is None else post.shares
        likes = self.like_count if post.likes is None else post.likes
        if (shares, likes) == (self.share_count, self.like_count):
            return {}
        return self._spread(self.profile_id, self.posted_at, shares, likes)


def _amplification(profile, posted_at, shares):
    """The `Amplification` of a post by now."""
    hours = None
    if posted_at:
        hours = (fields.Datetime.now() - posted_at).total_seconds() / 3600
    followers = profile.followers if profile.figures_at else None
    return amplification(followers, shares, hours)
