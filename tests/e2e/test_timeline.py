"""Who is this, and what has been between us: a stranger's post names an address that a
contact has; an agent decides that they are one, and reads the whole story in one place.
"""

import re

from playwright.sync_api import expect

from waiting import wait_for

MAIL = "carla.timeline@shop.example"
POST = f"my kettle whistles out of tune, can you help? write to {MAIL}"
NOTES = 40


def contact_with_history(desk):
    [partner] = desk.call(
        "res.partner", "create", [{"name": "Carla Kettle", "email": MAIL}]
    )
    desk.call(
        "res.partner",
        "message_post",
        [partner],
        body="My first letter about the kettle",
        message_type="email",
        author_id=partner,
        subtype_xmlid="mail.mt_comment",
    )
    for number in range(NOTES):
        desk.call(
            "res.partner",
            "message_post",
            [partner],
            body=f"Kettle note {number}",
            message_type="comment",
            subtype_xmlid="mail.mt_note",
        )
    return partner


def test_from_a_strangers_post_to_the_whole_story(desk, snac, agent_page):
    partner = contact_with_history(desk)
    channel = desk.connect(
        name="Brand for timelines",
        network="mastodon",
        base_url=snac.url,
        secret=snac.brand.secret,
    )
    fan, brand = snac.client(snac.fan), snac.client(snac.brand)
    told = len(brand.notifications())
    fan.status_post(f"{snac.brand.mention} {POST}")
    wait_for(lambda: len(brand.notifications()) > told)
    desk.listen()
    [post] = desk.messages(channel, ("body", "ilike", MAIL))
    profile = post["profile_id"][0]
    [conversation] = desk.call(
        "social.conversation", "read", [post["conversation_id"][0]], ["ticket_id"]
    )
    ticket = conversation["ticket_id"]
    desk.call("social.profile", "write", [profile], {"partner_id": False})

    # An agent asks, sees why, and decides.
    page = agent_page
    page.goto(f"/odoo/social.profile/{profile}")
    page.get_by_role("button", name="Find Contact").click()
    page.get_by_role("tab", name="Contact Matching").click()
    suggestion = page.locator(
        "[name=identity_ids] .o_data_row", has_text="Carla Kettle"
    )
    expect(suggestion).to_contain_text("c…@shop.example (A public post)")
    expect(suggestion).to_contain_text("Likely")
    suggestion.get_by_role("button", name="Same person").click()
    expect(suggestion).to_contain_text("Confirmed by Maria Agent")
    expect(page.get_by_role("combobox", name="Contact")).to_have_value("Carla Kettle")

    # E-mail, post and ticket are one story.
    page.goto(f"/odoo/res.partner/{partner}")
    page.get_by_role("tab", name="Timeline").click()
    story = page.locator(".o-social-Timeline")
    entries = story.get_by_role("article")
    expect(entries.filter(has_text="Kettle note").first).to_be_visible()
    # Channels of other stories hear the same account: there may be more than one.
    expect(story.locator("[data-kind=post]", has_text="whistles").first).to_be_visible()
    tickets = story.locator("[data-kind=ticket]", has_text="whistles")
    expect(tickets.first).to_be_visible()

    # It goes on as one reads on.
    for _page in range(40):
        story.locator(".o-social-Timeline-end").scroll_into_view_if_needed()
        if story.get_by_text("That is all.").count():
            break
        page.wait_for_timeout(300)
    expect(story.get_by_text("That is all.")).to_be_visible()
    expect(entries.filter(has_text="Kettle note")).to_have_count(NOTES)
    expect(story.locator("[data-kind=email]", has_text="first letter")).to_have_count(1)

    # Narrowed by kind and by words.
    # Tickets of other stories' channels, from the same post, send their own mails.
    story.get_by_label("Kind").select_option("email")
    expect(entries.filter(has_text="Kettle note")).to_have_count(0)
    expect(entries.filter(has_text="first letter")).to_have_count(1)
    expect(story.locator("[role=article]:not([data-kind=email])")).to_have_count(0)
    story.get_by_label("Kind").select_option("")
    story.get_by_label("Search in the timeline").fill("whistles")
    expect(entries.filter(has_text="Kettle note")).to_have_count(0)
    expect(story.locator("[data-kind=post]").first).to_contain_text("whistles")

    # And leads to the record.
    tickets.first.get_by_role("button", name=re.compile("^Open")).click()
    expect(page.locator(".o_form_view [name=number]")).to_contain_text("HT")

    # A decision can be taken back, and leaves nothing behind.
    page.goto(f"/odoo/social.profile/{profile}")
    page.get_by_role("tab", name="Contact Matching").click()
    suggestion.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Find Contact")).to_be_visible()
    expect(suggestion).to_contain_text("Suggested")
    timeline = desk.call("res.partner", "social_timeline", [partner], {"kind": "post"})
    assert timeline["entries"] == []
    [ticket] = desk.call("helpdesk.ticket", "read", [ticket[0]], ["partner_id"])
    assert ticket["partner_id"] is False
