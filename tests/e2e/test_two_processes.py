"""Two Odoo processes on one database share the feeds: nothing doubles, time falls."""

import threading
import time
from contextlib import ExitStack
from email.utils import formatdate

import pytest

import database
from ground import Server, fresh_database
from stub import Stub

FEEDS = 12
ARTICLES = 5
LATENCY = 1.5  # seconds a feed takes to answer
LANES = ("cron_listen", "cron_listen_2")
LEFT = (
    (
        "social.feed",
        [("last_success", "=", False), ("channel_id.state", "=", "connected")],
    ),
    ("social.intake", [("state", "=", "new")]),
)


class Newspapers:
    """Feeds that answer slowly and tell how often they were asked."""

    def __init__(self):
        self.asked = []
        self.lock = threading.Lock()

    def answers(self):
        return {f"/{n}": lambda n=n: self.answer(n) for n in range(FEEDS)}

    def answer(self, number):
        with self.lock:
            self.asked.append(number)
        time.sleep(LATENCY)
        items = "".join(
            f"<item><guid>{number}-{n}</guid><title>Article {n} of {number}</title>"
            f"<link>https://paper.example/{number}/{n}</link>"
            f"<pubDate>{formatdate(1_700_000_000 + n)}</pubDate></item>"
            for n in range(ARTICLES)
        )
        feed = f"<title>Paper {number}</title><link>https://paper.example/</link>"
        rss = f'<rss version="2.0"><channel>{feed}{items}</channel></rss>'
        return "application/rss+xml", rss.encode()


@pytest.fixture(scope="module")
def newspapers():
    papers = Newspapers()
    with Stub(papers.answers()) as url:
        papers.url = url
        yield papers


def subscribe(server, url):
    """A channel for each paper, connected; their feeds are due."""
    server.call(
        "ir.config_parameter",
        "set_param",
        "social_engagement.allow_private_addresses",
        "True",
    )
    channels = server.call(
        "social.channel",
        "create",
        [
            {"name": f"Paper {n}", "network": "rss", "base_url": f"{url}/{n}"}
            for n in range(FEEDS)
        ],
    )
    with database.connect(server.database) as connection:
        cursor = connection.cursor()
        cursor.execute("UPDATE social_channel SET state = 'draft'")
        cursor.execute(
            "UPDATE social_channel SET state = 'connected' WHERE id = ANY(%s)",
            (channels,),
        )
        cursor.execute(
            """INSERT INTO social_feed
               (channel_id, company_id, kind, active, next_run)
               SELECT id, company_id, 'feed', true, '2020-01-01' FROM social_channel
               WHERE id = ANY(%s)""",
            (channels,),
        )
        connection.commit()
    return channels


def listen(servers):
    """Each server runs a lane of its own, turn after turn; seconds until all feeds were
    fetched and processed.
    """

    def work(server, lane):
        while sum(server.call(model, "search_count", left) for model, left in LEFT):
            server.run_job(f"social_engagement.{lane}")

    jobs = [
        threading.Thread(target=work, args=pair)
        for pair in zip(servers, LANES, strict=False)
    ]
    begun = time.monotonic()
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    return time.monotonic() - begun


def all_feeds_are_here_once(server, newspapers, channels):
    assert sorted(newspapers.asked) == list(range(FEEDS)), "each was asked once"
    newspapers.asked.clear()
    of_channels = [("channel_id", "in", channels)]
    for model in ("social.intake", "social.message"):
        assert server.call(model, "search_count", of_channels) == FEEDS * ARTICLES
    failed = [*of_channels, ("state", "!=", "done")]
    assert not server.call("social.intake", "search_count", failed)
    failing = [*of_channels, ("failure_reason", "!=", False)]
    assert not server.call("social.feed", "search_count", failing)


def run(processes, newspapers):
    with ExitStack() as stack:
        name = stack.enter_context(fresh_database())
        servers = [stack.enter_context(Server(name)) for _n in range(processes)]
        channels = subscribe(servers[0], newspapers.url)
        seconds = listen(servers)
        all_feeds_are_here_once(servers[0], newspapers, channels)
        return seconds


def test_two_share_the_work(newspapers):
    one = run(1, newspapers)
    two = run(2, newspapers)
    print(f"one process {one:.1f} s, two {two:.1f} s")
    assert two < 0.75 * one
