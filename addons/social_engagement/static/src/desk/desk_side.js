import {Component, useSubEnv} from "@odoo/owl";

import {View, getDefaultConfig} from "@web/views/view";

/** Who the customer is: a form beside the conversation, that other add-ons extend. */
export class DeskSide extends Component {
    static template = "social_engagement.DeskSide";
    static components = {View};
    static props = ["resId", "viewId", "beforeLeave"];

    setup() {
        // Of its own, so that the form does not name the page.
        useSubEnv({config: getDefaultConfig()});
    }

    get viewProps() {
        return {
            type: "form",
            resModel: "social.conversation",
            resId: this.props.resId,
            viewId: this.props.viewId,
            display: {controlPanel: false},
            className: "o-social-DeskSide",
            preventCreate: true,
            __beforeLeave__: this.props.beforeLeave,
        };
    }
}
