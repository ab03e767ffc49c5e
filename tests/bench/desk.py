"""How long an agent waits for a conversation after a click, among very many.

``conversation_view_p95_ms``: all that the view asks the server for when a conversation
is opened, over HTTP from a running Odoo, one call after the other: the row (with the
posts brought into the chatter where they are not), the thread's facts, its messages,
and the form beside it. ``list_page_p95_ms``: a page of the list with its counts,
wherever in it; ``search_p95_ms``: a page of what bears some words. ``timeline_p95_ms``
is what ``timeline.py`` measures, which adds its own million to the same database.

usage: script/test bench desk
environment: DB, the database with both add-ons; CONVERSATIONS, MESSAGES, CLICKS
"""

import json
import os
import random
import statistics
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

import requests
import timeline

sys.path.append(str(Path(__file__).resolve().parents[1]))
from ground import Server  # noqa: E402

CONVERSATIONS = int(os.environ.get("CONVERSATIONS", 100_000))
MESSAGES = int(os.environ.get("MESSAGES", 1_000_000))
CLICKS = int(os.environ.get("CLICKS", 200))
AUTHORS = max(1, CONVERSATIONS // 2)
IN_CHATTER = 4  # every so manieth conversation was worked on
WITH_TICKET = 8
LOGIN = "benchagent"
TEXTS = (
    "my parcel has not arrived yet and nobody answers",
    "the app crashes since the update, please help",
    "thank you, that was quick",
    "where can I find the invoice of last month?",
    "three weeks without internet, this is unacceptable",
    "is the new router available in blue?",
)
QUOTED = ", ".join(f"'{text}'" for text in TEXTS)
TEXT = f"(ARRAY[{QUOTED}])[1 + n % {len(TEXTS)}]"  # one of them, in SQL
TABLES = ("social_profile", "social_conversation", "social_message")
TABLES += ("mail_message", "helpdesk_ticket")
THREAD = ["activities", "attachments", "contact_fields", "followers"]
THREAD += ["scheduledMessages", "suggestedRecipients"]


# ----------------------------------------------------------------------
# Filling
# ----------------------------------------------------------------------


def clone(env, record, count, **values):
    """Rows like a record's, with ids of their own.

    :param values: column → SQL, in which ``n`` counts from 1 and ``t`` is the row
    :return: the id before the first
    """
    env.flush_all()
    table = record._table
    env.cr.execute(f"SELECT max(id) FROM {table}")
    [base] = env.cr.fetchone()
    env.cr.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass "
        "AND attnum > 0 AND NOT attisdropped",
        [table],
    )
    columns = [name for (name,) in env.cr.fetchall()]
    values = {"id": f"{base} + n", **values}
    chosen = ", ".join(values.get(name, f't."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    env.cr.execute(
        f"""INSERT INTO {table} ({names}) SELECT {chosen}
            FROM {table} t, generate_series(1, {count}) n WHERE t.id = {record.id}"""
    )
    env.cr.execute("SELECT setval(%s, %s)", [f"{table}_id_seq", base + count])
    return base


@contextmanager
def indexed_afterwards(env, *models):
    """Tables are filled several times as fast without their indexes."""
    env.cr.execute(
        """SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
             FROM pg_index i
            WHERE i.indrelid IN (SELECT t::regclass FROM unnest(%s) t)
              AND NOT i.indisunique""",
        [[env[model]._table for model in models]],
    )
    indexes = env.cr.fetchall()
    for name, _definition in indexes:
        env.cr.execute(f"DROP INDEX {name}")
    yield
    for _name, definition in indexes:
        env.cr.execute(definition)


def first_of_each(env):
    """One profile, conversation, post, ticket and chatter message, by the ORM."""
    channel = env["social.channel"].create(
        {
            "name": "Bench",
            "network": "mastodon",
            "base_url": "https://bench.example",
            "state": "connected",
            "max_length": 500,
        }
    )
    profile = env["social.profile"].create(
        {
            "company_id": channel.company_id.id,
            "network": "mastodon",
            "external_id": "author",
            "handle": "author",
            "name": "Author",
            "influence": 40,
        }
    )
    conversation = env["social.conversation"].create(
        {
            "name": "The first",
            "channel_id": channel.id,
            "profile_id": profile.id,
            "thread_key": "first",
            "state": "solved",
            "language": "en",
            "last_message_at": "2026-01-01",
        }
    )
    message = env["social.message"].create(
        {
            "channel_id": channel.id,
            "conversation_id": conversation.id,
            "profile_id": profile.id,
            "direction": "inbound",
            "external_id": "first",
            "body": TEXTS[0],
            "language": "en",
            "posted_at": "2026-01-01",
            "reply_ref": {"id": "1", "acct": "author@bench.example"},
        }
    )
    conversation._bring_to_desk()
    ticket = env["helpdesk.ticket"].create(
        {
            "name": "The first",
            "description": TEXTS[0],
            "team_id": env.ref("social_routing.helpdesk_team_social").id,
            "user_id": False,
        }
    )
    return profile, conversation, message, ticket


def fill(env):
    """Everything, past the ORM: rows of the tables as it would have made them."""
    profile, conversation, message, ticket = first_of_each(env)
    profiles = clone(
        env,
        profile,
        AUTHORS,
        external_id="'author-' || n",
        handle="'author' || n",
        name="'Author ' || n",
        influence="1 + n % 100",
    )
    tickets = clone(
        env,
        ticket,
        CONVERSATIONS // WITH_TICKET,
        number="'BENCH' || n",
        name=TEXT,
        access_token="md5(n::text)",
        priority_score="(n * 7919 % 9000) / 100.0",
    )
    worked_on = f"n % {IN_CHATTER} = 0"
    with_ticket = f"n % {WITH_TICKET} = 0"
    conversations = clone(
        env,
        conversation,
        CONVERSATIONS,
        name=TEXT,
        profile_id=f"{profiles} + 1 + n % {AUTHORS}",
        thread_key="'thread-' || n",
        state="(ARRAY['new','new','open','waiting','solved','solved','no_action'])"
        "[1 + n % 7]",
        in_chatter=worked_on,
        ticket_id=f"CASE WHEN {with_ticket} THEN {tickets} + n / {WITH_TICKET} END",
        priority_score="(n * 7919 % 9000) / 100.0",
        needs_answer="(n * 31 % 100) / 100.0",
        influence="1 + n % 100",
        language="(ARRAY['en','de','fr'])[1 + n % 3]",
        last_message_at="now() at time zone 'utc' - n * interval '1 minute'",
        message_count=str(MESSAGES // CONVERSATIONS),
    )
    with indexed_afterwards(env, "mail.message", "social.message"):
        fill_posts(env, message, profiles, conversations, tickets)
    env.cr.commit()
    for table in TABLES:
        env.cr.execute(f"ANALYZE {table}")
    env.cr.commit()
    env.invalidate_all()


def fill_posts(env, message, profiles, conversations, tickets):
    """The posts, and those of them that are in the chatter: in rounds, each of one post
    for each conversation.
    """
    n = f"(1 + (n - 1) % {CONVERSATIONS})"
    desk = f"({n} % {IN_CHATTER} = 0)"
    # The number of the conversation that message n of the chatter is of.
    number = f"({IN_CHATTER} * (1 + (n - 1) % {CONVERSATIONS // IN_CHATTER}))"
    shown = message.mail_message_id
    mails = clone(
        env,
        shown,
        MESSAGES // IN_CHATTER,
        model=f"CASE WHEN {number} % {WITH_TICKET} = 0 "
        "THEN 'helpdesk.ticket' ELSE 'social.conversation' END",
        res_id=f"CASE WHEN {number} % {WITH_TICKET} = 0 "
        f"THEN {tickets} + {number} / {WITH_TICKET} "
        f"ELSE {conversations} + {number} END",
        date="now() at time zone 'utc' - n * interval '1 minute'",
        message_id="'<bench-' || n || '@example.com>'",
        body=f"'<p>' || {TEXT} || '</p>'",
    )
    clone(
        env,
        message,
        MESSAGES,
        conversation_id=f"{conversations} + {n}",
        profile_id=f"{profiles} + 1 + {n} % {AUTHORS}",
        external_id="'post-' || n",
        body=f"{TEXT} || ' number ' || n",
        posted_at="now() at time zone 'utc' - n * interval '20 seconds'",
        mail_message_id=f"CASE WHEN {desk} THEN {mails} + "
        f"(n - 1) / {CONVERSATIONS} * {CONVERSATIONS // IN_CHATTER} "
        f"+ {n} / {IN_CHATTER} END",
    )


def make_agent(env):
    group = env.ref("social_engagement.group_social_user")
    user = (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            {
                "name": "Bench Agent",
                "login": LOGIN,
                "password": LOGIN,
                "group_ids": [(4, group.id)],
            }
        )
    )
    env.ref("social_routing.helpdesk_team_social").user_ids = [(4, user.id)]


# ----------------------------------------------------------------------
# Clicking
# ----------------------------------------------------------------------


class Agent:
    """What the browser of an agent asks for."""

    def __init__(self, server):
        self.server = server
        self.session = requests.Session()
        login = {"db": server.database, "login": LOGIN, "password": LOGIN}
        self.ask("/web/session/authenticate", **login)
        choices = self.call("waiting_choices")
        views = self.call("get_views", views=[[choices["side_view"], "form"]])
        arch = ElementTree.fromstring(views["views"]["form"]["arch"])
        self.specification = _specification(arch, views["models"], MODEL)

    def ask(self, path, **params):
        answer = self.session.post(
            self.server.url + path, json={"jsonrpc": "2.0", "params": params}
        ).json()
        if "error" in answer:
            raise SystemExit(f"{path}: {answer['error']['data']['debug']}")
        return answer["result"]

    def call(self, method, *args, **kwargs):
        return self.ask(
            f"/web/dataset/call_kw/{MODEL}/{method}",
            model=MODEL,
            method=method,
            args=args,
            kwargs=kwargs,
        )

    def click(self, row):
        if not row["in_chatter"]:
            row = self.call("waiting_open", [row["id"]])
        thread = {
            "thread_model": row["thread"]["model"],
            "thread_id": row["thread"]["id"],
        }
        facts = {"access_params": {}, "request_list": THREAD, **thread}
        self.ask("/mail/data", fetch_params=[["mail.thread", facts]])
        said = self.ask("/mail/thread/messages", fetch_params={"limit": 30}, **thread)
        self.call("web_read", [row["id"]], specification=self.specification)
        if not said["messages"]:
            raise SystemExit(f"no post in the chatter of {row}")


MODEL = "social.conversation"


def _specification(node, models, model):
    """What a form reads of the fields in its arch, as the browser asks for it."""
    fields = models[model]["fields"]
    wanted = {}
    for field in _fields(node):
        name = field.get("name")
        kind = fields[name]["type"]
        wanted[name] = {}
        if kind in ("many2one", "many2many", "one2many"):
            inside = field.find("list")
            comodel = fields[name].get("relation")
            wanted[name] = {"fields": {"display_name": {}}}
            if inside is not None:
                below = _specification(inside, models, comodel)
                wanted[name] = {"fields": below, "limit": 40}
    return wanted


def _fields(node):
    for child in node:
        if child.tag == "field":
            yield child
        else:
            yield from _fields(child)


def milliseconds(act, things):
    times = []
    for thing in things:
        started = time.perf_counter()
        act(thing)
        times.append(1000 * (time.perf_counter() - started))
    return times


def p95(times):
    return round(statistics.quantiles(times, n=20)[-1], 1)


def clicks(agent, rng):
    """Rows from all over the list, in chatter and not, with ticket and without."""
    rows, after = [], None
    while len(rows) < CLICKS:
        page = agent.call("waiting_page", {"box": "todo"}, after)
        rows += page["rows"]
        after = page["next"] and [rng.random() * 90, 0]
    return rng.sample(rows, CLICKS)


def measure(server):
    rng = random.Random(1)
    agent = Agent(server)
    rows = clicks(agent, rng)
    for row in rows[:5]:
        agent.click(row)  # what a worker reads once
    opened = milliseconds(agent.click, rows[5:])

    def page(after):
        agent.call("waiting_page", {"box": "todo"}, after)
        agent.call("waiting_counts")

    places = [None] * 10 + [[rng.random() * 90, 0] for _n in range(40)]
    words = ["parcel", "invoice", "internet", "nobody said this", "number 77777"]

    def search(text):
        agent.call("waiting_page", {"box": "todo", "text": text})

    return {
        "conversation_view_p95_ms": p95(opened),
        "conversation_view_median_ms": round(statistics.median(opened), 1),
        "list_page_p95_ms": p95(milliseconds(page, places)),
        "search_p95_ms": p95(milliseconds(search, words * 4)),
    }


def main():
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(["--log-level=error", "--addons-path=addons"])
    registry = Registry(os.environ["DB"])
    started = time.perf_counter()
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        make_agent(env)
        fill(env)
        filled = time.perf_counter() - started
    with Server(os.environ["DB"]) as server:
        found = measure(server)
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        timeline.fill(env)
        found["timeline_p95_ms"] = timeline.measure(env)["timeline_p95_ms"]
    told = {
        "bench": "desk",
        **found,
        "conversations": CONVERSATIONS,
        "messages": MESSAGES,
        "clicks": CLICKS,
        "filled_in_s": round(filled),
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
