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
        [user] = desk.call("res.users", "search", [("login", "=", agent)])
        [partner] = desk.call("res.users", "read", [user], ["partner_id"])
        for ticket in desk.tickets(channel):
            # by e-mail, then in the inbox: colleagues are told of further posts
            for kind, number in (("email", 4), ("inbox", 5)):
                desk.call("res.users", "write", [user], {"notification_type": kind})
                desk.call(
                    "helpdesk.ticket",
                    "message_subscribe",
                    [ticket["id"]],
                    [partner["partner_id"][0]],
                )
                further = post(number, "And when will it come?")
                further["status"]["in_reply_to_id"] = "s1"
                for author in (further["account"], further["status"]["account"]):
                    author |= {**told[0]["account"], "display_name": NAME}
                told.append(further)
                desk.listen()
        yield channel
    desk.call("res.users", "write", [user], {"notification_type": "email"})


def records(desk, channel):
    conversations = desk.call(
        "social.conversation",
        "search_read",
        [("channel_id", "=", channel)],
        ["ticket_id", "lead_id", "profile_id"],
        order="id",
    )
    [ticket] = {c["ticket_id"][0] for c in conversations if c["ticket_id"]}
    [lead] = {c["lead_id"][0] for c in conversations if c["lead_id"]}
    [watched] = [c for c in conversations if not c["ticket_id"] and not c["lead_id"]]
    [message] = [m["id"] for m in desk.messages(channel)][:1]
    return ticket, lead, watched, message


def harmless(page):
    """Nothing ran, nothing was made of markup, nothing is wider than the page."""
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
    turned = page.evaluate(
        "/[\\u202a-\\u202e\\u2066-\\u2069]/.test("
        "[...document.querySelectorAll('.o_content, .o_control_panel')]"
        ".map(e => e.innerText).join(' '))"
    )
    return turned


@pytest.mark.parametrize("size", VIEWPORTS)
def test_everywhere_it_appears(desk, channel, browser, server, agent, size, tmp_path):
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
    ticket, lead, watched, message = records(desk, channel)
    places = {
        "conversations": "/odoo/action-social_engagement.social_conversation_action",
        "conversation": f"/odoo/social.conversation/{watched['id']}",
        "messages": "/odoo/action-social_engagement.social_message_action",
        "message": f"/odoo/social.message/{message}",
        "profiles": "/odoo/action-social_engagement.social_profile_action",
        "profile": f"/odoo/social.profile/{watched['profile_id'][0]}",
        "tickets": "/odoo/helpdesk.ticket",
        "ticket": f"/odoo/helpdesk.ticket/{ticket}",
        "leads": "/odoo/crm.lead",
        "lead": f"/odoo/crm.lead/{lead}",
        "decisions": "/odoo/action-social_routing.social_routing_case_action",
        "figures": "/odoo/action-social_routing.social_report_action",
    }
    for name, place in places.items():
        page.goto(place)
        page.wait_for_selector(".o_view_controller, .o_form_view, .o_action")
        page.wait_for_load_state("networkidle")
        turned = harmless(page)
        assert not turned or name == "message", name
        views = page.locator(".o_cp_switch_buttons .o_switch_view.o_kanban")
        if views.count() and views.first.is_visible():
            views.first.click()
            page.wait_for_selector(".o_kanban_renderer")
            harmless(page)
    for name in ("ticket", "lead", "conversation"):
        page.goto(places[name])
        page.wait_for_selector(".o_form_view")
        if name == "conversation":
            continue
        shown = page.locator(".o-mail-Chatter .o_social_post").first
        expect(shown).to_contain_text("<script>window.harmed")
        expect(shown).to_contain_text("<img src=harm")
        expect(shown).to_contain_text(
            "https://bank.example (https://evil.example/login)"
        )
        expect(shown).to_contain_text("[evil.example]")
        expect(shown).to_contain_text("xn--")
        expect(shown).to_contain_text("أين طلبي")
        expect(shown).to_contain_text(WORD[:100])
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
    agent_page.locator(
        ".o_menu_systray .o-mail-DiscussSystray-class, .o_menu_systray i.fa-comments"
    ).first.click()
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
