import {Component} from "@odoo/owl";

import {Dialog} from "@web/core/dialog/dialog";

/** Somebody has written meanwhile: who, and what; the agent decides. */
export class NewerMessagesDialog extends Component {
    static template = "social_engagement.NewerMessagesDialog";
    static components = {Dialog};
    static props = ["question", "newer", "onAnyway", "onLook", "close"];

    anyway() {
        this.props.close();
        this.props.onAnyway();
    }

    look() {
        this.props.close();
        this.props.onLook();
    }
}
