import {Component} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

import {VISIBILITIES, atHandle, webAddress} from "../answer/wording";

/** Icon classes by the network's technical name; another network may add its own. */
export const networkIcons = registry.category("social_engagement.network_icons");
networkIcons
    .add("mastodon", "o-social-icon o-social-icon-mastodon")
    .add("bluesky", "o-social-icon o-social-icon-bluesky")
    .add("telegram", "fa fa-telegram")
    .add("reddit", "fa fa-reddit-alien")
    .add("youtube", "fa fa-youtube-play")
    .add("rss", "fa fa-rss")
    .add("wordpress", "fa fa-wordpress")
    .add("sandbox", "fa fa-flask");

const SENTIMENTS = {
    negative: {label: _t("Negative"), icon: "fa-frown-o", color: "text-danger"},
    neutral: {label: _t("Neutral"), icon: "fa-meh-o", color: ""},
    positive: {label: _t("Positive"), icon: "fa-smile-o", color: "text-success"},
};

/** One line that tells where a post comes from, who wrote it and in what mood. */
export class MessageOrigin extends Component {
    static template = "social_engagement.MessageOrigin";
    static props = ["social"];

    get icon() {
        return networkIcons.get(this.props.social.network, "fa fa-globe");
    }

    get url() {
        return webAddress(this.props.social.url);
    }

    get handle() {
        return atHandle(this.props.social.handle);
    }

    get sentiment() {
        return SENTIMENTS[this.props.social.sentiment_label];
    }

    /** Public is what people expect and needs no word. */
    get visibility() {
        const {visibility} = this.props.social;
        return visibility === "public" ? undefined : VISIBILITIES[visibility];
    }

    get isSandbox() {
        return this.props.social.network === "sandbox";
    }
}
