import {fields} from "@mail/core/common/record";
import {Composer} from "@mail/core/common/composer_model";
import {Thread} from "@mail/core/common/thread_model";

import {browser} from "@web/core/browser/browser";
import {serializeDateTime} from "@web/core/l10n/dates";
import {rpc} from "@web/core/network/rpc";
import {patch} from "@web/core/utils/patch";
import {uuid} from "@web/core/utils/strings";

import {SEND_TIMES} from "./wording";

const {DateTime} = luxon;

/**
 * The draft of a public answer. A record of its own, beside the thread's composer, so that
 * nothing typed as a note or as an e-mail can ever turn up in it, nor the reverse: neither
 * in memory nor in the browser's storage, where drafts lie under their record's id.
 */
export class SocialAnswer extends Composer {
    static _name = "SocialAnswer";
    static id = "thread";

    // Without the inverse it has on the core's composer, which leads back there.
    replyToMessage = fields.One("mail.message");

    /** When to send it: a key of SEND_TIMES. */
    when = "now";
    /** For "at": a moment as the browser's own field gives it, in the user's time zone. */
    at = "";
    /** Whether a text that is too long goes out in several posts. */
    split = false;
    /** Whether it invites the customer to write in private. */
    invite = false;
    /** Why it is sent although a check blocks it. */
    override = "";
    /** Counts how often an answer came back into this draft: the composer opens then. */
    returned = 0;
    /** The last message shown when this draft was begun; undefined: nothing is begun. */
    begunAfter = undefined;

    get text() {
        return this.composerText.trim();
    }

    /** The last message of the conversation that is shown here. */
    get lastShown() {
        const {messages, social} = this.thread;
        const shown = messages.map((message) => message.social?.id ?? 0);
        return Math.max(social.seen_id ?? 0, ...shown);
    }

    /** What came in while somebody was writing appears by itself, and may go unnoticed. */
    get seenId() {
        return this.begunAfter ?? this.lastShown;
    }

    /** Notes what was there when this draft was begun. */
    begin() {
        this.begunAfter = this.text ? (this.begunAfter ?? this.lastShown) : undefined;
    }

    /** The agent has looked at what came in meanwhile. */
    catchUp() {
        this.begunAfter = undefined;
        this.begin();
    }

    get keyStorage() {
        return `${this.localId}:key`;
    }

    /** @returns {string|null} in UTC; null: now, "": no moment was chosen yet */
    get sendAt() {
        const moment = SEND_TIMES[this.when].moment(DateTime.now(), this.at);
        if (!moment) {
            return null;
        }
        return moment.isValid ? serializeDateTime(moment) : "";
    }

    /** All that makes this answer what it is. */
    get content() {
        const files = this.attachments.map(({id}) => id);
        const {text, when, at, split, invite, override} = this;
        return JSON.stringify([text, files, when, at, split, invite, override]);
    }

    /**
     * Names this answer for the server, which sends nothing twice under one key: when it is
     * not known whether a call arrived, the same text is tried again under the same key,
     * even after the page was loaded anew.
     */
    get key() {
        const kept = this._keptKey();
        if (kept?.content === this.content) {
            return kept.key;
        }
        // randomUUID is missing where Odoo is served without TLS.
        const key = browser.crypto?.randomUUID?.() ?? uuid() + uuid();
        browser.localStorage.setItem(
            this.keyStorage,
            JSON.stringify({key, content: this.content})
        );
        return key;
    }

    _keptKey() {
        try {
            return JSON.parse(browser.localStorage.getItem(this.keyStorage));
        } catch {
            return null;
        }
    }

    forgetKey() {
        browser.localStorage.removeItem(this.keyStorage);
    }

    clear() {
        super.clear();
        Object.assign(this, {
            when: "now",
            at: "",
            split: false,
            invite: false,
            override: "",
        });
        this.forgetKey();
    }

    /** All that was typed and chosen, to be put back when the answer is undone. */
    get draft() {
        const {composerText, when, at, split, invite, override} = this;
        return {
            override,
            composerText,
            when,
            at,
            split,
            invite,
            attachments: [...this.attachments],
        };
    }

    /** An undone answer comes back; what was begun meanwhile stays, below it. */
    putBack({composerText, attachments, ...choices}) {
        const begun = this.text;
        Object.assign(this, choices);
        this.composerText = begun ? `${composerText}\n\n${begun}` : composerText;
        this.attachments.push(...attachments);
        this.returned++;
    }

    /**
     * Hands the answer to the server. The draft stays as it is, whatever happens.
     *
     * @param {Object} [options]
     * @param {boolean} [options.anyway] although somebody has written meanwhile
     * @returns {Promise<{message_id: number, social_id: number}>}
     */
    async send({anyway = false} = {}) {
        const {thread, store} = this;
        const answered = await rpc("/social_engagement/answer", {
            thread_model: thread.model,
            thread_id: thread.id,
            body: this.text,
            key: this.key,
            attachment_ids: this.attachments.map(({id}) => id),
            send_at: this.sendAt,
            split: this.split,
            invite: this.invite,
            override: this.override.trim(),
            seen_id: this.seenId,
            anyway,
        });
        store.insert(answered.store_data);
        return answered;
    }
}
SocialAnswer.register();

patch(Thread.prototype, {
    setup() {
        super.setup();
        /**
         * What is known of the conversation worked on in this chatter, see
         * _composer_facts() on the server; undefined where there is none.
         */
        this.social = fields.Attr(undefined);
        this.socialAnswer = fields.One("SocialAnswer", {
            compute() {
                return this.social ? {} : undefined;
            },
            inverse: "thread",
            onDelete: (answer) => answer.delete(),
        });
    },
});
