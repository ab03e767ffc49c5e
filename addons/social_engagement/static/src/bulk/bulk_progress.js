import {Component, useEffect} from "@odoo/owl";

import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

const EVERY = 2000; // ms between two looks at a job that runs

/** How far an answer to many is; the form follows while it is given. */
export class BulkProgress extends Component {
    static template = "social_engagement.BulkProgress";
    static props = {...standardWidgetProps};

    setup() {
        useEffect(
            (runs) => {
                if (!runs) {
                    return;
                }
                const timer = browser.setInterval(
                    () => this.props.record.load(),
                    EVERY
                );
                return () => browser.clearInterval(timer);
            },
            () => [this.runs]
        );
    }

    get runs() {
        return this.props.record.data.state === "running";
    }

    get percent() {
        return Math.round(this.props.record.data.progress);
    }
}

registry.category("view_widgets").add("social_bulk_progress", {
    component: BulkProgress,
    fieldDependencies: [
        {name: "state", type: "selection"},
        {name: "progress", type: "float"},
    ],
});
