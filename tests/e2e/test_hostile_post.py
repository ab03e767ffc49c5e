"""A post made to do harm or to be illegible: shown harmlessly and legibly wherever it
appears."""

import html

import pytest
from playwright.sync_api import expect
from test_bad_input import connect_mastodon, mastodon, mention

from stub import Stub

RUN = "<script>window.harmed = 1; alert(1)</script>"
LOAD = "<img src=harm onerror='window.harmed = 2; alert(2)'>"
SVG = "<svg/onload=alert(3)>{{7*7}}<t t-out='7*7'/>%(x)s${7*7}"
WORD = "w" * 4000
EMOJI = "👩🏽‍🚀" * 500
TURNED = "\u202egnp.exe\u202c \u202eand all that follows"
ARABIC = "أين طلبي؟ " * 20
LINKS = (
    '<a href="https://evil.example/login">https://bank.example</a> '
    "https://bank.example@evil.example/ https://\u0430\u0440\u0440l\u0435.example/"
)
NAME = f"{LOAD}{TURNED}"[:200]
READY = ", ".join(
    (
        *(f".o_{view}_renderer" for view in ("list", "kanban", "form", "graph")),
        ".o_pivot",
        ".o_view_nocontent",
    )
)
VIEWPORTS = {"desktop": (1400, 900), "phone": (390, 844)}


def post(number, begins):
    """A mention of everything at once; the plain parts as HTML that says them."""
    content = "".join(
        f"<p>{part}</p>"
        for part in (
            begins,
            html.escape(f"{RUN} {LOAD} {SVG}"),
            LINKS,
            ARABIC,
            TURNED,
            EMOJI,
            WORD,
        )
    )
    told = mention(number, content)
    for author in (told["account"], told["status"]["account"]):
        author["display_name"] = NAME
    return told


@pytest.fixture(scope="module")
def channel(desk, agent):
    """A channel with hostile posts that became a ticket, a lead and a conversation."""
    told = [
        post(1, "Where is my order? It does not work!"),
        post(2, "What does it cost? I would like to buy ten of them."),
        post(3, "A nice shop, and sunny."),
    ]
    with Stub(mastodon(told)) as url:
        channel = connect_mastodon(desk, url, "Hostile")
        desk.listen()
        # whatever the rules say of such posts: people make more of them by hand
        begun = conversations(desk, channel)
        desk.call("social.conversation", "action_create_ticket", [begun["s1"]["id"]])
        desk.call("social.conversation", "action_create_lead", [begun["s2"]["id"]])
        ticket = conversations(desk, channel)["s1"]["ticket_id"][0]
        [user] = desk.call("res.users", "search", [("login", "=", agent)])
        [told_to] = desk.call("res.users", "read", [user], ["partner_id"])
        followers = [told_to["partner_id"][0]]
        desk.call("helpdesk.ticket", "message_subscribe", [ticket], followers)
        for kind, number in (("email", 4), ("inbox", 5)):
            desk.call("res.users", "write", [user], {"notification_type": kind})
            further = post(number, "And when will it come?")
            account = {**told[0]["account"]}
            further["account"] = further["status"]["account"] = account
            further["status"]["in_reply_to_id"] = "s1"
            told.append(further)
            desk.listen()
        yield channel
    desk.call("res.users", "write", [user], {"notification_type": "email"})


def conversations(desk, channel):
    """Thread → conversation."""
    fields = ["thread_key", "ticket_id", "lead_id", "profile_id"]
    own = [("channel_id", "=", channel)]
    found = desk.call("social.conversation", "search_read", own, fields)
    return {conversation["thread_key"]: conversation for conversation in found}


def harmless(page):
    """Nothing ran, nothing was made of markup, nothing is wider than the page.

    :return: whether marks that turn the text are on the page
    """
    assert page.evaluate("window.harmed") is None
    made = "img[src=harm], svg[onload], .o_action_manager script"
    assert page.locator(made).count() == 0
    wide = page.evaluate(
        "document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0, f"{wide} pixels wider than the page: {page.url}"
    for element in page.locator(
        ".o_social_post:visible, [name=social_text]:visible"
    ).all():
        assert element.evaluate("e => e.scrollWidth <= e.clientWidth + 1"), page.url
    return page.evaluate(
        "/[\\u202a-\\u202e\\u2066-\\u2069]/.test("
        "[...document.querySelectorAll('.o_content, .o_control_panel')]"
        ".map(e => e.innerText).join(' '))"
    )


@pytest.mark.parametrize("size", VIEWPORTS)
def test_everywhere_it_appears(desk, channel, browser, server, agent, size):
    width, height = VIEWPORTS[size]
    context = browser.new_context(
        base_url=server.url, viewport={"width": width, "height": height}
    )
    page = context.new_page()
    dialogs, errors = [], []
    page.on("dialog", lambda d: (dialogs.append(d.message), d.dismiss()))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/web/login")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", "admin")
    page.click("button[type=submit]")
    page.wait_for_selector(".o_main_navbar, .o_home_menu")
    begun = conversations(desk, channel)
    ticket, lead = begun["s1"]["ticket_id"][0], begun["s2"]["lead_id"][0]
    watched, message = begun["s3"], desk.messages(channel)[0]["id"]
    places = {
        "conversations": "/odoo/action-social_engagement.social_conversation_action",
        "conversation": f"/odoo/social.conversation/{watched['id']}",
        "messages": "/odoo/action-social_engagement.social_message_action",
        "message": f"/odoo/social.message/{message}",
        "profiles": "/odoo/action-social_engagement.social_profile_action",
        "profile": f"/odoo/social.profile/{watched['profile_id'][0]}",
        "tickets": "/odoo/action-helpdesk_mgmt.helpdesk_ticket_action",
        "ticket": f"/odoo/helpdesk.ticket/{ticket}",
        "leads": "/odoo/action-crm.crm_lead_all_leads",
        "lead": f"/odoo/crm.lead/{lead}",
        "decisions": "/odoo/action-social_routing.social_routing_case_action",
        "figures": "/odoo/action-social_routing.social_report_action",
    }
    for name, place in places.items():
        page.goto(place)
        expect(page.locator(READY).first).to_be_visible()
        assert not harmless(page) or name == "message", f"{name} turns the text"
        views = page.locator(".o_cp_switch_buttons .o_switch_view.o_kanban")
        if views.count() and views.first.is_visible():
            views.first.click()
            page.wait_for_selector(".o_kanban_renderer")
            harmless(page)
    for name, where in (
        ("ticket", ".o-mail-Chatter .o_social_post"),
        ("lead", "[name=description] .o_social_post"),
    ):
        page.goto(places[name])
        shown = page.locator(where).first
        expect(shown).to_contain_text("<script>window.harmed")
        text = shown.inner_text().replace("\ufeff", "")  # the editor's, around links
        for part in (
            "<img src=harm",
            "https://bank.example (https://evil.example/login)",
            "[evil.example]",
            "[xn--",
            ARABIC.split()[0],
            WORD,
        ):
            assert part in text, (name, part)
        assert shown.evaluate("e => getComputedStyle(e).unicodeBidi") == "isolate"
        for link in shown.locator("a").all():
            assert link.get_attribute("href").startswith("https://")
        harmless(page)
    assert not dialogs and not errors
    context.close()


def test_in_notices_and_e_mails(desk, channel, agent_page):
    dialogs = []
    agent_page.on("dialog", lambda d: (dialogs.append(d.message), d.dismiss()))
    agent_page.goto("/odoo/discuss?active_id=mail.box_inbox")
    expect(agent_page.locator(".o-mail-Message .o_social_post").first).to_be_visible()
    harmless(agent_page)
    agent_page.get_by_role("button", name="Messages").first.click()
    expect(agent_page.locator(".o-mail-NotificationItem").first).to_be_visible()
    harmless(agent_page)

    mails = desk.call(
        "mail.mail",
        "search_read",
        [("body_html", "ilike", "window.harmed")],
        ["body_html"],
    )
    assert mails, "colleagues are told by e-mail"
    for mail in mails:
        assert "<script" not in mail["body_html"]
        assert "<img src=harm" not in mail["body_html"]
        agent_page.goto("about:blank")
        agent_page.set_content(mail["body_html"])
        assert agent_page.evaluate("window.harmed") is None
        assert agent_page.locator("img[src=harm]").count() == 0
    assert not dialogs
