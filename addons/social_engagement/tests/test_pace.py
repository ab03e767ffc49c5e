import errno
from datetime import timedelta
from unittest.mock import patch

from psycopg2 import InterfaceError, errors

from odoo.tools import mute_logger

from ..models import social_intake_pace as pace
from ..models.transaction import is_fault_of_system
from .common import Killed, SocialCase

INTAKE = "odoo.addons.social_engagement.models.social_intake"


class TestPace(SocialCase):
    """Batches that would take too long, and machines that fail."""

    def thread(self, count):
        """A thread of one author's posts."""
        first = self.payload("The first of many")
        more = [self.payload(f"Again {n}", thread_id="t") for n in range(count - 1)]
        return self.receive({**first, "thread_id": "t"}, *more)

    def queries(self, call):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        call()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_deleting_half_a_thread_costs_little_more_than_one_post(self):
        posts = self.thread(60)
        model = self.env["social.message"]
        names = posts.mapped("external_id")
        one = self.queries(lambda: model._gone(self.channel, names[:1]))
        many = self.queries(lambda: model._gone(self.channel, names[1:31]))
        self.assertLess(many, one + 30)
        self.assertEqual(len(posts.filtered("gone_at")), 31)
        conversation = posts.conversation_id
        self.assertEqual(len(conversation), 1)
        self.assertEqual(conversation.turns_scored, 29)

    def test_editing_many_sums_up_once(self):
        posts = self.thread(20)
        edits = [
            self.payload(f"Better {n}", id=name, revision="2", thread_id="t")
            for n, name in enumerate(posts.mapped("external_id"))
        ]
        conversations = type(self.env["social.conversation"])
        sum_up = conversations._sum_up
        with patch.object(conversations, "_sum_up", autospec=True) as summed:
            summed.side_effect = sum_up
            self.receive(*edits)
        self.assertEqual(summed.call_count, 1)
        self.assertEqual(posts[3].body, "Better 3")

    # ------------------------------------------------------------------
    # Interrupted
    # ------------------------------------------------------------------

    def interrupted(self, channel=None):
        """A try that is killed while it processes, as seen a minute later."""
        killed = patch.object(type(self.env["social.intake"]), "_process", kill)
        with self.job() as env, killed:
            env["social.intake"]._process_for_good(channel or self.channel)
        self.env.invalidate_all()
        waiting = self.env["social.intake"].search([("state", "=", "new")])
        begun = waiting.filtered("begun_at")
        begun.begun_at -= timedelta(minutes=1)

    def process(self, channel=None):
        with self.job() as env:
            done = env["social.intake"]._process_for_good(channel or self.channel)
        self.env.invalidate_all()
        return done

    def test_the_next_try_is_smaller(self):
        self.store(*[self.payload() for _n in range(40)])
        with patch(f"{INTAKE}.BATCH", 32):
            self.interrupted()
            self.interrupted()
            self.assertEqual(self.process(), 2, "a sixteenth")
            self.assertEqual(self.process(), 8, "four times as many")
            self.assertEqual(self.process(), 30)
        self.assertFalse(self.waiting())

    def test_what_ends_by_itself_is_not_taken_for_interrupted(self):
        self.store(*[self.payload() for _n in range(6)])
        with patch(f"{INTAKE}.BATCH", 4):
            self.assertEqual(self.process(), 4)
            self.assertEqual(self.process(), 2)

    def test_a_slow_batch_makes_the_next_one_smaller(self):
        self.store(*[self.payload() for _n in range(20)])
        with patch(f"{INTAKE}.BATCH", 10):
            process = self.env["social.intake"]._process_batch
            with patch(f"{INTAKE}.time") as clock:
                clock.monotonic.side_effect = [0.0, 50.0]
                self.assertEqual(process(self.channel), 10)
            self.assertEqual(process(self.channel), 2)

    @mute_logger(INTAKE)
    def test_a_payload_that_kills_each_time_is_passed_over(self):
        bad, good = self.store(self.payload("Bad"), self.payload("Good"))
        with patch(f"{INTAKE}.BATCH", 1):
            for _time in range(pace.INTERRUPTIONS + 1):
                self.interrupted()
                self.assertEqual(bad.state, "new")
            self.process()
        self.assertEqual((bad.state, good.state), ("failed", "done"))
        self.assertIn("interrupted", bad.error)

    def test_the_others_come_first(self):
        self.store(self.payload("Slow"))
        other = self.make_channel(name="Other")
        self.store(self.payload("Quick"), feed=self.make_feed(other))
        channels = self.env["social.intake"]._waiting_channels
        self.assertEqual(channels(), [self.channel, other])
        self.interrupted()
        self.assertEqual(channels(), [other, self.channel])

    # ------------------------------------------------------------------
    # Machines that fail
    # ------------------------------------------------------------------

    def test_failures_of_the_machine_fail_no_payload(self):
        intakes = self.store(*[self.payload() for _n in range(3)])
        messages = type(self.env["social.message"])
        for trouble in (
            errors.DiskFull("could not extend file"),
            errors.OutOfMemory("out of memory"),
            errors.AdminShutdown("terminating connection"),
            errors.QueryCanceled("canceling statement"),
            errors.IoError("could not read block"),
            InterfaceError("connection already closed"),
            MemoryError(),
            OSError(errno.ENOSPC, "No space left on device"),
        ):
            with (
                self.subTest(type(trouble).__name__),
                patch.object(messages, "_receive", side_effect=trouble),
                self.assertLogs(INTAKE, "ERROR") as logged,
            ):
                self.process()
                self.assertEqual(set(intakes.mapped("state")), {"new"})
                self.assertEqual(set(intakes.mapped("attempts")), {0})
                self.assertIn("is not processed", logged.output[0])
        self.assertEqual(sum(self.process() for _time in range(3)), 3)
        self.assertEqual(set(intakes.mapped("state")), {"done"})

    def test_a_failing_machine_is_no_interruption(self):
        self.store(*[self.payload() for _n in range(3)])
        messages = type(self.env["social.message"])
        full = patch.object(messages, "_receive", side_effect=errors.DiskFull("full"))
        for _time in range(9):
            with full, mute_logger(INTAKE):
                self.process()
            self.assertFalse(self.waiting().filtered("begun_at"))
        self.assertEqual(self.process(), 3)

    def test_whose_fault_it_is(self):
        for error in (
            ValueError("no number"),
            RecursionError("nested too deep"),
            errors.ProgramLimitExceeded("index row too large"),
            errors.StringDataRightTruncation("too long"),
            OSError(errno.ENAMETOOLONG, "File name too long"),
        ):
            self.assertFalse(is_fault_of_system(error), error)
        self.assertTrue(is_fault_of_system(errors.DiskFull("full")))


def kill(intakes):
    raise Killed
