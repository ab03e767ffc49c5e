"""Two agents at one conversation: they see each other, and nothing goes out before the
second one approved exactly that."""

import re
import threading

import pytest
from playwright.sync_api import expect

from waiting import wait_for

TRAINEE, MANAGER = "tom", "berta"
NAMES = {TRAINEE: "Tom Trainee", MANAGER: "Berta Boss"}
GROUPS = {
    TRAINEE: ("group_social_user", "group_social_trainee"),
    MANAGER: ("group_social_manager",),
}
BAR = ".o-social-ApprovalBar"


def res_id(desk, xmlid):
    module, name = xmlid.split(".")
    [found] = desk.call(
        "ir.model.data",
        "search_read",
        [("module", "=", module), ("name", "=", name)],
        ["res_id"],
    )
    return found["res_id"]


@pytest.fixture(scope="module")
def people(desk):
    """A trainee and a manager, both in the social media team."""
    team = res_id(desk, "social_routing.helpdesk_team_social")
    for login, groups in GROUPS.items():
        [user] = desk.call(
            "res.users",
            "create",
            [
                {
                    "name": NAMES[login],
                    "login": login,
                    "password": login,
                    "email": f"{login}@brand.example",
                    "group_ids": [
                        (4, res_id(desk, f"social_engagement.{g}")) for g in groups
                    ],
                }
            ],
        )
        desk.call("helpdesk.ticket.team", "write", [team], {"user_ids": [(4, user)]})


@pytest.fixture(scope="module")
def channel(desk, snac):
    return desk.connect(
        name="Brand, with approval",
        network="mastodon",
        base_url=snac.url,
        secret=snac.brand.secret,
    )


@pytest.fixture
def pages(browser, server, people):
    """A browser of each of them; their consoles stay free of errors."""
    contexts, errors, opened = [], [], []
    for login in (TRAINEE, MANAGER):
        context = browser.new_context(
            base_url=server.url, viewport={"width": 1366, "height": 900}
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto("/web/login")
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", login)
        page.click("button[type=submit]")
        page.wait_for_selector(".o_main_navbar, .o_home_menu")
        opened.append(page)
    yield opened
    for context in contexts:
        context.close()
    assert not errors


class Case:
    """A customer's post that became a ticket, in the browsers of both agents."""

    def __init__(self, desk, snac, channel, pages, word):
        self.desk, self.snac, self.channel, self.word = desk, snac, channel, word
        self.trainee, self.manager = pages
        self.fan = snac.client(snac.fan)
        self.post = self.say(f"my {word} is broken, when will you fix it?")
        [message] = desk.messages(channel, ("body", "ilike", word))
        [self.ticket] = desk.call(
            "helpdesk.ticket",
            "search",
            [("conversation_ids", "=", message["conversation_id"][0])],
        )

    def say(self, text, **options):
        """The customer says something that the brand is told of."""
        brand = self.snac.client(self.snac.brand)
        status = self.fan.status_post(f"{self.snac.brand.mention} {text}", **options)
        wait_for(
            lambda: any(
                n.status and text in n.status.content for n in brand.notifications()
            )
        )
        self.desk.listen()
        return status

    def open(self, page):
        page.goto(f"/odoo/helpdesk.ticket/{self.ticket}")
        expect(
            page.locator(".o-mail-Message", has_text=self.word).first
        ).to_be_visible()

    def ask(self, answer):
        """The trainee answers, and has to ask."""
        page = self.trainee
        page.get_by_role("button", name="Reply on Mastodon").click()
        page.locator(".o-mail-Composer-input").fill(answer)
        page.locator(".o-mail-Composer-send").click()
        bar = page.locator(".o-mail-Message", has_text=answer).locator(BAR)
        expect(bar).to_contain_text("nobody approves their own")
        assert self.state(answer) == "to_approve"
        return bar

    def message(self, answer):
        [message] = self.desk.messages(
            self.channel, ("direction", "=", "outbound"), ("body", "ilike", answer)
        )
        return message

    def state(self, answer):
        return self.message(answer)["delivery_state"]

    def answers(self):
        """What stands under the customer's post."""
        return [s.content for s in self.fan.status_context(self.post.id).descendants]


@pytest.fixture
def case(desk, snac, channel, pages):
    return lambda word: Case(desk, snac, channel, pages, word)


def test_they_see_each_other(case):
    case = case("lawnmower")
    case.open(case.trainee)
    case.open(case.manager)
    seen_by_trainee = case.trainee.locator(".o-social-PresenceBar")
    seen_by_manager = case.manager.locator(".o-social-PresenceBar")
    expect(seen_by_trainee).to_contain_text("Berta Boss is reading")
    expect(seen_by_manager).to_contain_text("Tom Trainee is reading")
    expect(seen_by_trainee).not_to_contain_text("Tom")
    case.trainee.get_by_role("button", name="Reply on Mastodon").click()
    expect(seen_by_manager).to_contain_text("Tom Trainee is answering")
    case.trainee.goto("/odoo/action-social_engagement.social_profile_action")
    expect(seen_by_manager).not_to_contain_text("Tom Trainee")


def test_approved_and_published_once(case, desk):
    case, answer = case("toaster"), "We send you a new one."
    case.open(case.trainee)
    case.ask(answer)
    desk.send()
    assert not case.answers(), "nobody approved it"

    page = case.manager
    page.goto("/odoo/action-social_engagement.social_message_approval_action")
    page.locator(".o_data_row", has_text=answer).get_by_role(
        "button", name="Look"
    ).click()
    bar = page.locator(".o-mail-Message", has_text=answer).locator(BAR)
    expect(bar.locator(f"{BAR}-text")).to_contain_text(answer)
    bar.get_by_role("button", name="Approve").click()
    expect(bar).to_contain_text("Approved by Berta Boss")
    theirs = case.trainee.locator(".o-mail-Message", has_text=answer).locator(BAR)
    expect(theirs).to_contain_text("Approved by Berta Boss")  # live
    desk.send()
    desk.send()
    answers = wait_for(case.answers)
    assert [answer in content for content in answers] == [True]


def test_refused_with_a_reason_and_changed(case, desk):
    case, answer = case("teapot"), "Read the manual."
    case.open(case.trainee)
    bar = case.ask(answer)
    case.open(case.manager)
    theirs = case.manager.locator(".o-mail-Message", has_text=answer).locator(BAR)
    theirs.get_by_role("button", name="Change or refuse").click()
    dialog = case.manager.locator(".modal")
    expect(dialog.locator("[name=text] textarea")).to_have_value(re.compile(answer))
    dialog.locator("[name=reason] textarea").fill("Too curt.")
    dialog.get_by_role("button", name="Refuse").click()
    expect(bar).to_contain_text("Berta Boss did not approve it: Too curt.")
    assert case.state(answer) == "refused"
    bar.get_by_role("button", name="Change the answer").click()
    draft = case.trainee.locator(".o-mail-Composer-input")
    expect(draft).to_have_value(re.compile(answer))
    desk.send()
    assert not case.answers()


def test_a_newer_post_stops_it(case, desk):
    case, answer = case("radio"), "Please press the green button."
    case.open(case.trainee)
    case.open(case.manager)
    bar = case.ask(answer)
    approve = case.manager.locator(".o-mail-Message", has_text=answer).get_by_role(
        "button", name="Approve"
    )
    expect(approve).to_be_visible()  # live
    case.say("I pressed the green one already!", in_reply_to_id=case.post)
    expect(bar).to_contain_text("The customer wrote again")  # live
    expect(approve).to_have_count(0)  # live, too
    green = case.manager.locator(".o-mail-Message", has_text="the green one already")
    expect(green).to_have_count(1)
    message = case.message(answer)["id"]
    with pytest.raises(RuntimeError, match="Overtaken by a newer post"):
        desk.call("social.message", "action_approve", [message], "x", login=MANAGER)
    desk.send()
    assert not case.answers() or all(answer not in c for c in case.answers())
    bar.get_by_role("button", name="Ask again as it is").click()
    expect(bar).to_contain_text("nobody approves their own")
    approve.click()
    wait_for(lambda: case.state(answer) == "queued")
    desk.send()
    wait_for(lambda: [c for c in case.answers() if answer in c])
    assert len([c for c in case.answers() if answer in c]) == 1


def test_two_approve_at_once(case, desk):
    case, answer = case("blender"), "A new one is on its way."
    case.open(case.trainee)
    case.ask(answer)
    message = case.message(answer)["id"]
    logins = [MANAGER, "admin", TRAINEE]
    [shown] = desk.call("social.message", "read", [message], ["approval_digest"])
    start, results = threading.Barrier(len(logins)), {}

    def approve(login):
        start.wait()
        try:
            results[login] = desk.call(
                "social.message",
                "action_approve",
                [message],
                shown["approval_digest"],
                login=login,
            )
        except RuntimeError as error:
            results[login] = error

    threads = [threading.Thread(target=approve, args=(login,)) for login in logins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert isinstance(results[TRAINEE], RuntimeError)
    assert [results[login] for login in logins].count(None) == 1, results
    desk.send()
    desk.send()
    answers = wait_for(case.answers)
    assert [answer in content for content in answers] == [True]


def test_a_macro_answers_and_snoozes_and_its_customer_wakes_it(case, desk):
    case = case("dishwasher")
    page = case.manager
    case.open(page)
    page.get_by_role("button", name="Macros").click()
    page.get_by_role("menuitem", name="We look into it").click()
    dialog = page.locator(".modal")
    expect(dialog).to_contain_text("Assign it to Berta Boss")
    expect(dialog).to_contain_text("I am looking into it")
    assert not case.answers()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("Alt+Shift+Digit2")
    dialog.get_by_role("button", name="Apply").click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".o-social-SnoozeBadge")).to_contain_text("Snoozed until")
    expect(page.locator("[name=user_id] input").first).to_have_value("Berta Boss")
    desk.send()
    answers = wait_for(case.answers)
    assert ["I am looking into it" in content for content in answers] == [True]
    case.say("any news about it?", in_reply_to_id=case.post)
    page.reload()
    expect(page.locator(".o-mail-Message", has_text="any news")).to_have_count(1)
    expect(page.locator(".o-social-SnoozeBadge")).to_have_count(0)
