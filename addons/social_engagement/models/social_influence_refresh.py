import json

from odoo import api, fields, models
from odoo.tools import SQL

from ..analysis.influence import VERSION
from .social_interaction import faded
from .social_profile_influence import best_score, graph_signals

BATCH = 5000
ROUNDS = 15  # of the ranking; its error is then below 9 %, little on a log scale
DAMPING = 0.85
#: A standing is full at so many times the average one.
FULL_STANDING = 1000
#: What an interaction of each kind passes on, and counts as engagement received.
PASSES_ON = {"share": 2.0, "reply": 1.0, "mention": 1.0, "like": 0.3}


class SocialInfluenceDue(models.Model):
    """Profiles whose score is due, with what the graph says of them. Filled once a day
    for all, emptied in batches: a job that is interrupted goes on where it was.
    """

    _name = "social.influence.due"
    _description = "Influence to be Refreshed"
    _log_access = False
    _rec_name = "profile_id"

    profile_id = fields.Many2one(
        "social.profile", required=True, readonly=True, ondelete="cascade", index=True
    )
    mentions = fields.Float(readonly=True)
    shares = fields.Float(readonly=True)
    standing = fields.Float(readonly=True)

    @api.model
    def _cron_refresh(self):
        """Job: ranks all profiles, then brings their scores up to date in batches."""
        if not self.search([], limit=1):
            self._rank()
        waiting = self.search_count([])
        progress = self.env["ir.cron"]._commit_progress
        progress(remaining=waiting)
        while done := self._refresh_batch():
            if not progress(done):
                break

    # ------------------------------------------------------------------
    # Ranking
    # ------------------------------------------------------------------

    @api.model
    def _rank(self):
        """Computes in the database what the graph says of every profile.

        The standing is a PageRank: who engages passes on the own standing, divided
        among all those engaged with by the faded weight of interactions. The part that
        falls from the sky follows the logarithm of the followers, so that a first known
        engager counts by own reach (Brin and Page 1998; personalised).
        """
        self.env.flush_all()
        run = self.env.cr.execute
        now = fields.Datetime.now()
        passes_on = SQL(" ").join(
            SQL("WHEN %s THEN %s", kind, weight) for kind, weight in PASSES_ON.items()
        )
        run("SET LOCAL work_mem = '128MB'")  # else a million edges are sorted on disk
        run("DROP TABLE IF EXISTS pg_temp.social_edge, pg_temp.social_rank")
        run(
            SQL(
                """CREATE TEMP TABLE social_edge AS
                   SELECT source_id, target_id,
                          part / sum(part) OVER (PARTITION BY source_id) AS part,
                          mentions, shares
                   FROM (
                       SELECT source_id, target_id,
                              sum(w * CASE kind %(passes_on)s END) AS part,
                              sum(w * CASE kind WHEN 'share' THEN 0
                                  WHEN 'like' THEN 0.3 ELSE 1 END) AS mentions,
                              sum(w) FILTER (WHERE kind = 'share') AS shares
                       FROM (SELECT *, weight * %(faded)s AS w FROM social_interaction)
                            AS known
                       GROUP BY source_id, target_id
                   ) AS edge WHERE part > 0""",
                passes_on=passes_on,
                faded=faded(SQL("last_at"), SQL("%s", now)),
            )
        )
        run(
            """CREATE TEMP TABLE social_rank AS
               SELECT id, prior, prior AS rank FROM (
                   SELECT id, (1 + ln(1 + greatest(0, followers)))
                          / avg(1 + ln(1 + greatest(0, followers)))
                            OVER (PARTITION BY company_id, network) AS prior
                   FROM social_profile WHERE influence_excluded IS NOT TRUE
               ) AS profile"""
        )
        run("ANALYZE social_edge")
        run("ANALYZE social_rank")
        for _round in range(ROUNDS):
            self._pass_on()
        self._queue()
        run("DROP TABLE social_edge, social_rank")

    def _pass_on(self):
        """One round: every profile hands its standing to those it engages with. On
        average a standing is 1.
        """
        run = self.env.cr.execute
        run(
            SQL(
                """CREATE TEMP TABLE social_next AS
                   SELECT r.id, r.prior,
                          %(fresh)s * r.prior
                          + %(damping)s * coalesce(i.given, 0) AS rank
                   FROM social_rank r
                   LEFT JOIN (
                       SELECT e.target_id AS id, sum(s.rank * e.part) AS given
                       FROM social_edge e JOIN social_rank s ON s.id = e.source_id
                       GROUP BY e.target_id
                   ) AS i ON i.id = r.id""",
                fresh=1 - DAMPING,
                damping=DAMPING,
            )
        )
        run("DROP TABLE social_rank")
        run("ALTER TABLE social_next RENAME TO social_rank")

    def _queue(self):
        """Makes every profile due. Who has received nothing has no known engagement:
        what happens elsewhere we do not see.
        """
        self.env.cr.execute(
            SQL(
                """INSERT INTO social_influence_due
                   (profile_id, mentions, shares, standing)
                   SELECT p.id, e.mentions, e.shares,
                          CASE WHEN e.mentions IS NOT NULL THEN
                               least(1, ln(1 + r.rank) / ln(1 + %s)) END
                   FROM social_profile p
                   JOIN social_rank r ON r.id = p.id
                   LEFT JOIN (
                       SELECT target_id, sum(mentions) AS mentions,
                              coalesce(sum(shares), 0) AS shares
                       FROM social_edge GROUP BY target_id
                   ) AS e ON e.target_id = p.id
                   ORDER BY p.id""",
                FULL_STANDING,
            )
        )

    # ------------------------------------------------------------------
    # Refreshing
    # ------------------------------------------------------------------

    @api.model
    def _refresh_batch(self):
        """Scores the next profiles that are due; returns how many there were."""
        first = self.search([], order="id", limit=1).id
        self.env.cr.execute(
            SQL(
                """DELETE FROM social_influence_due WHERE id < %s
                   RETURNING profile_id, mentions, shares, standing""",
                first + BATCH,
            )
        )
        due = self.env.cr.fetchall()
        if due:
            self.env["social.profile"]._refresh({row[0]: row[1:] for row in due})
        return len(due)


class SocialProfile(models.Model):
    _inherit = "social.profile"

    @api.model
    def _refresh(self, known):
        """Brings scores up to date, in one statement for all, with what hangs on them.

        :param known: profile id → (mentions, shares, standing), None where not known
        """
        self.env.flush_all()
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """SELECT id, followers, following, posts, listed, unknown_figures,
                          joined_at, figures_at
                   FROM social_profile
                   WHERE id = ANY(%s) AND influence_excluded IS NOT TRUE""",
                list(known),
            )
        )
        rows = []
        for profile_id, *figures in self.env.cr.fetchall():
            graph = graph_signals(*known[profile_id])
            found = best_score(figures, graph, now)
            rows.append(
                SQL(
                    "(%s, %s, %s::jsonb, %s::float8, %s::jsonb)",
                    profile_id,
                    round(found.value),
                    json.dumps(found.parts),
                    found.confidence,
                    json.dumps(graph) if graph else None,
                )
            )
        if rows:
            self._store_scores(SQL(", ").join(rows), now)

    def _store_scores(self, rows, now):
        run = self.env.cr.execute
        run(
            SQL(
                """UPDATE social_profile p SET
                       influence_computed = new.value,
                       influence = CASE WHEN p.influence_manual > 0
                                        THEN p.influence_manual ELSE new.value END,
                       influence_parts = new.parts,
                       influence_confidence = new.confidence,
                       influence_graph = new.graph,
                       influence_at = %(now)s, influence_version = %(version)s
                   FROM (VALUES %(rows)s) AS new (id, value, parts, confidence, graph)
                   WHERE p.id = new.id
                   RETURNING p.id""",
                now=now,
                version=VERSION,
                rows=rows,
            )
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        run(
            SQL(
                """INSERT INTO social_influence_value
                   (profile_id, at, value, confidence, parts, version, origin)
                   SELECT p.id, %(now)s, p.influence_computed, p.influence_confidence,
                          p.influence_parts, p.influence_version, 'formula'
                   FROM social_profile p LEFT JOIN LATERAL (
                       SELECT value, version FROM social_influence_value
                       WHERE profile_id = p.id AND origin = 'formula'
                       ORDER BY id DESC LIMIT 1
                   ) AS last ON TRUE
                   WHERE p.id = ANY(%(ids)s) AND (
                       last.value IS DISTINCT FROM p.influence_computed
                       OR last.version IS DISTINCT FROM p.influence_version)""",
                now=now,
                ids=ids,
            )
        )
        run(
            SQL(
                """UPDATE social_conversation c SET influence = p.influence
                   FROM social_profile p
                   WHERE p.id = c.profile_id AND p.id = ANY(%s)
                   AND c.influence IS DISTINCT FROM p.influence
                   RETURNING c.id""",
                ids,
            )
        )
        conversations = self.env["social.conversation"].browse(
            row[0] for row in self.env.cr.fetchall()
        )
        self.env.invalidate_all(flush=False)
        self.browse(ids)._influence_changed(conversations)

    def _influence_changed(self, conversations):
        """The scores of these profiles were written past the ORM: what is computed from
        them is marked to be computed again.

        :param conversations: those whose `influence` has changed with them
        """
        linked = self.search([("id", "in", self.ids), ("partner_id", "!=", False)])
        linked.modified(["influence", "influence_confidence"])
        conversations.modified(["influence"])
