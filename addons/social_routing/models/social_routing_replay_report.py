from collections import Counter, defaultdict

from markupsafe import Markup

from odoo import api, fields, models

MOST_MOVES = 15  # shown; the list of cases has them all


class SocialRoutingReplay(models.Model):
    """What came out of a replay, side by side."""

    _inherit = "social.routing.replay"

    report = fields.Html(compute="_compute_report", sanitize=False)

    @api.depends("done_count", "state")
    @api.depends_context("lang")
    def _compute_report(self):
        for replay in self:
            if not replay.done_count:
                replay.report = False
                continue
            flows = replay._flows()
            replay.report = Markup().join(
                (
                    Markup("<p>%s</p>") % replay._summary_sentence(),
                    replay._destinations_table(flows),
                    replay._moves_table(flows),
                    replay._policies_table(),
                    replay._targets_table(),
                    replay._agents_table(),
                )
            )

    def _flows(self):
        """(where it went, where it would go) → number of cases; each an (outcome,
        team).
        """
        found = self.env["social.routing.replay.line"]._read_group(
            [("replay_id", "=", self.id)],
            ["before_outcome", "before_team_id", "after_outcome", "after_team_id"],
            ["__count"],
        )
        return {((bo, bt), (ao, at)): count for bo, bt, ao, at, count in found}

    def _place_words(self, place):
        outcome, team = place
        outcomes = self.env["social.routing.case"]._fields["outcome"]
        words = dict(outcomes._description_selection(self.env)).get(outcome, "")
        return f"{words}: {team.sudo().display_name}" if team else words

    def _summary_sentence(self):
        told = {
            "done": self.done_count - self.unreplayable_count,
            "changed": self.changed_count,
            "old": self.unreplayable_count,
        }
        sentence = self.env._(
            "%(done)s decisions were replayed: %(changed)s would come out differently.",
            **told,
        )
        if self.unreplayable_count:
            sentence += " " + self.env._(
                "%(old)s could not be replayed: an older version stored their facts, "
                "or the post was deleted since.",
                **told,
            )
        return sentence

    def _destinations_table(self, flows):
        before, after = Counter(), Counter()
        for (source, target), count in flows.items():
            before[source] += count
            after[target] += count
        most = max([*before.values(), *after.values()], default=1)
        places = sorted(before.keys() | after.keys(), key=lambda p: -before[p])
        rows = [
            (
                self._place_words(place),
                before[place],
                after[place],
                f"{after[place] - before[place]:+}",
                _bars(before[place] / most, after[place] / most),
            )
            for place in places
        ]
        head = (
            self.env._("Where"),
            self.env._("Went there"),
            self.env._("Would go there"),
            self.env._("Difference"),
            "",
        )
        return _table(self.env._("Where decisions lead"), head, rows)

    def _moves_table(self, flows):
        moves = [(count, *flow) for flow, count in flows.items() if flow[0] != flow[1]]
        moves.sort(key=lambda move: -move[0])
        rows = [
            (self._place_words(source), self._place_words(target), count)
            for count, source, target in moves[:MOST_MOVES]
        ]
        head = (self.env._("From"), self.env._("To"), self.env._("Decisions"))
        return _table(self.env._("What would move"), head, rows)

    def _policies_table(self):
        """How many tickets each SLA policy held for, and how many are due otherwise."""
        counts = {}
        for side in ("before", "after"):
            found = self.env["social.routing.replay.line"]._read_group(
                [("replay_id", "=", self.id), (f"{side}_policy_id", "!=", False)],
                [f"{side}_policy_id"],
                ["__count"],
            )
            for policy, count in found:
                counts.setdefault(policy, Counter())[side] = count
        rows = [
            (
                policy.sudo().name,
                count["before"],
                count["after"],
                f"{count['after'] - count['before']:+}",
            )
            for policy, count in sorted(counts.items(), key=lambda it: it[0].sequence)
        ]
        earlier, later = self._due_moves()
        rows += [(self.env._("Due earlier"), "", earlier, "")] if earlier else []
        rows += [(self.env._("Due later"), "", later, "")] if later else []
        head = (
            self.env._("SLA Policy"),
            self.env._("Actual"),
            self.env._("Simulated"),
            self.env._("Difference"),
        )
        return _table(self.env._("SLA policies"), head, rows)

    def _due_moves(self):
        """How many tickets would be due earlier, and how many later."""
        self.env["social.routing.replay.line"].flush_model()
        self.env.cr.execute(
            """SELECT count(*) FILTER (WHERE after_due < before_due),
                      count(*) FILTER (WHERE after_due > before_due)
               FROM social_routing_replay_line WHERE replay_id = %s""",
            [self.id],
        )
        return self.env.cr.fetchone()

    def _targets_table(self):
        """First responses in time, had they been given when they were."""
        counts = defaultdict(Counter)
        for side in ("before", "after"):
            found = self.env["social.routing.replay.line"]._read_group(
                [("replay_id", "=", self.id), (f"{side}_target", "!=", False)],
                [f"{side}_team_id", f"{side}_target"],
                ["__count"],
            )
            for team, target, count in found:
                counts[team][side, target] += count
        rows = [
            (
                team.sudo().display_name or self.env._("No team"),
                *(
                    count[side, target]
                    for side in ("before", "after")
                    for target in ("met", "missed")
                ),
            )
            for team, count in counts.items()
        ]
        head = (
            self.env._("Team"),
            self.env._("In time"),
            self.env._("Missed"),
            self.env._("In time in the draft"),
            self.env._("Missed in the draft"),
        )
        return _table(self.env._("First answers"), head, rows)

    def _agents_table(self):
        loads = defaultdict(Counter)
        for side in ("before", "after"):
            found = self.env["social.routing.replay.line"]._read_group(
                [("replay_id", "=", self.id), (f"{side}_agent_id", "!=", False)],
                [f"{side}_agent_id"],
                ["__count"],
            )
            for agent, count in found:
                loads[agent][side] += count
        most = max((max(load.values()) for load in loads.values()), default=1)
        rows = [
            (
                agent.sudo().name,
                load["before"],
                load["after"],
                f"{load['after'] - load['before']:+}",
                _bars(load["before"] / most, load["after"] / most),
            )
            for agent, load in sorted(loads.items(), key=lambda it: -it[1]["before"])
        ]
        head = (
            self.env._("Agent"),
            self.env._("Actual"),
            self.env._("Simulated"),
            self.env._("Difference"),
            "",
        )
        return _table(self.env._("Load of agents"), head, rows)


def _table(title, head, rows):
    """HTML, empty without rows."""
    if not rows:
        return Markup()
    cells = Markup("<tr>%s</tr>")
    body = [
        cells % Markup().join(Markup("<td>%s</td>") % cell for cell in row)
        for row in rows
    ]
    return Markup(
        '<h4 class="mt-3">%s</h4><table class="table table-sm"><thead>%s</thead>'
        "<tbody>%s</tbody></table>"
    ) % (
        title,
        cells % Markup().join(Markup("<th>%s</th>") % cell for cell in head),
        Markup().join(body),
    )


def _bars(before, after):
    """Two bars, one above the other.

    :param before, after: lengths, 0–1
    """
    bar = Markup(
        '<div class="progress mb-1" style="height: 8px; min-width: 8rem">'
        '<div class="progress-bar %s" style="width: %.0f%%"></div></div>'
    )
    return bar % ("bg-secondary", 100 * before) + bar % ("bg-primary", 100 * after)
