import json

from odoo.tests import BaseCase, TransactionCase, tagged

from ..models import social_message_copy
from ..models.social_intake_archive import pack, unpack
from ..networks import naming
from ..wizards import social_privacy_request
from .common import SocialCase


@tagged("post_install", "-at_install")
class TestNaming(BaseCase):
    """Whom payloads name, told by numbers."""

    def assert_found(self, name, payload):
        marks = set(naming.marks(payload))
        self.assertTrue(naming.keys(name), name)
        self.assertLessEqual(set(naming.keys(name)), marks, (name, payload))

    def test_ids_handles_and_addresses(self):
        self.assert_found("109348", {"account": {"id": "109348"}})
        self.assert_found("109348", {"account": {"id": 109348}})
        self.assert_found("ann@here.example", {"acct": "Ann@Here.example"})
        self.assert_found("ann@here.example", {"text": "<p>Hi @ann@here.example!</p>"})
        self.assert_found("ann", {"mentions": ["@ann@here.example"]})
        self.assert_found("ann", {"url": "https://here.example/@ann/1234"})
        self.assert_found("ann.b_c", {"text": "thanks @ann.b_c, great"})
        self.assert_found("did:plc:abc", {"uri": "at://did:plc:abc/app.bsky.feed/3k"})
        url = "https://here.example/users/ann"
        self.assert_found(url, {"uri": f"{url}/statuses/99"})
        self.assert_found(url, {"content": f'<a href="{url}">x</a>'})
        deep = "https://blog.example/authors/b/ann?page=2"
        self.assert_found(deep, {"url": deep})
        self.assert_found("12345", {"id": "777_12345"})
        self.assert_found("李小明", {"text": "谢谢 @李小明 好"})
        self.assert_found("half \ud83d name", {"name": "half \ud83d name"})
        self.assert_found("t2_ann:1", {"people": {"t2_ann:1": 1}})

    def test_others_are_not(self):
        marks = set(naming.marks({"acct": "anna@here.example", "at": "2026-01-01"}))
        self.assertFalse(set(naming.keys("ann")) <= marks)

    def test_numbers_are_few_so_that_their_index_is_small(self):
        marks = naming.marks([f"name{number}" for number in range(2_000)])
        self.assertEqual(marks, sorted(set(marks)))
        self.assertGreater(len(marks), 1_990)
        self.assertTrue(0 <= marks[0] and marks[-1] <= naming.MOST < 2**21)

    def test_what_is_too_short_names_nobody(self):
        self.assertEqual(naming.keys("a"), [])
        self.assertEqual(naming.keys("@.."), [])

    def test_packed_payloads_come_back(self):
        for payload in ({}, {"text": "漢字 ✓ \ud83d", "n": [1, None]}, ["x" * 100_000]):
            text = json.dumps(payload)
            self.assertEqual(unpack(pack(text)), text)


class TestArchive(SocialCase):
    """What was processed takes little room, and is found by whom it names."""

    def packed(self, intake):
        return intake._packed().get(intake.id)

    def test_what_was_processed_is_packed(self):
        payload = self.payload("Where is my parcel?")
        [intake] = self.store(payload)
        self.assertEqual(json.loads(intake.delivered), payload)
        intake._process()
        self.env.invalidate_all()
        self.assertFalse(intake.payload)
        self.assertEqual(json.loads(intake.delivered), payload)

    def test_what_failed_is_not(self):
        [intake] = self.store({"no": "id"})
        intake._process()
        self.assertTrue(intake.payload)
        self.assertFalse(self.packed(intake))

    def test_it_is_processed_again(self):
        [message] = self.receive(self.payload("Where is it?"))
        [intake] = self.env["social.intake"].search([])
        before = intake.delivered
        message.unlink()
        intake.action_replay()
        self.env.invalidate_all()
        self.assertEqual(intake.message_id.body, "Where is it?")
        self.assertEqual((intake.payload, intake.delivered), (False, before))

    def test_nothing_is_left_of_what_was_deleted(self):
        [message] = self.receive(self.payload("Xylophon"))
        [intake] = self.env["social.intake"].search([])
        self.env["social.message"]._gone(self.channel, [message.external_id])
        self.assertFalse(intake.delivered)
        self.env.cr.execute(
            "SELECT 1 FROM social_intake WHERE packed IS NOT NULL OR names IS NOT NULL"
        )
        self.assertFalse(self.env.cr.fetchall())

    def test_what_names_somebody_is_found(self):
        ann, _bob, _eve = self.receive(
            self.payload("Hello", handle="@ann"),
            self.payload("What @ann says!", handle="@bob"),
            self.payload("I planned this", handle="@eve"),
        )
        privacy = self.env["social.privacy"]
        person = privacy._person(ann.profile_id, self.env["res.partner"])
        naming_her = privacy._intakes_naming(person) - privacy._intakes(person)
        self.assertEqual(naming_her.message_id, _bob)
        naming_her._empty()
        self.assertFalse(naming_her.delivered)
        self.assertFalse(privacy._intakes_naming(person) & naming_her)

    def test_it_is_found_by_an_index(self):
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute(
            """EXPLAIN SELECT id FROM social_intake WHERE names @> '{1,2}'::int4[]"""
        )
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        self.assertIn("social_intake_names", plan)

    def test_a_person_gets_a_copy_of_it(self):
        [message] = self.receive(self.payload("Where is my Xylophon?"))
        intake = self.env["social.intake"].search([("message_id", "=", message.id)])
        self.assertIn("Xylophon", social_privacy_request._row(intake)["payload"])

    def test_retention_empties_what_is_packed(self):
        self.receive(self.payload("Old"))
        [intake] = self.env["social.intake"].search([])
        self.env.cr.execute("UPDATE social_intake SET create_date = '2020-01-01'")
        self.env.invalidate_all()
        self.assertEqual(self.channel._old_payloads(), intake)
        intake._empty()
        self.assertFalse(self.channel._old_payloads())


@tagged("post_install", "-at_install")
class TestIndexes(TransactionCase):
    """Among millions of rows one person's are found by indexes."""

    def test_every_column_that_leads_to_a_person_has_one(self):
        targets = (
            "res_partner",
            "social_profile",
            "social_conversation",
            "social_message",
            "mail_message",
            "ir_attachment",
        )
        ours = [
            model._table
            for model in self.env.registry.values()
            if model._auto
            and not model._transient
            and (
                model._name.startswith("social.")
                or model._name in ("helpdesk.ticket", "crm.lead")
            )
        ]
        self.env.cr.execute(
            """SELECT c.conrelid::regclass::text || '.' || a.attname
               FROM pg_constraint c JOIN pg_attribute a
                 ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
               WHERE c.contype = 'f' AND c.confrelid::regclass::text = ANY(%s)
                 AND c.conrelid::regclass::text = ANY(%s)
                 AND NOT EXISTS (SELECT FROM pg_index i
                                 WHERE i.indrelid = c.conrelid
                                   AND i.indkey[0] = a.attnum)""",
            [list(targets), ours],
        )
        self.assertEqual([name for [name] in self.env.cr.fetchall()], [])

    def plan(self, query, values):
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute(f"EXPLAIN {query}", values)
        return "\n".join(line for [line] in self.env.cr.fetchall())

    def test_what_a_text_may_be_a_copy_of_is_looked_up_band_by_band(self):
        plan = self.plan(social_message_copy.SHARING, [list(range(8_000))])
        self.assertIn("social_message_band_last_bits", plan)
        self.assertIn("Nested Loop", plan)
