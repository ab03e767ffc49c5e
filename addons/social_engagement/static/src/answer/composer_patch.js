import {Composer} from "@mail/core/common/composer";

import {status, toRaw, useEffect, useState} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {ConnectionLostError, RPCError, rpc} from "@web/core/network/rpc";
import {patch} from "@web/core/utils/patch";
import {usePopover} from "@web/core/popover/popover_hook";
import {useDebounced} from "@web/core/utils/timing";

import {AnswerChecks} from "./answer_checks";
import {answerLength, composeAnswer, signAnswer} from "./answer_length";
import {AnswerPreview} from "./answer_preview";
import {AnswerSuggestions} from "./answer_suggestions";
import {NewerMessagesDialog} from "./newer_messages_dialog";
import {SEND_TIMES, VISIBILITIES, atHandle} from "./wording";

const COUNTER_LENGTH = 8; // " (12/25)" at the end of each of several posts
const CHECK_DELAY = 300; // milliseconds without typing before the server is asked
const NEWER_MESSAGES = "odoo.addons.social_engagement.models.collision.NewerMessages";

Object.assign(Composer.components, {AnswerChecks, AnswerPreview});

patch(Composer.prototype, {
    setup() {
        super.setup();
        this.answerState = useState({
            failure: "",
            preview: false,
            checked: null,
            checks: [],
            posts: [],
        });
        this.suggestionsPopover = usePopover(AnswerSuggestions, {position: "top-end"});
        this.askForChecks = useDebounced(() => this._askForChecks(), CHECK_DELAY);
        if (this.isSocialAnswer) {
            // Networks take plain text: formatting would be lost without a word.
            this.composerService = {htmlEnabled: false};
            useEffect(
                () => {
                    this.askForChecks();
                },
                () => [this.answerToCheck]
            );
            useEffect(
                () => {
                    this.answerState.failure = "";
                    toRaw(this.props.composer).begin();
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
        return _t("Reply to %(handle)s on %(network)s — %(visibility)s", {
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
        return _t("%(count)s over the limit", {count: this.answerExcess});
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

    /** What the server's checks are about. */
    get answerToCheck() {
        const {text, split} = this.props.composer;
        return JSON.stringify([text, split]);
    },

    get areChecksFresh() {
        return this.answerState.checked === this.answerToCheck;
    },

    /** The server's checks; length, which is known at once, as it is now. */
    get answerChecks() {
        return this.answerState.checks.map((check) =>
            check.rule === "length" && !this.areChecksFresh
                ? {...check, ...this.lengthCheck}
                : check
        );
    },

    get lengthCheck() {
        const {max_length: limit} = this.social;
        if (this.answerExcess && !(this.maySplit && this.props.composer.split)) {
            return {level: "block", text: this.answerExcessText, way_out: ""};
        }
        const length = this.answerLength;
        const text = limit
            ? _t("%(length)s of %(limit)s characters.", {length, limit})
            : _t("The network sets no limit.");
        return {level: "ok", text, way_out: ""};
    },

    /** What a rule blocks; while the server has not looked, it decides on sending. */
    get isAnswerBlocked() {
        const isOverridden = Boolean(this.props.composer.override.trim());
        return (
            this.areChecksFresh &&
            this.answerState.checks.some(
                ({level, may_override: may}) =>
                    level === "block" && !(may && isOverridden)
            )
        );
    },

    /** Whether who writes may send it although a check blocks it, saying why. */
    get mayOverride() {
        return (
            this.areChecksFresh &&
            this.answerState.checks.some(({may_override: may}) => may)
        );
    },

    /** Cut into posts by the server only: until it has, as a whole. */
    get answerPosts() {
        if (this.areChecksFresh) {
            return this.answerState.posts;
        }
        const {text} = this.props.composer;
        const {prefix, signature} = this.social;
        return text ? [composeAnswer(signAnswer(text, signature), prefix)] : [];
    },

    async _askForChecks() {
        if (status(this) === "destroyed" || !this.social) {
            return;
        }
        const asked = this.answerToCheck;
        const {thread, text, split} = this.props.composer;
        let answer;
        try {
            answer = await rpc(
                "/social_engagement/answer/checks",
                {
                    thread_model: thread.model,
                    thread_id: thread.id,
                    body: text,
                    split,
                },
                {silent: true}
            );
        } catch (error) {
            // They are made again when the answer is sent.
            if (!(error instanceof RPCError || error instanceof ConnectionLostError)) {
                throw error;
            }
            return;
        }
        if (asked === this.answerToCheck) {
            Object.assign(this.answerState, {...answer, checked: asked});
        }
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
            return _t("Attachment limit for this network: %(count)s.", {
                count: limits.count,
            });
        }
        const refused = files.find(({mimetype}) => !isAllowed(mimetype, limits));
        return refused
            ? _t("“%(name)s” can't be attached. Allowed types: %(types)s.", {
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
            !this.isAnswerBlocked &&
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
        return this.props.composer.when === "now" ? _t("Reply") : _t("Schedule");
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

    async _sendAnswer(answer, options) {
        const {draft} = answer;
        let answered;
        this.state.active = false;
        this.answerState.failure = "";
        try {
            answered = await answer.send(options);
        } catch (error) {
            this._onAnswerFailed(error);
            return;
        } finally {
            this.state.active = true;
        }
        this.clear();
        this._offerUndo(answer, draft, answered);
        if (status(this) !== "destroyed") {
            this.props.onPostCallback?.();
        }
    },

    /** The server waits a little before it sends: so long the answer can be undone. */
    _offerUndo(answer, draft, answered) {
        const {undo_seconds: seconds} = answered;
        if (!seconds) {
            return;
        }
        const {notification, orm} = this.env.services;
        let isUndone = false;
        const close = notification.add(_t("Sending in %(seconds)s s…", {seconds}), {
            type: "info",
            className: "o-social-undo",
            autocloseDelay: seconds * 1000,
            buttons: [
                {
                    name: _t("Undo"),
                    primary: true,
                    onClick: async () => {
                        isUndone = true;
                        close();
                        await orm.call("social.message", "action_undo", [
                            [answered.social_id],
                        ]);
                        forgetMessages(answer.store, answered.store_data);
                        answer.putBack(draft);
                    },
                },
            ],
            onClose: () => {
                if (!isUndone) {
                    orm.silent.call("social.message", "action_send_now", [
                        [answered.social_id],
                    ]);
                }
            },
        });
    },

    _askAboutNewer(error) {
        const answer = toRaw(this.props.composer);
        this.env.services.dialog.add(NewerMessagesDialog, {
            question: error.data.message,
            newer: error.data.context.newer,
            onAnyway: () => this._sendAnswer(answer, {anyway: true}),
            onLook: async () => {
                await answer.thread.fetchNewMessages();
                answer.catchUp();
            },
        });
    },

    /** The text stays, the reason stands beside it, and the agent can try again. */
    _onAnswerFailed(error) {
        if (error instanceof RPCError && error.exceptionName === NEWER_MESSAGES) {
            this._askAboutNewer(error);
        } else if (error instanceof RPCError) {
            this.answerState.failure = error.data?.message || error.message;
        } else if (error instanceof ConnectionLostError) {
            this.answerState.failure = _t(
                "The connection broke. Your text is kept: answer again, it is sent only once."
            );
        } else {
            throw error;
        }
    },

    openSuggestions(target) {
        const answer = toRaw(this.props.composer);
        this.suggestionsPopover.open(target, {
            thread: answer.thread,
            onSelect: (text) => insertInto(answer, text),
        });
    },

    /** The words are a proposal; that it is an invitation is kept with the draft. */
    inviteToPrivate() {
        const answer = toRaw(this.props.composer);
        insertInto(answer, this.social.invitation);
        answer.invite = true;
    },

    saveContent() {
        super.saveContent(...arguments);
        // An abandoned answer must not lend its key to the same words another day.
        if (this.isSocialAnswer && !this.props.composer.text) {
            const answer = toRaw(this.props.composer);
            answer.forgetKey();
            answer.invite = false;
        }
    },
});

function isAllowed(mimetype, {mime_types: allowed}) {
    const family = `${mimetype?.split("/")[0]}/*`;
    return [mimetype, family, "*/*"].some((type) => allowed.includes(type));
}

/** A text at the cursor, apart from what stands there. */
function insertInto(answer, text) {
    const {start} = answer.selection;
    const before = answer.composerText.slice(0, start);
    const gap = before && !/\s$/.test(before) ? " " : "";
    answer.insertText(gap + text, start);
    answer.autofocus++;
}

/** Takes the messages of an undone answer out of the chatter. */
function forgetMessages(store, data) {
    for (const {id} of data["mail.message"] ?? []) {
        store["mail.message"].get(id)?.delete();
    }
}
