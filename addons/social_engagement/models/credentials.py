"""What each network calls the data an account is connected with, and where they are
found: the words of the connection wizard and of a channel's form.
"""

from lxml import etree

from odoo.tools import LazyTranslate

from .. import networks

_lt = LazyTranslate(__name__)

# Network: field: label, help, hint (what one looks like; never translated). Where one
# can sign in as well, "token:" in front of a field is for connecting with a token, and
# "form:" for a channel's form, where both meet.
_APP_ID = _lt("App ID")
_APP_SECRET = _lt("App Secret")
_CLIENT_ID = _lt("Client ID")
_CLIENT_SECRET = _lt("Client Secret")
_META_APP = _lt("On developers.facebook.com: My Apps › your app › App settings › Basic")
_FOR_LIVE = _lt("Needed for live delivery only")
_BESIDE = _lt("Shown next to the ID")
_REDDIT_APP = _lt(
    "On reddit.com/prefs/apps create an app of the type “web app”. The ID is the line "
    "below its name."
)
_GOOGLE_APP = _lt(
    "On console.cloud.google.com enable YouTube Data API v3, then go to Credentials › "
    "Create credentials › OAuth client ID › Web application."
)
WORDS = {
    "bluesky": {
        "base_url": (
            _lt("Server"),
            _lt("Change it only if your account is on a server of its own."),
            "https://bsky.social",
        ),
        "username": (_lt("Handle"), "", "brand.bsky.social"),
        "secret": (
            _lt("App Password"),
            _lt("In Bluesky: Settings › Privacy and security › App passwords"),
            "xxxx-xxxx-xxxx-xxxx",
        ),
    },
    "facebook": {
        "client_id": (_APP_ID, _META_APP, ""),
        "client_secret": (_APP_SECRET, _BESIDE, ""),
        "token:client_id": (_APP_ID, _FOR_LIVE, ""),
        "token:client_secret": (_APP_SECRET, _FOR_LIVE, ""),
        "token:secret": (
            _lt("Page Access Token"),
            _lt("For example, of a system user in Meta Business Suite"),
            "",
        ),
    },
    "instagram": {
        "client_id": (_APP_ID, _META_APP, ""),
        "client_secret": (_APP_SECRET, _BESIDE, ""),
        "token:client_id": (_APP_ID, _FOR_LIVE, ""),
        "token:client_secret": (_APP_SECRET, _FOR_LIVE, ""),
        "token:secret": (
            _lt("Page Access Token"),
            _lt("Of the Facebook page linked to your Instagram account"),
            "",
        ),
    },
    "mastodon": {
        "base_url": (
            _lt("Server"),
            _lt("The part after the second @ of your handle"),
            "mastodon.social",
        ),
        "token:secret": (
            _lt("Access Token"),
            _lt(
                "On your server: Preferences › Development › New application, with the "
                "scopes read and write"
            ),
            "",
        ),
    },
    "reddit": {
        "client_id": (_CLIENT_ID, _REDDIT_APP, ""),
        "client_secret": (_lt("Secret"), _lt("Shown below the ID"), ""),
    },
    "rss": {
        "base_url": (
            _lt("Feed Address"),
            _lt("The address of the feed itself, not of the website"),
            "https://example.com/feed.xml",
        ),
    },
    "telegram": {
        "secret": (
            _lt("Bot Token"),
            _lt(
                "Send /newbot to @BotFather in Telegram, or /token for a bot you have."
            ),
            "123456789:AAE…",
        ),
    },
    "weibo": {
        "client_id": (
            "App Key",
            _lt("On open.weibo.com: 我的应用 (My Apps) › 应用信息 (App Info)"),
            "",
        ),
        "client_secret": ("App Secret", _lt("Shown next to the App Key"), ""),
        "username": (
            _lt("Public IP Address"),
            _lt(
                "The address of this Odoo server, which Weibo asks for with each reply"
            ),
            "203.0.113.7",
        ),
    },
    "wordpress": {
        "base_url": (_lt("Site Address"), "", "https://blog.example.com"),
        "username": (
            _lt("Username"),
            _lt("A user who can moderate comments"),
            "",
        ),
        "secret": (
            _lt("Application Password"),
            _lt("On your site: Users › Profile › Application Passwords"),
            "xxxx xxxx xxxx xxxx xxxx xxxx",
        ),
    },
    "x": {
        "client_id": (
            _CLIENT_ID,
            _lt("On console.x.com: Apps › your app › OAuth 2.0 keys"),
            "",
        ),
        "client_secret": (_CLIENT_SECRET, _BESIDE, ""),
        "token:client_id": (
            _lt("API Key"),
            _lt("On console.x.com: Apps › your app › OAuth 1.0 keys"),
            "",
        ),
        "token:client_secret": (_lt("API Key Secret"), "", ""),
        "token:username": (
            _lt("Access Token"),
            _lt("Of the account itself, with permission to read and write"),
            "",
        ),
        "token:secret": (_lt("Access Token Secret"), "", ""),
        "form:username": (
            _lt("API Key or Access Token"),
            _lt(
                "If you sign in: the API key, for live delivery. Otherwise: the token."
            ),
            "",
        ),
        "form:secret": (_lt("API Key Secret or Access Token Secret"), "", ""),
    },
    "youtube": {
        "client_id": (_CLIENT_ID, _GOOGLE_APP, ""),
        "client_secret": (_CLIENT_SECRET, _BESIDE, ""),
    },
}
# From top to bottom.
ORDER = ("base_url", "client_id", "client_secret", "username", "secret")
_HIDDEN = {"secret", "client_secret"}


def asked(adapter, way=""):
    """The fields that connecting an account needs, in their order.

    :param adapter: a class of :mod:`..networks`
    :param way: "" (as the network wants it: by signing in where that is possible),
        "token", or "form" for all there are
    """
    wanted = {c.name for c in adapter.credentials}
    if adapter.sign_in and not way:  # the app, where we don't register it ourselves
        wanted -= {"secret", *_only_with_token(adapter)}
    if adapter.name == "sandbox":
        return []
    if adapter.own_server or not adapter.base_url or way == "form":
        wanted.add("base_url")
    return [name for name in ORDER if name in wanted]


def needed(adapter, way=""):
    """Those of :func:`asked` that nothing goes without. Where a token is entered, the
    app of Meta is needed for live delivery only.
    """
    names = asked(adapter, way)
    optional = way == "token" and adapter.name != "x"
    return [n for n in names if not (optional and n.startswith("client_"))]


def words(env, adapter, name, way=""):
    """What a network calls one of the fields: label, help and hint, in the user's
    language. An adapter of another add-on brings its own.
    """
    table = WORDS.get(adapter.name, {})
    keys = {"token": ["token:"], "form": ["form:", "", "token:"]}.get(way, [])
    found = next((table[k + name] for k in [*keys, ""] if k + name in table), None)
    if found:
        label, about, hint = found
        return _said(env, label), _said(env, about), hint
    if name == "base_url":
        return env._("Server"), "", ""
    known = {c.name: (c.label, c.help) for c in adapter.credentials}
    return *known.get(name, (name, "")), ""


def named(env, adapter, way=""):
    """All that an account is connected with: “Handle, App Password”."""
    return ", ".join(words(env, adapter, name, way)[0] for name in asked(adapter, way))


def fill(env, arch, conditions, groups=None):
    """Puts the fields of every network into a form, with the words of each, in place of
    ``<div name="credentials"/>``.

    :param conditions: when the fields of a way are shown, by way
    :param groups: who sees a field: groups by its name
    """
    for place in arch.xpath("//div[@name='credentials']"):
        for network in networks.names():
            adapter = networks.get(network)
            for node in _nodes(env, adapter, conditions, groups or {}):
                place.addprevious(node)
        place.getparent().remove(place)
    return arch


def _only_with_token(adapter):
    """What is no part of signing in, though it is no token either."""
    table = WORDS.get(adapter.name, {})
    return {name for name in ORDER if name not in table and f"token:{name}" in table}


def _said(env, text):
    return text if isinstance(text, str) else env._(text)


def _nodes(env, adapter, conditions, groups):
    for name in ORDER:
        shown: dict[tuple, list[str]] = {}  # the same words in both ways: one field
        for way, condition in conditions.items():
            if name in asked(adapter, way) and (adapter.sign_in or way != "token"):
                said = words(env, adapter, name, way)
                shown.setdefault(said, []).append(f"({condition})")
        for number, (said, ways) in enumerate(shown.items()):
            when = f"network == '{adapter.name}' and ({' or '.join(ways)})"
            identifier = f"{adapter.name}_{name}_{number}"
            nodes = list(_field(env, name, identifier, said, when, groups.get(name)))
            field = nodes[-1].find("field")
            if "form" not in conditions:  # the wizard: empty fields are to be seen
                field.set("class", "o_field_highlight")
            elif name == "base_url":
                field.set("required", when)
            yield from nodes


def _field(env, name, identifier, said, when, groups):
    """A label, and the field with its help below."""
    label, about, hint = said
    common = {"invisible": f"not ({when})"} | ({"groups": groups} if groups else {})
    yield etree.Element("label", {"for": identifier, "string": label, **common})
    box = etree.Element("div", common)
    field = etree.SubElement(box, "field", name=name, id=identifier, nolabel="1")
    field.set("autocomplete", "new-password" if name in _HIDDEN else "off")
    if name in _HIDDEN:
        field.set("password", "True")
    if hint:
        field.set("placeholder", env._("e.g. %s", hint))
    if about:
        etree.SubElement(box, "div", {"class": "text-muted small"}).text = about
    yield box
