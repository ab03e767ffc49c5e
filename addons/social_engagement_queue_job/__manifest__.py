{
    "name": "Social Engagement: Jobs",
    "summary": "Fetch and process social posts as jobs of OCA's job queue",
    "version": "19.0.1.0.0",
    "category": "Services/Social",
    "license": "AGPL-3",
    "author": "Social Engagement contributors",
    "depends": ["social_engagement", "queue_job"],
    "data": [
        "data/queue_job_channel_data.xml",
        "data/queue_job_function_data.xml",
    ],
    "auto_install": True,
}
