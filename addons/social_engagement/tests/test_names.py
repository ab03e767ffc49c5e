from odoo.tests import TransactionCase, tagged

ADDONS = "social_"

#: Model names that others own: Odoo Enterprise's Social Marketing and its add-ons, and
#: OCA's social_media_base, _sync and _advertising.
TAKEN = {
    "social.account",
    "social.account.revoke.youtube",
    "social.account.statistics",
    "social.advertising.account",
    "social.advertising.ad",
    "social.advertising.campaign",
    "social.advertising.campaign.group",
    "social.live.post",
    "social.media",
    "social.media.base.mixin",
    "social.post",
    "social.post.account",
    "social.post.mixin",
    "social.post.template",
    "social.post.to.lead",
    "social.stage",
    "social.statistics.mixin",
    "social.stream",
    "social.stream.post",
    "social.stream.post.attachment",
    "social.stream.post.image",
    "social.stream.type",
    "social.tag",
    "social.twitter.account",
    "social.web.url.mixin",
    "social.youtube.playlist",
}
#: What they add to models of Odoo.
TAKEN_FIELDS = {
    "crm.lead": {"social_post_id"},
    "res.config.settings": {
        "facebook_app_id",
        "linkedin_app_id",
        "twitter_consumer_key",
        "youtube_oauth_client_id",
    },
    "utm.campaign": {"social_post_ids", "social_posts_count", "social_engagement"},
}


@tagged("post_install", "-at_install")  # with all add-ons that build on this one
class TestNames(TransactionCase):
    def test_no_model_has_a_name_that_others_own(self):
        ours = {
            name
            for name, model in self.env.registry.items()
            if (model._original_module or "").startswith(ADDONS)
        }
        self.assertIn("social.message.media", ours)
        self.assertFalse(ours & TAKEN)

    def test_no_field_on_models_of_odoo_either(self):
        for model, taken in TAKEN_FIELDS.items():
            if model in self.env:
                ours = {
                    name
                    for name, field in self.env[model]._fields.items()
                    if any(m.startswith(ADDONS) for m in field._modules)
                }
                self.assertFalse(ours & taken, model)
