{
    "name": "Timeline: Meetings",
    "summary": "Shows meetings in the timeline of those invited",
    "version": "19.0.1.0.0",
    "category": "Services/Social",
    "license": "AGPL-3",
    "author": "Social Engagement contributors",
    "depends": ["social_engagement", "calendar"],
    "auto_install": True,
}
