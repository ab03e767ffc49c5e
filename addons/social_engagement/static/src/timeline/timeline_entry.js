import {Component} from "@odoo/owl";

import {Message} from "@mail/core/common/message";

import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";

const {DateTime} = luxon;
const ICONS = {
    email: "fa-envelope-o",
    message: "fa-commenting-o",
    note: "fa-sticky-note-o",
    call: "fa-phone",
    meeting: "fa-calendar",
    post: "fa-bullhorn",
    direct: "fa-lock",
    ticket: "fa-life-ring",
    lead: "fa-star-o",
    order: "fa-shopping-cart",
    invoice: "fa-file-text-o",
    survey: "fa-check-square-o",
    rating: "fa-smile-o",
};

/** One entry of a timeline: a message as in the chatter, or a card of a record. */
export class TimelineEntry extends Component {
    static template = "social_engagement.TimelineEntry";
    static components = {Message};
    static props = {entry: Object, kind: String, channel: String, partnerId: Number};

    setup() {
        this.action = useService("action");
        this.store = useService("mail.store");
    }

    get message() {
        const {message} = this.props.entry;
        return message && this.store["mail.message"].get(message);
    }

    get icon() {
        return ICONS[this.props.entry.kind] || "fa-circle-o";
    }

    get date() {
        return DateTime.fromSQL(this.props.entry.date, {zone: "utc"}).toLocal();
    }

    get when() {
        return this.date.toLocaleString(DateTime.DATETIME_MED);
    }

    get title() {
        const {card, name} = this.props.entry;
        return card ? card.title || card.text : name;
    }

    get label() {
        const {kind, channel} = this.props;
        const what = channel && channel !== kind ? `${kind}, ${channel}` : kind;
        return [what, this.when, this.title].filter(Boolean).join(", ");
    }

    /** Not to the contact whose timeline it is: that is where the reader is. */
    get mayJump() {
        const {entry, partnerId} = this.props;
        const here = entry.model === "res.partner" && entry.res_id === partnerId;
        return entry.model && !here;
    }

    get jumpName() {
        return this.props.entry.name || _t("Open");
    }

    get jumpLabel() {
        return _t("Open %(record)s", {record: this.title || this.props.kind});
    }

    jump() {
        const {model, res_id} = this.props.entry;
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id,
            views: [[false, "form"]],
        });
    }
}
