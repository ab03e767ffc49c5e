import {
    click,
    contains,
    defineMailModels,
    openFormView,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import {describe, expect, test} from "@odoo/hoot";
import {keyDown, queryAllTexts, queryOne} from "@odoo/hoot-dom";
import {advanceTime} from "@odoo/hoot-mock";
import {
    contains as element,
    getService,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineMailModels();

const ENTRY = ".o-social-TimelineEntry";
const OPTIONS = {
    kinds: [
        ["email", "E-mail"],
        ["ticket", "Ticket"],
        ["post", "Post"],
    ],
    channels: [
        ["email", "E-mail"],
        ["mastodon", "Mastodon"],
    ],
    company: "",
};

const MOOD = [
    {at: "2025-01-01 00:00:00", mood: 0.6, count: 2},
    {at: "2026-01-01 00:00:00", mood: -0.5, count: 1},
];

function card(id, values = {}) {
    return {
        id,
        kind: "ticket",
        channel: "",
        date: "2026-03-01 10:00:00",
        model: "res.partner",
        res_id: id,
        name: "",
        message: false,
        card: {title: `Ticket ${id}`, text: "", facts: ["New"]},
        ...values,
    };
}

/** Opens a contact whose timeline is what `answer(wanted, cursor)` gives. */
async function openTimeline(answer, options = {}, mood = () => []) {
    const pyEnv = await startServer();
    const partnerId = pyEnv["res.partner"].create({name: "Ann"});
    onRpc("res.partner", "social_timeline_options", () => ({...OPTIONS, ...options}));
    onRpc("res.partner", "social_timeline_mood", ({args}) => mood(args[1]));
    onRpc("res.partner", "social_timeline", ({args}) => ({
        store: {},
        cursor: null,
        ...answer(args[1], args[2], pyEnv, partnerId),
    }));
    await start();
    await openFormView("res.partner", partnerId, {
        arch: `<form><sheet><field name="name"/>
            <widget name="social_timeline"/></sheet></form>`,
    });
    await contains(".o-social-Timeline");
    return partnerId;
}

test("cards say what, when, in which state, and jump to the record", async () => {
    await openTimeline(() => ({entries: [card(7, {name: "HT7"})]}));
    await contains(`${ENTRY}[role='article']`, {text: "Ticket 7"});
    await contains(`${ENTRY}-card .badge`, {text: "New"});
    expect(queryOne(ENTRY).getAttribute("aria-label")).toMatch(/^Ticket, .*Ticket 7$/);
    patchWithCleanup(getService("action"), {
        doAction: (action) => expect.step(`${action.res_model} ${action.res_id}`),
    });
    await click(`${ENTRY}-jump`);
    expect.verifySteps(["res.partner 7"]);
});

test("messages look as in the chatter, without actions", async () => {
    await openTimeline((_wanted, _cursor, pyEnv, partnerId) => {
        const id = pyEnv["mail.message"].create({
            body: "Where is my tea?",
            model: "res.partner",
            res_id: partnerId,
        });
        return {
            entries: [card(1, {kind: "email", message: id, card: false})],
            store: {
                "mail.message": [{id, body: ["markup", "<p>Where is my tea?</p>"]}],
            },
        };
    });
    await contains(`${ENTRY} .o-mail-Message-body`, {text: "Where is my tea?"});
    await contains(`${ENTRY} .o-mail-Message-actions`, {count: 0});
});

test("the next page comes at the end, until there is none", async () => {
    await openTimeline((_wanted, cursor) => {
        expect.step(cursor ? cursor[1] : "first");
        const first = cursor ? 2 : 1;
        return {entries: [card(first)], cursor: cursor ? null : ["2026-03-01", 1]};
    });
    await contains(ENTRY, {count: 2});
    await contains(".o-social-Timeline-end", {text: "That is all."});
    expect.verifySteps(["first", 1]);
});

test("a page without anything to show is not the end", async () => {
    await openTimeline((_wanted, cursor) =>
        cursor ? {entries: [card(2)]} : {entries: [], cursor: ["2026-03-01", 1]}
    );
    await contains(ENTRY, {count: 1});
});

test("kind, channel, time and words narrow it down", async () => {
    await openTimeline((wanted) => {
        expect.step(Object.keys(wanted).join());
        return {entries: wanted.text ? [] : [card(1)]};
    });
    await contains(ENTRY);
    await element(".o-social-Timeline-kind").select("post");
    await element(".o-social-Timeline-channel").select("mastodon");
    await element(".o-social-Timeline-period").select("30");
    await contains(ENTRY);
    await element(".o-social-Timeline-search").edit("tea");
    await advanceTime(500);
    await contains(".o-social-Timeline-end", {text: "Nothing fits."});
    expect.verifySteps([
        "",
        "kind",
        "kind,channel",
        "kind,channel,since",
        "kind,channel,text,since",
    ]);
    await click(".o-social-Timeline-end button");
    await contains(ENTRY);
    expect.verifySteps([""]);
});

test("the whole company is one click, where there is one", async () => {
    await openTimeline(
        (wanted) => ({entries: wanted.company ? [card(1), card(2)] : [card(1)]}),
        {company: "Tea & Co"}
    );
    await contains(".o-social-Timeline-company", {text: "All of Tea & Co"});
    await click(".o-social-Timeline-company input");
    await contains(ENTRY, {count: 2});
});

test("an empty timeline says what will be there", async () => {
    await openTimeline(() => ({entries: []}));
    await contains(".o-social-Timeline-end:contains(appear here)");
    await contains(".o-social-Timeline-company", {count: 0});
    await contains(".o-social-MoodCurve", {count: 0});
});

test("a failure can be tried again", async () => {
    let works = false;
    await openTimeline(() => {
        if (!works) {
            throw new Error("no");
        }
        return {entries: [card(1)]};
    });
    await contains(".o-social-Timeline-end:contains(could not be loaded)");
    works = true;
    await click(".o-social-Timeline-end button");
    await contains(ENTRY);
    await contains(".o-social-Timeline-end", {text: "That is all."});
});

test("page down and up go from entry to entry", async () => {
    await openTimeline(() => ({entries: [card(1), card(2)]}));
    await contains(ENTRY, {count: 2});
    const [first, second] = document.querySelectorAll(ENTRY);
    first.focus();
    await keyDown("PageDown");
    expect(document.activeElement).toBe(second);
    await keyDown("PageUp");
    expect(document.activeElement).toBe(first);
});

test("entries stand under their months", async () => {
    await openTimeline(() => ({
        entries: [card(1), card(2), card(3, {date: "2025-12-24 10:00:00"})],
    }));
    await contains(ENTRY, {count: 3});
    expect(queryAllTexts(".o-social-Timeline-month")).toEqual([
        "March 2026",
        "December 2025",
    ]);
});

test("the mood is a curve, and a sentence for who does not see it", async () => {
    await openTimeline(
        () => ({entries: [card(1)]}),
        {},
        () => MOOD
    );
    await contains(".o-social-MoodCurve polyline");
    const words = queryOne(".o-social-MoodCurve svg").getAttribute("aria-label");
    expect(words).toMatch(/^Mood of 3 posts: positive in .*, negative in .*\.$/);
});

test("the curve is of those and of the time that the entries are of", async () => {
    await openTimeline(
        () => ({entries: [card(1)]}),
        {company: "Tea & Co"},
        ({company, since}) => {
            expect.step(`${company ? "all" : "one"} ${since ? "30 days" : "ever"}`);
            return company && !since ? MOOD : [];
        }
    );
    await contains(".o-social-MoodCurve", {count: 0});
    await click(".o-social-Timeline-company input");
    await contains(".o-social-MoodCurve");
    await element(".o-social-Timeline-period").select("30");
    await contains(".o-social-MoodCurve", {count: 0});
    await element(".o-social-Timeline-kind").select("post");
    await contains(ENTRY);
    expect.verifySteps(["one ever", "all ever", "all 30 days"]);
});

test("nothing from outside becomes markup", async () => {
    const hostile = "<img src=x onerror=alert(1)><b>x</b>";
    await openTimeline(() => ({
        entries: [card(1, {card: {title: hostile, text: hostile, facts: [hostile]}})],
    }));
    await contains(`${ENTRY}-text`, {text: hostile});
    await contains(`${ENTRY} img`, {count: 0});
    await contains(`${ENTRY} b`, {count: 0});
});
