{
    "name": "Timeline: Orders",
    "summary": "Shows quotations and orders in the timeline of contacts",
    "version": "19.0.1.0.0",
    "category": "Services/Social",
    "license": "AGPL-3",
    "author": "Social Engagement contributors",
    "depends": ["social_engagement", "sale"],
    "data": ["views/social_conversation_views.xml"],
    "auto_install": True,
}
