import {
    click,
    contains,
    defineMailModels,
    openFormView,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import {waitForChannels} from "@bus/../tests/bus_test_helpers";
import {describe, expect, mockSendBeacon, test} from "@odoo/hoot";
import {waitUntil} from "@odoo/hoot-dom";
import {advanceTime, animationFrame} from "@odoo/hoot-mock";
import {
    asyncStep,
    getService,
    MockServer,
    onRpc,
    serverState,
    waitForSteps,
} from "@web/../tests/web_test_helpers";

import {EXPIRY, HEARTBEAT} from "@social_engagement/presence/presence_bar";

describe.current.tags("desktop");
defineMailModels();

const BAR = ".o-social-PresenceBar";
const COLLEAGUE = `${BAR}-colleague`;
const ROUTE = "/social_engagement/presence";

const told = [];

/** Opens a form whose chatter shows who is here, and keeps what it tells. */
async function openRoom() {
    told.length = 0;
    onRpc(ROUTE, async (request) => {
        const {params} = await request.json();
        told.push(`${params.state}${params.hello ? ", hello" : ""}`);
        return true;
    });
    const pyEnv = await startServer();
    const id = pyEnv["res.partner"].create({name: "Case"});
    await start();
    await openFormView("res.partner", id);
    await contains(".o-mail-Chatter");
    const thread = getService("mail.store").Thread.insert({
        id,
        model: "res.partner",
        showsPresence: true,
    });
    await contains(BAR, {visible: false});
    await waitForTold("reading, hello");
    await waitForChannels([`social_engagement.presence:res.partner:${id}`]);
    told.length = 0; // signs of life while it waited
    return thread;
}

async function waitForTold(...expected) {
    await waitUntil(() => told.length >= expected.length);
    expect(told.splice(0)).toEqual(expected);
}

function sign(thread, values = {}) {
    MockServer.env["bus.bus"]._sendone(
        `social_engagement.presence:res.partner:${thread.id}`,
        ROUTE.slice(1),
        {
            model: thread.model,
            id: thread.id,
            tab: "maria",
            state: "reading",
            hello: false,
            user: {id: 50, name: "Maria", partner_id: 51},
            ...values,
        }
    );
}

describe("who is here", () => {
    test("colleagues are shown in words and read out", async () => {
        const thread = await openRoom();
        await contains(`${BAR}[role='status'][aria-live='polite']`, {visible: false});
        sign(thread);
        await contains(COLLEAGUE, {text: "Maria is reading"});
        sign(thread, {state: "answering"});
        await contains(`${COLLEAGUE}.o-answering`, {text: "Maria is answering"});
        await contains(`${COLLEAGUE} img[alt='']`);
        sign(thread, {tab: "ben", user: {id: 60, name: "<b>Ben</b>", partner_id: 61}});
        await contains(COLLEAGUE, {count: 2});
        await contains(`${COLLEAGUE}:last-child`, {text: "<b>Ben</b> is reading"});
        sign(thread, {state: "left"});
        await contains(COLLEAGUE, {count: 1});
    });

    test("a colleague with two pages is one, and answers on either", async () => {
        const thread = await openRoom();
        sign(thread, {tab: "one", state: "answering"});
        sign(thread, {tab: "two"});
        await contains(COLLEAGUE, {count: 1, text: "Maria is answering"});
        sign(thread, {tab: "one", state: "left"});
        await contains(COLLEAGUE, {count: 1, text: "Maria is reading"});
    });

    test("neither oneself nor who is elsewhere is shown", async () => {
        const thread = await openRoom();
        sign(thread, {tab: "mine", user: {id: serverState.userId, name: "I"}});
        sign(thread, {id: thread.id + 1});
        sign(thread, {model: "res.users"});
        sign(thread, {tab: "end", user: {id: 60, name: "Ben", partner_id: 61}});
        await contains(COLLEAGUE, {count: 1, text: "Ben is reading"});
    });

    test("who comes is answered", async () => {
        const thread = await openRoom();
        sign(thread, {hello: true});
        await waitForTold("reading");
        await click(".o-mail-Chatter-sendMessage");
        await waitForTold("answering");
        sign(thread, {hello: true});
        await waitForTold("answering");
        await click(".o-mail-Chatter-logNote");
        await waitForTold("reading");
    });

    test("who falls silent is forgotten", async () => {
        const thread = await openRoom();
        sign(thread);
        await contains(COLLEAGUE);
        await advanceTime(HEARTBEAT);
        await waitUntil(() => told.includes("reading"));
        await contains(COLLEAGUE);
        await advanceTime(EXPIRY + HEARTBEAT);
        await animationFrame();
        await contains(COLLEAGUE, {count: 0});
    });

    test("what is new is shown at once", async () => {
        const thread = await openRoom();
        await contains(".o-mail-Message", {count: 0});
        MockServer.env["mail.message"].create({
            body: "Hello?",
            message_type: "comment",
            model: "res.partner",
            res_id: thread.id,
        });
        MockServer.env["bus.bus"]._sendone(
            `social_engagement.presence:res.partner:${thread.id}`,
            "social_engagement/news",
            {model: "res.partner", id: thread.id}
        );
        await contains(".o-mail-Message", {text: "Hello?"});
    });

    test("leaving is told, also when the page goes away", async () => {
        await openRoom();
        mockSendBeacon(async (route, blob) => {
            const {params} = JSON.parse(await blob.text());
            expect(route).toBe(ROUTE);
            asyncStep(`beacon ${params.state}`);
            return true;
        });
        window.dispatchEvent(new Event("pagehide"));
        await waitForSteps(["beacon left"]);
    });

    test("where colleagues don't meet nothing is told", async () => {
        told.length = 0;
        onRpc(ROUTE, () => told.push("told"));
        const pyEnv = await startServer();
        const id = pyEnv["res.partner"].create({name: "Case"});
        await start();
        await openFormView("res.partner", id);
        await contains(".o-mail-Chatter");
        await contains(BAR, {count: 0});
        expect(told).toEqual([]);
    });
});
