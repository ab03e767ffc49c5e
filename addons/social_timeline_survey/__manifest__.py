{
    "name": "Timeline: Surveys",
    "summary": "Shows finished surveys in the timeline of contacts",
    "version": "19.0.1.0.0",
    "category": "Services/Social",
    "license": "AGPL-3",
    "author": "Social Engagement contributors",
    "depends": ["social_engagement", "survey"],
    "auto_install": True,
}
