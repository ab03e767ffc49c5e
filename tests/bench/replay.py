"""How long a replay takes: a draft of RULES rules over CASES stored cases, by the job
that does it, with what it writes down about each.

Prints one JSON line; ``changed`` are the cases that would come out differently.

usage: script/test bench replay
environment: DB, the database with both add-ons; CASES, RULES, how many
"""

import json
import os
import random
import time

CASES = int(os.environ.get("CASES", 100_000))
RULES = int(os.environ.get("RULES", 200))
os.environ["RULES"] = str(RULES)

from routing import make_rules  # noqa: E402  it reads how many at once


def make_cases(env):
    """Cases of the last month with facts of all kinds."""
    from odoo.addons.social_routing.models.social_routing_case import SCHEMA

    ruleset, _rules = env["social.routing.ruleset"]._of(env.company)
    run = env.cr.execute
    run("DELETE FROM social_routing_case")
    run(
        """INSERT INTO social_routing_case
               (company_id, schema_version, ruleset_id, subject, event, source, kind,
                text, language, sentiment, sentiment_label, sentiment_change,
                needs_answer, influence, topic_urgency, amplification, copies,
                customer_value, open_tickets, is_automated, known_contact,
                in_working_time, received_at, create_date, outcome, priority_score,
                details)
           SELECT %(company)s, %(schema)s, %(ruleset)s, 'Case ' || n, 'new', 'social',
                  (ARRAY['post', 'reply', 'comment', 'direct', 'review'])[1 + n %% 5],
                  'My ' || (ARRAY['parcel', 'refund', 'app', 'invoice'])[1 + n %% 4]
                      || ' is number ' || n || ' and I wonder when it comes at last',
                  (ARRAY['en', 'de', 'fr', 'es', 'pt', 'it'])[1 + n %% 6],
                  random() * 2 - 1,
                  (ARRAY['negative', 'neutral', 'positive'])[1 + n %% 3], 0,
                  random(), (random() * 100)::int, 0, 0, 0,
                  (random() * 100)::int, n %% 4, n %% 9 = 0, n %% 2 = 0, n %% 3 = 0,
                  moment, moment, 'watch', 20, '{}'
           FROM (SELECT n, now() at time zone 'UTC' - random() * interval '29 days'
                     AS moment FROM generate_series(1, %(cases)s) n) AS drawn""",
        {
            "company": env.company.id,
            "schema": SCHEMA,
            "ruleset": ruleset.id,
            "cases": CASES,
        },
    )
    env.cr.commit()
    run("ANALYZE social_routing_case")
    env.cr.commit()
    env.invalidate_all()


def measure(env):
    make_rules(env, random.Random(1))
    make_cases(env)
    draft = env["social.routing.replay"].create({"name": "Bench"})
    draft.rule_ids[-1].outcome = "ticket"  # "The rest"
    draft.action_replay()
    env.cr.commit()
    started = time.perf_counter()
    env["social.routing.replay"]._cron_replay()
    seconds = time.perf_counter() - started
    draft.invalidate_recordset()
    if draft.state != "done" or draft.done_count != CASES or not draft.changed_count:
        raise SystemExit(f"{draft.state}: {draft.problem}, {draft.done_count} done")
    started = time.perf_counter()
    if not draft.report:
        raise SystemExit("nothing to show")
    return {
        "bench": "replay",
        "seconds": round(seconds, 1),
        "cases": draft.done_count,
        "changed": draft.changed_count,
        "rules": RULES,
        "ms_per_case": round(1000 * seconds / CASES, 3),
        "report_seconds": round(time.perf_counter() - started, 2),
    }


def main():
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(["--log-level=error", "--addons-path=addons"])
    registry = Registry(os.environ["DB"])
    with registry.cursor() as cr:
        print(json.dumps(measure(api.Environment(cr, SUPERUSER_ID, {}))), flush=True)


if __name__ == "__main__":
    main()
