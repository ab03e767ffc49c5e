import {Component} from "@odoo/owl";

import {Dialog} from "@web/core/dialog/dialog";

/** What marking a post as spam will do; nothing is done before the agent agrees. */
export class SpamDialog extends Component {
    static template = "social_engagement.SpamDialog";
    static components = {Dialog};
    static props = ["effects", "onConfirm", "close"];

    async confirm() {
        this.props.close();
        await this.props.onConfirm();
    }
}
