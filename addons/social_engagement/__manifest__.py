{
    "name": "Social Engagement",
    "summary": "Listen and answer on social networks, in Odoo's own chatter",
    "version": "19.0.1.0.0",
    "category": "Services/Social",
    "license": "AGPL-3",
    "author": "Social Engagement contributors",
    "depends": ["mail", "contacts"],
    "external_dependencies": {
        "python": [
            "feedparser",
            "langdetect",
            "regex",
            "requests",
            "vaderSentiment",
        ]
    },
    "data": [
        "security/social_engagement_security.xml",
        "security/ir.model.access.csv",
        "data/mail_message_subtype_data.xml",
        "data/ir_cron_data.xml",
        "views/social_message_views.xml",
        "views/social_conversation_views.xml",
        "views/social_profile_views.xml",
        "views/social_intake_views.xml",
        "views/social_channel_views.xml",
        "views/res_partner_views.xml",
        "views/res_config_settings_views.xml",
        "views/social_engagement_menus.xml",
    ],
    "demo": ["demo/social_channel_demo.xml"],
    "assets": {
        "web.assets_backend": ["social_engagement/static/src/**/*"],
        "web.assets_unit_tests": ["social_engagement/static/tests/**/*.test.js"],
    },
    "application": True,
}
