"""A power cut in the middle of fetching loses nothing and doubles nothing."""

import threading
import time

import pytest

from ground import Server, fresh_database
from waiting import wait_for

POSTS = 500


@pytest.fixture
def own_server():
    with fresh_database() as name, Server(name) as running:
        yield running


@pytest.fixture
def brand_with_posts(atproto):
    """A member of the network whom 500 posts mention."""
    brand = atproto.add("famous")
    fan = atproto.client(atproto.add("crowd"))
    for number in range(POSTS):
        fan.send_post(atproto.mention(brand, f"post number {number}?"))
    client = atproto.client(brand)

    def delivered():
        return client.app.bsky.notification.get_unread_count().count >= POSTS

    wait_for(delivered, 120)
    return brand


def count(server, model, channel):
    return server.call(model, "search_count", [("channel_id", "=", channel)])


def kill_while(server, channel, model, wanted):
    """Runs the job and kills Odoo as soon as some rows, not all, are there."""
    import database

    table = model.replace(".", "_")
    query = f"SELECT count(*) FROM {table} WHERE channel_id = %s"

    def listen():
        try:
            server.run_job("social_engagement.cron_listen")
        except Exception:  # the connection breaks with the server
            pass

    job = threading.Thread(target=listen)
    job.start()
    with database.connect(server.database) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        rows = 0
        while not rows and job.is_alive():
            cursor.execute(query, (channel,))
            rows = cursor.fetchone()[0]
            time.sleep(0.001)
    server.kill()
    job.join()
    assert 0 < rows < wanted, f"{rows} rows: the moment was missed"


def test_all_posts_are_there_once(own_server, atproto, brand_with_posts):
    server, brand = own_server, brand_with_posts
    server.call(
        "ir.config_parameter",
        "set_param",
        "social_engagement.allow_private_addresses",
        "True",
    )
    [channel] = server.call(
        "social.channel",
        "create",
        [
            {
                "name": "Famous",
                "network": "bluesky",
                "base_url": atproto.url,
                "username": brand.username,
                "secret": brand.secret,
            }
        ],
    )
    server.call("social.channel", "action_connect", [channel])

    kill_while(server, channel, "social.intake", POSTS)
    server.start()
    feeds = server.call("social.feed", "search", [])
    server.call("social.feed", "write", feeds, {"next_run": "2020-01-01 00:00:00"})
    for _run in range(3):
        server.run_job("social_engagement.cron_listen")
    assert count(server, "social.intake", channel) == POSTS
    assert count(server, "social.message", channel) == POSTS
    bodies = server.call(
        "social.message", "search_read", [("channel_id", "=", channel)], ["body"]
    )
    told = {message["body"].split("post number ")[1] for message in bodies}
    assert told == {f"{number}?" for number in range(POSTS)}
