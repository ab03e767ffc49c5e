import {
    contains,
    openFormView,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import {animationFrame} from "@odoo/hoot-mock";
import {asyncStep, getService, onRpc} from "@web/../tests/web_test_helpers";

import {browser} from "@web/core/browser/browser";

export const ANSWER = ".o-social-Chatter-answer";
export const INPUT = ".o-mail-Composer-input";
export const SEND = ".o-mail-Composer-send";
export const WHEN = ".o-social-Composer-when";
export const SOCIAL = {
    network: "mastodon",
    counting: "mastodon",
    network_label: "Mastodon",
    handle: "@fan@social.example",
    may_answer: true,
    advice: "",
    url: "https://social.example/@fan/1",
    max_length: 20,
    prefix: "@fan@social.example ",
    visibility: "public",
};

/** Answers the question for checks and preview; with what it was called is a step. */
export function onChecks(checks, posts = []) {
    onRpc("/social_engagement/answer/checks", async (request) => {
        const {params} = await request.json();
        asyncStep(`check: ${params.body}`);
        return typeof checks === "function" ? checks(params) : {checks, posts};
    });
}

/** Opens a form with a chatter in which a social conversation is worked on. */
export async function openConversation(values = {}) {
    const pyEnv = await startServer();
    const [id, otherId] = pyEnv["res.partner"].create([
        {name: "Case"},
        {name: "Another case"},
    ]);
    await start();
    await openFormView("res.partner", id, {resIds: [id, otherId]});
    await contains(".o-mail-Chatter");
    const thread = getService("mail.store").Thread.insert({
        id,
        model: "res.partner",
        social: {...SOCIAL, ...values},
    });
    await animationFrame();
    return thread;
}

/** Answers the route; what it was called with is a step. */
export function onAnswer(answer) {
    onRpc("/social_engagement/answer", async (request) => {
        const {params} = await request.json();
        asyncStep(`answer ${params.thread_model}: ${params.body}`);
        return answer ? answer(params) : {store_data: {}, message_id: 1};
    });
}

export function storedDrafts() {
    return Object.values({...browser.localStorage}).join("\n");
}
