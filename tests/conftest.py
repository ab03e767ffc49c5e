"""Fixtures for tests/e2e and tests/live: networks, a running Odoo, and a browser."""

import shutil

import pytest

from ground import Server, fresh_database
from peers import Atproto, Prism, Snac, Telegram, WordPress


@pytest.fixture(scope="session")
def snac():
    with Snac() as peer:
        yield peer


@pytest.fixture(scope="session")
def atproto():
    with Atproto() as peer:
        yield peer


@pytest.fixture(scope="session")
def telegram():
    with Telegram() as peer:
        yield peer


@pytest.fixture(scope="session")
def wordpress():
    with WordPress() as peer:
        yield peer


@pytest.fixture(scope="session")
def prism():
    with Prism() as peer:
        yield peer


@pytest.fixture(scope="session")
def server():
    """Odoo with both add-ons and demo data, in a database of this run's own."""
    with fresh_database() as name, Server(name) as running:
        yield running


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    names = ("google-chrome", "chromium", "chromium-browser")
    path = next(filter(None, map(shutil.which, names)), None)
    assert path, "no Chromium here: script/bootstrap chromium installs it"
    quiet = ["background-networking", "component-update", "sync"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", *(f"--disable-{q}" for q in quiet)],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, server):
    """A page logged in as the administrator."""
    context = browser.new_context(
        base_url=server.url, viewport={"width": 1366, "height": 900}
    )
    page = context.new_page()
    page.goto("/web/login")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", "admin")
    page.click("button[type=submit]")
    page.wait_for_selector(".o_main_navbar, .o_home_menu")
    yield page
    context.close()
