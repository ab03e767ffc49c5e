import {
    click,
    contains,
    defineMailModels,
    openFormView,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import {describe, expect, test} from "@odoo/hoot";
import {press} from "@odoo/hoot-dom";
import {animationFrame} from "@odoo/hoot-mock";
import {
    asyncStep,
    getService,
    mockService,
    onRpc,
    serverState,
    waitForSteps,
} from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineMailModels();

const ORIGIN = ".o-social-MessageOrigin";
const NOTIFICATION = ".o-mail-Message-notification";
const POPOVER = ".o-social-DeliveryPopover";
const POST = {
    id: 7,
    network: "bluesky",
    network_label: "Bluesky",
    url: "https://bsky.example/post/1",
    handle: "fan.example",
    influence: 57,
    sentiment_label: "negative",
    visibility: "public",
    delivery_state: "",
    failure_advice: "",
};

/** Opens a form whose chatter shows one social message. */
async function openPost(values = {}, notification) {
    const pyEnv = await startServer();
    const partnerId = pyEnv["res.partner"].create({name: "Case"});
    pyEnv["mail.followers"].create({
        is_active: true,
        partner_id: serverState.partnerId,
        res_id: partnerId,
        res_model: "res.partner",
    });
    const id = pyEnv["mail.message"].create({
        body: "The app is broken",
        message_type: "social",
        model: "res.partner",
        res_id: partnerId,
    });
    if (notification) {
        pyEnv["mail.notification"].create({
            mail_message_id: id,
            notification_type: "social",
            ...notification,
        });
    }
    await start();
    await openFormView("res.partner", partnerId);
    await contains(".o-mail-Message");
    return showPost(id, values);
}

function showPost(id, values) {
    const social = {...POST, ...values};
    return getService("mail.store")["mail.message"].insert({id, social});
}

describe("origin", () => {
    test("network, author, influence and mood are shown", async () => {
        await openPost();
        await contains(
            `${ORIGIN} a[href='${POST.url}'][target='_blank'][rel='noopener noreferrer']`,
            {text: "Bluesky ↗"}
        );
        await contains(`${ORIGIN}-handle`, {text: "@fan.example"});
        await contains(`${ORIGIN}-influence`, {text: "57"});
        await contains(`${ORIGIN}-sentiment.text-danger`, {text: "Negative"});
        await contains(`${ORIGIN}-visibility`, {count: 0});
        await contains(`${ORIGIN} .badge`, {count: 0});
    });

    test("what is not known is not shown", async () => {
        await openPost({handle: "", influence: 0, sentiment_label: ""});
        await contains(ORIGIN);
        await contains(`${ORIGIN}-handle`, {count: 0});
        await contains(`${ORIGIN}-influence`, {count: 0});
        await contains(`${ORIGIN}-sentiment`, {count: 0});
    });

    test("the sandbox and private posts are marked", async () => {
        await openPost({network: "sandbox", visibility: "direct"});
        await contains(`${ORIGIN} .badge`, {text: "Sandbox"});
        await contains(`${ORIGIN}-visibility`, {text: "private"});
    });

    test("what its author edited or deleted says so", async () => {
        const message = await openPost({edited: true});
        await contains(`${ORIGIN}-edited`, {text: "edited"});
        await contains(`${ORIGIN}-gone`, {count: 0});
        message.social = {...POST, gone: "Deleted by its author"};
        await contains(`${ORIGIN}-gone`, {text: "Deleted by its author"});
        await contains(`${ORIGIN}-edited`, {count: 0});
    });

    test("nothing from outside becomes markup or a script", async () => {
        await openPost({
            url: "javascript:alert(1)",
            handle: "<img src=x onerror=alert(1)>",
            network_label: "<b>x</b>",
        });
        await contains(`${ORIGIN}-handle`, {text: "<img src=x onerror=alert(1)>"});
        await contains(`${ORIGIN} a`, {count: 0});
        await contains(`${ORIGIN} img`, {count: 0});
        await contains(`${ORIGIN} b`, {count: 0});
    });

    test("other messages have no such line", async () => {
        const pyEnv = await startServer();
        const partnerId = pyEnv["res.partner"].create({name: "Case"});
        pyEnv["mail.message"].create({
            body: "not empty",
            model: "res.partner",
            res_id: partnerId,
        });
        await start();
        await openFormView("res.partner", partnerId);
        await contains(".o-mail-Message");
        await contains(ORIGIN, {count: 0});
    });
});

describe("delivery", () => {
    test("the state is shown in words and follows the server", async () => {
        const message = await openPost(
            {delivery_state: "queued"},
            {notification_status: "ready"}
        );
        await contains(NOTIFICATION, {text: "Waiting to be sent"});
        message.social = {...POST, delivery_state: "sent"};
        await contains(NOTIFICATION, {text: "Sent"});
        await contains(`${NOTIFICATION} i.fa-check[aria-hidden='true']`);
        await click(NOTIFICATION);
        await contains(`${POPOVER} .fw-bold`, {text: "Sent"});
        await contains(`${POPOVER} button`, {count: 0});
    });

    test("a failure says why and can be sent again or given up", async () => {
        onRpc("social.message", "*", ({args, method}) => {
            asyncStep(`${method} ${args[0]}`);
            return true;
        });
        await openPost(
            {delivery_state: "failed", failure_advice: "Shorten it."},
            {notification_status: "exception"}
        );
        await contains(`${NOTIFICATION}.text-danger`, {text: "Not sent"});
        await click(NOTIFICATION);
        await contains(`${POPOVER} p`, {text: "Shorten it."});
        await click(`${POPOVER} button`, {text: "Send again"});
        await contains(POPOVER, {count: 0});
        await waitForSteps(["action_send_again 7"]);
        await click(NOTIFICATION);
        await click(`${POPOVER} button`, {text: "Give up"});
        await waitForSteps(["action_give_up 7"]);
    });

    test("the popover opens by keyboard", async () => {
        await openPost(
            {delivery_state: "uncertain"},
            {notification_status: "exception"}
        );
        await contains(NOTIFICATION, {setFocus: true, text: "Perhaps sent"});
        await press("Enter");
        await contains(`${POPOVER} button`, {count: 2});
    });

    test("what was given up can only be sent again", async () => {
        await openPost(
            {delivery_state: "cancelled"},
            {notification_status: "canceled"}
        );
        await click(NOTIFICATION, {text: "Given up"});
        await contains(`${POPOVER} button`, {count: 1, text: "Send again"});
    });
});

describe("what can be done", () => {
    function onCalls() {
        onRpc("social.message", "*", ({args, method}) => {
            asyncStep([method, ...args].join(" "));
            return true;
        });
    }

    const action = (name) => `.o-mail-Message [name='social-${name}']`;

    test("only what the server offers", async () => {
        onCalls();
        await openPost({actions: ["like", "hide"]});
        await contains(action("hide"));
        await contains(action("withdraw"), {count: 0});
        await click(action("like"));
        await waitForSteps(["action_like 7 true"]);
    });

    test("what is liked or hidden says so, and so does a failure", async () => {
        await openPost({liked: true, hidden: true, action_failure: "May not."});
        await contains(`${ORIGIN}-liked`, {text: "liked"});
        await contains(`${ORIGIN}-hidden`, {text: "hidden"});
        await contains(`${ORIGIN}-failure`, {text: "May not."});
    });

    test("an author can be followed, and a post called spam", async () => {
        onCalls();
        const message = await openPost({actions: ["follow", "spam"]});
        await click(action("follow"));
        await waitForSteps(["action_follow 7 true"]);
        message.social = {...POST, followed: true, spam: true, actions: ["unfollow"]};
        await contains(`${ORIGIN}-followed`, {text: "followed"});
        await contains(`${ORIGIN} .badge`, {text: "Spam"});
        await click(action("unfollow"));
        await waitForSteps(["action_follow 7 false"]);
    });

    test("spam says first what it will do, and asks", async () => {
        onCalls();
        onRpc("social.message", "spam_effects", () => ["Ticket 7 is closed too."]);
        await openPost({actions: ["spam"]});
        await click(action("spam"));
        await contains(".modal li", {text: "Ticket 7 is closed too."});
        await click(".modal-footer .btn-secondary");
        await contains(".modal", {count: 0});
        await waitForSteps([]);
        await click(action("spam"));
        await click(".modal-footer .btn-primary");
        await waitForSteps(["action_spam 7"]);
        await contains(".modal", {count: 0});
    });

    test("what was taken for spam can be no spam again", async () => {
        onCalls();
        await openPost({spam: true, actions: ["unspam"]});
        await contains(action("spam"), {count: 0});
        await click(action("unspam"));
        await waitForSteps(["action_not_spam 7"]);
    });

    test("withdrawing asks first", async () => {
        onCalls();
        await openPost({actions: ["withdraw"], delivery_state: "sent"});
        await click(action("withdraw"));
        await click(".modal-footer .btn-secondary");
        await contains(".modal", {count: 0});
        await waitForSteps([]);
        await click(action("withdraw"));
        await click(".modal-footer .btn-primary", {text: "Withdraw"});
        await waitForSteps(["action_withdraw 7"]);
    });

    test("a scheduled answer says when, and can be sent at once", async () => {
        onCalls();
        await openPost(
            {delivery_state: "queued", send_at: "2030-05-05 09:30:00"},
            {notification_status: "ready"}
        );
        await click(NOTIFICATION, {text: "To be sent later"});
        await contains(`${POPOVER}-sendAt:contains(2030)`);
        await click(`${POPOVER} button`, {text: "Send now"});
        await waitForSteps(["action_send_again 7"]);
    });
});

describe("menu of failures", () => {
    async function openMenu(recordIds) {
        const pyEnv = await startServer();
        const ids = pyEnv["mail.message"].create(
            recordIds.map(() => ({
                message_type: "social",
                model: "res.partner",
                res_id: pyEnv["res.partner"].create({name: "Case"}),
            }))
        );
        pyEnv["mail.notification"].create(
            ids.map((id) => ({
                mail_message_id: id,
                notification_status: "exception",
                notification_type: "social",
            }))
        );
        await start();
        await click(".o_menu_systray i[aria-label='Messages']");
        await contains(".o-mail-NotificationItem");
        for (const id of ids) {
            showPost(id, {delivery_state: "failed", failure_advice: "Shorten it."});
        }
        await animationFrame();
    }

    test("names the record and the reason", async () => {
        await openMenu([1]);
        await contains(".o-mail-NotificationItem-name", {
            text: "Answer not sent: Contact",
        });
        await contains(".o-mail-NotificationItem-text", {text: "Case: Shorten it."});
        await contains(
            ".o-mail-NotificationItem img[data-src*='/social_engagement/static/img/']"
        );
    });

    test("several records open as a list", async () => {
        mockService("action", {
            doAction(action) {
                asyncStep(action.name);
                expect(action.res_model).toBe("res.partner");
                expect(action.domain[0][2].length).toBe(2);
            },
        });
        await openMenu([1, 2]);
        await contains(".o-mail-NotificationItem-text", {
            text: "Answers were not sent",
        });
        await click(".o-mail-NotificationItem");
        await waitForSteps(["Answers not sent"]);
    });
});
