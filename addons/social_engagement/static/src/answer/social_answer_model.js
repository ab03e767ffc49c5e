import {fields} from "@mail/core/common/record";
import {Composer} from "@mail/core/common/composer_model";
import {Thread} from "@mail/core/common/thread_model";

import {browser} from "@web/core/browser/browser";
import {rpc} from "@web/core/network/rpc";
import {patch} from "@web/core/utils/patch";
import {uuid} from "@web/core/utils/strings";

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

    get text() {
        return this.composerText.trim();
    }

    get keyStorage() {
        return `${this.localId}:key`;
    }

    /**
     * Names this answer for the server, which sends nothing twice under one key: when it is
     * not known whether a call arrived, the same text is tried again under the same key,
     * even after the page was loaded anew.
     */
    get key() {
        const kept = this._keptKey();
        if (kept?.text === this.text) {
            return kept.key;
        }
        // randomUUID is missing where Odoo is served without TLS.
        const key = browser.crypto?.randomUUID?.() ?? uuid() + uuid();
        browser.localStorage.setItem(
            this.keyStorage,
            JSON.stringify({key, text: this.text})
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
        this.forgetKey();
    }

    /** Hands the answer to the server. The draft stays as it is, whatever happens. */
    async send() {
        const {thread, store} = this;
        const {store_data: data} = await rpc("/social_engagement/answer", {
            thread_model: thread.model,
            thread_id: thread.id,
            body: this.text,
            key: this.key,
        });
        store.insert(data);
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
