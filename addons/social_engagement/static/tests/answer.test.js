import {
    click,
    contains,
    defineMailModels,
    inputFiles,
    insertText,
    onRpcBefore,
    openFormView,
    start,
    startServer,
    triggerHotkey,
} from "@mail/../tests/mail_test_helpers";
import {describe, expect, mockDate, test} from "@odoo/hoot";
import {manuallyDispatchProgrammaticEvent, queryOne} from "@odoo/hoot-dom";
import {Deferred, advanceTime, animationFrame} from "@odoo/hoot-mock";
import {
    asyncStep,
    contains as webContains,
    makeServerError,
    onRpc,
    waitForSteps,
} from "@web/../tests/web_test_helpers";

import {browser} from "@web/core/browser/browser";

import {
    COUNTINGS,
    answerLength,
    composeAnswer,
    countBluesky,
} from "@social_engagement/answer/answer_length";

import {
    ANSWER,
    INPUT,
    SEND,
    SOCIAL,
    WHEN,
    onAnswer,
    openConversation,
    storedDrafts,
} from "./answer_helpers";
import {LENGTH_EXAMPLES} from "./length_examples";

describe.current.tags("desktop");
defineMailModels();

describe("counting", () => {
    test("is the same as on the server", () => {
        for (const [counting, text, length] of LENGTH_EXAMPLES) {
            expect(COUNTINGS[counting](text)).toBe(length, {
                message: `${counting}: ${text}`,
            });
        }
    });

    test("Bluesky counts graphemes, and bytes when there are very many", () => {
        expect(countBluesky("👨‍👩‍👧‍👦🇩🇪")).toBe(2);
        expect(countBluesky("https://example.com")).toBe(19);
        expect(countBluesky("👨‍👩‍👧‍👦".repeat(200))).toBe(500);
    });

    test("the prefix counts unless it was typed", () => {
        expect(composeAnswer("hi", "@fan ")).toBe("@fan hi");
        expect(composeAnswer("hi @Fan!", "@fan ")).toBe("hi @Fan!");
        expect(composeAnswer("hi", "")).toBe("hi");
        const mastodon = {network: "mastodon", counting: "mastodon"};
        expect(answerLength(" hi ", {...mastodon, prefix: "@fan@x.org "})).toBe(7);
        expect(answerLength("👍", {network: "unheard-of", prefix: ""})).toBe(1);
    });
});

describe("the button", () => {
    test("there is none where no conversation is worked on", async () => {
        const pyEnv = await startServer();
        const id = pyEnv["res.partner"].create({name: "Case"});
        await start();
        await openFormView("res.partner", id);
        await contains(".o-mail-Chatter-logNote");
        await contains(ANSWER, {count: 0});
        await contains(".o-mail-Chatter-sendMessage.btn-primary");
    });

    test("is named after the network and stands out", async () => {
        await openConversation();
        await contains(`${ANSWER}.btn-primary`, {text: "Reply on Mastodon"});
        await contains(".o-mail-Chatter-sendMessage.btn-secondary");
        await click(".o-mail-Chatter-logNote");
        await contains(".o-mail-Chatter-logNote.btn-primary");
        await contains(`${ANSWER}.btn-secondary`);
        await click(".o-mail-Chatter-sendMessage");
        await contains(".o-mail-Chatter-sendMessage.btn-primary.active");
    });

    test("the composer names whom one answers, where, and who reads it", async () => {
        await openConversation();
        await click(ANSWER);
        await contains(
            `${INPUT}[placeholder='Reply to @fan@social.example on Mastodon — public']`
        );
        await contains(".o-social-Composer-visibility", {
            text: "Public: everyone can read this reply.",
        });
        await contains(`${SEND}:disabled`, {text: "Reply"});
        await contains("button[name='upload-files']", {count: 0});
        await contains("button[name='open-full-composer']", {count: 0});
        await contains(".o-mail-RecipientsInput", {count: 0});
    });

    test("going on to another record leaves the mode behind", async () => {
        await openConversation();
        await click(ANSWER);
        await contains(".o-social-Composer-visibility");
        await click(".o_pager_next");
        await contains(".o_breadcrumb", {text: "Another case"});
        await contains(".o-mail-Composer", {count: 0});
    });
});

describe("what can't be answered", () => {
    test("advice stands in place of the text field", async () => {
        await openConversation({may_answer: false, advice: "Only to be read."});
        await contains(".o-mail-Chatter-sendMessage.btn-primary");
        await click(`${ANSWER}.btn-secondary`);
        await contains(".o-social-Chatter-advice span", {text: "Only to be read."});
        await contains(
            ".o-social-Chatter-advice a[target='_blank'][rel='noopener noreferrer']" +
                "[href='https://social.example/@fan/1']"
        );
        await contains(INPUT, {count: 0});
    });

    test("an address that is no web page is no link", async () => {
        await openConversation({may_answer: false, url: "javascript:alert(1)"});
        await click(ANSWER);
        await contains(".o-social-Chatter-advice");
        await contains(".o-social-Chatter-advice a", {count: 0});
    });
});

describe("drafts", () => {
    test("a note never turns up in the answer, nor the reverse", async () => {
        await openConversation();
        await click(".o-mail-Chatter-logNote");
        await insertText(INPUT, "internal");
        await click(ANSWER);
        await contains(".o-social-Composer-visibility");
        await contains(INPUT, {value: ""});
        await insertText(INPUT, "for all");
        await click(".o-mail-Chatter-logNote");
        await contains(".o-social-Composer-visibility", {count: 0});
        await contains(INPUT, {value: "internal"});
        await click(".o-mail-Chatter-sendMessage");
        await contains(INPUT, {value: "internal"}); // the core's own two modes
        await click(ANSWER);
        await contains(INPUT, {value: "for all"});
    });

    test("they lie apart in the browser's storage", async () => {
        const thread = await openConversation();
        await click(".o-mail-Chatter-logNote");
        await insertText(INPUT, "internal");
        await click(ANSWER);
        await contains(".o-social-Composer-visibility");
        await insertText(INPUT, "for all");
        await advanceTime(5000);
        const stored = (composer) =>
            browser.localStorage.getItem(composer.localId) ?? "";
        expect(stored(thread.composer)).toInclude("internal");
        expect(stored(thread.socialAnswer)).toInclude("for all");
        expect(stored(thread.socialAnswer)).not.toInclude("internal");
        expect(stored(thread.composer)).not.toInclude("for all");
    });

    test("an answer survives new data about its conversation", async () => {
        const thread = await openConversation();
        await click(ANSWER);
        await insertText(INPUT, "for all");
        thread.social = {...SOCIAL, max_length: 300};
        await contains(".o-social-Composer-counter", {text: "12 / 300"});
        await contains(INPUT, {value: "for all"});
    });
});

describe("sending", () => {
    test("goes through our route, with a key, and closes the composer", async () => {
        onAnswer((params) => {
            expect(params.key.length).toBeGreaterThan(30);
            return {store_data: {}, message_id: 1};
        });
        onRpcBefore("/mail/message/post", () => asyncStep("post"));
        const thread = await openConversation();
        // An author without an e-mail address is no obstacle here.
        thread.suggestedRecipients = [{name: "Fan", email: false}];
        await click(ANSWER);
        await insertText(INPUT, "hello");
        await contains(".o-social-Composer-counter", {text: "10 / 20"});
        await click(`${SEND}:enabled`);
        await waitForSteps(["answer res.partner: hello"]);
        await contains(".o-mail-Composer", {count: 0});
        await advanceTime(5000);
        expect(storedDrafts()).not.toInclude("hello");
        await click(ANSWER);
        await contains(INPUT, {value: ""});
    });

    test("a note never calls our route", async () => {
        onAnswer();
        onRpcBefore("/mail/message/post", (args) => {
            asyncStep(`post ${args.post_data.message_type}`);
        });
        await openConversation();
        await click(ANSWER);
        await insertText(INPUT, "for all");
        await click(".o-mail-Chatter-logNote");
        await contains(".o-social-Composer-visibility", {count: 0});
        await insertText(INPUT, "internal");
        await click(`${SEND}:enabled`, {text: "Log"});
        await contains(".o-mail-Message", {text: "internal"});
        await waitForSteps(["post comment"]);
    });

    test("an empty or too long text is refused, by keyboard too", async () => {
        onAnswer();
        await openConversation();
        await click(ANSWER);
        await insertText(INPUT, "   ");
        await contains(`${SEND}:disabled`);
        triggerHotkey("control+Enter");
        await insertText(INPUT, "a".repeat(16), {replace: true});
        await contains(`${SEND}:disabled`);
        await contains(".o-social-Composer-excess", {text: "1 over the limit"});
        triggerHotkey("control+Enter");
        await animationFrame();
        await waitForSteps([]);
        await insertText(INPUT, "a".repeat(15), {replace: true});
        await contains(".o-social-Composer-excess", {count: 0});
        triggerHotkey("control+Enter");
        await waitForSteps([`answer res.partner: ${"a".repeat(15)}`]);
    });

    test("a second Ctrl+Enter while the first is on its way sends nothing", async () => {
        const arrived = new Deferred();
        onAnswer(async () => {
            await arrived;
            return {store_data: {}, message_id: 1};
        });
        await openConversation();
        await click(ANSWER);
        await insertText(INPUT, "hello");
        triggerHotkey("control+Enter");
        triggerHotkey("control+Enter");
        await waitForSteps(["answer res.partner: hello"]);
        arrived.resolve();
        await contains(".o-mail-Composer", {count: 0});
        await waitForSteps([]);
    });

    test("a failure keeps text and key, shows why, and can be tried again", async () => {
        const keys = [];
        onAnswer(({key}) => {
            keys.push(key);
            if (keys.length < 4) {
                throw makeServerError({message: "The network is closed today."});
            }
            return {store_data: {}, message_id: 1};
        });
        await openConversation();
        await click(ANSWER);
        await insertText(INPUT, "hello");
        await click(`${SEND}:enabled`);
        await contains(".o-social-Composer-failure", {
            text: "The network is closed today.",
        });
        await contains(INPUT, {value: "hello"});
        await click(`${SEND}:enabled`);
        await waitForSteps(["answer res.partner: hello", "answer res.partner: hello"]);
        await contains(`${SEND}:enabled`);
        await insertText(INPUT, "other", {replace: true});
        await contains(".o-social-Composer-failure", {count: 0});
        await click(`${SEND}:enabled`);
        await contains(".o-social-Composer-failure");
        await click(`${SEND}:enabled`);
        await contains(".o-mail-Composer", {count: 0});
        await waitForSteps(["answer res.partner: other", "answer res.partner: other"]);
        expect(keys[1]).toBe(keys[0], {message: "same text, same key"});
        expect(keys[2]).not.toBe(keys[0], {message: "another text, another key"});
        expect(keys[3]).toBe(keys[2]);
        // Sent: the same words are a new answer.
        await click(ANSWER);
        await insertText(INPUT, "other");
        await click(`${SEND}:enabled`);
        await waitForSteps(["answer res.partner: other"]);
        expect(keys[4]).not.toBe(keys[3]);
    });
});

describe("long answers", () => {
    test("go out as several posts only when the agent says so", async () => {
        onRpc("/social_engagement/answer", async (request) => {
            const {params} = await request.json();
            asyncStep(`split: ${params.split}`);
            return {store_data: {}, message_id: 1};
        });
        await openConversation({may_split: true, max_length: 40});
        await click(ANSWER);
        await insertText(INPUT, "word ".repeat(12));
        await contains(".o-social-Composer-excess");
        await contains(`${SEND}:disabled`);
        await contains(".o-social-Composer-split", {text: "Send as about 6 posts"});
        await click(".o-social-Composer-split input");
        await contains(".o-social-Composer-excess", {count: 0});
        await click(`${SEND}:enabled`);
        await waitForSteps(["split: true"]);
        await contains(".o-mail-Composer", {count: 0});
        await click(ANSWER);
        await insertText(INPUT, "word ".repeat(12));
        await contains(`${SEND}:disabled`);
    });

    test("are not offered where the network can't", async () => {
        await openConversation();
        await click(ANSWER);
        await insertText(INPUT, "a".repeat(50));
        await contains(".o-social-Composer-excess");
        await contains(".o-social-Composer-split", {count: 0});
    });
});

describe("answers for later", () => {
    function onScheduled() {
        onRpc("/social_engagement/answer", async (request) => {
            const {params} = await request.json();
            asyncStep(`send at ${params.send_at?.slice(0, 16)}`);
            return {store_data: {}, message_id: 1};
        });
    }

    test("are sent now unless another time is chosen", async () => {
        onScheduled();
        await openConversation();
        await click(ANSWER);
        await insertText(INPUT, "hello");
        await click(`${SEND}:enabled`, {text: "Reply"});
        await waitForSteps(["send at undefined"]);
    });

    test("an hour from when the agent sends", async () => {
        mockDate("2026-05-05 10:20:30", 2);
        onScheduled();
        await openConversation();
        await click(ANSWER);
        await insertText(INPUT, "hello");
        await webContains(WHEN).select("hour");
        mockDate("2026-05-05 10:30:00", 2);
        await click(`${SEND}:enabled`, {text: "Schedule"});
        await contains(".o-mail-Composer", {count: 0});
        await waitForSteps(["send at 2026-05-05 11:30"]);
    });

    test("tomorrow morning", async () => {
        mockDate("2026-05-05 10:20:30", 2);
        onScheduled();
        await openConversation();
        await click(ANSWER);
        await insertText(INPUT, "hello");
        await webContains(WHEN).select("tomorrow");
        await click(`${SEND}:enabled`, {text: "Schedule"});
        await waitForSteps(["send at 2026-05-06 07:00"]);
    });

    test("a moment of one's own", async () => {
        mockDate("2026-05-05 10:20:30", 2);
        onScheduled();
        await openConversation();
        await click(ANSWER);
        await insertText(INPUT, "hello");
        await webContains(WHEN).select("at");
        await contains(`${SEND}:disabled`);
        const input = queryOne(".o-social-Composer-at");
        input.value = "2026-05-07T08:30";
        manuallyDispatchProgrammaticEvent(input, "input");
        await click(`${SEND}:enabled`, {text: "Schedule"});
        await waitForSteps(["send at 2026-05-07 06:30"]);
    });
});

describe("files", () => {
    const media = {mime_types: ["image/*"], count: 1, max_bytes: 1000};

    async function attach(...names) {
        const files = names.map(
            (name) =>
                new File(["x"], name, {
                    type: name.endsWith("png") ? "image/png" : "text/plain",
                })
        );
        await inputFiles(".o-mail-Composer .o_input_file", files);
    }

    test("go with the answer", async () => {
        onRpc("/social_engagement/answer", async (request) => {
            const {params} = await request.json();
            asyncStep(`files: ${params.attachment_ids.length}`);
            return {store_data: {}, message_id: 1};
        });
        const thread = await openConversation({media});
        await click(ANSWER);
        await contains(".o-social-Composer-visibility");
        await attach("one.png");
        await contains(".o-mail-AttachmentContainer:not(.o-isUploading)");
        await insertText(INPUT, "see");
        await click(`${SEND}:enabled`);
        await contains(".o-mail-Composer", {count: 0});
        await waitForSteps(["files: 1"]);
        expect(thread.socialAnswer.attachments.length).toBe(0);
        expect(thread.composer.attachments.length).toBe(0);
    });

    test("what the network does not take is said at once", async () => {
        await openConversation({media});
        await click(ANSWER);
        await insertText(INPUT, "see");
        await attach("one.txt");
        await contains(
            ".o-social-Composer-files:contains(“one.txt” can't be attached)"
        );
        await contains(`${SEND}:disabled`);
    });

    test("one too many", async () => {
        await openConversation({media});
        await click(ANSWER);
        await insertText(INPUT, "see");
        await attach("one.png", "two.png");
        await contains(
            ".o-social-Composer-files:contains(Attachment limit for this network: 1)"
        );
    });
});
