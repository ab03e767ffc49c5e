import {registry} from "@web/core/registry";

import {JobProgress, jobProgressWidget} from "../progress/job_progress";

/** How far an answer to many is. */
export class BulkProgress extends JobProgress {
    static template = "social_engagement.BulkProgress";

    /** What is given is not sent yet: how that ends is followed too. */
    get isFollowed() {
        return this.runs || this.props.record.data.is_on_its_way;
    }
}

registry
    .category("view_widgets")
    .add(
        "social_bulk_progress",
        jobProgressWidget(BulkProgress, [{name: "is_on_its_way", type: "boolean"}])
    );
