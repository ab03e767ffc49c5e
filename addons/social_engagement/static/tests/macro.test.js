import {
    click,
    contains,
    defineMailModels,
    insertText,
    openFormView,
    start,
    startServer,
    triggerHotkey,
} from "@mail/../tests/mail_test_helpers";
import {describe, expect, mockDate, test} from "@odoo/hoot";
import {manuallyDispatchProgrammaticEvent, queryOne} from "@odoo/hoot-dom";
import {animationFrame} from "@odoo/hoot-mock";
import {
    asyncStep,
    getService,
    makeServerError,
    onRpc,
    waitForSteps,
} from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineMailModels();

const DIALOG = ".o-social-MacroDialog";
const SOCIAL = {
    conversation_id: 5,
    snoozed_until: "",
    may_answer: true,
    network: "x",
    network_label: "X",
    prefix: "",
    macros: [
        {id: 1, name: "Thank and close", hotkey: "1"},
        {id: 2, name: "Without a key", hotkey: ""},
    ],
};
const PREVIEW = {
    steps: ["Answer Ann on X", "Set the state to “Solved”"],
    answer: "Thank you, <i>Ann</i>!",
    obstacle: "",
    token: "t",
};

/** Opens a form with a chatter in which a social conversation is worked on. */
async function openConversation(values = {}) {
    const pyEnv = await startServer();
    const id = pyEnv["res.partner"].create({name: "Case"});
    await start();
    await openFormView("res.partner", id);
    await contains(".o-mail-Chatter");
    const thread = getService("mail.store").Thread.insert({
        id,
        model: "res.partner",
        social: {...SOCIAL, ...values},
    });
    await animationFrame();
    return thread;
}

describe("macros", () => {
    test("nothing is done before it was shown and agreed to", async () => {
        onRpc("social.macro", "preview_on", ({args}) => {
            asyncStep(`preview ${args[0]} ${args[1]}`);
            return PREVIEW;
        });
        onRpc("social.macro", "apply_on", ({args}) => {
            asyncStep(`apply ${args[0]} ${args[3]} ${args[4].length > 20}`);
            return true;
        });
        await openConversation();
        await click(".o-social-MacroMenu");
        await contains(".o-social-MacroMenu-item", {count: 2});
        await click(".o-social-MacroMenu-item:first-child");
        await waitForSteps(["preview 1 res.partner"]);
        await contains(`${DIALOG}-steps li`, {count: 2});
        await contains(`${DIALOG}-answer`, {text: PREVIEW.answer});
        await contains(`${DIALOG}-answer i`, {count: 0});
        await click(`${DIALOG}-apply`);
        await waitForSteps(["apply 1 t true"]);
        await contains(".o_dialog", {count: 0});
    });

    test("what fails says why, and what it would do now", async () => {
        let token = 0;
        onRpc("social.macro", "preview_on", () => {
            token += 1;
            return {...PREVIEW, token, steps: [`Step ${token}`]};
        });
        onRpc("social.macro", "apply_on", ({args}) => {
            asyncStep(`apply ${args[3]}`);
            if (args[3] === 1) {
                throw makeServerError({message: "Something changed"});
            }
            return true;
        });
        await openConversation();
        await triggerHotkey("alt+shift+1");
        await click(`${DIALOG}-apply`);
        await contains(`${DIALOG}-failure`, {text: "Something changed"});
        await contains(`${DIALOG}-steps li`, {text: "Step 2"});
        await click(`${DIALOG}-apply`);
        await waitForSteps(["apply 1", "apply 2"]);
        await contains(".o_dialog", {count: 0});
    });

    test("what can't be done can't be started", async () => {
        onRpc("social.macro", "preview_on", () => ({...PREVIEW, obstacle: "Too late"}));
        await openConversation();
        await triggerHotkey("alt+shift+1");
        await contains(`${DIALOG}-obstacle`, {text: "Too late"});
        await contains(`${DIALOG}-apply:disabled`);
    });

    test("they are commands too", async () => {
        onRpc("social.macro", "preview_on", () => PREVIEW);
        await openConversation();
        await triggerHotkey("control+k");
        await insertText(".o_command_palette_search input", "Without");
        await contains(".o_command", {count: 1});
        expect(".o_command").toHaveText(/Macro: Without a key/);
        await click(".o_command:first-child");
        await contains(`${DIALOG}-steps`);
    });

    test("no macros, no menu", async () => {
        await openConversation({macros: []});
        await contains(".o-social-SnoozeMenu");
        await contains(".o-social-MacroMenu", {count: 0});
    });
});

describe("snooze", () => {
    test("usual moments and one's own", async () => {
        onRpc("social.conversation", "action_snooze_for", ({args}) => {
            asyncStep(`${args[0]} ${args[1]}`);
            return true;
        });
        onRpc("social.conversation", "action_snooze", ({args}) => {
            asyncStep(`${args[0]} ${args[1]}`);
            return true;
        });
        mockDate("2026-01-02 10:00:00", +2);
        await openConversation();
        await click(".o-social-SnoozeMenu");
        await contains(".o-dropdown-item[data-moment]", {count: 4});
        await click("[data-moment='tomorrow']");
        await waitForSteps(["5 tomorrow"]);
        await click(".o-social-SnoozeMenu");
        await contains(".o-social-SnoozeMenu-pick:disabled");
        const input = queryOne(".o-social-SnoozeMenu-at");
        input.value = "2026-01-05T09:30";
        manuallyDispatchProgrammaticEvent(input, "input");
        await click(".o-social-SnoozeMenu-pick:enabled");
        await waitForSteps(["5 2026-01-05 07:30:00"]);
    });

    test("until when, and back", async () => {
        onRpc("social.conversation", "action_unsnooze", ({args}) => {
            asyncStep(`back ${args[0]}`);
            return true;
        });
        mockDate("2026-01-02 10:00:00", +2);
        await openConversation({snoozed_until: "2026-01-05 07:30:00"});
        await contains(".o-social-SnoozeBadge .badge");
        expect(".o-social-SnoozeBadge .badge").toHaveText(/^Snoozed until .*9:30/);
        await click(".o-social-SnoozeBadge button");
        await waitForSteps(["back 5"]);
    });

    test("in the evening it is too late for “this evening”", async () => {
        mockDate("2026-01-02 18:30:00", +0);
        await openConversation();
        await click(".o-social-SnoozeMenu");
        await contains(".o-dropdown-item[data-moment]", {count: 3});
    });
});
