import {Component} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";

/** The posts an answer will stand as on the network, with its files. */
export class AnswerPreview extends Component {
    static template = "social_engagement.AnswerPreview";
    static props = ["posts", "files", "network"];

    get title() {
        return _t("Preview on %(network)s", {network: this.props.network});
    }

    isPicture({mimetype}) {
        return mimetype?.startsWith("image/");
    }
}
