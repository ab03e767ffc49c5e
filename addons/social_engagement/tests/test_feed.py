from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import SerializationFailure

from odoo import fields
from odoo.tools import mute_logger

from ..models.social_feed import LANES, LEASE, PATIENCE
from ..networks.base import NetworkError, Page, Reason, TooLarge, Usage
from ..networks.deadline import left
from ..networks.http import _squeezes
from .common import Killed, Scripted, SocialCase

FEED = "odoo.addons.social_engagement.models.social_feed"


class TestFeed(SocialCase):
    def stored(self):
        return self.env["social.intake"].search([], order="id").mapped("external_id")

    def assert_pause(self, feed, seconds):
        pause = (feed.next_run - fields.Datetime.now()).total_seconds()
        self.assertAlmostEqual(pause, seconds, delta=10)

    # ------------------------------------------------------------------
    # Cursor and payloads
    # ------------------------------------------------------------------

    def test_pages_are_fetched_with_the_cursor_before(self):
        one, two = self.payload(), self.payload()
        self.script.pages["mentions"] = [
            self.page(one, cursor=1, more=True),
            self.page(two, cursor=2),
        ]
        self.listen()
        self.assertEqual(
            self.script.fetched, [("mentions", {}), ("mentions", {"at": 1})]
        )
        self.assertEqual(self.feed.cursor, {"at": 2})
        self.assertEqual(self.stored(), [one["id"], two["id"]])
        self.assertEqual(
            self.env["social.message"].search([]).mapped("external_id"),
            [two["id"], one["id"]],
        )

    def test_a_second_run_changes_nothing(self):
        page = self.page(self.payload(), cursor=1)
        self.script.pages["mentions"] = [page]
        self.listen()
        before = self.env["social.intake"].search([]).read()
        self.due()
        self.script.pages["mentions"] = [page]
        self.listen()
        self.assertEqual(self.env["social.intake"].search([]).read(), before)
        self.assertEqual(self.env["social.message"].search_count([]), 1)

    def test_a_failing_page_keeps_what_the_pages_before_brought(self):
        one = self.payload()
        self.script.pages["mentions"] = [
            self.page(one, cursor=1, more=True),
            NetworkError(Reason.SERVER, "500"),
        ]
        self.listen()
        self.assertEqual(self.stored(), [one["id"]])
        self.assertEqual(self.feed.cursor, {"at": 1})
        self.assertEqual(self.feed.failure_reason, "server")
        self.assertTrue(self.env["social.message"].search([]), "it is processed too")

    def test_a_crash_in_the_middle_loses_and_doubles_nothing(self):
        one, two = self.payload(), self.payload()
        first = self.page(one, cursor=1, more=True)
        self.script.pages["mentions"] = [first, Killed()]
        with self.job() as env:
            env["social.feed"]._cron_listen()
        self.assertEqual(self.feed.cursor, {"at": 1})
        self.assertEqual(self.stored(), [one["id"]])
        self.due()
        self.script.pages["mentions"] = [self.page(two, cursor=2)]
        self.listen()
        self.assertEqual(self.script.fetched[-1], ("mentions", {"at": 1}))
        self.assertEqual(self.stored(), [one["id"], two["id"]])

    def test_the_cursor_stays_when_its_payloads_cant_be_stored(self):
        self.script.pages["mentions"] = [self.page(self.payload(), cursor=1)]
        intake = type(self.env["social.intake"])
        with (
            patch.object(intake, "_store", side_effect=ValueError("full")),
            mute_logger(FEED),
        ):
            self.listen()
        self.assertFalse(self.feed.cursor)
        self.assertEqual(self.feed.failure_reason, "unknown")

    def test_killed_before_the_commit_neither_payload_nor_cursor_stays(self):
        self.script.pages["mentions"] = [self.page(self.payload(), cursor=1)]
        with self.job() as env:
            feed = env["social.feed"].browse(self.feed.id)
            feed._settle(feed._ask())
            raise Killed
        self.assertFalse(self.feed.cursor)
        self.assertFalse(self.stored())

    def test_what_a_killed_process_took_is_free_again_by_itself(self):
        self.script.pages["mentions"] = [Killed()]
        with self.job() as env:
            env["social.feed"]._cron_listen()
        self.assert_pause(self.feed, LEASE)
        self.listen()
        self.assertEqual(len(self.script.fetched), 1, "it might still be alive")

    def test_a_page_that_was_overtaken_is_kept_all_the_same(self):
        """Another process stored the same payload while this one called the network."""
        self.script.pages["mentions"] = [self.page(self.payload(), cursor=1)]
        store, clashes = type(self.env["social.intake"])._store, [1, 2, 3]

        def clashing(intake, *arguments):
            if clashes:
                clashes.pop()
                raise SerializationFailure("could not serialize access")
            return store(intake, *arguments)

        with patch.object(type(self.env["social.intake"]), "_store", clashing):
            self.listen()
        self.assertEqual(self.feed.cursor, {"at": 1})
        self.assertEqual(len(self.stored()), 1)
        self.assertEqual(len(self.script.fetched), 1, "paid for once")
        self.assertFalse(self.feed.failure_reason)

    def test_a_page_overtaken_every_time_is_fetched_again(self):
        page = self.page(self.payload(), cursor=1)
        self.script.pages["mentions"] = [page, page]
        clash = SerializationFailure("could not serialize access")
        intake = type(self.env["social.intake"])
        with patch.object(intake, "_store", side_effect=clash), mute_logger(FEED):
            self.listen()
        self.assertFalse(self.feed.cursor or self.feed.failure_reason)
        self.due()
        self.listen()
        self.assertEqual(self.feed.cursor, {"at": 1})
        self.assertEqual(len(self.stored()), 1)

    def test_a_slow_process_moves_no_cursor_back(self):
        with self.job() as env:
            slow = env["social.feed"].browse(self.feed.id)
            self.script.pages["mentions"] = [self.page(self.payload(), cursor=1)]
            fetched = slow._ask()
            slow.write({"cursor": {"at": 5}})  # by the one that took over
            slow._settle(fetched)
            env.cr.commit()
        self.assertEqual(self.feed.cursor, {"at": 5})
        self.assertEqual(len(self.stored()), 1, "nothing fetched is thrown away")

    def test_a_nudge_during_a_fetch_is_not_forgotten(self):
        def nudged():
            self.due()
            self.env.flush_all()
            return self.page(self.payload(), cursor=1)

        self.script.pages["mentions"] = [nudged, self.page(cursor=2)]
        self.listen()
        self.assertEqual(len(self.script.fetched), 2)
        self.assertEqual(self.feed.cursor, {"at": 2})

    def test_a_fetch_has_its_time(self):
        told = []
        self.script.pages["mentions"] = [lambda: told.append(left())]
        with mute_logger(FEED):
            self.listen()
        self.assertAlmostEqual(told[0], PATIENCE, delta=2)
        self.assertLess(PATIENCE, LEASE)

    def test_after_the_clock_was_set_back(self):
        self.listen()
        self.assertEqual(len(self.script.fetched), 1)
        now = fields.Datetime.now()
        self.listen()
        self.assertEqual(len(self.script.fetched), 1, "it rests")
        for back in (timedelta(minutes=5), timedelta(hours=2), timedelta(days=40)):
            before = len(self.script.fetched)
            with freeze_time(now - back):
                self.listen()
                self.assertEqual(len(self.script.fetched), before + 1, back)
                self.listen()
                self.assertEqual(len(self.script.fetched), before + 1, "it rests again")
                self.assert_pause(self.feed, 75)
            self.due()
            self.listen()
            self.feed.pause = 60

    def test_jobs_go_on_after_the_clock_was_set_back(self):
        lanes = [f"social_engagement.{name}" for name in LANES]
        send = self.env.ref("social_engagement.cron_send")
        daily = self.env.ref("social_engagement.cron_train")
        now = fields.Datetime.now()
        for job in (*map(self.env.ref, lanes[1:]), send, daily):
            job.nextcall = now + timedelta(hours=2)
        self.listen()
        self.env.invalidate_all()
        for job in (*map(self.env.ref, lanes[1:]), send):
            self.assertLessEqual(job.nextcall, fields.Datetime.now())
        self.assertEqual(daily.nextcall, now + timedelta(hours=2), "a day is no harm")

    # ------------------------------------------------------------------
    # Pages that are too large
    # ------------------------------------------------------------------

    def test_a_page_too_large_is_halved_until_it_fits(self):
        asked = self.paged(40, [self.payload() for _number in range(30)], most=6)
        self.listen()
        self.assertEqual(len(self.stored()), 30)
        self.assertEqual(asked[:5], [40, 20, 10, 5, 10])
        self.assertEqual(self.feed.page_limit, 20, "the last page was small")
        self.assertFalse(self.feed.failures)

    def test_one_too_large_for_any_page_is_made_smaller(self):
        payloads = [self.payload() for _number in range(6)]
        payloads[2]["text"] = "x" * 100
        asked = self.paged(4, payloads, most=4, longest=50)
        self.listen()
        self.assertEqual(len(self.stored()), 6, "nothing stands behind it")
        self.assertEqual(asked, [4, 2, 4, 2, 1, 2, 4])
        self.assertEqual(self.feed.page_limit, 0)

    def test_a_network_without_pages_fails(self):
        self.script.pages["mentions"] = [TooLarge("11 MB")]
        self.listen()
        self.assertEqual(self.feed.failure_reason, "bad_payload")
        self.assert_pause(self.feed, 60)

    def paged(self, usual, payloads, most, longest=10_000):
        """Has the network give payloads in pages of which only smaller ones, and none
        with a longer text, can be read, unless it is alone and made smaller.

        :return: list that gets how many each page was asked for
        """
        asked = []

        def fetch(adapter, kind, query, cursor):
            size, at = adapter.page(usual), cursor.get("at", 0)
            asked.append(size)
            page = payloads[at : at + size]
            if len(page) > most or any(len(p["text"]) > longest for p in page):
                if not _squeezes.get():
                    raise TooLarge("more than 10 MB")
            after = at + len(page)
            return Page(self.items(*page), {"at": after}, after < len(payloads))

        self.patch(Scripted, "fetch", fetch)
        return asked

    # ------------------------------------------------------------------
    # Turns
    # ------------------------------------------------------------------

    def test_a_busy_feed_leaves_the_others_their_turn(self):
        other = self.make_feed(self.channel, "search", query="us")
        self.due()
        other.next_run = datetime(2020, 1, 2)
        self.script.pages["mentions"] = [
            self.page(self.payload(), cursor=n, more=True) for n in range(1, 30)
        ]
        self.script.pages["search"] = [
            self.page(self.payload(), cursor=1, more=True),
            self.page(self.payload(), cursor=2),
        ]
        for _turn in range(31):  # as many as it takes: a turn lasts some seconds
            self.listen()
        kinds = [kind for kind, _cursor in self.script.fetched]
        self.assertEqual(kinds[:2], ["mentions", "search"], "page by page")
        self.assertEqual(kinds.count("mentions"), 30)
        self.assertEqual(kinds.count("search"), 2)
        self.assertEqual(len(self.stored()), 31)

    def test_pages_without_end_that_bring_nothing_end(self):
        endless = self.page(cursor=1, more=True)
        self.script.pages["mentions"] = [endless] * 50
        self.listen()
        self.assertEqual(len(self.script.fetched), 2)

    def test_what_another_lane_is_taking_is_left_to_it(self):
        other = self.make_feed(self.channel, "search", query="us")
        self.due()
        self.due(other)
        feed = type(self.feed)
        lock = feed.try_lock_for_update

        def locked(feeds, **options):
            return feeds.browse() if feeds == self.feed else lock(feeds, **options)

        with patch.object(feed, "try_lock_for_update", locked):
            self.listen()
        self.assertEqual([kind for kind, _cursor in self.script.fetched], ["search"])

    def test_every_lane_can_take_every_feed(self):
        for name in LANES:
            self.due()
            self.run_job(name)
        self.assertEqual(len(self.script.fetched), len(LANES))

    def test_when_time_is_up_what_arrived_is_processed_all_the_same(self):
        self.make_feed(
            self.channel, "search", query="us", next_run=datetime(2020, 2, 2)
        )
        self.due()
        self.script.pages["mentions"] = [self.page(self.payload(), cursor=1)]
        cron = type(self.env["ir.cron"])
        with self.job() as env, patch.object(cron, "_commit_progress", return_value=0):
            env["social.feed"]._cron_listen()
            env.cr.commit()
        self.assertEqual(len(self.script.fetched), 1)
        self.assertEqual(self.env["social.message"].search_count([]), 1)

    def test_a_feed_that_is_not_due_rests(self):
        self.feed.next_run = fields.Datetime.now() + timedelta(minutes=5)
        self.listen()
        self.assertFalse(self.script.fetched)

    def test_a_channel_that_is_not_connected_or_archived_rests(self):
        self.due()
        for values in ({"state": "draft"}, {"state": "reauthorise"}, {"active": False}):
            self.channel.write({"state": "connected", "active": True, **values})
            self.listen()
            self.assertFalse(self.script.fetched, values)

    def test_other_words_are_looked_for_from_the_start(self):
        self.feed.query = "us"
        self.feed.cursor = {"at": 1}
        self.feed.write({"query": "us", "active": True})
        self.assertEqual(self.feed.cursor, {"at": 1})
        self.feed.query = "them"
        self.assertFalse(self.feed.cursor)

    def test_one_that_is_deleted_while_it_is_fetched_stops_no_other(self):
        other = self.make_feed(self.channel, "search", query="us")
        self.due()
        self.due(other)

        def delete():
            self.feed.unlink()
            return self.page(self.payload(), cursor=1)

        self.script.pages["mentions"] = [delete]
        self.listen()
        self.assertEqual([kind for kind, _c in self.script.fetched][-1], "search")

    def test_an_archived_feed_rests(self):
        self.feed.active = False
        self.listen()
        self.assertFalse(self.script.fetched)

    def test_after_a_success_it_rests_for_the_networks_interval(self):
        self.script.pages["mentions"] = [self.page(cursor=1)]
        self.listen()
        self.assert_pause(self.feed, 60)
        self.assertTrue(self.feed.last_success)
        self.assertFalse(self.feed.last_item, "nothing came")
        self.assertEqual(self.feed.pause, 60)
        trigger = self.env["ir.cron.trigger"].search(
            [("cron_id", "=", self.env.ref("social_engagement.cron_listen").id)],
            order="call_at desc",
            limit=1,
        )
        self.assertEqual(trigger.call_at, self.feed.next_run)

    # ------------------------------------------------------------------
    # Rhythm
    # ------------------------------------------------------------------

    def fetch_brings(self, *payloads, **page):
        self.due()
        self.script.pages["mentions"] = [self.page(*payloads, cursor=1, **page)]
        self.listen()

    def test_faster_when_busy_slower_when_quiet(self):
        for payloads, pause in (([], 60), ([], 75), ([self.payload()], 37.5)):
            self.fetch_brings(*payloads)
            self.assertEqual(self.feed.pause, pause)
            self.assert_pause(self.feed, pause)

    def test_slower_near_the_rate_limit(self):
        def fetch(adapter, kind, query, cursor):
            adapter.meter.usage = Usage(limit=100, remaining=11, reset=600)
            return self.page(self.payload(), cursor=len(cursor), more=True)

        with patch.object(Scripted, "fetch", fetch):
            self.due()
            self.listen()
        self.assert_pause(self.feed, 600)
        self.assertEqual((self.feed.rate_limit, self.feed.rate_left), (100, 11))
        self.assertEqual(len(self.stored()), 1, "not even when there is more")

    def test_what_it_has_seen_and_how_far_back(self):
        first, second = self.payload(), self.payload()
        self.fetch_brings(second)
        self.fetch_brings(first)
        oldest = datetime.fromisoformat(first["at"]).replace(tzinfo=None)
        self.assertEqual(self.feed.oldest_post, oldest)
        self.fetch_brings({"no": "id"})
        self.assertEqual(self.feed.oldest_post, oldest)
        self.assertTrue(self.feed.last_item)

    def test_after_an_outage_it_is_behind_until_it_has_caught_up(self):
        self.fetch_brings(self.payload())
        self.feed.last_success = seen = datetime(2026, 1, 1)
        self.fetch_meets(NetworkError(Reason.AUTHORISATION, "revoked"))
        self.fetch_meets(NetworkError(Reason.NETWORK, "no route"))
        self.assertEqual(self.feed.behind_since, seen)
        self.channel.action_connect()
        self.due()
        gap = [self.page(self.payload(), cursor=n, more=True) for n in (2, 3)]
        self.script.pages["mentions"] = [*gap, NetworkError(Reason.SERVER, "500")]
        self.listen()
        self.assertEqual(self.script.fetched[-3], ("mentions", {"at": 1}))
        self.assertEqual(self.feed.behind_since, seen, "not all yet")
        self.fetch_brings(self.payload())
        self.assertFalse(self.feed.behind_since)
        self.assertEqual(len(self.stored()), 4)

    def test_the_longest_silence_is_remembered(self):
        self.fetch_brings(self.payload())
        self.feed.last_item -= timedelta(hours=9)
        self.fetch_brings(self.payload())
        self.assertAlmostEqual(self.feed.longest_silence, 9 * 3600, delta=10)

    # ------------------------------------------------------------------
    # Failures
    # ------------------------------------------------------------------

    def fetch_meets(self, error):
        self.due()
        self.script.pages["mentions"] = [error]
        self.listen()

    def test_each_reason_is_kept_with_its_advice(self):
        for reason in Reason:
            with self.subTest(reason):
                self.channel.state = "connected"
                self.fetch_meets(NetworkError(reason, "said so"))
                self.assertEqual(self.feed.failure_reason, reason.value)
                self.assertEqual(self.feed.failure_detail, "said so")
                self.assertGreater(self.feed.next_run, fields.Datetime.now())
                self.assertTrue(self.feed.advice)

    def test_it_waits_longer_each_time_up_to_an_hour(self):
        for pause in (60, 120, 240, 480, 960, 1920, 3600, 3600):
            self.fetch_meets(NetworkError(Reason.NETWORK, "no route"))
            self.assert_pause(self.feed, pause)
        self.assertEqual(self.feed.failures, 8)
        self.fetch_meets(self.page(cursor=1))
        self.assertEqual((self.feed.failures, self.feed.failure_reason), (0, False))

    def test_the_network_says_when_to_come_back(self):
        self.fetch_meets(NetworkError(Reason.RATE_LIMIT, "slow down", retry_after=600))
        self.assert_pause(self.feed, 600)

    def test_an_absurd_pause_is_bounded(self):
        self.fetch_meets(
            NetworkError(Reason.RATE_LIMIT, "slow down", retry_after=10**15)
        )
        self.assert_pause(self.feed, 3600)

    def test_a_detail_of_any_characters_is_kept(self):
        self.fetch_meets(NetworkError(Reason.SERVER, "a\0b \ud800 " + "x" * 2000))
        self.assertEqual(self.feed.failure_reason, "server")

    def test_lost_authorisation_turns_the_channel_red(self):
        self.fetch_meets(NetworkError(Reason.AUTHORISATION, "revoked"))
        self.assertEqual(self.channel.state, "reauthorise")

    def test_lost_authorisation_stops_the_channels_other_feeds(self):
        other = self.make_feed(self.channel, "search", query="us")
        other.next_run = datetime(2021, 1, 1)
        self.fetch_meets(NetworkError(Reason.AUTHORISATION, "revoked"))
        self.assertEqual([kind for kind, _c in self.script.fetched], ["mentions"])

    @mute_logger(FEED)
    def test_an_adapters_own_fault_stops_no_other_feed(self):
        other = self.make_feed(self.channel, "search", query="us")
        other.next_run = datetime(2021, 1, 1)
        found = self.payload()
        self.script.pages["search"] = [self.page(found, cursor=1)]
        self.fetch_meets(KeyError("oops"))
        self.assertEqual(self.feed.failure_reason, "unknown")
        self.assertEqual(self.feed.failure_detail, "KeyError")
        self.assertFalse(other.failure_reason)
        self.assertEqual(self.stored(), [found["id"]])

    @mute_logger(FEED)
    def test_a_network_whose_addon_is_gone_stops_no_other_feed(self):
        gone = self.make_channel(name="Gone")
        self.make_feed(gone, next_run=datetime(2020, 1, 1))
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE social_channel SET network = 'gone' WHERE id = %s", [gone.id]
        )
        self.env.invalidate_all()
        self.script.pages["mentions"] = [self.page(self.payload(), cursor=1)]
        self.listen()
        self.assertEqual(gone.feed_ids.failure_reason, "unknown")
        self.assertEqual(len(self.stored()), 1)
        self.assertFalse(gone.network_label)

    def test_who_fetches_now_is_told_what_came(self):
        administrator = self.make_user(
            "fetcher", "social_engagement.group_social_administrator"
        )
        said = []
        self.patch(
            type(self.env["res.users"]),
            "_bus_send",
            lambda user, kind, told, **_more: said.append((user, told["message"])),
        )
        self.script.pages["mentions"] = [
            self.page(self.payload(), cursor=1, more=True),
            self.page(self.payload(), cursor=2),
            NetworkError(Reason.SERVER, "down"),
        ]
        action = self.channel.with_user(administrator).action_fetch_now()
        self.assertIn("told what arrived", action["params"]["message"])
        self.feed._settle(self.feed._ask())
        self.assertFalse(said, "it goes on")
        self.feed._settle(self.feed._ask())
        self.assertEqual(said, [(administrator, "2 new posts.")])
        self.feed._settle(self.feed._ask())
        self.assertEqual(len(said), 1, "once")
        self.channel.with_user(administrator).action_fetch_now()
        self.feed._settle(self.feed._ask())
        self.assertEqual(said[1][1], "Nothing new.")
