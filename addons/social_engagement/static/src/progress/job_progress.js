import {Component, useEffect} from "@odoo/owl";

import {browser} from "@web/core/browser/browser";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

const EVERY = 2000; // ms between two looks at a job that runs

/**
 * How far the job of a record with `state` and `progress` (0–100) is; the form follows
 * while it runs. Whoever uses it brings a template that names the job.
 */
export class JobProgress extends Component {
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

/** @param {typeof JobProgress} component */
export function jobProgressWidget(component) {
    return {
        component,
        fieldDependencies: [
            {name: "state", type: "selection"},
            {name: "progress", type: "float"},
        ],
    };
}
