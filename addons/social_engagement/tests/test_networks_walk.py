"""Walking backwards, as Bluesky's notifications are read."""

from datetime import datetime, timezone

from ..networks.atproto import earlier
from ..networks.base import NetworkError, Reason
from ..networks.payload import as_time
from ..networks.walk import Reader, walk
from .network_case import NetworkCase
from .test_networks_bluesky import NOW, notification


class TestWalk(NetworkCase):
    """Reading backwards, page after page, with a break wherever it hurts."""

    def setUp(self):
        super().setUp()
        self.stored = [notification(n, n) for n in range(1, 251)]
        self.profiles = 0
        self.pages = 0

    def network(self, page):
        """What the app view does: the newest first, its cursor the last one's time."""
        newest_first = sorted(self.stored, key=lambda n: n["indexedAt"], reverse=True)
        if page:
            before = as_time(page)
            newest_first = [n for n in newest_first if as_time(n["indexedAt"]) < before]
        found = newest_first[:100]
        self.pages += 1
        token = found[-1]["indexedAt"] if found else None
        return found, earlier(token, [as_time(n["indexedAt"]) for n in found])

    def step(self, cursor, read=None):
        reader = Reader(
            read or self.network,
            lambda n: as_time(n["indexedAt"]),
            lambda n: n["cid"],
            lambda n: n["reason"] != "like",
        )
        return walk(reader, cursor)

    def walk(self, cursor):
        found = []
        while True:
            entries, cursor = self.step(cursor)
            found += [entry["cid"] for entry in entries]
            if "page" not in cursor:
                return found, cursor

    def start(self):
        return {"seen": NOW.isoformat(), "known": []}

    def all(self):
        return {n["cid"] for n in self.stored}

    def test_reads_all(self):
        found, cursor = self.walk(self.start())
        self.assertEqual(sorted(found), sorted(self.all()))
        self.assertEqual(self.walk(cursor), ([], cursor))

    def test_what_arrives_during_the_walk_comes_after_it(self):
        entries, cursor = self.step(self.start())
        found = [entry["cid"] for entry in entries]
        self.stored.append(notification(300, 300))
        rest, cursor = self.walk(cursor)
        later, cursor = self.walk(cursor)
        self.assertEqual(set(found + rest + later), self.all())
        self.assertEqual(self.walk(cursor)[0], [])

    def test_what_is_filed_late_is_not_lost(self):
        _found, cursor = self.walk(self.start())
        self.stored.append(notification(301, 249.5))
        found, cursor = self.walk(cursor)
        self.assertEqual(found, ["cid301"])
        self.assertEqual(self.walk(cursor)[0], [])

    def test_same_millisecond_at_the_edge_of_a_page(self):
        self.stored = [notification(n, n // 7) for n in range(1, 251)]
        found, cursor = self.walk(self.start() | {"seen": "2026-11-01T00:00:00+00:00"})
        self.assertEqual(sorted(found), sorted(self.all()))

    def test_a_page_full_of_one_millisecond_does_not_hold_it_up(self):
        self.stored = [notification(n, 1) for n in range(1, 151)]
        self.walk(self.start())
        self.assertLess(self.pages, 4)

    def test_stops_where_it_was(self):
        _found, cursor = self.walk(self.start())
        self.stored += [notification(n, n) for n in range(300, 310)]
        self.pages = 0
        self.assertEqual(len(self.walk(cursor)[0]), 10)
        self.assertEqual(self.pages, 1)

    def test_first_goes_back_a_week(self):
        now = datetime.now(timezone.utc) - NOW
        self.stored = [
            notification(n, now.total_seconds() / 60 - n * 60) for n in range(400)
        ]
        found, _cursor = self.walk({})
        self.assertIn(len(set(found)), (168, 169))

    def test_what_is_dated_into_the_future_hides_nothing(self):
        now = (datetime.now(timezone.utc) - NOW).total_seconds() / 60
        self.stored = [notification(1, now - 10), notification(2, now + 10_000)]
        found, cursor = self.walk({})
        self.assertEqual(sorted(found), ["cid1", "cid2"])
        self.stored.append(notification(3, now))
        self.assertEqual(self.walk(cursor)[0], ["cid3"])

    def test_likes_are_passed_over(self):
        self.stored = [notification(n, n, "like") for n in range(1, 251)]
        self.stored[0]["reason"] = "reply"
        found, cursor = self.walk(self.start())
        self.assertEqual(found, ["cid1"])
        self.assertEqual(self.walk(cursor)[0], [])

    def test_begins_again_when_the_page_is_forgotten(self):
        def forgetful(page):
            if page:
                raise NetworkError(Reason.REFUSED, "InvalidCursor")
            return self.network(page)

        _entries, cursor = self.step(self.start())
        entries, cursor = self.step(cursor, forgetful)
        self.assertEqual(len(entries), 100)

    def test_no_notifications(self):
        self.stored = []
        found, cursor = self.walk({})
        self.assertEqual(found, [])
        self.assertEqual(self.walk(cursor)[0], [])

    def test_a_server_without_pages_does_not_hold_it_up(self):
        def same(page):
            return self.network(None)[0], "next"

        cursor, steps = self.start(), 0
        while "page" in cursor or not steps:
            _entries, cursor = self.step(cursor, same)
            steps += 1
        self.assertEqual(steps, 2)
