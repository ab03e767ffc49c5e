import {
    click,
    contains,
    defineMailModels,
    insertText,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import {describe, expect, mockDate, test} from "@odoo/hoot";
import {
    press,
    click as pointAt,
    queryAllTexts,
    queryOne,
    waitUntil,
} from "@odoo/hoot-dom";
import {Deferred, advanceTime, animationFrame} from "@odoo/hoot-mock";
import {
    allowTranslations,
    asyncStep,
    defineModels,
    fields,
    getService,
    models,
    onRpc,
    patchWithCleanup,
    serverState,
    waitForSteps,
} from "@web/../tests/web_test_helpers";

import {router} from "@web/core/browser/router";
import {user} from "@web/core/user";

import {AnswerSuggestions} from "@social_engagement/answer/answer_suggestions";
import {dueWords, relativeWords} from "@social_engagement/desk/wording";
import {WaitingList} from "@social_engagement/desk/waiting_list";

describe.current.tags("desktop");
defineMailModels();

const DESK = ".o-social-Desk";
const ROW = `${DESK}-row`;
const CURSOR = `${DESK}-cursor`;
const TITLE = `${DESK}-head h2`;

class SocialConversation extends models.Model {
    _name = "social.conversation";

    name = fields.Char();

    _records = [1, 2, 3, 4].map((id) => ({id, name: `Number ${id}`}));
    _views = {form: `<form><field name="name"/></form>`};
}
defineModels([SocialConversation]);

function row(id, values = {}) {
    return {
        id,
        rank: 100 - id,
        author: `Author ${id}`,
        text: `Text ${id}`,
        network: "mastodon",
        channel: "Brand",
        at: "2030-05-05 09:00:00",
        due: "",
        state: "new",
        state_label: "New",
        mood: "",
        influence: 1,
        language: "en",
        user: null,
        is_private: false,
        snoozed_until: "",
        in_chatter: true,
        thread: {model: "res.partner", id: serverState.partnerId},
        ...values,
    };
}

/** A server with some rows; what is asked of it and not a page is a step. */
async function openDesk(rows, {pages, choices, posts = 0, resId} = {}) {
    const pyEnv = await startServer();
    for (let number = 0; number < posts; number++) {
        pyEnv["mail.message"].create({
            body: `Post ${number}`,
            model: "res.partner",
            res_id: serverState.partnerId,
        });
    }
    const all = new Map(rows.map((each) => [each.id, each]));
    const served = pages || [{rows, next: null}];
    const asked = [];
    onRpc("social.conversation", "*", ({method, args}) => {
        switch (method) {
            case "waiting_page":
                asked.push(args[0]);
                return served.length > 1 ? served.shift() : served[0];
            case "waiting_counts":
                return {todo: all.size, mine: 0};
            case "waiting_choices":
                return {
                    channels: [[7, "Brand"]],
                    languages: [["de", "German"]],
                    is_connected: true,
                    may_connect: true,
                    side_view: false,
                    ...choices,
                };
            case "waiting_rows":
                return args[0].filter((id) => all.has(id)).map((id) => all.get(id));
            case "waiting_open":
                asyncStep(`open ${args[0][0]}`);
                return all.get(args[0][0]);
        }
        if (method.startsWith("action_")) {
            asyncStep(`${method} ${args[0]}`);
            return {
                type: "ir.actions.client",
                tag: "social_engagement.undo",
                params: {token: "token", seconds: 10, text: "Resolved: Author 1"},
            };
        }
        if (method === "undo") {
            asyncStep(`undo ${args[0]}`);
            return false;
        }
    });
    await start();
    await getService("action").doAction(
        {type: "ir.actions.client", tag: "social_engagement.desk"},
        {props: {resId}}
    );
    await contains(DESK);
    const announce = (...ids) =>
        pyEnv["bus.bus"]._sendone(serverState.partnerId, "social_desk", {ids});
    const changed = async (...ids) => {
        announce(...ids);
        await animationFrame();
        await advanceTime(2000);
        await animationFrame();
    };
    return {all, asked, announce, changed};
}

const authors = () => queryAllTexts(`${ROW} .fw-bold`);

describe("the list", () => {
    test("rows stand as the server orders them, and say all in words", async () => {
        mockDate("2030-05-05 10:00:00", 0);
        await openDesk([
            row(1, {due: "2030-05-05 08:00:00", mood: "negative", is_private: true}),
            row(2, {user: {id: 9, name: "Maria"}, due: "2030-05-05 13:00:00"}),
        ]);
        expect(authors()).toEqual(["Author 1", "Author 2"]);
        await contains(`${ROW}:first .badge`, {text: "Overdue by 2 h"});
        await contains(`${ROW}:first .badge`, {text: "Negative"});
        await contains(`${ROW}:first .badge`, {text: "Private"});
        await contains(`${ROW}:last .badge`, {text: "Due in 3 h"});
        await contains(`${ROW}:last:contains(Maria)`);
    });

    test("it is a listbox whose active row is named", async () => {
        await openDesk([row(1), row(2)]);
        await contains(`${DESK}-rows[role=listbox][aria-label='To Do']`);
        const active = () =>
            queryOne(`${DESK}-rows`).getAttribute("aria-activedescendant");
        expect(active()).toBe("o-social-Desk-row-1");
        await press("j");
        await animationFrame();
        expect(active()).toBe("o-social-Desk-row-2");
        expect(`#${active()}`).toHaveClass("o-social-Desk-cursor");
    });

    test("the next page comes behind, each row once", async () => {
        const {asked} = await openDesk([], {
            pages: [
                {rows: [row(1), row(2)], next: [98, 2]},
                {rows: [row(2), row(3)], next: null},
            ],
        });
        await click(`${DESK}-more`);
        await contains(ROW, {count: 3});
        await contains(`${DESK}-more`, {count: 0});
        expect(asked.length).toBe(2);
    });

    test("filters narrow it, and a box is chosen", async () => {
        const {asked} = await openDesk([row(1)]);
        await click("[data-box=mine]");
        await contains("[data-box=mine][aria-pressed=true]");
        await click("[aria-label=Filters]");
        await contains("select[name=language]");
        const select = queryOne("select[name=language]");
        select.value = "de";
        select.dispatchEvent(new Event("change"));
        await animationFrame();
        await insertText(`${DESK}-search`, "parcel");
        await advanceTime(1000);
        await animationFrame();
        expect(asked.at(-1)).toEqual({
            box: "mine",
            channel_id: 0,
            language: "de",
            direct: false,
            text: "parcel",
        });
    });

    test("what is found takes no letter from what is typed meanwhile", async () => {
        const found = {rows: [row(1)], next: null};
        const late = new Deferred();
        await openDesk([row(1)], {pages: [found, late, found]});
        await insertText(`${DESK}-search`, "par");
        await advanceTime(300);
        await insertText(`${DESK}-search`, "cel");
        late.resolve({rows: [], next: null});
        await contains(ROW, {count: 0});
        expect(`${DESK}-search`).toHaveValue("parcel");
    });

    test("where nothing is, it says what to do", async () => {
        await openDesk([], {choices: {is_connected: false}});
        await contains(`${DESK}-nothing:contains(No channel connected yet)`);
        await contains(`${DESK}-nothing button`, {text: "Connect a Channel"});
    });

    test("where nobody waits, it says so", async () => {
        await openDesk([]);
        await contains(`${DESK}-nothing p:contains(All caught up!)`);
    });
});

describe("live", () => {
    test("what comes in takes its place and is announced", async () => {
        const {all, changed} = await openDesk([row(1), row(3)]);
        all.set(2, row(2));
        await changed(2);
        await contains(ROW, {count: 3});
        expect(authors()).toEqual(["Author 1", "Author 2", "Author 3"]);
        await contains(`${DESK}-said`, {text: "1 new"});
    });

    test("where something always changes it follows all the same", async () => {
        let looks = 0;
        const {all, announce} = await openDesk([row(1)]);
        onRpc("social.conversation", "waiting_rows", () => {
            looks++;
        });
        all.set(2, row(2));
        for (let post = 0; post < 10; post++) {
            announce(2);
            await animationFrame();
            await advanceTime(400);
        }
        await contains(ROW, {count: 2});
        expect(looks).toBeWithin(2, 5);
    });

    test("what is done leaves, and the row chosen stays", async () => {
        const {all, changed} = await openDesk([row(1), row(2), row(3)]);
        await press("j");
        await press("j");
        await animationFrame();
        all.delete(1);
        await changed(1);
        await contains(ROW, {count: 2});
        await contains(`${CURSOR}[data-id='3']`);
    });

    test("what belongs behind the last row loaded waits for its page", async () => {
        const {all, changed} = await openDesk([row(1), row(2)], {
            pages: [{rows: [row(1), row(2)], next: [98, 2]}],
        });
        all.set(4, row(4));
        await changed(4);
        await contains(ROW, {count: 2});
    });

    test("very many changes are one page anew", async () => {
        let calls = 0;
        const list = new WaitingList({
            call: () => {
                calls++;
                return Promise.resolve({rows: [row(1)], next: null});
            },
            silent: {call: () => Promise.resolve({})},
        });
        await list.load();
        await list.follow([...Array(101).keys()]);
        expect(calls).toBe(2);
        expect(list.rows.length).toBe(1);
    });
});

describe("keys", () => {
    test("from the list to the next one without a mouse", async () => {
        await openDesk([row(1), row(2)]);
        await press("o");
        await contains(`${TITLE}:contains(Author 1)`);
        await press("a");
        await waitForSteps(["action_assign 1"]);
        await press("s");
        await waitForSteps(["action_solve 1"]);
        await contains(`${TITLE}:contains(Author 2)`);
        await contains(ROW, {count: 1});
        await press("s");
        await waitForSteps(["action_solve 2"]);
        await contains(`${DESK}-nothing`);
        await contains(TITLE, {count: 0});
    });

    test("Enter and arrows work in the list", async () => {
        await openDesk([row(1), row(2)]);
        await contains(`${DESK}-rows`, {setFocus: true});
        await press("ArrowDown");
        await press("Enter");
        await contains(`${TITLE}:contains(Author 2)`);
    });

    test("letters are letters while somebody types", async () => {
        await openDesk([row(1), row(2)]);
        await contains(`${DESK}-search`, {setFocus: true});
        await press("j");
        await press("s");
        await animationFrame();
        await contains(`${CURSOR}[data-id='1']`);
        await waitForSteps([]);
    });

    test("while a draft is open letters go into it, wherever the focus went", async () => {
        await openDesk([row(1), row(2)]);
        await press("o");
        await click(".o-mail-Chatter-logNote");
        await insertText(".o-mail-Composer-input", "He");
        const elsewhere = [".o-social-Desk-rows", ".o-mail-Composer-send", `${TITLE}`];
        for (const place of elsewhere) {
            queryOne(place).focus();
            await press("s");
            expect(".o-mail-Composer-input").toBeFocused();
        }
        expect(".o-mail-Composer-input").toHaveValue("Hesss");
        document.activeElement.blur();
        for (const key of ["a", "j", "/", "?", "z", "k", "o", "r"]) {
            await press(key);
            document.activeElement.blur();
        }
        await animationFrame();
        await contains(".modal", {count: 0});
        await contains(`${TITLE}:contains(Author 1)`);
        await contains(`${CURSOR}[data-id='1']`);
        await waitForSteps([]);
    });

    test("letters typed beside suggested replies go into the draft", async () => {
        onRpc("/social_engagement/answer/suggestions", () => [
            {kind: "past", title: "My parcel", text: "Next week."},
        ]);
        await openDesk([row(1), row(2)]);
        await press("o");
        await click(".o-mail-Chatter-logNote");
        await insertText(".o-mail-Composer-input", "He");
        getService("popover").add(
            queryOne(".o-mail-Composer-footer"),
            AnswerSuggestions,
            {
                thread: {model: "social.conversation", id: 1},
                onSelect: () => asyncStep("selected"),
            }
        );
        await contains(".o-social-AnswerSuggestions-answer");
        queryOne(".o-social-AnswerSuggestions-answer").focus();
        for (const key of ["s", " ", "j"]) {
            await press(key);
        }
        expect(".o-mail-Composer-input").toHaveValue("Hes j");
        await contains(".o-social-AnswerSuggestions", {count: 0});
        await waitForSteps([]);
    });

    test("a click on what stands around a draft leaves it the focus", async () => {
        await openDesk([row(1)]);
        await press("o");
        await click(".o-mail-Chatter-logNote");
        await insertText(".o-mail-Composer-input", "Hello");
        for (const place of [".o-mail-Composer-footer", ".o-mail-Composer-coreMain"]) {
            document.activeElement.blur();
            await pointAt(place);
            expect(".o-mail-Composer-input").toBeFocused();
        }
    });

    test("Escape closes a composer that is empty: without a draft keys act again", async () => {
        await openDesk([row(1), row(2)]);
        await press("o");
        await click(".o-mail-Chatter-logNote");
        await insertText(".o-mail-Composer-input", "Hello");
        await press("Escape");
        await contains(".o-mail-Composer");
        await insertText(".o-mail-Composer-input", "", {replace: true});
        queryOne(TITLE).focus();
        await press("s");
        expect(".o-mail-Composer-input").toHaveValue("s");
        await insertText(".o-mail-Composer-input", "", {replace: true});
        await press("Escape");
        await contains(".o-mail-Composer", {count: 0});
        queryOne(TITLE).focus();
        await press("s");
        await waitForSteps(["action_solve 1"]);
    });

    test("what an input method composes is left to it", async () => {
        await openDesk([row(1), row(2)]);
        const search = queryOne(`${DESK}-search`);
        search.focus();
        for (const key of ["Enter", "ArrowDown"]) {
            const ev = new KeyboardEvent("keydown", {
                key,
                isComposing: true,
                bubbles: true,
                cancelable: true,
            });
            search.dispatchEvent(ev);
            expect(ev.defaultPrevented).toBe(false);
            expect(`${DESK}-search`).toBeFocused();
        }
        const list = queryOne(`${DESK}-rows`);
        list.focus();
        for (const key of ["Enter", "ArrowDown", "?", "/", "j"]) {
            list.dispatchEvent(
                new KeyboardEvent("keydown", {key, isComposing: true, bubbles: true})
            );
        }
        await animationFrame();
        await contains(`${CURSOR}[data-id='1']`);
        await contains(".modal", {count: 0});
        await contains(TITLE, {count: 0});
    });

    test("letters can be switched off for a user", async () => {
        await openDesk([row(1), row(2)]);
        patchWithCleanup(user, {
            get settings() {
                return {id: 1, social_desk_keys: false};
            },
        });
        await press("j");
        await animationFrame();
        await contains(`${CURSOR}[data-id='1']`);
    });

    test("? tells all keys and has the switch", async () => {
        const saved = [];
        await openDesk([row(1)]);
        patchWithCleanup(user, {
            setUserSettings: (key, value) => saved.push([key, value]),
        });
        await press("?");
        await contains(".o-social-DeskHelp kbd", {text: "J"});
        await contains(".o-social-DeskHelp td", {text: "Resolve and open the next"});
        await click(".modal input[role=switch]");
        expect(saved).toEqual([["social_desk_keys", false]]);
        await press("?"); // not once more over it
        await contains(".modal", {count: 1});
    });

    test("snoozing asks until when", async () => {
        await openDesk([row(1), row(2)]);
        await press("o");
        await contains(TITLE);
        await press("z");
        await click(".o-dropdown-item", {text: "For an hour"});
        await waitForSteps(["action_snooze_for 1"]);
        await contains(`${TITLE}:contains(Author 2)`);
    });

    test("snoozing and answering open the row they are about", async () => {
        await openDesk([row(1), row(2)]);
        await press("j");
        await press("z");
        await contains(`${TITLE}:contains(Author 2)`);
        await click(".o-dropdown-item", {text: "For an hour"});
        await waitForSteps(["action_snooze_for 2"]);
        await press("Escape");
        await contains(`${TITLE}:contains(Author 1)`);
    });

    test("what is done is not solved once more", async () => {
        await openDesk([row(1, {state: "solved"}), row(2)]);
        await press("s");
        await press("j");
        await press("s");
        await waitForSteps(["action_solve 2"]);
        await contains(ROW, {count: 1});
    });

    test("there is one menu to snooze from", async () => {
        await openDesk([row(1)]);
        await press("o");
        await contains(".o-mail-Chatter");
        getService("mail.store").Thread.insert({
            id: serverState.partnerId,
            model: "res.partner",
            social: {conversation_id: 1, macros: [{id: 1, name: "Thank"}]},
        });
        await contains(".o-social-MacroMenu");
        await contains(".o-social-SnoozeMenu", {count: 0});
        await contains(`${DESK}-actions button`, {text: "Snooze"});
    });

    test("solving can be undone", async () => {
        await openDesk([row(1), row(2)]);
        await press("o");
        await press("s");
        await waitForSteps(["action_solve 1"]);
        await advanceTime(9000);
        await click(".o_notification:contains(Resolved: Author 1) button", {
            text: "Undo",
        });
        await waitForSteps(["undo token"]);
        await contains(".o_notification button", {text: "Undo", count: 0});
    });

    test("and so can all else that is done to a conversation", async () => {
        await openDesk([row(1), row(2)]);
        await press("o");
        for (const [name, method] of [
            ["Dismiss", "action_no_action 1"],
            ["Assign to Me", "action_assign 2"],
        ]) {
            await click(`${DESK}-actions button`, {text: name});
            await waitForSteps([method]);
            await click(".o_notification button", {text: "Undo"});
            await waitForSteps(["undo token"]);
        }
    });

    test("after ten seconds it can't be undone any more", async () => {
        await openDesk([row(1), row(2)]);
        await press("o");
        await press("s");
        await waitForSteps(["action_solve 1"]);
        await contains(".o_notification");
        await advanceTime(11000);
        await contains(".o_notification", {count: 0});
    });
});

describe("the conversation", () => {
    test("posts that are not in the chatter yet are brought there", async () => {
        await openDesk([row(1, {in_chatter: false})]);
        await click(ROW);
        await waitForSteps(["open 1"]);
        await contains(".o-mail-Chatter");
        await contains(".o-social-DeskSide");
    });

    test("what its reader may not read says so", async () => {
        await openDesk([row(1, {thread: null})]);
        await click(ROW);
        await contains(`${DESK}-thread [role=status]:contains(have access)`);
        await contains(".o-mail-Chatter", {count: 0});
    });

    test("it is in the address, and open again when the page is loaded anew", async () => {
        await openDesk([row(1), row(2)], {resId: 2});
        await contains(`${TITLE}:contains(Author 2)`);
        await click(`${ROW}:first`);
        await contains(`${TITLE}:contains(Author 1)`);
        await advanceTime(100);
        expect(router.current.resId).toBe(1);
    });

    test("an address of what is not there opens the list", async () => {
        await openDesk([row(1)], {resId: 99});
        await contains(ROW);
        await contains(TITLE, {count: 0});
    });

    test("a composer that opens hides nothing of the last post", async () => {
        await openDesk([row(1)], {posts: 30});
        await click(ROW);
        await contains(".o-mail-Message", {count: 30});
        await contains(".o-mail-Chatter", {scroll: "bottom"});
        const bottom = queryOne(".o-mail-Chatter-top").offsetHeight;
        await click(".o-mail-Chatter-logNote");
        await contains(".o-mail-Composer");
        await waitUntil(
            () => queryOne(".o-mail-Chatter-top").offsetHeight > bottom + 20
        );
        await contains(".o-mail-Chatter", {scroll: "bottom"});
    });

    test("nothing from outside becomes markup", async () => {
        await openDesk([
            row(1, {author: "<b>Evil</b>", text: "<img src=x onerror=alert(1)>"}),
        ]);
        await contains(`${ROW} .fw-bold`, {text: "<b>Evil</b>"});
        await contains(`${ROW} img`, {count: 0});
        await click(ROW);
        await contains(`${TITLE} b`, {count: 0});
    });
});

test("when it is due is told in words", () => {
    allowTranslations();
    const now = luxon.DateTime.fromISO("2030-05-05T10:00:00Z");
    const words = (due) => String(dueWords(due, now).text);
    expect(dueWords("", now)).toBe(undefined);
    expect(words("2030-05-05 10:30:00")).toBe("Due in 30 min");
    expect(words("2030-05-05 09:59:50")).toBe("Overdue by moments");
    expect(words("2030-05-09 10:00:00")).toBe("Due in 4 days");
    expect(words("2030-05-05 10:59:50")).toBe("Due in 1 h");
    expect(words("2030-05-05 21:50:00")).toBe("Due in 11 h");
});

test("when something is is told as one says it", () => {
    allowTranslations();
    const now = luxon.DateTime.fromISO("2030-11-30T22:00:00");
    const words = (moment) =>
        String(relativeWords(luxon.DateTime.fromISO(moment), now));
    expect(words("2030-12-01T09:00:00")).toBe("in 11 h");
    expect(words("2030-12-01T09:59:00")).toBe("in 11 h");
    expect(words("2030-11-30T22:59:50")).toBe("in 1 h");
    expect(words("2030-11-30T22:59:00")).toBe("in 59 min");
    expect(words("2030-12-01T23:00:00")).toBe("tomorrow");
    expect(words("2030-12-05T09:00:00")).toBe("in 5 days");
    expect(words("2030-11-30T19:30:00")).toBe("2 h ago");
    expect(words("2030-11-29T20:00:00")).toBe("yesterday");
    expect(words("2030-11-01T20:00:00")).toBe("29 days ago");
});
