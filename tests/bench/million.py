"""How large a million posts are in the database, and how long it takes to find one
person's among them, erase them, search, and open a channel.

``fill`` lets SEED posts go the whole way in, of every fifth comes a ticket; then it
copies all rows that came of them in SQL until there are POSTS. ``measure`` prints one
JSON line: ``gigabytes`` of the whole database, ``tables``, of the largest ones the MB
in all, of their indexes, and of what is stored apart; ``preview_ms``, ``erase_ms`` of
one person; ``search_ms``, a search for two letters as an agent; ``channel_ms``, the
form of a channel; ``watch_ms``, the hourly look at all channels; ``copies_ms``, what
500 new posts are copies of; ``ingest_per_second``, how fast posts come in on top.

usage: script/test bench million
environment: DB, the database with both add-ons; POSTS, how many
"""

import json
import os
import random
import time
from datetime import datetime, timedelta, timezone

POSTS = int(os.environ.get("POSTS", 1_000_000))
SEED = min(POSTS, 5_000)
AUTHORS = SEED // 3
LOGIN = "bench_million_agent"
#: What posts came to, in the order rows refer to each other.
TABLES = (
    "social_profile",
    "helpdesk_ticket",
    "social_conversation",
    "social_message",
    "mail_message",
    "social_intake",
    "social_message_band",
    "social_interaction",
    "social_influence_value",
    "social_routing_case",
    "social_conversation_social_topic_rel",
    "social_message_social_topic_rel",
    "social_routing_case_social_topic_rel",
)
THREADS = {
    "social.conversation": "social_conversation",
    "helpdesk.ticket": "helpdesk_ticket",
}
OURS = "(social|helpdesk_ticket$|mail_message$)"  # tables that count
WORDS = """
    parcel order delivery invoice account password router battery screen update app
    station train ticket flight luggage voucher contract customer service shop sunny
    round early lovely quick friendly honest strange golden quiet narrow modern tiny
    since yesterday morning Monday weeks again often always near walked passed saw
    opened bought wore carried painted drew counted named the a my your their our and
    is was are were has had by as of to into over under with without for from about
    after before between on in at every second third new old blue green black large
    small kitchen office garden phone laptop printer charger cable headphones speaker
    Berlin Paris Madrid London Lisbon Vienna hotel room breakfast window street number
""".split()
ASKING = "where is my parcel? Please help me, it does not work: "


def post(number, rng, moment):
    """One notification as Mastodon delivers it; every fifth asks something."""
    text = " ".join(rng.choices(WORDS, k=rng.randrange(8, 34)))
    text = (ASKING if number % 5 == 0 else "") + text
    author = f"author{rng.randrange(AUTHORS)}"
    account = {
        "id": f"1{author}",
        "acct": f"{author}@bench.example",
        "username": author,
        "display_name": f"The {author} of {rng.choice(WORDS)}",
        "url": f"https://bench.example/@{author}",
        "uri": f"https://bench.example/users/{author}",
        "avatar": f"https://bench.example/avatars/{author}/original/9f5c1b2a.png",
        "note": f"<p>{' '.join(rng.choices(WORDS, k=12))}</p>",
        "followers_count": rng.randrange(1_000),
        "following_count": rng.randrange(1_000),
        "statuses_count": rng.randrange(10_000),
        "created_at": "2020-01-01T00:00:00.000Z",
        "bot": False,
        "fields": [],
        "emojis": [],
    }
    return {
        "id": f"n{number}",
        "type": "mention",
        "created_at": moment.isoformat(),
        "account": account,
        "status": {
            "id": str(10_000_000 + number),
            "created_at": moment.isoformat(),
            "edited_at": None,
            "in_reply_to_id": None,
            "visibility": "public",
            "language": "en",
            "uri": f"https://bench.example/posts/{number}",
            "url": f"https://bench.example/@{author}/{number}",
            "reblogs_count": 0,
            "favourites_count": 0,
            "content": f"<p>@brand {text}</p>",
            "account": account,
            "media_attachments": [],
            "mentions": [],
            "tags": [],
            "emojis": [],
        },
    }


def take_in(env, channel, numbers):
    """Lets posts go the whole way in; seconds it took."""
    from odoo.addons.social_engagement.networks.base import Item

    rng = random.Random(numbers[0])
    began = datetime.now(timezone.utc) - timedelta(days=20)
    items = []
    for number in numbers:
        payload = post(number, rng, began + timedelta(seconds=number % 1_000_000))
        items.append(Item(payload["status"]["id"], payload))
    for start in range(0, len(items), 500):
        env["social.intake"]._store(channel.feed_ids, items[start : start + 500])
    env.cr.commit()
    started = time.perf_counter()
    env["social.intake"]._process_queue()
    return time.perf_counter() - started


def prepare(env):
    channel = env["social.channel"].create(
        {
            "name": "Bench",
            "network": "mastodon",
            "base_url": "https://bench.example",
            "state": "connected",
            "account_external_id": "https://bench.example/users/brand",
        }
    )
    env["social.feed"].create({"channel_id": channel.id, "kind": "mentions"})
    take_in(env, channel, range(SEED))
    return channel


def columns(env, table):
    env.cr.execute(
        """SELECT column_name, data_type FROM information_schema.columns
           WHERE table_schema = 'public' AND table_name = %s""",
        [table],
    )
    return dict(env.cr.fetchall())


def references(env, table):
    """column → the one of TABLES it leads to."""
    env.cr.execute(
        """SELECT a.attname, c.confrelid::regclass::text FROM pg_constraint c
           JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
           WHERE c.contype = 'f' AND c.conrelid = %s::regclass""",
        [table],
    )
    return {name: target for name, target in env.cr.fetchall() if target in TABLES}


def shifted(table, name, kind, leads_to):
    """The SQL of a column's value in the copy ``k`` of a row."""
    column = f't."{name}"'
    if name == "id" or name in leads_to:
        return f"{column} + k * step"
    if table == "mail_message" and name == "res_id":
        models = ", ".join(f"'{model}'" for model in THREADS)
        return f"CASE WHEN t.model IN ({models}) THEN {column} + k * step END"
    if name == "band":
        return f"hashint4({column} # k)"
    if name in ("bands", "names"):  # words that many share are the same in copies
        common = "b IN (SELECT n FROM common)"
        own = f"CASE WHEN {common} THEN b ELSE hashint4(b # k) END"
        return f"(SELECT array_agg({own}) FROM unnest({column}) b)"
    if (table, name) in (("helpdesk_ticket", "number"), ("mail_message", "message_id")):
        return f"{column} || '-' || k"
    if name in ("external_id", "thread_key", "payload", "url", "handle", "name"):
        told = f"replace({column}, 'author', 'a' || k || 'author')"
        told = f"replace({told}, '/posts/', '/posts/' || k || '-')"
        if name in ("external_id", "thread_key"):
            named = f"{column} LIKE 'http%%'"
            return f"CASE WHEN {named} THEN {told} ELSE {told} || '-' || k END"
        return told
    if name == "access_token":
        return "NULL"
    return column


def multiply(env, copies):
    """Copies all rows of TABLES, each with ids of its own, without triggers."""
    run = env.cr.execute
    run("SET session_replication_role = replica")
    run(
        """CREATE TEMPORARY TABLE common AS
           SELECT n FROM social_intake, unnest(names) n
           GROUP BY n HAVING count(*) > %s""",
        [SEED // 100],
    )
    run("SET maintenance_work_mem = '512MB'")
    step = 0
    for table in TABLES:
        if "id" in columns(env, table):
            run(f"SELECT coalesce(max(id), 0) FROM {table}")
            step = max(step, env.cr.fetchone()[0] + 1)
    for table in TABLES:
        kinds, leads_to = columns(env, table), references(env, table)
        names = ", ".join(f'"{name}"' for name in kinds)
        values = ", ".join(
            shifted(table, name, kind, leads_to) for name, kind in kinds.items()
        )
        began = time.perf_counter()
        indexes = without_indexes(env, table)
        run(
            f"""INSERT INTO {table} ({names}) SELECT {values.replace("step", str(step))}
                FROM {table} t, generate_series(1, %s) k""",
            [copies],
        )
        for definition in indexes:
            run(definition)
        if "id" in kinds:
            run(
                f"""SELECT setval(pg_get_serial_sequence('{table}', 'id'),
                    (SELECT max(id) + 1 FROM {table}))"""
            )
        env.cr.commit()
        print(f"{table}: {time.perf_counter() - began:.0f} s", flush=True)
    run("SET session_replication_role = DEFAULT")


def without_indexes(env, table):
    """Drops the indexes of a table but its keys; how to make them again."""
    env.cr.execute(
        """SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s
           AND indexname NOT IN (SELECT conname FROM pg_constraint)""",
        [table],
    )
    found = dict(env.cr.fetchall())
    for name in found:
        env.cr.execute(f'DROP INDEX "{name}"')
    return list(found.values())


def fill(env):
    channel = prepare(env)
    multiply(env, POSTS // SEED - 1)
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE")
    env.cr._cnx.autocommit = False
    env.invalidate_all()
    return channel


def sizes(env):
    """Of the largest tables: MB in all, of these indexes, and stored apart (TOAST)."""
    env.cr.execute(
        """SELECT relname, pg_total_relation_size(oid), pg_indexes_size(oid),
                  coalesce(pg_total_relation_size(nullif(reltoastrelid, 0)), 0)
           FROM pg_class WHERE relkind = 'r' AND relname ~ %s
           ORDER BY 2 DESC LIMIT 12""",
        [OURS],
    )
    return {
        name: [round(size / 1e6) for size in of_table]
        for name, *of_table in env.cr.fetchall()
    }


def timed(env, call, times=3):
    """Milliseconds of the fastest of some calls, each with a cold cache of records."""
    took = []
    for _time in range(times):
        env.invalidate_all()
        began = time.perf_counter()
        call()
        took.append(1000 * (time.perf_counter() - began))
    return round(min(took))


def agent(env):
    users = env["res.users"].with_context(no_reset_password=True)
    groups = env.ref("social_engagement.group_social_user")
    found = users.search([("login", "=", LOGIN)])
    return found or users.create(
        {"name": "Bench agent", "login": LOGIN, "group_ids": [(4, groups.id)]}
    )


def somebody(env, channel):
    """A profile in the middle of them all, linked to a contact of its own."""
    profile = env["social.profile"].search(
        [("network", "=", "mastodon")], offset=1_000, limit=1, order="id"
    )
    partner = env["res.partner"].create({"name": "Bench somebody"})
    profile.partner_id = partner
    env.flush_all()
    return profile, partner


def erasing(env, profile, partner):
    """Milliseconds of what a preview counts, and of erasing; rolled back."""
    privacy = env["social.privacy"]

    def preview():
        for part in privacy._parts(privacy._person(profile, partner)):
            len(part.records)

    def erase():
        with env.cr.savepoint() as savepoint:
            privacy._erase(profile, partner, "request")
            env.flush_all()
            savepoint.rollback()

    return {"preview_ms": timed(env, preview), "erase_ms": timed(env, erase)}


def form(env, channel):
    """Reads a channel with all its form shows."""
    view = env["social.channel"].get_view(view_type="form")
    fields = set(view["models"]["social.channel"])
    channel.web_read({name: {} for name in fields if name in channel._fields})


def measure(env, channel):
    env.cr.execute("SELECT pg_database_size(current_database())")
    found = {"gigabytes": round(env.cr.fetchone()[0] / 1e9, 2), "tables": sizes(env)}
    user = agent(env)
    env.flush_all()
    found |= erasing(env, *somebody(env, channel))
    conversations = env["social.conversation"].with_user(user)
    found["search_ms"] = search(conversations, timed)
    found["channel_ms"] = timed(env, lambda: form(env, channel))
    found["watch_ms"] = timed(env, env["social.channel"]._cron_watch)
    texts = [" ".join(random.Random(n).choices(WORDS, k=20)) for n in range(500)]
    company = channel.company_id
    found["copies_ms"] = timed(
        env, lambda: env["social.message"]._find_copies(company, texts)
    )
    env.cr.rollback()
    seconds = take_in(env, channel, range(2 * POSTS, 2 * POSTS + 2_000))
    found["ingest_per_second"] = round(2_000 / seconds)
    return found


def search(conversations, timed):
    """The desk's search for two letters: the slowest of some."""
    env = conversations.env
    return max(
        timed(
            env,
            lambda letters=letters: conversations.waiting_page({"text": letters}),
        )
        for letters in ("wo", "zz", "qx")
    )


def main():
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(["--log-level=error", "--addons-path=addons"])
    registry = Registry(os.environ["DB"])
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        channel = env["social.channel"].search([("name", "=", "Bench")], limit=1)
        channel = channel or fill(env)
        print(json.dumps({"bench": "million", **measure(env, channel)}), flush=True)


if __name__ == "__main__":
    main()
