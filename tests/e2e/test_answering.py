"""Answering: checks and preview before it, undo after it, and nothing that was typed
as a note ever becomes public. On real networks; fans use clients of their own.
"""

import re

from playwright.sync_api import expect

from waiting import wait_for

IBAN = "DE89 3704 0044 0532 0130 00"
DRAFT = "We will send you a new lamp"
COMPOSER = ".o-mail-Composer"
INPUT = f"{COMPOSER}-input"
SEND = f"{COMPOSER}-send"
CHECKS = ".o-social-AnswerChecks"


def open_ticket(page, desk, channel, words):
    [ticket] = [t for t in desk.tickets(channel) if words in t["name"]]
    page.goto(f"/odoo/helpdesk.ticket/{ticket['id']}")
    expect(
        page.locator(".o-mail-Chatter .o-mail-Message", has_text=words)
    ).to_have_count(1)
    return ticket["id"]


def check_before_sending(page, network, in_front):
    """What is blocked, what is warned of, and how it will stand."""
    page.get_by_role("button", name=f"Reply on {network}").click()
    expect(page.locator(f"{CHECKS}-summary")).to_contain_text("All checks passed")
    page.locator(INPUT).fill(f"The money went to {IBAN}.")
    blocked = page.locator(f"{CHECKS} [data-level=block]")
    expect(blocked).to_contain_text("Everyone could read a bank account")
    expect(blocked).to_contain_text("invite the customer to a private message")
    expect(page.locator(SEND)).to_be_disabled()
    page.locator(INPUT).press("Control+Enter")

    page.locator(INPUT).fill(DRAFT)
    warned = page.locator(f"{CHECKS} [data-rule=promise]")
    expect(warned).to_contain_text("“We will”")
    expect(blocked).to_have_count(0)
    page.get_by_role("button", name="Preview").click()
    preview = page.locator(".o-social-AnswerPreview-post")
    expect(preview).to_have_text(re.compile(rf"^{in_front}{DRAFT} \^MA$"))


def undo_and_send(page, desk, channel):
    outbound = ("direction", "=", "outbound")
    shown = page.locator(".o-mail-Chatter .o-mail-Message", has_text=DRAFT)
    page.locator(SEND).click()
    expect(shown).to_have_count(1)
    page.locator(".o-social-undo").get_by_role("button", name="Undo").click()
    expect(page.locator(INPUT)).to_have_value(DRAFT)
    expect(shown).to_have_count(0)
    assert not desk.messages(channel, outbound)
    desk.send()

    page.locator(SEND).click()
    expect(shown).to_have_count(1)
    desk.send()
    [waiting] = desk.messages(channel, outbound)
    assert waiting["delivery_state"] == "queued", "it can be undone still"
    let_go(page)
    desk.send()
    [sent] = desk.messages(channel, outbound)
    assert sent["delivery_state"] == "sent", sent
    assert sent["body"].endswith(f"{DRAFT} ^MA")


def let_go(page):
    """The notice that offers to undo is closed: nobody wants to."""
    with page.expect_response(lambda r: "/action_send_now" in r.url):
        page.locator(".o-social-undo .o_notification_close").click()


def note_stays_inside(page, desk, channel, ticket):
    """A note, and a note that claims to be something else."""
    before = desk.messages(channel, ("direction", "=", "outbound"))
    page.get_by_role("button", name="Log note").click()
    expect(page.locator(INPUT)).to_have_value("")
    page.locator(INPUT).fill("Between us: a difficult one")
    page.get_by_role("button", name="Reply on").click()
    expect(page.locator(".o-social-Composer-visibility")).to_be_visible()
    expect(page.locator(INPUT)).to_have_value("")
    page.locator(INPUT).fill("A draft of an answer")
    page.wait_for_timeout(1000)  # drafts are kept a moment after typing
    page.reload()
    page.get_by_role("button", name="Reply on").click()
    expect(page.locator(INPUT)).to_have_value("A draft of an answer")
    page.locator(INPUT).fill("")
    page.get_by_role("button", name="Log note").click()
    expect(page.locator(INPUT)).to_have_value("Between us: a difficult one")
    page.locator(SEND).click()
    expect(page.locator(".o-mail-Message", has_text="Between us")).to_have_count(1)
    forged = page.evaluate(
        """async (ticket) => {
            const answer = await fetch("/mail/message/post", {
                method: "POST",
                headers: {"Content-Type": "application/json"},
                body: JSON.stringify({jsonrpc: "2.0", params: {
                    thread_model: "helpdesk.ticket", thread_id: ticket,
                    post_data: {
                        body: "Forged", message_type: "social",
                        subtype_xmlid: "social_engagement.mt_social",
                    },
                }}),
            });
            return answer.ok;
        }""",
        ticket,
    )
    assert forged
    desk.send()
    assert desk.messages(channel, ("direction", "=", "outbound")) == before


def a_colleague_was_faster(page, colleague, desk, channel, ticket):
    """Two answer the same ticket: the second is asked, and decides."""
    answers = len(desk.messages(channel, ("direction", "=", "outbound")))
    page.get_by_role("button", name="Reply on").click()
    page.locator(INPUT).fill("I take care of it")

    colleague.goto(f"/odoo/helpdesk.ticket/{ticket}")
    colleague.get_by_role("button", name="Reply on").click()
    colleague.locator(INPUT).fill("It is on its way, says the boss")
    colleague.locator(SEND).click()
    expect(colleague.locator(".o-social-undo")).to_be_visible()

    page.locator(SEND).click()
    question = page.locator(".modal")
    expect(question).to_contain_text("A colleague has answered meanwhile")
    expect(question).to_contain_text("It is on its way, says the boss")
    question.get_by_role("button", name="Look first").click()
    shown = page.locator(".o-mail-Message", has_text="says the boss")
    expect(shown).to_have_count(1)
    expect(page.locator(INPUT)).to_have_value("I take care of it")
    found = desk.messages(channel, ("direction", "=", "outbound"))
    assert len(found) == answers + 1, "the second was not sent"


def invite_to_private(page, desk, channel, brand_mention):
    """The customer is invited, which is counted. snac knows no direct messages: what
    follows an invitation is in the unit tests.
    """
    page.get_by_role("button", name="Reply on").click()
    page.get_by_role("button", name="Invite to a private message").click()
    invitation = re.compile(f"write to us in private.*: {brand_mention}")
    expect(page.locator(INPUT)).to_have_value(invitation)
    page.locator(SEND).click()
    let_go(page)
    desk.send()
    invited = ("channel_id", "=", channel), ("invited", "=", 1)
    assert desk.call("social.conversation", "search_count", list(invited)) == 1


def test_mastodon(desk, snac, agent_page):
    channel = desk.connect(
        name="Lamps on Mastodon",
        network="mastodon",
        base_url=snac.url,
        secret=snac.brand.secret,
        undo_seconds=60,
        signature="initials",
    )
    fan, brand = snac.client(snac.fan), snac.client(snac.brand)
    words = "my lamp arrived broken"
    post = fan.status_post(f"{snac.brand.mention} {words}, what can you do?")

    def arrived():
        found = brand.notifications()
        return any(words in n.status.content for n in found if n.get("status"))

    wait_for(arrived)
    desk.listen()
    ticket = open_ticket(agent_page, desk, channel, words)
    [fans] = desk.messages(channel, ("body", "ilike", words))
    check_before_sending(agent_page, "Mastodon", r"@fan\S* ")
    undo_and_send(agent_page, desk, channel)
    [answer] = wait_for(lambda: fan.status_context(post.id).descendants)
    assert DRAFT in answer.content
    note_stays_inside(agent_page, desk, channel, ticket)
    assert len(fan.status_context(post.id).descendants) == 1

    # the author is followed from the post's own menu
    shown = agent_page.locator(".o-mail-Chatter .o-mail-Message", has_text=words)
    shown.hover()
    shown.get_by_role("button", name="Follow the author").click()
    expect(shown.locator(".o-social-MessageOrigin-followed")).to_be_visible()
    desk.send()
    actions = desk.call(
        "social.action",
        "search_read",
        [("message_id", "=", fans["id"]), ("kind", "=", "follow")],
        ["state"],
    )
    assert [action["state"] for action in actions] == ["done"]
    invite_to_private(agent_page, desk, channel, snac.brand.mention)
    told = wait_for(lambda: fan.status_context(post.id).descendants[1:])
    assert "write to us in private" in told[0].content


def test_bluesky(desk, atproto, agent_page, page):
    channel = desk.connect(
        name="Lamps on Bluesky",
        network="bluesky",
        base_url=atproto.url,
        username=atproto.brand.username,
        secret=atproto.brand.secret,
        undo_seconds=60,
        signature="initials",
    )
    fan, brand = atproto.client(atproto.fan), atproto.client(atproto.brand)
    words = "my lamp flickers"
    text = f"{words} all night, what can you do?"
    post = fan.send_post(atproto.mention(atproto.brand, text))

    def arrived():
        found = brand.app.bsky.notification.list_notifications().notifications
        return any(words in getattr(n.record, "text", "") for n in found)

    wait_for(arrived)
    desk.listen()
    ticket = open_ticket(agent_page, desk, channel, words)
    check_before_sending(agent_page, "Bluesky", "")
    undo_and_send(agent_page, desk, channel)
    replies = wait_for(lambda: fan.get_post_thread(post.uri).thread.replies)
    assert [reply.post.record.text for reply in replies] == [f"{DRAFT} ^MA"]
    note_stays_inside(agent_page, desk, channel, ticket)
    a_colleague_was_faster(agent_page, page, desk, channel, ticket)

    [fans] = desk.messages(channel, ("body", "ilike", words))
    desk.call("social.message", "action_follow", [fans["id"]])
    desk.send()
    followers = wait_for(lambda: fan.get_followers(atproto.fan.username).followers)
    assert [follower.handle for follower in followers] == [atproto.brand.username]
