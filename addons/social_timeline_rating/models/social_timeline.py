from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.social_engagement.models.searching import bearing


class SocialTimelineEntry(models.Model):
    _inherit = "social.timeline.entry"

    kind = fields.Selection(
        selection_add=[("rating", "Rating")], ondelete={"rating": "cascade"}
    )


class RatingRating(models.Model):
    """Ratings given; one that was asked for and never given is none."""

    _name = "rating.rating"
    _inherit = ["social.timeline.source", "rating.rating"]

    _timeline_kind = "rating"
    _timeline_date = "rated_on"
    _timeline_moves = {"partner_id", "consumed"}

    def _timeline_owner(self):
        return None

    def _timeline_rows(self):
        return SQL(
            """SELECT id, partner_id, coalesce(rated_on, create_date) AS date,
                      'rating' AS kind, NULL AS channel
               FROM rating_rating WHERE id = ANY(%s) AND consumed""",
            self.ids,
        )

    def _timeline_domain(self, text):
        return bearing(["feedback", "res_name"], text)

    def _timeline_card(self):
        return {
            "title": self.res_name or "",
            "text": self.feedback or "",
            "facts": self._timeline_words("rating_text"),
        }
