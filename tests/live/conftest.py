"""Real networks, and the adapters as plain Python, without Odoo."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "addons/social_engagement"))

from peers import Atproto, Snac, WordPress  # noqa: E402


@pytest.fixture(scope="session")
def snac():
    with Snac() as peer:
        yield peer


@pytest.fixture(scope="session")
def atproto():
    with Atproto() as peer:
        yield peer


@pytest.fixture(scope="session")
def wordpress():
    with WordPress() as peer:
        yield peer
