import json
import re

from odoo.tests import BaseCase, tagged
from odoo.tools import file_open

from .. import networks

EXAMPLES = "social_engagement/static/tests/length_examples.js"


@tagged("post_install", "-at_install")
class TestLengths(BaseCase):
    """The server counts as the browser does: HOOT reads the same examples."""

    def examples(self):
        with file_open(EXAMPLES) as file:
            table = file.read().partition("=")[2].strip().rstrip(";")
        return json.loads(re.sub(r",\s*\]", "]", table))

    def test_every_network_counts_as_it_says(self):
        counted = set()
        for name in networks.names():
            adapter = networks.get(name)
            for counting, text, length in self.examples():
                if counting == adapter.counting and adapter.can_reply:
                    self.assertEqual(adapter.length(text), length, (name, text))
                    counted.add(counting)
        self.assertLessEqual({"characters", "graphemes", "mastodon"}, counted)
