import {Composer} from "@mail/core/common/composer";
import {UseSuggestion} from "@mail/core/common/suggestion_hook";

import {status, toRaw, useEffect, useState} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {ConnectionLostError, RPCError} from "@web/core/network/rpc";
import {patch} from "@web/core/utils/patch";

import {answerLength} from "./answer_length";
import {SEND_TIMES, VISIBILITIES, atHandle} from "./wording";

const COUNTER_LENGTH = 8; // " (12/25)" at the end of each of several posts
const NOT_FOR_ANSWERS = ["@", "#"]; // colleagues and channels mean nothing out there

patch(Composer.prototype, {
    setup() {
        super.setup();
        this.answerState = useState({failure: ""});
        if (this.isSocialAnswer) {
            // Networks take plain text: formatting would be lost without a word.
            this.composerService = {htmlEnabled: false};
            useEffect(
                () => {
                    this.answerState.failure = "";
                },
                () => [this.props.composer.composerText]
            );
        }
    },

    get isSocialAnswer() {
        return this.props.type === "social";
    },

    get social() {
        return this.thread?.social;
    },

    /** Public until the server says otherwise: the mistake that harms nobody. */
    get answerVisibility() {
        return VISIBILITIES[this.social?.visibility] ?? VISIBILITIES.public;
    },

    get answerTarget() {
        return _t("Answer %(handle)s on %(network)s — %(visibility)s", {
            handle: atHandle(this.social.handle),
            network: this.social.network_label,
            visibility: this.answerVisibility.label,
        });
    },

    get answerLength() {
        return answerLength(this.props.composer.composerText, this.social);
    },

    get answerExcess() {
        const limit = this.social.max_length;
        return limit ? Math.max(0, this.answerLength - limit) : 0;
    },

    get answerLengthTitle() {
        const prefix = this.social.prefix.trim();
        return prefix
            ? _t("Length as the network counts it, with “%(prefix)s” in front", {
                  prefix,
              })
            : _t("Length as the network counts it");
    },

    get answerExcessText() {
        return _t("%(count)s too many", {count: this.answerExcess});
    },

    get maySplit() {
        return this.social.may_split && this.answerExcess > 0;
    },

    /** Nearly: where exactly it is cut depends on its sentences. */
    get splitText() {
        const {max_length: limit, prefix} = this.social;
        const room = Math.max(limit - prefix.length - COUNTER_LENGTH, 1);
        const count = Math.max(2, Math.ceil(this.answerLength / room));
        return _t("Send as about %(count)s posts", {count});
    },

    get sendTimes() {
        return Object.entries(SEND_TIMES);
    },

    /** Why the files can't go with the answer, or "". */
    get answerFilesProblem() {
        const files = this.props.composer.attachments;
        const limits = this.social?.media;
        if (!files.length || !limits) {
            return "";
        }
        if (files.length > limits.count) {
            return _t("At most %(count)s files can go with an answer.", {
                count: limits.count,
            });
        }
        const refused = files.find(({mimetype}) => !isAllowed(mimetype, limits));
        return refused
            ? _t("“%(name)s” can't go with an answer. It can be: %(types)s.", {
                  name: refused.name,
                  types: limits.mime_types.join(", "),
              })
            : "";
    },

    get isAnswerReady() {
        const answer = this.props.composer;
        return (
            this.social?.may_answer &&
            answer.text &&
            answer.sendAt !== "" &&
            (!this.answerExcess || (this.maySplit && answer.split)) &&
            !this.answerFilesProblem &&
            !answer.attachments.some(({uploading}) => uploading)
        );
    },

    get placeholder() {
        return this.isSocialAnswer ? this.answerTarget : super.placeholder;
    },

    get SEND_TEXT() {
        if (!this.isSocialAnswer) {
            return super.SEND_TEXT;
        }
        return this.props.composer.when === "now" ? _t("Answer") : _t("Schedule");
    },

    get isSendButtonDisabled() {
        if (!this.isSocialAnswer) {
            return super.isSendButtonDisabled;
        }
        return !this.state.active || !this.isAnswerReady;
    },

    async sendMessage() {
        if (!this.isSocialAnswer) {
            return super.sendMessage(...arguments);
        }
        this.composerActions.activePicker?.close?.();
        // The keyboard comes here past the disabled button.
        if (this.isSendButtonDisabled) {
            return;
        }
        await this._sendAnswer(toRaw(this.props.composer));
    },

    async _sendAnswer(answer) {
        this.state.active = false;
        this.answerState.failure = "";
        try {
            await answer.send();
        } catch (error) {
            this._onAnswerFailed(error);
            return;
        } finally {
            this.state.active = true;
        }
        this.clear();
        if (status(this) !== "destroyed") {
            this.props.onPostCallback?.();
        }
    },

    /** The text stays, the reason stands beside it, and the agent can try again. */
    _onAnswerFailed(error) {
        if (error instanceof RPCError) {
            this.answerState.failure = error.data?.message || error.message;
        } else if (error instanceof ConnectionLostError) {
            this.answerState.failure = _t(
                "The connection broke. Your text is kept: answer again, it is sent only once."
            );
        } else {
            throw error;
        }
    },

    saveContent() {
        super.saveContent(...arguments);
        // An abandoned answer must not lend its key to the same words another day.
        if (this.isSocialAnswer && !this.props.composer.text) {
            toRaw(this.props.composer).forgetKey();
        }
    },
});

function isAllowed(mimetype, {mime_types: allowed}) {
    const family = `${mimetype?.split("/")[0]}/*`;
    return [mimetype, family, "*/*"].some((type) => allowed.includes(type));
}

patch(UseSuggestion.prototype, {
    detect() {
        super.detect();
        if (
            this.comp.isSocialAnswer &&
            NOT_FOR_ANSWERS.includes(this.search.delimiter)
        ) {
            this.clearSearch();
        }
    },
});
