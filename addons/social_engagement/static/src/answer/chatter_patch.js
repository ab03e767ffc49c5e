import {Chatter} from "@mail/chatter/web_portal/chatter";

import {useEffect} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";

import {webAddress} from "./wording";

patch(Chatter.prototype, {
    setup() {
        super.setup(...arguments);
        // An undone answer comes back: its composer opens again.
        useEffect(
            (returned) => {
                if (returned) {
                    this.state.composerType = "social";
                }
            },
            () => [this.state.thread?.socialAnswer?.returned]
        );
    },

    get social() {
        return this.state.thread?.social;
    },

    get socialButtonText() {
        return _t("Reply on %(network)s", {network: this.social.network_label});
    },

    /** The button that stands out: what is being written, else what is most likely wanted. */
    get primaryMode() {
        return (
            this.state.composerType || (this.social?.may_answer ? "social" : "message")
        );
    },

    get isSocialAnswer() {
        return this.state.composerType === "social";
    },

    get socialAdvice() {
        return this.social?.advice || _t("You can't reply to this from here.");
    },

    get emailText() {
        return _t("Write %(name)s an e-mail", {name: this.social.partner_name});
    },

    get socialUrl() {
        return webAddress(this.social?.url);
    },

    get composerOfMode() {
        const thread = this.state.thread;
        return this.isSocialAnswer ? thread.socialAnswer : thread.composer;
    },

    /** An answer is begun on purpose: going on to another record doesn't take the mode along. */
    changeThread() {
        if (this.isSocialAnswer) {
            this.state.composerType = false;
        }
        super.changeThread(...arguments);
    },
});
