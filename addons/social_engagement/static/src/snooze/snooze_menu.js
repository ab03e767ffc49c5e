import {Chatter} from "@mail/chatter/web_portal/chatter";

import {Component, useState} from "@odoo/owl";

import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {useDropdownState} from "@web/core/dropdown/dropdown_hooks";
import {deserializeDateTime, serializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {patch} from "@web/core/utils/patch";

import {offerUndo} from "../undo/undo";

const {DateTime} = luxon;
const EVENING = 18; // o'clock, as on the server

/** The usual moments; the server knows when each of them is. */
export const MOMENTS = {
    hour: _t("For an hour"),
    evening: _t("Until this evening"),
    tomorrow: _t("Until tomorrow, 9:00"),
    week: _t("Until next week"),
};

/**
 * Takes a conversation out of what waits, until a moment: `onSnooze` is told which method
 * of the server does it, and with what value. What opens the menu stands in it.
 */
export class SnoozeMenu extends Component {
    static template = "social_engagement.SnoozeMenu";
    static components = {Dropdown, DropdownItem};
    static props = ["onSnooze", "dropdown?", "slots"];

    setup() {
        this.dropdown = this.props.dropdown || useDropdownState();
        this.state = useState({at: ""});
    }

    get moments() {
        const isEvening = DateTime.now().hour >= EVENING;
        return Object.entries(MOMENTS).filter(
            ([kind]) => kind !== "evening" || !isEvening
        );
    }

    get picked() {
        return DateTime.fromISO(this.state.at);
    }

    async snoozeUntilPicked() {
        this.dropdown.close();
        await this.props.onSnooze("action_snooze", serializeDateTime(this.picked));
    }
}

/** Says until when, as long as it lasts. */
export class SnoozeBadge extends Component {
    static template = "social_engagement.SnoozeBadge";
    static props = ["thread", "onChanged"];

    setup() {
        this.orm = useService("orm");
    }

    get text() {
        const until = deserializeDateTime(this.props.thread.social.snoozed_until);
        return _t("Snoozed until %(moment)s", {
            moment: until.toLocaleString(DateTime.DATETIME_MED),
        });
    }

    async bringBack() {
        const {onChanged, thread} = this.props;
        const {conversation_id: id} = thread.social;
        const done = await this.orm.call("social.conversation", "action_unsnooze", [
            [id],
        ]);
        await onChanged();
        offerUndo(this.env, done, onChanged);
    }
}

Object.assign(Chatter.components, {SnoozeBadge, SnoozeMenu});

patch(Chatter.prototype, {
    async snoozeSocial(method, value) {
        const {conversation_id: id} = this.social;
        const done = await this.orm.call("social.conversation", method, [[id], value]);
        await this.onSocialChanged();
        offerUndo(this.env, done, () => this.onSocialChanged());
    },
});
