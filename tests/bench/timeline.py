"""How long a page of a contact's timeline takes at the server: a contact with 10,000
entries among a million.

``fill`` puts a million messages of CONTACTS contacts into the database, and one contact
with ENTRIES entries over ten years: messages on the contact and on tickets, and posts.
``measure`` walks through that contact's timeline as an agent sees it, rights checked
and with all the web client needs to show it, and narrowed by kind, channel and time.
Prints one JSON line: ``timeline_p95_ms`` and ``timeline_p50_ms`` of a page on the
clock, ``cpu_p95_ms`` the processor time of Odoo's process for one, ``options_ms`` for
opening it, ``queries`` the most a page takes.

usage: script/test bench timeline
environment: DB, the database with both add-ons; MESSAGES, how many in all
"""

import json
import os
import statistics
import time

MESSAGES = int(os.environ.get("MESSAGES", "1000000"))
CONTACTS = 20_000
ENTRIES = 10_000
NAME = "Bench contact with a long story"
LOGIN = "bench_timeline_agent"
WORDS = "the router is broken again and nobody answers my calls since last week "


def fill(env):
    """The million, and the contact; commits."""
    env["mail.message"].search([], limit=1)  # the tables are there, or this fails
    crowd(env)
    contact(env)
    env.cr.commit()
    for table in ("mail_message", "social_timeline_entry", "social_message"):
        env.cr.execute(f"ANALYZE {table}")
    env.cr.commit()


def crowd(env):
    """Messages of many contacts, and their entries."""
    run = env.cr.execute
    run(
        """INSERT INTO res_partner (name, complete_name, active, type)
           SELECT 'Bench ' || n, 'Bench ' || n, TRUE, 'contact'
           FROM generate_series(1, %s) n""",
        [CONTACTS],
    )
    run("SELECT array_agg(id) FROM res_partner WHERE name LIKE 'Bench %'")
    [partners] = env.cr.fetchone()
    run(
        """INSERT INTO mail_message
               (model, res_id, author_id, date, body, message_type, subtype_id,
                is_internal, create_uid, create_date)
           SELECT 'res.partner', p, p, now() - random() * interval '10 years',
                  '<p>' || repeat(%(words)s, 3) || '</p>', 'email', %(subtype)s, FALSE,
                  1, now()
           FROM (SELECT (%(partners)s)[1 + n %% %(count)s] AS p
                 FROM generate_series(1, %(messages)s) n) AS whose""",
        {
            "words": WORDS,
            "subtype": env.ref("mail.mt_comment").id,
            "partners": partners,
            "count": len(partners),
            "messages": MESSAGES,
        },
    )
    run(
        """INSERT INTO social_timeline_entry
               (partner_id, date, kind, channel, model, res_id)
           SELECT res_id, date_trunc('second', date), 'email', 'email', 'mail.message',
                  id
           FROM mail_message WHERE model = 'res.partner' AND res_id = ANY(%s)""",
        [partners],
    )
    env.cr.commit()


def contact(env):
    """One contact with messages, notes, tickets, and posts that nobody worked on."""
    run = env.cr.execute
    partner = env["res.partner"].create({"name": NAME})
    quiet = {"tracking_disable": True, "mail_create_nolog": True}
    tickets = env["helpdesk.ticket"].with_context(**quiet)
    tickets = tickets.create(
        [
            {
                "name": f"Bench ticket {n}",
                "description": WORDS,
                "partner_id": partner.id,
                "user_id": False,
            }
            for n in range(ENTRIES // 50)
        ]
    )
    env.flush_all()
    channel = env["social.channel"].create(
        {"name": "Bench", "network": "sandbox", "company_id": env.company.id}
    )
    run(
        """INSERT INTO social_profile (company_id, network, external_id, handle, name,
                                       influence, partner_id)
           VALUES (%s, 'sandbox', 'bench-timeline', 'bench', 'Bench', 40, %s)
           RETURNING id""",
        [env.company.id, partner.id],
    )
    [profile] = env.cr.fetchone()
    run(
        """INSERT INTO social_message
               (channel_id, network, company_id, profile_id, direction, kind,
                visibility, external_id, body, posted_at, sentiment, sentiment_label)
           SELECT %(channel)s, 'sandbox', %(company)s, %(profile)s, 'inbound', 'post',
                  'public', 'bench-' || n, %(words)s,
                  now() - random() * interval '10 years', 2 * random() - 1, 'neutral'
           FROM generate_series(1, %(posts)s) n RETURNING id""",
        {
            "channel": channel.id,
            "company": env.company.id,
            "profile": profile,
            "words": WORDS,
            "posts": ENTRIES * 3 // 10,
        },
    )
    posts = [row[0] for row in env.cr.fetchall()]
    ids = []
    for model, records, count, subtype in (
        ("res.partner", partner.ids, ENTRIES * 3 // 10, "mail.mt_comment"),
        ("res.partner", partner.ids, ENTRIES * 1 // 10, "mail.mt_note"),
        ("helpdesk.ticket", tickets.ids, ENTRIES * 28 // 100, "mail.mt_comment"),
    ):
        run(
            """INSERT INTO mail_message
                   (model, res_id, author_id, date, body, message_type, subtype_id,
                    create_uid, create_date)
               SELECT %(model)s, (%(records)s)[1 + n %% %(of)s], %(author)s,
                      now() - random() * interval '10 years', '<p>' || %(words)s
                      || '</p>', 'comment', %(subtype)s, 1, now()
               FROM generate_series(1, %(count)s) n RETURNING id""",
            {
                "model": model,
                "records": records,
                "of": len(records),
                "author": partner.id,
                "words": WORDS,
                "subtype": env.ref(subtype).id,
                "count": count,
            },
        )
        ids += [row[0] for row in env.cr.fetchall()]
    entries = env["social.timeline.entry"]
    for model, touched in (
        ("mail.message", ids),
        ("social.message", posts),
        ("helpdesk.ticket", tickets.ids),
    ):
        entries._renew(model, touched)
    env.cr.commit()


def agent(env):
    """A user with an agent's rights, nothing more."""
    users = env["res.users"].with_context(no_reset_password=True)
    found = users.search([("login", "=", LOGIN)])
    groups = env.ref("social_engagement.group_social_user")
    return found or users.create(
        {"name": "Bench agent", "login": LOGIN, "group_ids": [(4, groups.id)]}
    )


def longest(env):
    """The contact with the most entries, and how many."""
    env.cr.execute(
        """SELECT partner_id, count(*) FROM social_timeline_entry
           GROUP BY partner_id ORDER BY count(*) DESC LIMIT 1"""
    )
    return env.cr.fetchone()


def measure(env):
    """The figures of the longest timeline there is: dict with ``timeline_p95_ms``."""
    partner_id, entries = longest(env)
    user = agent(env)
    env.flush_all()
    partner = env["res.partner"].with_user(user).browse(partner_id)
    walks = [{}, {"kind": "email"}, {"channel": "sandbox"}, {"until": "2022-01-01"}]
    times, used, queries = [], [], []
    partner.social_timeline()  # what a process reads once
    for wanted in walks:
        cursor, pages = None, 0
        while pages == 0 or cursor and pages < 60:
            env.invalidate_all()
            before, began = env.cr.sql_log_count, time.perf_counter()
            spent = time.process_time()
            page = partner.social_timeline(wanted, cursor)
            times.append(1000 * (time.perf_counter() - began))
            used.append(1000 * (time.process_time() - spent))
            queries.append(env.cr.sql_log_count - before)
            cursor, pages = page["cursor"], pages + 1
            if not page["entries"]:
                raise SystemExit(f"an empty page at {cursor} of {wanted}")
    env.invalidate_all()
    began = time.perf_counter()
    partner.social_timeline_options()
    partner.social_timeline_mood()
    options = 1000 * (time.perf_counter() - began)
    env.cr.execute("SELECT count(*) FROM social_timeline_entry")
    return {
        "timeline_p95_ms": round(statistics.quantiles(times, n=20)[-1], 1),
        "timeline_p50_ms": round(statistics.median(times), 1),
        "cpu_p95_ms": round(statistics.quantiles(used, n=20)[-1], 1),
        "options_ms": round(options, 1),
        "queries": max(queries),
        "pages": len(times),
        "entries_of_contact": entries,
        "entries": env.cr.fetchone()[0],
    }


def main():
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(["--log-level=error", "--addons-path=addons"])
    registry = Registry(os.environ["DB"])
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        fill(env)
        print(json.dumps({"bench": "timeline", **measure(env)}), flush=True)


if __name__ == "__main__":
    main()
