"""How long it takes to refresh the influence of all authors, and how that grows.

For each of SIZES: so many profiles with ten times as many interactions among them in
the database, few authors receiving much and most little; then the job ranks and scores
all of them. Prints one JSON line a size: ``refresh_s`` on the clock, of which
``rank_s`` and ``score_s``; ``again_s`` for a second time, when little has changed;
``cpu_s`` the processor time of the job and of its connection to the database, where
that is on this machine. ``ratio`` is ``cpu_s``, or else ``refresh_s``, per profile ÷
that of the size before: 1 is linear.

usage: script/test bench influence
environment: DB, the database with both add-ons; SIZES, comma separated
"""

import json
import os
import time
from pathlib import Path

SIZES = [int(size) for size in os.environ.get("SIZES", "10000,100000").split(",")]


def prepare(env, size):
    """Profiles and interactions, and nothing else; not part of what is measured."""
    run = env.cr.execute
    run("TRUNCATE social_profile CASCADE")
    run(
        """INSERT INTO social_profile
               (company_id, network, external_id, handle, followers, following, posts,
                listed, unknown_figures, joined_at, figures_at)
           SELECT %s, 'mastodon', 'bench-' || n, 'bench' || n,
                  (random() ^ 8 * 1e6)::int, (random() * 1000)::int,
                  (random() * 5000)::int, 0, 'listed', now() - interval '2 years',
                  now() - random() * interval '90 days'
           FROM generate_series(1, %s) n""",
        [env.company.id, size],
    )
    run("SELECT min(id) FROM social_profile")
    first = env.cr.fetchone()[0]
    run(
        """INSERT INTO social_interaction
               (company_id, source_id, target_id, kind, count, weight, last_at)
           SELECT %(company)s, source, target, kind, 1, 1,
                  now() - random() * interval '60 days'
           FROM (
               SELECT %(first)s + (random() * (%(size)s - 1))::int AS source,
                      %(first)s + (random() ^ 3 * (%(size)s - 1))::int AS target,
                      (ARRAY['mention', 'reply', 'share', 'like'])[1 + n %% 4] AS kind
               FROM generate_series(1, %(edges)s) n
           ) AS drawn WHERE source <> target
           ON CONFLICT DO NOTHING""",
        {
            "company": env.company.id,
            "first": first,
            "size": size,
            "edges": 10 * size,
        },
    )
    edges = env.cr.rowcount
    env.cr.commit()
    run("ANALYZE social_profile")
    run("ANALYZE social_interaction")
    env.cr.commit()
    env.invalidate_all()
    return edges


def processor_time(env):
    """Seconds of processor time of this process and of the one that serves it in
    PostgreSQL; None when that one is elsewhere.
    """
    env.cr.execute("SELECT pg_backend_pid()")
    [pid] = env.cr.fetchone()
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return None
    if not stat.startswith(f"{pid} (postgres)"):
        return None
    user, system = stat.rsplit(")", 1)[1].split()[11:13]
    return time.process_time() + (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def refresh(env):
    """Seconds of the job's two phases, and of processor time, None where not known."""
    due = env["social.influence.due"]
    used, started = processor_time(env), time.perf_counter()
    due._rank()
    ranked = time.perf_counter()
    due._cron_refresh()
    done = time.perf_counter()
    used = used is not None and processor_time(env) - used
    return ranked - started, done - ranked, used or None


def measure(env, size):
    """The figures of one size."""
    edges = prepare(env, size)
    rank, score, used = refresh(env)
    env.cr.execute(
        """SELECT count(*) FILTER (WHERE influence BETWEEN 1 AND 100),
                  count(*) FILTER (WHERE influence_parts ? 'standing'),
                  count(DISTINCT influence)
           FROM social_profile"""
    )
    scored, ranked, different = env.cr.fetchone()
    if scored != size or ranked < size / 100 or different < 20:
        raise SystemExit(f"{scored} scored, {ranked} ranked, {different} scores")
    return {
        "bench": "influence",
        "profiles": size,
        "interactions": edges,
        "refresh_s": round(rank + score, 1),
        "rank_s": round(rank, 1),
        "score_s": round(score, 1),
        "cpu_s": used and round(used, 1),
        "again_s": round(sum(refresh(env)[:2]), 1),
    }


def main():
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(["--log-level=error", "--addons-path=addons"])
    registry = Registry(os.environ["DB"])
    before = None
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        for size in SIZES:
            figures = measure(env, size)
            each = (figures["cpu_s"] or figures["refresh_s"]) / size
            figures["ratio"] = round(each / (before or each), 2)
            before = each
            print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
