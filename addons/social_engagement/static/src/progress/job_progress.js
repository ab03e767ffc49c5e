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
            (isFollowed) => {
                if (!isFollowed) {
                    return;
                }
                const timer = browser.setInterval(() => this.look(), EVERY);
                return () => browser.clearInterval(timer);
            },
            () => [this.isFollowed]
        );
    }

    get runs() {
        return this.props.record.data.state === "running";
    }

    /** Whether the form looks again by itself. */
    get isFollowed() {
        return this.runs;
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

/**
 * @param {typeof JobProgress} component
 * @param {Object[]} fieldDependencies more fields that it reads
 */
export function jobProgressWidget(component, fieldDependencies = []) {
    return {
        component,
        fieldDependencies: [
            {name: "state", type: "selection"},
            {name: "progress", type: "float"},
            ...fieldDependencies,
        ],
    };
}
