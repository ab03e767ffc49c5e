import {JobProgress, jobProgressWidget} from "@social_engagement/progress/job_progress";

import {registry} from "@web/core/registry";

/** How far a replay is. */
export class ReplayProgress extends JobProgress {
    static template = "social_routing.ReplayProgress";
}

registry
    .category("view_widgets")
    .add("social_replay_progress", jobProgressWidget(ReplayProgress));
