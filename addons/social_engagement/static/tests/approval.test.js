import {
    click,
    contains,
    defineMailModels,
    openFormView,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import {describe, expect, test} from "@odoo/hoot";
import {animationFrame} from "@odoo/hoot-mock";
import {
    asyncStep,
    getService,
    onRpc,
    patchWithCleanup,
    waitForSteps,
} from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineMailModels();

const BAR = ".o-social-ApprovalBar";
const APPROVAL = {
    cause: "Answers of trainees",
    asked_by: "Maria",
    decided_by: "",
    changed_by: "",
    digest: "abc",
    may_approve: true,
    is_own: false,
    asked: "Ben",
    may_go_on: false,
    text: "It is <b>on</b> its way!",
    files: [],
};

/** Opens a form whose chatter shows an answer that needs approval. */
async function openAnswer(state, values = {}, facts = {}) {
    const pyEnv = await startServer();
    const id = pyEnv["res.partner"].create({name: "Case"});
    const messageId = pyEnv["mail.message"].create({
        body: "Something harmless",
        message_type: "social",
        model: "res.partner",
        res_id: id,
    });
    await start();
    await openFormView("res.partner", id);
    await contains(".o-mail-Message");
    const store = getService("mail.store");
    store.Thread.insert({
        id,
        model: "res.partner",
        social: {may_answer: true, network: "x", network_label: "X", prefix: ""},
    });
    return store["mail.message"].insert({
        id: messageId,
        social: {
            id: 7,
            network: "x",
            network_label: "X",
            delivery_state: state,
            failure_advice: "",
            ...facts,
            approval: {...APPROVAL, ...values},
        },
    });
}

/** Actions that are begun are steps, from now on. */
function stepActions() {
    patchWithCleanup(getService("action"), {
        doAction: async ({tag}) => asyncStep(tag),
    });
}

describe("approval", () => {
    test("what is approved is the text the outbox holds, as it is named there", async () => {
        onRpc("social.message", "action_approve", ({args}) => {
            asyncStep(`approve ${args[0]} ${args[1]}`);
            return false;
        });
        await openAnswer("to_approve", {files: ["p.png"]});
        await contains(`${BAR}-state`, {
            text: "Waits for approval, asked by Maria: Answers of trainees",
        });
        await contains(`${BAR}-text`, {text: APPROVAL.text});
        await contains(`${BAR}-text b`, {count: 0});
        await contains(`${BAR}-files`, {text: "p.png"});
        await click(`${BAR}-approve`);
        await waitForSteps(["approve 7 abc"]);
    });

    test("when it could not go out, that is said", async () => {
        onRpc("social.message", "action_approve", () => ({tag: "told"}));
        await openAnswer("to_approve");
        stepActions();
        await click(`${BAR}-approve`);
        await waitForSteps(["told"]);
    });

    test("changing and refusing is done in a dialog", async () => {
        onRpc("social.message", "action_open_decision", () => ({tag: "dialog"}));
        await openAnswer("to_approve");
        stepActions();
        await click(`${BAR}-decide`);
        await waitForSteps(["dialog"]);
    });

    test("who may not approve has no buttons; an author is told why", async () => {
        await openAnswer("to_approve", {may_approve: false, is_own: true});
        await contains(`${BAR}-own`);
        await contains(`${BAR} button`, {count: 0});
        await contains(`${BAR}-text`, {count: 0});
    });

    test("what was refused says why, and its text comes back as a draft", async () => {
        const message = await openAnswer(
            "refused",
            {may_approve: false},
            {failure_advice: "Ben did not approve it: Too curt."}
        );
        await contains(`${BAR}-state`, {text: "Ben did not approve it: Too curt."});
        await contains(`${BAR}-again`, {count: 0});
        message.thread.socialAnswer.composerText = "Begun already";
        await click(`${BAR}-change`);
        await contains(".o-mail-Composer-input", {
            value: `Begun already\n\n${APPROVAL.text}`,
        });
    });

    test("what was overtaken can be asked for again", async () => {
        onRpc("social.message", "action_send_anyway", ({args}) => {
            asyncStep(`again ${args[0]}`);
            return false;
        });
        const message = await openAnswer("overtaken", {may_go_on: true});
        await contains(`${BAR}-change`);
        await contains(`${BAR}-again`, {text: "Ask again as it is"});
        await click(`${BAR}-again`);
        await waitForSteps(["again 7"]);
        message.social = {
            ...message.social,
            delivery_state: "queued",
            approval: {...APPROVAL, decided_by: "Ben"},
        };
        await animationFrame();
        await contains(`${BAR}-state`, {text: "Approved by Ben"});
        await contains(`${BAR} button`, {count: 0});
    });

    test("what nobody approves is sent all the same, at its time", async () => {
        const stopped = {...APPROVAL, cause: "", asked_by: "", may_go_on: true};
        const message = await openAnswer("overtaken", stopped);
        await contains(`${BAR}-again`, {text: "Send it all the same"});
        message.social = {
            ...message.social,
            approval: {...stopped, send_at: "2030-05-17 09:00:00"},
        };
        await animationFrame();
        await contains(`${BAR}-again:contains(2030)`, {count: 1});
        await contains(`${BAR}-change`);
    });

    test("who approves sees when it is sent", async () => {
        await openAnswer("to_approve", {send_at: "2030-05-17 09:00:00"});
        await contains(`${BAR}:contains("This would be sent on"):contains(2030)`);
    });

    test("its author learns who was asked, or that nobody can be", async () => {
        const own = {may_approve: false, is_own: true};
        const message = await openAnswer("to_approve", own);
        await contains(`${BAR}-own:contains("Asked: Ben")`);
        const approval = {...message.social.approval, asked: ""};
        message.social = {...message.social, approval};
        await contains(`${BAR}-own:contains("Nobody may approve it any more")`);
    });

    test("the composer says that it will be asked for", async () => {
        const message = await openAnswer("sent");
        await click(".o-social-Chatter-answer");
        await contains(".o-mail-Composer-send", {text: "Reply"});
        message.thread.social = {...message.thread.social, needs_approval: true};
        await contains(".o-mail-Composer-send", {text: "Ask for approval"});
        await click(".o-mail-Chatter-logNote");
        await contains(".o-mail-Composer-send", {text: "Log"});
    });

    test("other answers have no such line", async () => {
        const message = await openAnswer("sent");
        const {approval, ...social} = message.social;
        expect(approval.digest).toBe("abc");
        message.social = social;
        await contains(BAR, {count: 0});
    });
});
