import {Message} from "@mail/core/common/message";
import {Message as MessageModel} from "@mail/core/common/message_model";

import {_t} from "@web/core/l10n/translation";
import {usePopover} from "@web/core/popover/popover_hook";
import {markEventHandled} from "@web/core/utils/misc";
import {patch} from "@web/core/utils/patch";

import {DeliveryPopover} from "../delivery/delivery_popover";
import {MessageOrigin} from "./message_origin";

Object.assign(Message.components, {MessageOrigin});

patch(MessageModel.prototype, {
    setup() {
        super.setup();
        /** The post behind this message, see _chatter_facts() on the server. */
        this.social = undefined;
    },

    /** The notification that carries the delivery state of an answer. */
    get delivery() {
        return this.notification_ids.find((n) => n.notification_type === "social");
    },
});

patch(Message.prototype, {
    setup() {
        super.setup(...arguments);
        this.deliveryPopover = usePopover(DeliveryPopover, {position: "top"});
    },

    get messageTypeText() {
        const social = this.props.message.social;
        return social
            ? _t("Message on %(network)s", {network: social.network_label})
            : super.messageTypeText;
    },

    /** A popover of our own: other add-ons put theirs in the place of the core's. */
    onClickNotification(ev) {
        if (!this.message.delivery) {
            return super.onClickNotification(...arguments);
        }
        markEventHandled(ev, "Message.ClickFailure");
        this.deliveryPopover.open(ev.target, {message: this.message});
    },

    /** Core's control opens on a click only. */
    onKeydownNotification(ev) {
        if (["Enter", " "].includes(ev.key)) {
            ev.preventDefault();
            this.onClickNotification(ev);
        }
    },
});
