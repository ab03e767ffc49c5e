from odoo.http import request, route

from odoo.addons.rating.controllers.main import Rating


class SocialRating(Rating):
    @route()
    def action_open_rating(self, token, rate, **kwargs):
        """Whoever comes again finds what they said, whatever the link proposes."""
        ratings = request.env["rating.rating"].sudo()
        rating = ratings.search([("access_token", "=", token)])
        if rating.social_conversation_id and rating.consumed:
            rate = int(rating.rating)
        return super().action_open_rating(token, rate, **kwargs)

    def _get_rating_and_record(self, token):
        """The page is public: it does not tell what a conversation is about."""
        rating, record = super()._get_rating_and_record(token)
        if rating.res_model == "social.conversation":
            record = record.with_context(social_unnamed=True)
        return rating, record
