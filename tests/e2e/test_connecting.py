"""An administrator connects accounts in the browser: by signing in, by a password."""

from playwright.sync_api import expect


def open_wizard(page, network):
    page.goto("/odoo/action-social_engagement.social_channel_action")
    page.get_by_role("button", name="Connect a channel").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(network, exact=True).first.click()
    expect(dialog).to_contain_text("Reads")
    dialog.get_by_role("button", name="Next").click()
    expect(dialog.get_by_role("button", name="Cancel")).to_be_visible()
    return dialog


def state_of(desk, network, handle):
    found = desk.call(
        "social.channel",
        "search_read",
        [("network", "=", network), ("account_handle", "ilike", handle)],
        ["state", "name", "feed_ids"],
        order="id desc",
        limit=1,
    )
    return found[0] if found else {}


def test_mastodon_signs_in_at_its_own_page(desk, snac, page):
    dialog = open_wizard(page, "Mastodon")
    dialog.locator("[name=base_url] input").fill(snac.url)
    dialog.get_by_role("button", name="Sign in").click()

    page.wait_for_selector("input[name=login]")
    assert page.url.startswith(snac.url), "the password is typed at the network only"
    page.fill("input[name=login]", "brand")
    page.fill("input[name=passwd]", snac.facts["users"]["brand"])
    page.locator("input[type=submit]").click()

    page.wait_for_selector(".o_form_view", timeout=90_000)  # Odoo loads anew
    expect(page.locator(".o_form_view")).to_contain_text("Connected")
    expect(page.locator("[name=account_handle]").first).to_contain_text("brand")
    channel = state_of(desk, "mastodon", "brand")
    assert channel["state"] == "connected" and channel["feed_ids"]

    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("Read mentions")
    expect(page.get_by_role("dialog")).to_contain_text("Works")


def test_mastodon_says_when_somebody_comes_back_with_a_wrong_state(desk, snac, page):
    answer = page.goto("/social_engagement/oauth?state=forged&code=stolen")
    assert answer.status == 400
    expect(page.locator("body")).to_contain_text("Nothing was changed")


def test_bluesky_takes_an_app_password(desk, atproto, page):
    member = atproto.add("newcomer")
    dialog = open_wizard(page, "Bluesky")
    dialog.locator("[name=username] input").fill(member.username)
    dialog.locator("[name=secret] input").fill("not-the-password")
    dialog.locator("[name=base_url] input").fill(atproto.url)
    dialog.get_by_role("button", name="Connect").click()
    alert = page.locator(".o_error_dialog, .modal:has-text('could not be connected')")
    expect(alert.last).to_contain_text("could not be connected")
    alert.last.get_by_role("button", name="Close").last.click()

    dialog.locator("[name=secret] input").fill(member.secret)
    dialog.get_by_role("button", name="Connect").click()
    expect(page.locator(".o_form_view [name=account_handle]").first).to_contain_text(
        "newcomer"
    )
    assert state_of(desk, "bluesky", "newcomer")["state"] == "connected"
