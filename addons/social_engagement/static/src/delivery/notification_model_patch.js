import {Notification} from "@mail/core/common/notification_model";

import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";

import {DELIVERY_STATES, SCHEDULED} from "./delivery_states";

patch(Notification.prototype, {
    get isSocial() {
        return this.notification_type === "social";
    },

    /**
     * The answer's own state says more than the notification's: "perhaps sent" is an
     * exception there, and "mark as read" cancels the notification, not the answer.
     */
    get deliveryState() {
        const social = this.isSocial && this.mail_message_id?.social;
        if (!social) {
            return undefined;
        }
        return social.send_at ? SCHEDULED : DELIVERY_STATES[social.delivery_state];
    },

    get icon() {
        return this.deliveryState?.icon ?? super.icon;
    },

    get label() {
        return this.deliveryState?.label ?? super.label;
    },

    get statusIcon() {
        return this.deliveryState?.icon ?? super.statusIcon;
    },

    get statusTitle() {
        return this.deliveryState?.label ?? super.statusTitle;
    },

    get failureMessage() {
        if (!this.isSocial) {
            return super.failureMessage;
        }
        return this.mail_message_id?.social?.failure_advice || _t("Not sent");
    },
});
