"""Where tests of the networks alone find them: without Odoo."""

import sys
from pathlib import Path

import pytest

from peers import Prism

sys.path.append(str(Path(__file__).parents[2] / "addons/social_engagement"))

from networks import get  # noqa: E402
from networks.base import Account  # noqa: E402

# needs a file that is not ours to pass on
collect_ignore = [] if Prism.description.exists() else ["test_x_schema.py"]


@pytest.fixture
def mastodon(snac):
    secret = snac.brand.secret
    return get("mastodon")(Account(snac.url, secret=secret, allow_private=True))


@pytest.fixture
def bluesky(atproto):
    brand = atproto.brand
    account = Account(atproto.url, brand.username, brand.secret, allow_private=True)
    return get("bluesky")(account)


@pytest.fixture
def comments(wordpress):
    secret = wordpress.application_password()
    account = Account(wordpress.url, "admin", secret, allow_private=True)
    adapter = get("wordpress")(account)
    account.external_id = adapter.verify().external_id
    return adapter
