import {Component, onWillStart, useExternalListener, useRef, useState} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {rpc} from "@web/core/network/rpc";

const KINDS = {
    canned: {icon: "fa-file-text-o", label: _t("Canned response")},
    past: {icon: "fa-history", label: _t("Past reply")},
};

/** Answers that could fit, best first; one click takes one over into the draft. */
export class AnswerSuggestions extends Component {
    static template = "social_engagement.AnswerSuggestions";
    static props = ["thread", "onSelect", "close?"];

    setup() {
        super.setup();
        this.state = useState({answers: []});
        this.rootRef = useRef("root");
        // Who goes on typing has made up their mind.
        useExternalListener(window, "focusin", ({target}) => {
            if (!this.rootRef.el?.contains(target)) {
                this.props.close?.();
            }
        });
        onWillStart(async () => {
            this.state.answers = await rpc("/social_engagement/answer/suggestions", {
                thread_model: this.props.thread.model,
                thread_id: this.props.thread.id,
            });
        });
    }

    kindOf({kind}) {
        return KINDS[kind] ?? KINDS.canned;
    }

    select({text}) {
        this.props.onSelect(text);
        this.props.close?.();
    }
}
