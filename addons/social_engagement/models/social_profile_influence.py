from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..analysis.influence import VERSION, WEIGHTS, Signals, raised_score, score

#: What a manager decides about a score, and with which the score changes at once.
STEERING = ("influence_manual", "influence_manual_reason", "influence_excluded")
MANAGER = "social_engagement.group_social_manager"


class SocialInfluenceValue(models.Model):
    """What a score was when, and who decided it."""

    _name = "social.influence.value"
    _description = "Influence over Time"
    _order = "id desc"
    _log_access = False
    _rec_name = "value"

    profile_id = fields.Many2one(
        "social.profile", required=True, readonly=True, ondelete="cascade"
    )
    at = fields.Datetime("Since", required=True, readonly=True)
    value = fields.Integer("Influence", readonly=True, aggregator="avg")
    confidence = fields.Float("Certainty", readonly=True, aggregator="avg")
    parts = fields.Json(readonly=True)
    version = fields.Integer("Version of the formula", readonly=True, aggregator="max")
    origin = fields.Selection(
        [
            ("formula", "Formula"),
            ("manual", "Set by hand"),
            ("excluded", "Excluded on request"),
        ],
        required=True,
        readonly=True,
    )
    user_id = fields.Many2one("res.users", "Who", readonly=True, ondelete="set null")
    reason = fields.Char(readonly=True)

    _last_index = models.Index("(profile_id, id)")


class SocialProfile(models.Model):
    """How far an author's word carries, from what, how sure, how old; and what people
    decided about it.
    """

    _inherit = "social.profile"

    influence = fields.Integer(
        readonly=True,
        index=True,
        aggregator="avg",
        help="1 to 100, from reach, audience, engagement, activity and the standing of "
        "those who engage; 0 when excluded from scoring.",
    )
    influence_computed = fields.Integer(
        "Computed influence", readonly=True, aggregator="avg"
    )
    influence_parts = fields.Json(readonly=True)
    influence_graph = fields.Json(
        readonly=True, help="What our own graph of interactions says of the author."
    )
    influence_bars = fields.Json("Made of", compute="_compute_influence_bars")
    influence_confidence = fields.Float(
        "Influence certainty",
        readonly=True,
        aggregator="avg",
        help="0 to 1: how much of the score is known, and how fresh it is.",
    )
    influence_at = fields.Datetime("Computed on", readonly=True)
    influence_version = fields.Integer(
        "Version of the formula", readonly=True, aggregator="max"
    )
    influence_manual = fields.Integer(
        "Set by hand", copy=False, groups=MANAGER, help="1 to 100; 0 for the formula's."
    )
    influence_manual_reason = fields.Char("Reason", copy=False, groups=MANAGER)
    influence_excluded = fields.Boolean(
        "Excluded from scoring",
        copy=False,
        groups=MANAGER,
        help="On the author's request: no score is computed, and what led to the old "
        "one is deleted.",
    )
    influence_origin = fields.Char("Decided by", compute="_compute_influence_origin")
    influence_value_ids = fields.One2many(
        "social.influence.value", "profile_id", "Influence over time"
    )

    @api.constrains("influence_manual", "influence_manual_reason")
    def _check_influence_manual(self):
        for profile in self:
            if not 0 <= profile.influence_manual <= 100:
                raise ValidationError(self.env._("Influence goes from 1 to 100."))
            if profile.influence_manual and not profile.influence_manual_reason:
                raise ValidationError(
                    self.env._("Say why the influence is set by hand: others see it.")
                )

    @api.depends_context("lang")
    @api.depends("influence_value_ids.origin")
    def _compute_influence_origin(self):
        for profile in self.sudo():
            decided = profile.influence_value_ids.filtered(
                lambda value: value.origin != "formula"
            )[:1]
            names = dict(decided._fields["origin"]._description_selection(self.env))
            current = profile.influence_manual or profile.influence_excluded
            profile.influence_origin = current and ", ".join(
                filter(None, [names.get(decided.origin), decided.user_id.name])
            ) + (f": {decided.reason}" if decided.reason else "")

    # ------------------------------------------------------------------
    # In words
    # ------------------------------------------------------------------

    @api.depends("influence_parts", "influence_graph", "followers", "following")
    @api.depends_context("lang")
    def _compute_influence_bars(self):
        """The parts of the score for the chart, each with a sentence."""
        labels = {
            "reach": self.env._("Reach"),
            "audience": self.env._("Audience quality"),
            "engagement": self.env._("Engagement received"),
            "activity": self.env._("Activity"),
            "standing": self.env._("Standing of those who engage"),
            "listed": self.env._("Lists"),
        }
        for profile in self:
            parts = profile.influence_parts or {}
            profile.influence_bars = [
                {
                    "name": name,
                    "label": labels[name],
                    "value": parts.get(name),
                    "sentence": profile._sentence(name, name in parts),
                }
                for name in WEIGHTS
                if name in parts or name != "listed"
            ]

    def _grouped(self, count):
        """A number as the reader's language writes it."""
        return self.env["ir.qweb.field.integer"].value_to_html(count, {})

    def _sentence(self, part, known):
        """What a part of the score says of this author."""
        if not known:
            return self._sentence_unknown(part)
        graph = self.influence_graph or {}
        if part == "reach":
            return self.env._(
                "%(count)s followers.", count=self._grouped(self.followers)
            )
        if part == "audience":
            return self.env._(
                "%(followers)s followers, following %(following)s: more followers for "
                "each account followed count for more.",
                followers=self._grouped(self.followers),
                following=self._grouped(self.following),
            )
        if part == "engagement":
            return self.env._(
                "Recently mentioned or replied to about %(mentions)s times and shared "
                "%(shares)s times in posts we received; older ones count less.",
                mentions=round(graph.get("mentions", 0), 1),
                shares=round(graph.get("shares", 0), 1),
            )
        if part == "activity":
            return self.env._(
                "%(count)s posts since joining the network.",
                count=self._grouped(self.posts),
            )
        if part == "standing":
            return self.env._(
                "How influential the accounts are that mention, reply and share, in "
                "posts we received."
            )
        return self.env._("On %(count)s lists of others.", count=self.listed)

    def _sentence_unknown(self, part):
        if part in ("engagement", "standing") and self.influence_graph:
            return self.env._(
                "Too little to raise the score; never counted against the author."
            )
        if part in ("engagement", "standing"):
            return self.env._(
                "No mentions, replies or shares in posts we received, so this is left "
                "out."
            )
        return self.env._("Not provided by the network, so this is left out.")

    # ------------------------------------------------------------------
    # Decided by people
    # ------------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint(STEERING):
            self.sudo()._steer()
        return result

    def _steer(self):
        """Does what a manager decided about scores, and keeps who, when and why."""
        rows = []
        for profile in self:
            if profile.influence_excluded:
                profile._forget_influence()
                origin = "excluded"
            else:
                profile.write(profile._scored())
                origin = "manual" if profile.influence_manual else "formula"
            rows.append(
                {
                    "profile_id": profile.id,
                    "at": fields.Datetime.now(),
                    "value": profile.influence,
                    "confidence": profile.influence_confidence,
                    "parts": profile.influence_parts,
                    "version": profile.influence_version,
                    "origin": origin,
                    "user_id": self.env.uid,
                    "reason": profile.influence_manual_reason,
                }
            )
        self.env["social.influence.value"].create(rows)

    def _forget_influence(self):
        """Deletes a score and what led to it."""
        self.influence_value_ids.unlink()
        self.env["social.interaction"].search(
            ["|", ("source_id", "in", self.ids), ("target_id", "in", self.ids)]
        ).unlink()
        self.write(
            {
                "influence": 0,
                "influence_computed": 0,
                "influence_parts": False,
                "influence_graph": False,
                "influence_confidence": 0,
                "influence_at": fields.Datetime.now(),
            }
        )

    # ------------------------------------------------------------------
    # The formula
    # ------------------------------------------------------------------

    def _scored(self, figures=None):
        """The values of a score of this profile.

        :param figures: values of the profile that are about to be written
        """
        figures = figures or {}
        if self.influence_excluded:
            return {}
        now = fields.Datetime.now()
        told = [figures.get(name, self[name]) for name in FIGURES_SCORED]
        found = best_score(told, self.influence_graph, now)
        return {
            "influence": self.influence_manual or round(found.value),
            "influence_computed": round(found.value),
            "influence_parts": found.parts,
            "influence_confidence": found.confidence,
            "influence_at": now,
            "influence_version": VERSION,
        }


#: What `signals` takes, in its order.
FIGURES_SCORED = (
    "followers",
    "following",
    "posts",
    "listed",
    "unknown_figures",
    "joined_at",
    "figures_at",
)


def best_score(told, graph, now):
    """The `Score` of a profile, that our graph can raise, never lower.

    :param told: values of `FIGURES_SCORED`
    :param graph: what our graph says, as `graph_signals` gives it, or None
    """
    known = signals(*told, graph=graph, now=now)
    return raised_score(known) if graph else score(known)


def signals(
    followers,
    following,
    posts,
    listed,
    unknown_figures,
    joined_at,
    figures_at,
    *,
    graph,
    now,
):
    """The `Signals` of a profile's figures, all unknown when there never were any, and
    of our graph.
    """
    totals = {
        "followers": followers,
        "following": following,
        "posts": posts,
        "listed": listed,
    }
    unknown = totals if not figures_at else (unknown_figures or "").split(",")
    totals = {name: None if name in unknown else n for name, n in totals.items()}
    monthly = None
    if totals["posts"] is not None and joined_at:
        monthly = totals["posts"] / max(1, (now - joined_at).days / 30)
    seen = graph or {}
    return Signals(
        **totals | {"posts": monthly},
        mentions_received=seen.get("mentions"),
        shares_received=seen.get("shares"),
        engager_standing=seen.get("standing"),
        age_days=figures_at and (now - figures_at).total_seconds() / 86400,
    )


def graph_signals(mentions, shares, standing):
    """What the graph says of a profile, ready to be stored; None when nothing."""
    if mentions is None:
        return None
    return {
        "mentions": round(mentions, 3),
        "shares": round(shares, 3),
        "standing": round(standing, 4),
    }
