"""Accessibility, checked by axe-core inside our own parts of a page.

What Odoo itself draws inside them is left out by the list below, each with what is
wrong there. A new finding fails.
"""

from axe_playwright_python.sync_playwright import Axe

FAILING = ("critical", "serious")
#: Parts of Odoo's core inside our roots: selector → what axe finds there.
CORE_PARTS = {
    ".o_tag": "a tag has aria-selected, which its role does not allow",
    ".o-mail-DateSection": "the day is too pale",
    ".o-mail-Message-date": "the time is too pale",
    ".o-mail-Message-avatar": "the picture of the author has no alternative text",
    ".o-mail-Chatter-topbar .oi-search": "an image beside a label has no name",
    ".o-mail-Followers-button": "the image of the followers has no name",
}


def findings(page, *roots):
    """What axe finds that is critical or serious.

    :param roots: selectors of our own parts of the page, all of which must be there
    :return: list of lines: impact, rule, where
    """
    for root in roots:
        assert page.locator(root).count(), f"there is no {root} to look at"
    context = {
        "include": [[root] for root in roots],
        "exclude": [[selector] for selector in CORE_PARTS],
    }
    found = Axe().run(page, context=context).response["violations"]
    return [
        f"{violation['impact']}: {violation['id']} at {node['target']}: "
        f"{node.get('failureSummary', '')}"
        for violation in found
        if violation["impact"] in FAILING
        for node in violation["nodes"]
    ]


def check(page, *roots):
    """Fails when axe finds something critical or serious in these parts of a page."""
    found = findings(page, *roots)
    assert not found, "\n".join(found)
