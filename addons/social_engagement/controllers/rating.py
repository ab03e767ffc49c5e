from odoo.addons.rating.controllers.main import Rating


class SocialRating(Rating):
    def _get_rating_and_record(self, token):
        """The page is public: it does not tell what a conversation is about."""
        rating, record = super()._get_rating_and_record(token)
        if rating.res_model == "social.conversation":
            record = record.with_context(social_unnamed=True)
        return rating, record
