import json
import unicodedata
from contextlib import suppress
from datetime import datetime
from unittest.mock import patch

from psycopg2.errors import SerializationFailure, UniqueViolation

from odoo.tools import mute_logger

from ..models.transaction import commit_each
from ..networks.base import Item
from .common import SocialCase

INTAKE = "odoo.addons.social_engagement.models.social_intake"


class TestIntake(SocialCase):
    # ------------------------------------------------------------------
    # In
    # ------------------------------------------------------------------

    def test_unique_per_channel_id_and_revision(self):
        Intake, payload = self.env["social.intake"], self.payload()
        other = self.make_feed(self.make_channel(name="Other"))
        again = self.make_feed(self.channel, "search", query="us")
        item = Item("a", payload)
        self.assertEqual(Intake._store(self.feed, [item, item]), 1)
        self.assertEqual(Intake._store(self.feed, [item]), 0)
        self.assertEqual(Intake._store(again, [item]), 0, "another feed of the channel")
        self.assertEqual(Intake._store(other, [item]), 1, "another channel")
        self.assertEqual(Intake._store(self.feed, [Item("a", payload, "2")]), 1)
        self.assertEqual(Intake._store(self.feed, []), 0)

    def test_the_payload_is_kept_exactly(self):
        payload = self.payload(
            "NUL \0, half \ud83d, 漢字 ✓", extra={"n": [1, None, 1.5]}
        )
        intake = self.store(payload)
        self.assertEqual(json.loads(intake.payload), payload)

    def test_ids_of_any_length_and_characters_are_stored_once(self):
        for name in ("x" * 5000, "漢" * 3000, "a\0b", "half \ud83d", ""):
            with self.subTest(name[:10]):
                item = Item(name, self.payload())
                store = self.env["social.intake"]._store
                self.assertEqual(store(self.feed, [item]), 1)
                self.assertEqual(store(self.feed, [item]), 0)
        longer = Item("x" * 5001, self.payload())
        self.assertEqual(self.env["social.intake"]._store(self.feed, [longer]), 1)

    # ------------------------------------------------------------------
    # Through
    # ------------------------------------------------------------------

    def test_a_payload_becomes_a_message(self):
        [message] = self.receive(self.payload("Where is my parcel?"))
        intake = self.env["social.intake"].search([])
        self.assertEqual((intake.state, intake.message_id), ("done", message))
        self.assertEqual(message.body, "Where is my parcel?")
        self.assertEqual(message.direction, "inbound")
        self.assertEqual(message.profile_id.handle, "ann")
        self.assertEqual(message.conversation_id.state, "new")
        self.assertGreaterEqual(message.needs_answer, 0.5)

    def test_written_when_it_arrived_if_its_time_can_not_be(self):
        ages = (
            self.payload(at="0001-01-01T00:00:00Z"),
            self.payload(at="1970-01-01T00:00:00Z"),
        )
        ahead = (
            self.payload(at="2190-01-01T00:00:00Z"),
            self.payload(at="9999-12-31T23:59:59-12:00"),
        )
        known = self.payload()
        *odd, good = self.receive(*ages, *ahead, known)
        arrived = self.env["social.intake"].search([], limit=1).create_date
        for message in odd:
            self.assertEqual(message.posted_at, arrived.replace(microsecond=0))
        self.assertEqual(good.posted_at.isoformat() + "+00:00", known["at"])
        self.assertLessEqual(self.feed.oldest_post or arrived, arrived)

    @mute_logger(INTAKE)
    def test_one_bad_of_many_fails_alone(self):
        good = [self.payload() for _n in range(4)]
        intakes = self.store(
            good[0],
            good[1],
            {"no": "id"},
            good[2],
            self.payload(crash="oops"),
            good[3],
        )
        intakes._process()
        self.assertEqual(
            intakes.mapped("state"),
            ["done", "done", "failed", "done", "failed", "done"],
        )
        bad, crashed = intakes[2], intakes[4]
        self.assertEqual((bad.reason, bad.error), ("bad_payload", "id is missing"))
        self.assertEqual(
            (crashed.reason, crashed.error), ("unknown", "ValueError: oops")
        )
        self.assertTrue(bad.advice and crashed.advice)
        self.assertEqual(bad.attempts, 1)
        self.assertEqual(len(intakes.message_id), 4)

    @mute_logger(INTAKE)
    def test_a_failed_payload_is_processed_again(self):
        intake = self.store(self.payload(crash="oops"))
        intake._process()
        intake.action_replay()
        self.assertEqual((intake.state, intake.attempts), ("failed", 2))
        payload = json.loads(intake.payload)
        del payload["crash"]
        intake.payload = json.dumps(payload)  # as if the adapter had been mended
        intake.action_replay()
        self.assertEqual(
            (intake.state, intake.reason, intake.error), ("done", False, False)
        )
        self.assertTrue(intake.message_id)

    def test_replaying_what_was_processed_changes_nothing(self):
        self.receive(self.payload("Where is it?"), self.payload("Hello?"))
        names = ("social.intake", "social.message", "social.conversation")
        names += ("social.profile", "mail.message")
        before = {n: self.env[n].search([]).read(load=False) for n in names}
        self.env["social.intake"].search([]).action_replay()
        self.env["social.intake"].search([]).action_replay()
        after = {n: self.env[n].search([]).read(load=False) for n in names}
        for row in before["social.intake"] + after["social.intake"]:
            row.pop("write_date")
        self.assertEqual(before, after)

    def test_a_second_revision_belongs_to_the_same_message(self):
        payload = self.payload()
        items = [Item(payload["id"], payload), Item(payload["id"], payload, "2")]
        self.env["social.intake"]._store(self.feed, items)
        intakes = self.waiting()
        intakes._process()
        self.assertEqual(intakes.mapped("state"), ["done", "done"])
        self.assertEqual(len(intakes.message_id), 1)

    def test_any_text(self):
        texts = {
            "empty": "",
            "spaces": " \n\t ",
            "1 MB": "Where is my parcel? " * 52429,
            "one word of 1 MB": "x" * 1_000_000,
            "markup": "<script>alert(1)</script> & <b>bold</b>",
            "right to left": "أين طردي؟ ‮evil",
            "combining": "Z̵̡̢̛a̸͓͒l̷̢̈g̴̨̛o̵",
            "emoji": "👨‍👩‍👧‍👦🏳️‍🌈",
        }
        payloads = {name: self.payload(text) for name, text in texts.items()}
        self.receive(*payloads.values())
        for name, payload in payloads.items():
            with self.subTest(name):
                message = self.env["social.message"].search(
                    [("external_id", "=", payload["id"])]
                )
                self.assertEqual(message.body or "", texts[name])
                self.assertTrue(message.display_name)
                self.assertTrue(message.conversation_id.name)
                message.conversation_id._bring_to_desk()
                shown = message.mail_message_id
                self.assertNotIn("<script", shown.body)
                self.assertLess(len(shown.body), 30_000)

    @mute_logger(INTAKE, "odoo.sql_db")
    def test_text_a_database_refuses_fails_alone(self):
        # the adapters clean it away; another add-on's may not
        intakes = self.store(
            self.payload("NUL \0"),
            self.payload("half \ud83d"),
            self.payload(crash="half \ud83d and NUL \0"),
            self.payload("good"),
        )
        intakes._process()
        self.assertEqual(intakes[3].state, "done")
        for intake in intakes[:3]:
            self.assertEqual(intake.state, "failed")
            self.assertTrue(intake.error)

    @mute_logger(INTAKE, "odoo.sql_db")
    def test_an_id_no_index_takes_fails_alone(self):
        # incompressible: PostgreSQL compresses what repeats
        huge = "".join(chr(0x4E00 + n * 7919 % 20000) for n in range(3000))
        intakes = self.store(self.payload(id=huge), self.payload("good"))
        intakes._process()
        self.assertEqual(intakes.mapped("state"), ["failed", "done"])

    def test_names_in_every_script(self):
        scripts = {}
        for code in range(0x20, 0x30000):
            character = chr(code)
            if unicodedata.category(character) in ("Lo", "Lu"):
                script = unicodedata.name(character, "?").split()[0]
                scripts.setdefault(script, []).append(character)
        self.assertGreater(len(scripts), 150)
        names = ["".join(letters[:8]) for letters in scripts.values()]
        payloads = [
            self.payload(
                author={"handle": f"@{n}", "name": name, "external_id": str(n)}
            )
            for n, name in enumerate(names)
        ]
        messages = self.receive(*payloads)
        self.assertEqual(messages.profile_id.mapped("name"), names)
        self.assertTrue(all(messages.profile_id.mapped("display_name")))

    # ------------------------------------------------------------------
    # The queue
    # ------------------------------------------------------------------

    def test_the_queue_is_emptied_batch_by_batch(self):
        self.store(*[self.payload() for _n in range(7)])
        with patch(f"{INTAKE}.BATCH", 3):
            self.listen()
        self.assertFalse(self.waiting())
        self.assertEqual(self.env["social.message"].search_count([]), 7)

    def disturb(self, *errors):
        """Lets processing meet errors, in this order; its calls."""
        together = type(self.env["social.intake"])._process_together
        errors, calls = list(errors), []

        def disturbed(intakes):
            calls.append(len(intakes))
            if errors:
                raise errors.pop(0)
            return together(intakes)

        self.patch(type(self.env["social.intake"]), "_process_together", disturbed)
        return calls

    def test_another_process_being_faster_is_no_failure(self):
        self.store(self.payload(), self.payload())
        calls = self.disturb(*[SerializationFailure("overtaken")] * 5)
        self.feed.next_run = datetime(2100, 1, 1)
        self.listen()
        self.assertEqual(len(self.waiting()), 2, "no failure of theirs")
        self.listen()
        self.assertEqual(calls, [2] * 6)
        intakes = self.env["social.intake"].search([])
        self.assertEqual(intakes.mapped("state"), ["done", "done"])

    @mute_logger(INTAKE)
    def test_an_author_another_channel_just_took_in_is_no_failure(self):
        self.store(self.payload(), self.payload())
        calls = self.disturb(*[UniqueViolation("social_profile__author_unique")] * 3)
        self.listen()
        self.assertEqual(calls, [2, 1, 1, 2], "together, alone, then once more")
        intakes = self.env["social.intake"].search([])
        self.assertEqual(intakes.mapped("state"), ["done", "done"])

    @mute_logger(INTAKE)
    def test_what_clashes_every_time_fails(self):
        self.store(self.payload())
        self.disturb(*[UniqueViolation("whatever")] * 100)
        self.listen()
        intake = self.env["social.intake"].search([])
        self.assertEqual((intake.state, intake.attempts), ("failed", 3))

    def test_a_channel_another_process_works_on_is_left_to_it(self):
        other = self.make_feed(self.make_channel(name="Other"))
        self.store(self.payload())
        self.store(self.payload(), feed=other)
        lock = type(self.env["social.intake"])._lock_channel

        def locked(intake, channel):
            return channel != self.channel and lock(intake, channel)

        with patch.object(type(self.env["social.intake"]), "_lock_channel", locked):
            self.listen()
        self.assertEqual(self.waiting().channel_id, self.channel)

    def test_one_process_at_a_time_works_on_a_channel(self):
        lock = self.env["social.intake"]._lock_channel
        with self.env.registry.cursor() as cr:
            other = self.env(cr=cr)["social.intake"]
            self.assertTrue(lock(self.channel))
            self.assertTrue(lock(self.channel), "this process itself")
            self.assertFalse(other._lock_channel(self.channel.with_env(other.env)))

    @mute_logger(INTAKE)
    def test_a_channels_trouble_stops_no_other(self):
        other = self.make_feed(self.make_channel(name="Other"))
        self.store(self.payload())
        self.store(self.payload(), feed=other)
        batch = type(self.env["social.intake"])._process_batch

        def broken(intake, channel):
            if channel == self.channel:
                raise ValueError("oops")
            return batch(intake, channel)

        with patch.object(type(self.env["social.intake"]), "_process_batch", broken):
            self.listen()
        self.assertEqual(self.waiting().channel_id, self.channel, "nothing is lost")

    def test_what_strangers_wrote_is_in_no_log(self):
        """Not even when the database refuses it."""
        with self.assertLogs("odoo.sql_db", "ERROR") as logs, self.job() as env:
            store = env["social.intake"]._store
            feed = env["social.feed"].browse(self.feed.id)
            item = Item("x", {"text": "geheim"})
            feed_id = "-1); -- no such feed"
            with patch.object(type(feed), "id", feed_id), suppress(Exception):
                commit_each(env, lambda: store(feed, [item]))
        self.assertNotIn("geheim", "".join(logs.output))
        self.assertIn("values withheld", "".join(logs.output))
        intakes = self.store(self.payload("geheim \0"), self.payload(crash="geheim"))
        with self.assertLogs("odoo", "INFO") as logs, self.job() as env:
            Intake = env["social.intake"]
            commit_each(env, lambda: Intake._process_batch(self.channel.with_env(env)))
        self.assertNotIn("geheim", "".join(logs.output))
        self.assertIn("ValueError at ", "".join(logs.output))
        self.env.invalidate_all()
        self.assertEqual(set(intakes.mapped("state")), {"failed"})

    @mute_logger(INTAKE)
    def test_a_failing_payload_does_not_come_back_by_itself(self):
        self.store(self.payload(crash="oops"))
        self.listen()
        self.listen()
        self.assertEqual(self.env["social.intake"].search([]).attempts, 1)
