"""The networks this add-on speaks, each in a file of its own.

``get("mastodon")`` gives the adapter's class; :mod:`.base` is the contract. Another
add-on adds a network by decorating its adapter with :func:`register`.
"""

from .base import Adapter

_adapters: dict[str, type[Adapter]] = {}


def register(adapter: type[Adapter]) -> type[Adapter]:
    """Class decorator: makes an adapter known under its ``name``."""
    _adapters[adapter.name] = adapter
    return adapter


def get(name: str) -> type[Adapter]:
    """The adapter class of a network.

    :raises KeyError: no such network is installed
    """
    return _adapters[name]


def names() -> list[str]:
    """All known networks."""
    return list(_adapters)


# each registers itself
from . import (  # noqa: E402
    bluesky,
    facebook,
    instagram,
    mastodon,
    reddit,
    rss,
    sandbox,
    telegram,
    weibo,
    wordpress,
    x,
    youtube,
)
