from odoo.tests import BaseCase

from ..networks.payload import Fields
from ..networks.statuses import LONGEST_ABOUT, as_author
from ..networks.x_posts import author_of


class TestAbout(BaseCase):
    """How authors describe themselves: what links to contacts are found by."""

    ACCOUNT = {"acct": "ann@m.example", "url": "https://m.example/@ann"}

    def test_mastodon_description_and_links(self):
        rows = [{"name": "Shop", "value": '<a href="https://shop.example">shop</a>'}]
        note = "<p>I <b>sell</b> tea</p>"
        about = as_author(Fields({**self.ACCOUNT, "note": note, "fields": rows})).about
        self.assertIn("I sell tea", about)
        self.assertIn("https://shop.example", about)
        self.assertNotIn("<", about)

    def test_mastodon_bad_input(self):
        for bad in ({"note": 7}, {"fields": "x"}, {"fields": [None, {"name": []}]}):
            self.assertEqual(as_author(Fields({**self.ACCOUNT, **bad})).about, "")
        long = as_author(Fields({**self.ACCOUNT, "note": "a " * 9000})).about
        self.assertEqual(len(long), LONGEST_ABOUT)

    def test_x(self):
        user = {"id": "1", "username": "ann"}
        self.assertIsNone(author_of(Fields(user)).about)
        told = author_of(Fields({**user, "description": "Tea", "location": "Bern"}))
        self.assertEqual((told.about, told.place), ("Tea", "Bern"))
