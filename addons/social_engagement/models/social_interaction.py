from collections import Counter

from odoo import api, fields, models
from odoo.tools import SQL

from ..analysis.text import names, plain, shared

#: After so many days an interaction counts half.
HALF_LIFE_DAYS = 30


class SocialInteraction(models.Model):
    """Our own graph: who mentions, answers, shares or likes whom, and how often."""

    _name = "social.interaction"
    _description = "Interaction of Authors"
    _order = "last_at desc, id desc"
    _rec_name = "kind"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    source_id = fields.Many2one(
        "social.profile",
        "Who",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    target_id = fields.Many2one(
        "social.profile", "Whom", required=True, readonly=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [
            ("mention", "Mention"),
            ("reply", "Reply"),
            ("share", "Share"),
            ("like", "Like"),
        ],
        required=True,
        readonly=True,
    )
    count = fields.Integer("Times", required=True, readonly=True, aggregator="sum")
    weight = fields.Float(
        "Times, faded",
        required=True,
        readonly=True,
        aggregator="sum",
        help="At the last time; an interaction counts half after 30 days.",
    )
    last_at = fields.Datetime("Last time", required=True, readonly=True)

    _edge_unique = models.UniqueIndex("(target_id, source_id, kind)")

    @api.model
    def _note(self, edges):
        """Adds interactions to the graph, all in one statement. What an author does
        with the own posts is none, and who is excluded from scoring is left out.

        :param edges: list of (source profile, target profile, kind, moment in UTC)
        """
        counts, last = Counter(), {}
        for source, target, kind, moment in edges:
            if source == target or any(
                each.influence_excluded or each.processing_stopped
                for each in (source, target)
            ):
                continue
            edge = (source.company_id.id, source.id, target.id, kind)
            counts[edge] += 1
            last[edge] = max(moment, last.get(edge, moment))
        if not counts:
            return
        rows = [
            SQL("(%s, %s, %s, %s, %s, %s::float, %s)", *edge, times, times, last[edge])
            for edge, times in sorted(counts.items())
        ]
        self.env.cr.execute(
            SQL(
                """INSERT INTO social_interaction AS known
                   (company_id, source_id, target_id, kind, count, weight, last_at)
                   VALUES %(rows)s
                   ON CONFLICT (target_id, source_id, kind) DO UPDATE SET
                       count = known.count + excluded.count,
                       weight = known.weight * %(known)s + excluded.weight * %(new)s,
                       last_at = greatest(known.last_at, excluded.last_at)""",
                rows=SQL(", ").join(rows),
                known=faded(SQL("known.last_at"), SQL("excluded.last_at")),
                new=faded(SQL("excluded.last_at"), SQL("known.last_at")),
            )
        )

    @api.model
    def _note_posts(self, messages):
        """Notes what new messages, of one channel, tell of their authors' relations:
        whom they answer, mention or share.
        """
        answered = self._answered(messages)
        named = {m: names(plain(m.body or "")) for m in messages}
        mentioned = self._named(messages, named)
        edges = []
        for message in messages:
            author, moment = message.profile_id, message.posted_at
            target = answered.get(message.parent_external_id)
            if target:
                edges.append((author, target, "reply", moment))
            kind = "share" if shared(message.body) else "mention"
            for name in dict.fromkeys(map(_handle, named[message])):
                profile = mentioned.get(name)
                if profile and profile != target:
                    edges.append((author, profile, kind, moment))
        self._note(edges)

    def _answered(self, messages):
        """The authors of the posts these messages answer, by the posts' ids."""
        parents = {m.parent_external_id for m in messages} - {False}
        if not parents:
            return {}
        found = messages.search_fetch(
            [
                ("channel_id", "=", messages.channel_id.id),
                ("external_id", "in", list(parents)),
                ("profile_id", "!=", False),
            ],
            ["external_id", "profile_id"],
        )
        return {message.external_id: message.profile_id for message in found}

    def _named(self, messages, named):
        """The profiles named in messages, by lower-case handle."""
        handles = {name.lstrip("@＠") for found in named.values() for name in found}
        if not handles:
            return {}
        profiles = messages.profile_id.search_fetch(
            [
                ("company_id", "=", messages.company_id.id),
                ("network", "=", messages.channel_id.network),
                ("handle", "in", list(handles)),
            ],
            ["handle"],
        )
        return {_handle(profile.handle): profile for profile in profiles}


def _handle(name):
    return name.lstrip("@＠").lower()


def faded(since, until):
    """SQL for what is left 0–1 of an interaction after the time between two moments."""
    return SQL(
        "power(0.5::float8, greatest(0, extract(epoch FROM %s - %s)::float8) / %s)",
        until,
        since,
        86400.0 * HALF_LIFE_DAYS,
    )
