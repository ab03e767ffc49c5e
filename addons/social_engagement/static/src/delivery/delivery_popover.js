import {Component, useState} from "@odoo/owl";

import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {useService} from "@web/core/utils/hooks";

const CAN_SEND_AGAIN = ["failed", "uncertain", "cancelled"];
const CAN_GIVE_UP = [
    "queued",
    "failed",
    "uncertain",
    "to_approve",
    "refused",
    "overtaken",
];

/** What became of an answer, why, and what can be done about it. */
export class DeliveryPopover extends Component {
    static template = "social_engagement.DeliveryPopover";
    static props = ["message", "close?"];

    setup() {
        super.setup();
        this.orm = useService("orm");
        this.state = useState({isBusy: false});
    }

    get delivery() {
        return this.props.message.delivery;
    }

    get social() {
        return this.props.message.social;
    }

    get canSendAgain() {
        return CAN_SEND_AGAIN.includes(this.social?.delivery_state);
    }

    /** When a scheduled answer is to be sent, as the user writes dates; or "". */
    get sendAt() {
        const sendAt = this.social?.send_at;
        return sendAt ? formatDateTime(deserializeDateTime(sendAt)) : "";
    }

    get canWithdraw() {
        return !this.canGiveUp && Boolean(this.social?.actions?.includes("withdraw"));
    }

    get canGiveUp() {
        return CAN_GIVE_UP.includes(this.social?.delivery_state);
    }

    /** The new state arrives through the bus. */
    async callOnPost(method) {
        this.state.isBusy = true;
        try {
            await this.orm.call("social.message", method, [[this.social.id]]);
        } finally {
            this.state.isBusy = false;
        }
        this.props.close?.();
    }
}
