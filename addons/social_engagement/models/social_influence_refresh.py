import json

from odoo import api, fields, models
from odoo.tools import SQL

from ..analysis.influence import VERSION
from .social_interaction import faded
from .social_profile_influence import best_score, graph_signals

BATCH = 5000
ROUNDS = 15  # of the ranking at most
SETTLED = 0.1  # it ends when no standing moves further on the logarithmic scale
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
        run("SET LOCAL work_mem = '128MB'")  # else a million edges are sorted on disk
        run("DROP TABLE IF EXISTS pg_temp.social_edge, pg_temp.social_rank")
        self._draw_graph()
        for _round in range(ROUNDS):
            if self._pass_on() < SETTLED:
                break
        self._queue()
        run("DROP TABLE social_edge, social_rank")

    def _draw_graph(self):
        """The graph as it is now: an edge for each interaction, and those at its ends
        with what they passed on and received in all.
        """
        run = self.env.cr.execute
        passes_on = SQL(" ").join(
            SQL("WHEN %s THEN %s::float8", kind, weight)
            for kind, weight in PASSES_ON.items()
        )
        run(
            SQL(
                """CREATE TEMP TABLE social_edge AS
                   SELECT source_id, target_id, w * CASE kind %(passes_on)s END AS part,
                          w * CASE kind WHEN 'share' THEN 0::float8
                              WHEN 'like' THEN 0.3::float8 ELSE 1 END AS mentions,
                          CASE kind WHEN 'share' THEN w ELSE 0 END AS shares
                   FROM (SELECT *, weight * %(faded)s AS w FROM social_interaction)
                        AS known""",
                passes_on=passes_on,
                faded=faded(SQL("last_at"), SQL("%s", fields.Datetime.now())),
            )
        )
        run("ANALYZE social_edge")
        run(
            """CREATE TEMP TABLE social_rank AS
               SELECT id, prior, passed_on, mentions, shares, prior AS rank
               FROM (
                   SELECT id, (1 + ln(1 + greatest(0, followers)))
                          / avg(1 + ln(1 + greatest(0, followers)))
                            OVER (PARTITION BY company_id, network) AS prior
                   FROM social_profile WHERE influence_excluded IS NOT TRUE
                   AND processing_stopped IS NOT TRUE
               ) AS profile
               LEFT JOIN (
                   SELECT source_id AS id, sum(part) AS passed_on
                   FROM social_edge GROUP BY source_id
               ) AS source USING (id)
               LEFT JOIN (
                   SELECT target_id AS id, sum(mentions) AS mentions,
                          sum(shares) AS shares
                   FROM social_edge GROUP BY target_id
               ) AS target USING (id)
               WHERE passed_on > 0 OR mentions IS NOT NULL"""
        )
        run("ANALYZE social_rank")

    def _pass_on(self):
        """One round: every profile hands its standing to those it engages with. On
        average a standing is 1.

        :return: how far, on the logarithmic scale, the standing that changed most moved
        """
        run = self.env.cr.execute
        run(
            SQL(
                """CREATE TEMP TABLE social_next AS
                   SELECT id, prior, passed_on, mentions, shares, rank AS before,
                          %(fresh)s * prior
                          + %(damping)s * coalesce(received, 0) AS rank
                   FROM social_rank LEFT JOIN (
                       SELECT target_id AS id, sum(each * part) AS received
                       FROM social_edge JOIN (
                           SELECT id AS source_id, rank / passed_on AS each
                           FROM social_rank WHERE passed_on > 0
                       ) AS source USING (source_id)
                       GROUP BY target_id
                   ) AS given USING (id)""",
                fresh=1 - DAMPING,
                damping=DAMPING,
            )
        )
        run("DROP TABLE social_rank")
        run("ALTER TABLE social_next RENAME TO social_rank")
        run("SELECT max(abs(ln((1 + rank) / (1 + before)))) FROM social_rank")
        return self.env.cr.fetchone()[0] or 0

    def _queue(self):
        """Makes every profile due. Who has received nothing has no known engagement:
        what happens elsewhere we do not see.
        """
        self.env.cr.execute(
            SQL(
                """INSERT INTO social_influence_due
                   (profile_id, mentions, shares, standing)
                   SELECT p.id, r.mentions, r.shares,
                          CASE WHEN r.mentions IS NOT NULL THEN
                               least(1, ln(1 + r.rank) / ln(1 + %s::float8)) END
                   FROM social_profile p LEFT JOIN social_rank r ON r.id = p.id
                   WHERE p.influence_excluded IS NOT TRUE
                   AND p.processing_stopped IS NOT TRUE
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
                   WHERE id = ANY(%s) AND influence_excluded IS NOT TRUE
                   AND processing_stopped IS NOT TRUE""",
                list(known),
            )
        )
        scores = []
        for profile_id, *figures in self.env.cr.fetchall():
            graph = graph_signals(*known[profile_id])
            found = best_score(figures, graph, now)
            scores.append(
                (
                    profile_id,
                    round(found.value),
                    json.dumps(found.parts),
                    found.confidence,
                    json.dumps(graph) if graph else None,
                )
            )
        if scores:
            self._store_scores(scores, now)

    def _store_scores(self, scores, now):
        """
        :param scores: (id, value, parts as JSON, confidence, graph as JSON) of each
        """
        run = self.env.cr.execute
        ids, values, parts, confidences, graphs = map(list, zip(*scores, strict=True))
        run(
            SQL(
                # between: else each batch reads the whole table
                """UPDATE social_profile p SET
                       influence_computed = new.value,
                       influence = CASE WHEN p.influence_manual > 0
                                        THEN p.influence_manual ELSE new.value END,
                       influence_parts = new.parts::jsonb,
                       influence_confidence = new.confidence,
                       influence_graph = new.graph::jsonb,
                       influence_at = %(now)s, influence_version = %(version)s
                   FROM unnest(%(ids)s, %(values)s, %(parts)s::text[],
                               %(confidences)s::float8[], %(graphs)s::text[])
                        AS new (id, value, parts, confidence, graph)
                   WHERE p.id = new.id AND p.id BETWEEN %(first)s AND %(last)s""",
                now=now,
                version=VERSION,
                ids=ids,
                values=values,
                parts=parts,
                confidences=confidences,
                graphs=graphs,
                first=min(ids),
                last=max(ids),
            )
        )
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
