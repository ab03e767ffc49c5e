import {Component} from "@odoo/owl";

import {networkIcons} from "../message/message_origin";
import {MOODS, ago, dueWords, momentText} from "./wording";

/** One line of the list of what waits. */
export class DeskRow extends Component {
    static template = "social_engagement.DeskRow";
    static props = ["row", "now"];

    get icon() {
        return networkIcons.get(this.props.row.network, "fa fa-globe");
    }

    get due() {
        return dueWords(this.props.row.due, this.props.now);
    }

    get mood() {
        return MOODS[this.props.row.mood];
    }

    get ago() {
        return ago(this.props.row.at, this.props.now);
    }

    get moment() {
        return momentText(this.props.row.at);
    }
}
