"""The agent's desk: from one waiting post to the next without a mouse, live, on a
phone, and for who can't see it."""

from uuid import uuid4

import axe
import pytest
from playwright.sync_api import expect

from waiting import wait_for

DESK = ".o-social-Desk"
ROW = f"{DESK}-row"
SAID = f"{DESK}-said"
THREAD = f"{DESK}-thread"


@pytest.fixture
def word():
    """A word that only the posts of one story bear."""
    return f"zebra{uuid4().hex[:8]}"


@pytest.fixture
def channel(desk, snac):
    # Channels of other stories hear the same account: the list would show all twice.
    others = desk.call("social.channel", "search", [("network", "=", "mastodon")])
    desk.call("social.channel", "action_disconnect", others)
    channel = desk.connect(
        name="Brand at the desk",
        network="mastodon",
        base_url=snac.url,
        secret=snac.brand.secret,
    )
    yield channel
    desk.call("social.channel", "action_disconnect", [channel])


def post(snac, desk, *texts):
    """A fan posts; it has arrived at the brand, and been fetched."""
    fan, brand = snac.client(snac.fan), snac.client(snac.brand)
    for text in texts:
        fan.status_post(f"{snac.brand.mention} {text}")
        wait_for(lambda text=text: text in str(brand.notifications()))
    desk.listen()


def open_desk(page, path="/odoo/social"):
    page.goto(path)
    page.wait_for_selector(DESK)


def search(page, word):
    page.keyboard.press("/")
    page.keyboard.type(word)


def test_keyboard_only(desk, snac, channel, agent_page, word):
    page = agent_page
    post(
        snac,
        desk,
        f"my {word} is broken, please help me at once!",
        f"where is the invoice for the {word}? Please answer!",
    )
    open_desk(page)
    search(page, word)
    expect(page.locator(ROW)).to_have_count(2)
    page.keyboard.press("Enter")  # on to the list
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    title = page.locator(f"{DESK}-head h2")
    expect(title).to_contain_text("fan")
    expect(title).to_be_focused()
    said = page.locator(f"{THREAD} .o-mail-Message", has_text=word)
    expect(said).to_have_count(1)
    first = said.inner_text()
    expect(page.locator(".o-social-DeskSide")).to_contain_text("Influence")

    page.keyboard.press("r")
    expect(page.locator(".o-mail-Composer-input")).to_be_focused()
    page.keyboard.type("Thank you, jks: we look into it.")
    page.keyboard.press("Control+Enter")
    answer = page.locator(f"{THREAD} .o-mail-Message", has_text="jks: we look")
    expect(answer).to_have_count(1)
    expect(page.locator(ROW)).to_have_count(1)  # it waits for the customer now

    page.keyboard.press("s")
    expect(page.locator(".o_notification")).to_contain_text("Resolved")
    wait_for(lambda: said.count() == 1 and said.inner_text() != first)  # the next one
    expect(title).to_be_focused()

    of_channel = [("channel_id", "=", channel), ("name", "ilike", word)]
    states = desk.call("social.conversation", "search_read", of_channel, ["state"])
    assert sorted(c["state"] for c in states).count("solved") == 1
    desk.send()
    [sent] = desk.messages(channel, ("direction", "=", "outbound"))
    assert sent["delivery_state"] == "sent", sent

    page.keyboard.press("s")
    expect(page.locator(f"{DESK}-nothing")).to_contain_text("No results")


def test_posts_come_in_live(desk, snac, channel, agent_page, word):
    page = agent_page
    post(snac, desk, f"hello, my {word} makes noises. What can I do?")
    open_desk(page)
    search(page, word)
    expect(page.locator(ROW)).to_have_count(1)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator(f"{THREAD} .o-mail-Message", has_text=word)).to_have_count(1)
    post(snac, desk, f"and another one: the {word} smokes! Help!")
    expect(page.locator(ROW)).to_have_count(2)
    expect(page.locator(SAID)).to_have_text("1 new")
    # What was open stays open.
    expect(page.locator(THREAD)).to_contain_text("makes noises")
    # Somebody else solves it: it leaves.
    [conversation] = desk.call(
        "social.conversation", "search", [("name", "ilike", f"{word} smokes")]
    )
    desk.call("social.conversation", "action_solve", [conversation])
    expect(page.locator(ROW)).to_have_count(1)


def test_on_a_phone(desk, snac, channel, browser, server, agent, word):
    post(snac, desk, f"on my phone: {word} does not work, please help")
    context = browser.new_context(
        base_url=server.url,
        viewport={"width": 390, "height": 844},
        is_mobile=True,
        has_touch=True,
    )
    page = context.new_page()
    page.goto("/web/login")
    page.fill("input[name=login]", agent)
    page.fill("input[name=password]", agent)
    page.click("button[type=submit]")
    page.wait_for_selector(".o_main_navbar")
    open_desk(page)

    def no_wider_than_the_screen():
        width = page.evaluate("document.scrollingElement.scrollWidth")
        assert width <= 390, width

    page.fill(f"{DESK}-search", word)
    expect(page.locator(ROW)).to_have_count(1)
    no_wider_than_the_screen()
    axe.check(page, DESK)
    page.locator(ROW).tap()
    expect(page.locator(f"{THREAD} .o-mail-Message", has_text=word)).to_have_count(1)
    expect(page.locator(f"{DESK}-list")).to_be_hidden()
    no_wider_than_the_screen()
    axe.check(page, DESK)
    page.get_by_role("button", name="Customer").tap()
    expect(page.locator(".o-social-DeskSide")).to_be_visible()
    no_wider_than_the_screen()
    axe.check(page, DESK)
    page.get_by_role("button", name="Back").tap()
    page.get_by_role("button", name="Back to the list").tap()
    expect(page.locator(ROW)).to_be_visible()
    context.close()


def test_accessible(desk, snac, channel, agent_page, word):
    page = agent_page
    post(snac, desk, f"can you see my {word}? I wait for an answer!")
    open_desk(page)
    search(page, word)
    expect(page.locator(ROW)).to_have_count(1)
    page.get_by_role("button", name="Filters").click()
    axe.check(page, DESK)
    page.locator(ROW).click()
    expect(page.locator(f"{THREAD} .o-mail-Message", has_text=word)).to_have_count(1)
    expect(page.locator(".o-social-DeskSide")).to_contain_text("Influence")
    axe.check(page, DESK)
    page.locator(f"{DESK}-head h2").focus()
    page.keyboard.press("?")
    expect(page.locator(".o-social-DeskHelp")).to_be_visible()
    axe.check(page, ".modal-body")
    page.keyboard.press("Escape")
    nothing = f"nothing {word} at all"
    page.fill(f"{DESK}-search", nothing)
    expect(page.locator(f"{DESK}-nothing")).to_be_visible()
    axe.check(page, DESK)
