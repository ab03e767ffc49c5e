from markupsafe import Markup

from odoo import api, fields, models

from ..engine import decide, passed_over


class SocialRoutingCase(models.Model):
    """Why a case was decided as it was, in sentences; the figures are stored."""

    _inherit = "social.routing.case"

    explanation = fields.Html(compute="_compute_explanation", sanitize=False)

    @api.depends("details", "outcome", "team_id", "rule_id", "priority_score")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for case in self:
            passed = case._passed_over_sentences()
            case.explanation = (
                Markup("<p>%s</p>") % case._outcome_sentence()
                + Markup("<p>%s</p>") % case._priority_sentence()
                + Markup("<ul>%s</ul>")
                % Markup().join(Markup("<li>%s</li>") % s for s in passed)
            )

    def _outcome_sentence(self):
        outcomes = dict(self._fields["outcome"]._description_selection(self.env))
        outcome = outcomes.get(self.outcome, "")
        team = self.team_id.sudo().display_name
        if overruled := (self.details or {}).get("overruled"):
            return self.env._(
                "%(outcome)s for the team “%(team)s”, made by %(user)s. "
                "The rules said: %(ruled)s.",
                outcome=outcome,
                team=team,
                user=overruled["by"],
                ruled=outcomes.get(overruled["outcome"], ""),
            )
        rule = self._rule_name((self.details or {}).get("decider"))
        if not rule:
            return self.env._("%(outcome)s, because no rule matched.", outcome=outcome)
        if self.team_id:
            return self.env._(
                "%(outcome)s for the team “%(team)s”, because the rule “%(rule)s” "
                "matched first.",
                outcome=outcome,
                team=team,
                rule=rule,
            )
        return self.env._(
            "%(outcome)s, because the rule “%(rule)s” matched first.",
            outcome=outcome,
            rule=rule,
        )

    def _rule_name(self, rule_id):
        """The name of a rule: today's, else the one it had when it decided."""
        if not rule_id:
            return ""
        rule = self.env["social.routing.rule"].sudo().browse(rule_id).exists()
        rules = self.sudo().ruleset_id.rules or []
        kept = next((r["name"] for r in rules if r["id"] == rule_id), "")
        return rule.name or kept

    def _priority_sentence(self):
        words = {
            "base": self.env._("every case"),
            "sentiment": self.env._("negative mood (%s)", round(self.sentiment, 2)),
            "worsening": self.env._(
                "mood got worse (%s)", round(self.sentiment_change, 2)
            ),
            "needs_answer": self.env._(
                "needs an answer (%s %%)", round(100 * self.needs_answer)
            ),
            "private": self.env._("private message"),
            "topic": self.env._("urgent topic"),
            "amplification": self.env._("it spreads"),
            "customer_value": self.env._(
                "valued customer (%s of 100)", self.customer_value
            ),
            "influence": self.env._("influence (%s of 100)", self.influence),
            "rule": self.env._("the rules"),
            "limit": self.env._("kept within its limits"),
        }
        terms = (self.details or {}).get("terms", [])
        return self.env._(
            "Priority %(score)s of 100: %(terms)s.",
            score=int(self.priority_score + 0.5),  # as the form rounds
            terms=", ".join(f"{words[name]} {points:+g}" for name, points in terms),
        )

    def _passed_over_sentences(self):
        """A sentence for each rule that was asked, matched or not, but the one that
        decided. The reasons are worked out on reading, from the stored facts and rules.
        """
        details, ruleset = self.details or {}, self.sudo().ruleset_id
        if not ruleset:
            return []
        rules, facts = ruleset._engine_rules(), self._facts()
        sentences = []
        for rule_id in details.get("matched", []):
            if rule_id != details.get("decider"):
                sentences.append(
                    self.env._(
                        "“%(rule)s” matched too, and adds to it.",
                        rule=self._rule_name(rule_id),
                    )
                )
        for rule, leaves in passed_over(facts, rules, decide(facts, rules)):
            sentences.append(
                self.env._(
                    "Not “%(rule)s”, because this does not hold: %(leaves)s.",
                    rule=self._rule_name(rule.key),
                    leaves="; ".join(self._leaf_words(leaf) for leaf in leaves),
                )
            )
        return sentences

    def _leaf_words(self, leaf):
        field, value = self._fields[leaf.field], leaf.value
        label = field._description_string(self.env)
        if field.type == "selection":
            labels = dict(field._description_selection(self.env))
            value = _named(value, labels.get)
        elif field.type in ("many2one", "many2many"):
            records = self.env[field.comodel_name].sudo()
            value = _named(value, lambda key: records.browse(key).exists().display_name)
        elif isinstance(value, tuple):
            value = _named(value, str)
        return f"{label} {leaf.operator} {value}"


def _named(value, name_of):
    """A value of a comparison, or each of a list of them, by its name."""
    if isinstance(value, (list, tuple)):
        return ", ".join(str(_named(each, name_of)) for each in value)
    return value and name_of(value) or value
