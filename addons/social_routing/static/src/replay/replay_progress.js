import {Component, useEffect} from "@odoo/owl";

import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

const EVERY = 2000; // ms between two looks at a job that runs

/** How far a replay is; the form follows while it runs. */
export class ReplayProgress extends Component {
    static template = "social_routing.ReplayProgress";
    static props = {...standardWidgetProps};

    setup() {
        useEffect(
            (runs) => {
                if (!runs) {
                    return;
                }
                const timer = browser.setInterval(() => this.look(), EVERY);
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

    /** What somebody is typing is not lost for it. */
    async look() {
        if (!(await this.props.record.isDirty())) {
            await this.props.record.load();
        }
    }
}

registry.category("view_widgets").add("social_replay_progress", {
    component: ReplayProgress,
    fieldDependencies: [
        {name: "state", type: "selection"},
        {name: "progress", type: "float"},
    ],
});
