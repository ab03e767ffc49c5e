import {Component} from "@odoo/owl";

import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {Layout} from "@web/search/layout";

import {Timeline} from "./timeline";

/**
 * The timeline of the contact a form is of, or of the one its record has:
 * `<widget name="social_timeline" options="{'partner': 'partner_id'}"/>`.
 */
export class TimelineWidget extends Component {
    static template = "social_engagement.TimelineWidget";
    static components = {Timeline};
    static props = {...standardWidgetProps, partner: {type: String, optional: true}};

    get partnerId() {
        const {partner, record} = this.props;
        return partner ? record.data[partner]?.id : record.resId;
    }
}

registry.category("view_widgets").add("social_timeline", {
    component: TimelineWidget,
    extractProps: ({options}) => ({partner: options.partner}),
});

/** The same on a page of its own: the action's context says of whom. */
export class TimelineAction extends Component {
    static template = "social_engagement.TimelineAction";
    static components = {Layout, Timeline};
    static props = {...standardActionServiceProps};

    setup() {
        this.display = {controlPanel: {}};
    }

    get partnerId() {
        return Number(this.props.action.context.active_id) || 0;
    }
}

registry.category("actions").add("social_timeline", TimelineAction);
