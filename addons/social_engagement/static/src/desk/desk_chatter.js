import {Chatter} from "@mail/chatter/web_portal/chatter";

import {useEffect, useRef} from "@odoo/owl";

import {patch} from "@web/core/utils/patch";

patch(Chatter.prototype, {
    setup() {
        super.setup(...arguments);
        if (this.env.socialDesk) {
            this.keepAboveComposer(useRef("top"));
        }
    },

    /** Escape leaves a composer in which nothing is written: keys are keys again. */
    closeEmptyComposer() {
        const {composerText, attachments} = this.composerOfMode;
        if (!composerText.trim() && !attachments.length) {
            this.state.composerType = false;
        }
    },

    /** Here the composer stands below: as it grows, what was read moves up with it. */
    keepAboveComposer(composer) {
        useEffect(
            (el) => {
                if (!el) {
                    return;
                }
                let height = el.offsetHeight;
                const observer = new ResizeObserver(() => {
                    const grown = el.offsetHeight - height;
                    height = el.offsetHeight;
                    if (grown > 0) {
                        this.rootRef.el.scrollTop += grown;
                    }
                });
                observer.observe(el);
                return () => observer.disconnect();
            },
            () => [composer.el]
        );
    },
});
