"""When something is due, on computers whose clock may be set back: what was planned by
the clock before would not happen for as long as it was set back.
"""

from datetime import timedelta

from odoo import fields
from odoo.tools import SQL

TOLERANCE = timedelta(minutes=2)  # the clocks of several nodes may differ by this


def due_domain(name, longest):
    """What is due by a field that jobs set, never people. A moment further away than
    any pause is long was planned by another clock: that is due, too.

    :param name: of a datetime field
    :param longest: seconds; no pause is longer
    """
    now = fields.Datetime.now()
    furthest = now + timedelta(seconds=longest) + TOLERANCE
    return ["|", (name, "<=", now), (name, ">", furthest)]


def bring_jobs_back(env):
    """Has our jobs run now that would rest for longer than they ever do. Any of them
    that runs, be it for an answer that was just written, so brings back the others.
    """
    known = (
        env["ir.model.data"]
        .sudo()
        .search([("model", "=", "ir.cron"), ("module", "=like", r"social\_%")])
    )
    env["ir.cron"].flush_model()
    env.cr.execute(
        SQL(
            """UPDATE ir_cron SET nextcall = %(now)s WHERE id IN (
                   SELECT id FROM ir_cron
                   WHERE id IN %(ids)s AND interval_type IN ('minutes', 'hours')
                         AND nextcall > %(now)s + %(tolerance)s
                         + interval_number * ('1 ' || interval_type)::interval
                   FOR NO KEY UPDATE SKIP LOCKED)""",
            now=fields.Datetime.now(),
            ids=tuple(known.mapped("res_id")) or (0,),
            tolerance=TOLERANCE,
        )
    )
    env["ir.cron"].invalidate_model(["nextcall"])
