"""A manager writes a rule, tries it on last month, publishes it; the next post is
routed by it, and the agent reads why. Fans use a client that knows nothing of this."""

import pytest
from playwright.sync_api import expect

from waiting import wait_for

REMARK = "the new shop of yours smells of paint"
AGAIN = "and today it smells of paint again"
RULE = "Shops that smell"


def post(snac, text):
    fan, brand = snac.client(snac.fan), snac.client(snac.brand)
    before = len(brand.notifications())
    status = fan.status_post(f"{snac.brand.mention} {text}")
    wait_for(lambda: len(brand.notifications()) > before)
    return status


@pytest.fixture(autouse=True)
def rules_as_before(desk):
    """Other stories are routed by the rules that ship."""
    yield
    ours = desk.call("social.routing.rule", "search", [("name", "=", RULE)])
    desk.call("social.routing.rule", "write", ours, {"active": False})


def write_rule(desk, page):
    """A rule with Odoo's own domain editor: the text contains “paint”."""
    page.get_by_role("button", name="Rules of the draft").click()
    expect(page.get_by_text("Needs an answer")).to_be_visible()
    page.get_by_role("button", name="New", exact=True).first.click()
    page.locator("[name=name] input, [name=name] textarea").first.fill(RULE)
    condition = page.locator(".o_field_widget[name=condition]")
    condition.get_by_role("button", name="New Rule").click()
    condition.locator(".o_model_field_selector").click()
    popover = page.locator(".o_model_field_selector_popover")
    popover.locator("input").fill("Text")
    popover.get_by_role("button", name="Text", exact=True).click()
    condition.locator("select").last.select_option(label="contains")
    for _attempt in range(5):  # the editor draws itself anew while one types
        condition.locator(".o_tree_editor_editor input").last.fill("paint")
        condition.locator(".o_tree_editor_editor input").last.press("Tab")
        page.wait_for_timeout(1000)
        page.locator(".o_form_button_save").click(force=True)
        expect(page.locator(".o_form_status_indicator_buttons")).to_be_hidden()
        [rule] = desk.call(
            "social.routing.rule", "search_read", [("name", "=", RULE)], ["condition"]
        )
        if "paint" in rule["condition"]:
            return
    raise AssertionError(rule)


def about_paint(desk, channel):
    """The tickets of this story: the account hears what other stories say, too."""
    return [t for t in desk.tickets(channel) if "smells of paint" in t["name"]]


def test_a_rule_is_tried_and_published(desk, snac, page, agent_page):
    channel = desk.connect(
        name="Brand on Mastodon",
        network="mastodon",
        base_url=snac.url,
        secret=snac.brand.secret,
    )
    post(snac, REMARK)
    desk.listen()
    assert desk.messages(channel, ("body", "ilike", REMARK))
    assert not about_paint(desk, channel)

    page.goto("/odoo/action-social_routing.social_routing_replay_action/new")
    page.locator("[name=name] input").fill("About paint")
    page.locator(".o_form_button_save").click()
    write_rule(desk, page)
    page.get_by_role("link", name="About paint").first.click()
    page.get_by_role("button", name="Replay", exact=True).click()
    expect(page.locator(".o-social-ReplayProgress")).to_be_visible()
    desk.server.run_job("social_routing.cron_replay")
    report = page.locator("[name=report]")
    expect(report).to_contain_text("would come out differently", timeout=15000)
    expect(report).to_contain_text("Ticket: Social media")
    assert not about_paint(desk, channel), "nothing is switched on by trying"

    page.get_by_role("button", name="Would change").click()
    page.locator(".o_data_row", has_text="smells of paint").first.click()
    expect(page.locator("[name=before_explanation]")).to_contain_text("Watch only")
    expect(page.locator("[name=after_explanation]")).to_contain_text(RULE)
    page.get_by_role("link", name="About paint").first.click()
    page.get_by_role("button", name="Publish").click()
    page.locator(".modal").get_by_role("button", name="Ok").click()
    expect(page.get_by_role("button", name="Publish")).to_have_count(0)

    post(snac, AGAIN)
    desk.listen()
    [ticket] = about_paint(desk, channel)
    agent_page.goto(f"/odoo/helpdesk.ticket/{ticket['id']}")
    agent_page.get_by_role("tab", name="Routing").click()
    why = agent_page.locator("[name=routing_explanation]")
    expect(why).to_contain_text(f"the rule “{RULE}” matched first")


def test_who_wants_to_buy_is_answered_from_the_lead(desk, snac, page):
    channel = desk.connect(
        name="Sales on Mastodon",
        network="mastodon",
        base_url=snac.url,
        secret=snac.brand.secret,
    )
    fan = snac.client(snac.fan)
    asked = post(snac, "how much is the red one, please? Any discount?")
    desk.listen()
    [message] = desk.messages(channel, ("body", "ilike", "the red one"))
    [lead] = desk.call(
        "crm.lead",
        "search_read",
        [("conversation_ids", "=", message["conversation_id"][0])],
        ["source_id", "medium_id"],
    )
    assert lead["source_id"][1] == "Social" and lead["medium_id"][1] == "Mastodon"

    page.goto(f"/odoo/crm.lead/{lead['id']}")
    expect(page.locator("[name=social_text]")).to_contain_text("the red one")
    page.get_by_role("button", name="Reply on Mastodon").click()
    page.locator(".o-mail-Composer-input").fill("Ten, and nine for you.")
    page.locator(".o-mail-Composer-send").click()
    shown = page.locator(".o-mail-Chatter .o-mail-Message", has_text="nine for you")
    expect(shown).to_have_count(1)
    desk.send()
    answers = wait_for(lambda: fan.status_context(asked.id).descendants)
    assert ["nine for you" in answer.content for answer in answers] == [True]


def test_right_now_and_figures(desk, page):
    number = desk.call("helpdesk.ticket", "search_count", [("closed", "=", False)])
    if not number:
        desk.call("helpdesk.ticket", "create", [{"name": "Help", "description": "?"}])
    page.goto("/odoo/action-social_routing.social_dashboard_action")
    teams = page.locator(".o-social-Dashboard section")
    expect(teams.first).to_be_visible()
    teams.first.locator("[data-tile=open]").click()
    expect(page.locator(".o_list_view .o_data_row").first).to_be_visible()
    page.go_back()
    expect(teams.first).to_be_visible()
    page.goto("/odoo/action-social_routing.social_report_action")
    expect(page.locator(".o_pivot table")).to_be_visible()
