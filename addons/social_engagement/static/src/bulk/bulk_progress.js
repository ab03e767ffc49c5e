import {registry} from "@web/core/registry";

import {JobProgress, jobProgressWidget} from "../progress/job_progress";

/** How far an answer to many is. */
export class BulkProgress extends JobProgress {
    static template = "social_engagement.BulkProgress";
}

registry
    .category("view_widgets")
    .add("social_bulk_progress", jobProgressWidget(BulkProgress));
