from odoo.tests import BaseCase, tagged
from odoo.tools import SQL

from ..models.searching import bearing, folded, literal
from .common import SocialCase


@tagged("post_install", "-at_install")
class TestFolded(BaseCase):
    def test_the_same_however_it_was_typed(self):
        for typed, same in (
            ("It doesn’t work", "it doesn't work"),
            ("two  spaces\u00a0and\n lines", "two spaces and lines"),
            ("ＦＵＬＬ　ｗｉｄｔｈ１２３", "full width123"),
            ("Cafe\u0301", "caf\u00e9"),
            ("“quoted” – «so»", '"quoted" - "so"'),
            ("soft\u00adhyphen", "softhyphen"),
            ("カメラ", "ｶﾒﾗ"),
        ):
            with self.subTest(typed):
                self.assertEqual(folded(typed), folded(same))

    def test_signs_of_patterns_are_themselves(self):
        self.assertEqual(literal("100% a_b \\"), "100\\% a\\_b \\\\")


class TestSearching(SocialCase):
    def found(self, text):
        """The texts of the conversations that the desk finds."""
        model = self.env["social.conversation"].with_user(self.agent)
        rows = model.waiting_page({"box": "todo", "text": text})["rows"]
        rows += model.waiting_page({"box": "done", "text": text})["rows"]
        return {row["text"] for row in rows}

    def post(self, *texts, **values):
        for number, text in enumerate(texts):
            self.receive(self.payload(text, handle=f"@{number}", **values))

    def test_however_it_was_typed(self):
        self.post(
            "It doesn’t work",
            "Two  spaces\u00a0here",
            "ＦＵＬＬ width",
            "Cafe\u0301 closed",
        )
        for typed, found in (
            ("doesn't work", "It doesn’t work"),
            ("DOESN’T  work", "It doesn’t work"),
            ("two spaces here", "Two spaces here"),
            ("full width", "ＦＵＬＬ width"),
            ("ｆｕｌｌ　ｗｉｄｔｈ", "ＦＵＬＬ width"),
            ("caf\u00e9", "Cafe\u0301 closed"),
        ):
            with self.subTest(typed):
                self.assertEqual(self.found(typed), {found})

    def test_what_it_says_is_looked_for(self):
        self.post("I pay 100% of it", "snake a_b", "axb and 1000", "back\\slash")
        for typed, found in (
            ("100%", {"I pay 100% of it"}),
            ("%", {"I pay 100% of it"}),
            ("a_b", {"snake a_b"}),
            ("_", {"snake a_b"}),
            ("\\", {"back\\slash"}),
        ):
            with self.subTest(typed):
                self.assertEqual(self.found(typed), found)
                posts = self.env["social.message"].search(
                    [("bearing_text", "ilike", typed)]
                )
                self.assertEqual(set(posts.mapped("body")), found)

    def test_authors(self):
        self.receive(
            self.payload(
                "Hi", handle="@a_b", author={"handle": "@a_b", "name": "Anne  O’Neil"}
            ),
            self.payload(
                "Hello",
                handle="@axb",
                author={"handle": "@axb", "name": "Someone else"},
            ),
        )
        profiles = self.env["social.profile"]
        for typed in ("anne o'neil", "@a_b", "a_b"):
            found = profiles.search([("display_name", "ilike", typed)])
            self.assertEqual(found.mapped("handle"), ["a_b"], typed)
            self.assertEqual(self.found(typed), {"Hi"}, typed)
        self.assertFalse(profiles.search([("display_name", "ilike", "%")]))

    def test_by_index(self):
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        for model, name, index in (
            ("social.message", "body", "social_message_by_text"),
            ("social.conversation", "name", "social_conversation_by_name"),
            ("social.profile", "handle", "social_profile_by_handle"),
            ("res.partner", "name", "res_partner_social_by_name"),
        ):
            query = self.env[model]._search(bearing([name], "doesn't work"))
            query.order = None
            [plan] = zip(
                *self.env.execute_query(SQL("EXPLAIN %s", query.select())), strict=True
            )
            with self.subTest(model):
                self.assertIn(index, "\n".join(plan))
