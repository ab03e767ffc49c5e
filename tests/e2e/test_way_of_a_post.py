"""The main job: a post on a real network becomes a ticket, and the agent's answer
stands under the post. Fans use clients that know nothing of this project."""

import re

from playwright.sync_api import expect

from waiting import wait_for

COMPLAINT = "my router has been dead for three days, when will you fix it?"
ANSWER = "Sorry about that! Please send us your customer number."


def work_the_ticket(page, desk, channel, network, author):
    """What the agent does, from the ticket to the answer."""
    [ticket] = [t for t in desk.tickets(channel) if COMPLAINT[:20] in t["name"]]
    assert ticket["user_id"] is False
    assert ticket["team_id"][1] == "Social media"

    page.goto(f"/odoo/helpdesk.ticket/{ticket['id']}")
    form = page.locator(".o_form_view")
    expect(form.locator("[name=social_text]")).to_contain_text(COMPLAINT)
    expect(form.locator("[name=social_profile_id]")).to_contain_text(author)
    expect(form.locator("[name=social_influence]")).to_have_text(re.compile(r"\d+"))
    page.get_by_role("tab", name="Routing").click()
    expect(form.locator("[name=routing_explanation]")).to_contain_text(
        "the rule “Needs an answer” matched first"
    )
    shown = page.locator(".o-mail-Chatter .o-mail-Message", has_text=COMPLAINT)
    expect(shown).to_have_count(1)

    page.get_by_role("button", name=f"Reply on {network}").click()
    page.locator(".o-mail-Composer-input").fill(ANSWER)
    page.locator(".o-mail-Composer-send").click()
    answer = page.locator(".o-mail-Chatter .o-mail-Message", has_text=ANSWER)
    expect(answer).to_have_count(1)
    desk.send()
    [sent] = desk.messages(channel, ("direction", "=", "outbound"))
    assert sent["delivery_state"] == "sent", sent
    expect(answer.locator(".o-mail-Message-notification .fa-check")).to_have_count(1)
    return sent


def nothing_doubles(desk, channel):
    assert len(desk.messages(channel, ("body", "ilike", COMPLAINT))) == 1
    before = desk.counts(channel)
    desk.listen()
    desk.send()
    assert desk.counts(channel) == before


def test_mastodon(desk, snac, agent_page):
    channel = desk.connect(
        name="Brand on Mastodon",
        network="mastodon",
        base_url=snac.url,
        secret=snac.brand.secret,
    )
    fan, brand = snac.client(snac.fan), snac.client(snac.brand)
    told = len(brand.notifications())  # by other stories
    post = fan.status_post(f"{snac.brand.mention} {COMPLAINT}")
    wait_for(lambda: len(brand.notifications()) > told)

    desk.listen()
    work_the_ticket(agent_page, desk, channel, "Mastodon", "fan")

    answers = wait_for(lambda: fan.status_context(post.id).descendants)
    assert [ANSWER in answer.content for answer in answers] == [True]
    assert answers[0].account.username == "brand"
    assert answers[0].in_reply_to_id == post.id
    nothing_doubles(desk, channel)


def test_bluesky(desk, atproto, agent_page):
    channel = desk.connect(
        name="Brand on Bluesky",
        network="bluesky",
        base_url=atproto.url,
        username=atproto.brand.username,
        secret=atproto.brand.secret,
    )
    fan, brand = atproto.client(atproto.fan), atproto.client(atproto.brand)
    post = fan.send_post(atproto.mention(atproto.brand, COMPLAINT))
    wait_for(lambda: brand.app.bsky.notification.list_notifications().notifications)

    desk.listen()
    work_the_ticket(agent_page, desk, channel, "Bluesky", "fan.test")

    replies = wait_for(lambda: fan.get_post_thread(post.uri).thread.replies)
    assert [reply.post.record.text for reply in replies] == [ANSWER]
    assert replies[0].post.author.handle == atproto.brand.username
    nothing_doubles(desk, channel)


def test_wordpress_article_is_read_only(desk, wordpress, agent_page):
    wordpress.publish("The brand we love", "<p>All about <b>their</b> new router.</p>")
    channel = desk.connect(name="A blog", network="rss", base_url=wordpress.feed)
    desk.listen()
    messages = desk.messages(channel, ("body", "ilike", "new router"))
    assert len(messages) == 1 and not messages[0]["answerable"]
    assert not desk.tickets(channel)
    before = desk.counts(channel)
    desk.listen()
    assert desk.counts(channel) == before

    conversation = messages[0]["conversation_id"][0]
    agent_page.goto(f"/odoo/social.conversation/{conversation}")
    agent_page.get_by_role("button", name="Reply on").click()
    expect(agent_page.locator(".o-social-Chatter-advice")).to_contain_text(
        "can only be read"
    )
    expect(agent_page.locator(".o-mail-Composer-input")).to_have_count(0)
