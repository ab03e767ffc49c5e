"""The scheduled jobs have stopped while pages still work: everybody sees it."""

from datetime import datetime, timedelta, timezone

from playwright.sync_api import expect

BANNER = ".o_social_jobs_banner"


def due(desk, moment):
    """Lets all of the add-ons' scheduled jobs be due at a moment."""
    jobs = desk.call("ir.cron", "search", [("cron_name", "like", "Social: ")])
    desk.call("ir.cron", "write", jobs, {"nextcall": moment.strftime("%F %T")})


def test_a_banner_on_every_page(desk, agent_page):
    desk.connect(name="Brand that hears nothing", network="sandbox")
    now = datetime.now(timezone.utc)
    agent_page.goto("/odoo/social")
    expect(agent_page.locator(".o_main_navbar")).to_be_visible()
    expect(agent_page.locator(BANNER)).to_have_count(0)
    try:
        due(desk, now - timedelta(hours=1))
        for path in ("/odoo/social", "/odoo/contacts"):
            agent_page.goto(path)
            banner = agent_page.locator(BANNER)
            expect(banner).to_contain_text("No posts have been fetched since")
            expect(banner).to_contain_text("No replies have been sent since")
    finally:
        due(desk, now + timedelta(days=1))
    agent_page.goto("/odoo/social")
    expect(agent_page.locator(".o_main_navbar")).to_be_visible()
    expect(agent_page.locator(BANNER)).to_have_count(0)
