import {
    click,
    contains,
    defineMailModels,
    insertText,
    onRpcBefore,
} from "@mail/../tests/mail_test_helpers";
import {describe, expect, test} from "@odoo/hoot";
import {queryAll, waitUntil} from "@odoo/hoot-dom";
import {advanceTime, animationFrame} from "@odoo/hoot-mock";
import {
    asyncStep,
    getService,
    makeServerError,
    onRpc,
    waitForSteps,
} from "@web/../tests/web_test_helpers";

import {answerLength, signAnswer} from "@social_engagement/answer/answer_length";

import {
    ANSWER,
    INPUT,
    SEND,
    SOCIAL,
    onAnswer,
    onChecks,
    openConversation,
} from "./answer_helpers";

describe.current.tags("desktop");
defineMailModels();

const CHECKS = ".o-social-AnswerChecks";
const PREVIEW = ".o-social-AnswerPreview";
const DIALOG = ".modal";
const UNDO = ".o-social-undo";

const check = (rule, level, text, way_out = "") => ({
    rule,
    label: rule,
    level,
    text,
    way_out,
});
const FINE = check("cost", "ok", "Free.");
const action = (name) => `.o-mail-Composer button[name='social-${name}']`;

/** As they stand there, line breaks and all. */
const postTexts = () => queryAll(`${PREVIEW}-post span`).map((el) => el.textContent);

/** As a click on "Answer" does it, once the checks before typing were made. */
async function beginAnswer() {
    await click(ANSWER);
    await contains(INPUT);
    await advanceTime(300);
    await waitForSteps(["check: "]);
}

async function type(text) {
    await insertText(INPUT, text, {replace: true});
    await advanceTime(300);
    await waitForSteps([`check: ${text}`]);
}

describe("checks", () => {
    test("are made before and while typing, once the agent pauses", async () => {
        onChecks([FINE, check("window", "warn", "12 minutes left.", "Hurry.")]);
        await openConversation();
        await beginAnswer();
        await contains(`${CHECKS}-summary`, {text: "1 warning"});
        await contains(`${CHECKS} li`, {
            count: 1,
            text: "window: 12 minutes left. Hurry.",
        });
        await insertText(INPUT, "h");
        await advanceTime(200);
        await insertText(INPUT, "i");
        await advanceTime(200);
        await waitForSteps([]);
        await advanceTime(100);
        await waitForSteps(["check: hi"]);
    });

    test("what is fine is shown when asked for", async () => {
        onChecks([FINE]);
        await openConversation();
        await beginAnswer();
        await contains(`${CHECKS}-summary[aria-expanded='false']`, {
            text: "All checks passed",
        });
        await contains(`${CHECKS} li`, {count: 0});
        await click(`${CHECKS}-summary`);
        await contains(`${CHECKS}-summary[aria-expanded='true']`);
        await contains(`${CHECKS} li[data-level='ok']`, {text: "cost: Free."});
    });

    test("what is blocked can't be sent, what is warned of can", async () => {
        onAnswer();
        onChecks(({body}) => ({
            checks: [
                body.includes("IBAN")
                    ? check("personal", "block", "All read it.", "Take it out.")
                    : check("promise", "warn", "It binds."),
            ],
            posts: [],
        }));
        await openConversation();
        await beginAnswer();
        await type("IBAN");
        await contains(`${CHECKS} li[data-level='block']`);
        await contains(`${CHECKS}-summary`, {text: "1 issue to fix"});
        await contains(`${SEND}:disabled`);
        await type("refund");
        await contains(`${CHECKS} li[data-level='warn']`);
        await click(`${SEND}:enabled`);
        await waitForSteps(["answer res.partner: refund"]);
    });

    test("who may sends it all the same, saying why", async () => {
        onAnswer(({override}) => {
            asyncStep(`because: ${override}`);
            return {store_data: {}, message_id: 1};
        });
        const blocked = check("personal", "block", "All read it.");
        onChecks([{...blocked, may_override: true}]);
        await openConversation();
        await beginAnswer();
        await type("IBAN");
        await contains(`${SEND}:disabled`);
        await insertText(".o-social-Composer-override input", "It is our own");
        await click(`${SEND}:enabled`);
        await waitForSteps(["answer res.partner: IBAN", "because: It is our own"]);
    });

    test("length is said at once, without the server", async () => {
        onChecks([check("length", "ok", "from the server")]);
        await openConversation({max_length: 20, prefix: ""});
        await beginAnswer();
        await insertText(INPUT, "a".repeat(25));
        await contains(`${CHECKS} li[data-rule='length']`, {
            text: "length: 5 over the limit",
        });
        await waitForSteps([]);
    });

    test("without a connection one can go on", async () => {
        onAnswer();
        onChecks(() => {
            throw makeServerError({message: "gone"});
        });
        await openConversation();
        await beginAnswer();
        await type("hello");
        await contains(CHECKS, {count: 0});
        await click(`${SEND}:enabled`);
        await waitForSteps(["answer res.partner: hello"]);
    });

    test("nothing from outside becomes markup", async () => {
        onChecks([check("link", "warn", "<img src=x onerror=alert(1)>")], ["<b>x</b>"]);
        await openConversation();
        await beginAnswer();
        await contains(`${CHECKS} li`, {text: "link: <img src=x onerror=alert(1)>"});
        await contains(`${CHECKS} img`, {count: 0});
        await click(action("preview"));
        await contains(`${PREVIEW}-post`, {text: "<b>x</b>"});
        await contains(`${PREVIEW}-post b`, {count: 0});
    });
});

describe("preview and signature", () => {
    test("the signature counts, once", () => {
        expect(signAnswer("hi", " ^MA")).toBe("hi ^MA");
        expect(signAnswer("hi ^MA", " ^MA")).toBe("hi ^MA");
        expect(signAnswer("", " ^MA")).toBe("");
        expect(signAnswer("hi", undefined)).toBe("hi");
        const social = {network: "x", counting: "characters", prefix: "@a "};
        expect(answerLength("hi", {...social, signature: " ^MA"})).toBe(9);
    });

    test("each post as the server will send it", async () => {
        onChecks([], ["@fan One (1/2)", "@fan Two (2/2)"]);
        await openConversation({signature: "\n— Maria"});
        await beginAnswer();
        await click(action("preview"));
        await insertText(INPUT, "One Two");
        await contains(`${PREVIEW}-post`, {count: 1});
        expect(postTexts()).toEqual(["@fan@social.example One Two\n— Maria"]);
        await advanceTime(300);
        await contains(`${PREVIEW}-post`, {count: 2});
        expect(postTexts()).toEqual(["@fan One (1/2)", "@fan Two (2/2)"]);
        await waitForSteps(["check: One Two"]);
        await click(action("preview"));
        await contains(PREVIEW, {count: 0});
    });
});

describe("words", () => {
    test("a suggested answer goes where the cursor is", async () => {
        onRpc("/social_engagement/answer/suggestions", () => [
            {kind: "past", title: "My parcel", text: "Next week."},
            {kind: "canned", title: "thanks", text: "Thank you!", note: "Known"},
        ]);
        await openConversation();
        await click(ANSWER);
        await insertText(INPUT, "Hello");
        await click(action("suggestions"));
        await contains(".o-social-AnswerSuggestions-answer", {count: 2});
        await contains(".o-social-AnswerSuggestions-answer:contains(thanks) .badge", {
            text: "Known",
        });
        await contains(".o-social-AnswerSuggestions .badge", {count: 1});
        await click(".o-social-AnswerSuggestions-answer", {text: "Next week."});
        await contains(INPUT, {value: "Hello Next week."});
        await contains(".o-social-AnswerSuggestions", {count: 0});
    });

    test("where there is nothing to suggest, it says what will be", async () => {
        onRpc("/social_engagement/answer/suggestions", () => []);
        await openConversation();
        await click(ANSWER);
        await click(action("suggestions"));
        await contains(".o-social-AnswerSuggestions p:contains(No suggestions yet)");
    });

    test("a canned response by its shortcut", async () => {
        const thread = await openConversation();
        getService("mail.store")["mail.canned.response"].insert({
            id: 1,
            source: "hello",
            substitution: "Hello! How are you?",
        });
        await click(ANSWER);
        await insertText(INPUT, "::");
        await click(".o-mail-Composer-suggestion strong", {text: "hello"});
        await contains(INPUT, {value: "Hello! How are you? "});
        expect(thread.composer.composerText).toBe("");
    });

    test("an @ names people of the thread, not colleagues", async () => {
        onRpc("res.partner", "get_mention_suggestions", () => asyncStep("colleagues"));
        await openConversation({
            people: [
                {handle: "@fan@social.example", name: "Fan"},
                {handle: "@eve@social.example", name: "Eve"},
            ],
        });
        await click(ANSWER);
        await insertText(INPUT, "@");
        await contains(".o-mail-Composer-suggestion", {count: 2});
        await insertText(INPUT, "ev");
        await contains(".o-mail-Composer-suggestion", {count: 1});
        await click(".o-mail-Composer-suggestion", {text: "@eve@social.example"});
        await contains(INPUT, {value: "@eve@social.example "});
        await waitForSteps([]);
    });

    test("the invitation is said to be one, as long as it stands", async () => {
        const invited = [];
        onRpc("/social_engagement/answer", async (request) => {
            const {params} = await request.json();
            invited.push(params.invite);
            return {store_data: {}, message_id: 1, social_id: 1};
        });
        await openConversation({invitation: "Write to us", max_length: 100});
        await click(ANSWER);
        await click(action("invite"));
        await contains(INPUT, {value: "Write to us"});
        await click(`${SEND}:enabled`);
        await contains(".o-mail-Composer", {count: 0});
        await click(ANSWER);
        await insertText(INPUT, "Hello");
        await click(`${SEND}:enabled`);
        await contains(".o-mail-Composer", {count: 0});
        expect(invited).toEqual([true, false]);
    });

    test("there is no invitation where the network has no way", async () => {
        await openConversation({invitation: ""});
        await click(ANSWER);
        await contains(action("preview"));
        await contains(action("invite"), {count: 0});
        await click(".o-mail-Chatter-logNote");
        await contains(".o-social-Composer-visibility", {count: 0});
        await contains(action("preview"), {count: 0});
    });
});

describe("undo", () => {
    function onUndoable(seconds = 10) {
        onAnswer(() => ({
            store_data: {
                "mail.message": [{id: 77, body: ["markup", "<p>hello</p>"]}],
            },
            message_id: 77,
            social_id: 7,
            undo_seconds: seconds,
        }));
        onRpc("social.message", "*", ({args, method}) => {
            asyncStep(`${method} ${args[0]}`);
            return true;
        });
    }

    test("puts the text back into the draft", async () => {
        onUndoable();
        const thread = await openConversation();
        await click(ANSWER);
        await insertText(INPUT, "hello");
        await click(`${SEND}:enabled`);
        await contains(".o-mail-Composer", {count: 0});
        await click(`${UNDO} button`, {text: "Undo"});
        await contains(INPUT, {value: "hello"});
        await waitForSteps(["answer res.partner: hello", "action_undo 7"]);
        expect(Boolean(getService("mail.store")["mail.message"].get(77))).toBe(false);
        expect(thread.composer.composerText).toBe("");
        await advanceTime(20_000);
        await waitForSteps([]);
    });

    test("when nobody wants it, the answer goes out", async () => {
        onUndoable();
        await openConversation();
        await click(ANSWER);
        await insertText(INPUT, "hello");
        await click(`${SEND}:enabled`);
        await contains(UNDO);
        await click(`${UNDO} .o_notification_close`);
        await waitForSteps(["answer res.partner: hello", "action_send_now 7"]);
    });

    test("is not offered where the channel doesn't wait", async () => {
        onUndoable(0);
        await openConversation();
        await click(ANSWER);
        await insertText(INPUT, "hello");
        await click(`${SEND}:enabled`);
        await waitForSteps(["answer res.partner: hello"]);
        await contains(".o-mail-Composer", {count: 0});
        await contains(UNDO, {count: 0});
    });
});

describe("something new", () => {
    const NEWER = [{who: "Ben", text: "I do that <b>", direction: "outbound"}];

    function onNewer() {
        onRpc("/social_engagement/answer", async (request) => {
            const {params} = await request.json();
            asyncStep(`seen ${params.seen_id}, anyway ${params.anyway}`);
            if (!params.anyway) {
                throw makeServerError({
                    errorName:
                        "odoo.addons.social_engagement.models.collision.NewerMessages",
                    message: "A colleague has answered meanwhile.",
                    context: {newer: NEWER},
                });
            }
            return {store_data: {}, message_id: 1, social_id: 1};
        });
    }

    async function collide() {
        onNewer();
        const thread = await openConversation({seen_id: 5});
        await click(ANSWER);
        await insertText(INPUT, "hello");
        await click(`${SEND}:enabled`);
        await contains(`${DIALOG} p`, {text: "A colleague has answered meanwhile."});
        await contains(`${DIALOG} blockquote b`, {text: "Ben"});
        await contains(`${DIALOG} .o-social-NewerMessages-text`, {
            text: "I do that <b>",
        });
        await waitForSteps(["seen 5, anyway false"]);
        return thread;
    }

    test("is shown before the answer is sent", async () => {
        await collide();
        await click(`${DIALOG} button`, {text: "Send all the same"});
        await waitForSteps(["seen 5, anyway true"]);
        await contains(".o-mail-Composer", {count: 0});
    });

    test("the text stays while the agent looks", async () => {
        onRpcBefore("/mail/thread/messages", () => asyncStep("messages"));
        onNewer();
        await openConversation({seen_id: 5});
        await click(ANSWER);
        await insertText(INPUT, "hello");
        await waitForSteps(["messages"]);
        await click(`${SEND}:enabled`);
        await click(`${DIALOG} button`, {text: "Look first"});
        await contains(DIALOG, {count: 0});
        await contains(INPUT, {value: "hello"});
        await contains(".o-social-Composer-failure", {count: 0});
        await waitForSteps(["seen 5, anyway false", "messages"]);
    });

    test("what came while one typed was not seen", async () => {
        onNewer();
        const thread = await openConversation({seen_id: 5});
        await click(ANSWER);
        await insertText(INPUT, "hello");
        thread.messages.push({id: 9, social: {id: 8}, thread});
        await click(`${SEND}:enabled`);
        await waitForSteps(["seen 5, anyway false"]);
        await click(`${DIALOG} button`, {text: "Look first"});
        await contains(DIALOG, {count: 0});
        await waitUntil(() => thread.socialAnswer.seenId === 8);
        await click(`${SEND}:enabled`);
        await waitForSteps(["seen 8, anyway false"]);
    });

    test("what stands in the chatter was seen", async () => {
        const thread = await openConversation({seen_id: 5});
        thread.messages.push({id: 9, social: {id: 8}, thread});
        expect(thread.socialAnswer.seenId).toBe(8);
    });
});

describe("what can't be answered", () => {
    test("another way is offered", async () => {
        await openConversation({
            may_answer: false,
            advice: "Too late.",
            can_email: true,
            partner_name: "Fan",
        });
        await click(ANSWER);
        await click(".o-social-Chatter-email", {text: "Write Fan an e-mail"});
        await contains(".o-mail-Chatter-sendMessage.active");
        await click(ANSWER);
        await click(".o-social-Chatter-note");
        await contains(".o-mail-Chatter-logNote.active");
    });

    test("no e-mail without an address", async () => {
        await openConversation({may_answer: false, advice: "No.", can_email: false});
        await click(ANSWER);
        await contains(".o-social-Chatter-note");
        await contains(".o-social-Chatter-email", {count: 0});
    });
});

describe("drafts", () => {
    test("one for each conversation", async () => {
        const thread = await openConversation();
        await click(ANSWER);
        await insertText(INPUT, "for the first");
        await click(".o_pager_next");
        await contains(".o_breadcrumb", {text: "Another case"});
        getService("mail.store").Thread.insert({
            id: thread.id + 1,
            model: "res.partner",
            social: SOCIAL,
        });
        await animationFrame();
        await click(ANSWER);
        await contains(INPUT, {value: ""});
        await click(".o_pager_previous");
        await contains(".o_breadcrumb", {text: "Case"});
        await click(ANSWER);
        await contains(INPUT, {value: "for the first"});
    });
});
