from markupsafe import Markup

from odoo import api, fields, models

from ..engine import passed_over
from ..engine.assignment import FREE


class SocialRoutingCase(models.Model):
    """Why a case was decided as it was, in sentences; the figures are stored."""

    _inherit = "social.routing.case"

    explanation = fields.Html(compute="_compute_explanation", sanitize=False)

    @api.depends("details", "outcome", "team_id", "rule_id", "priority_score")
    @api.depends("assignment", "ticket_id.user_id", "ticket_id.stage_id")
    @api.depends_context("lang")
    def _compute_explanation(self):
        standing = self.sudo().ticket_id._standing()
        for case in self:
            ticket = case.sudo().ticket_id
            stands = ticket.routing_case_id == case.sudo() and standing.get(ticket)
            passed = case._passed_over_sentences()
            case.explanation = (
                Markup("<p>%s</p>") % case._outcome_sentence()
                + Markup("<p>%s</p>") % case._priority_sentence()
                + _listed(passed)
                + _listed(case._assignment_sentences(stands))
            )

    def _outcome_sentence(self):
        outcomes = dict(self._fields["outcome"]._description_selection(self.env))
        outcome = outcomes.get(self.outcome, "")
        team = self.team_id.sudo().display_name
        overruled = (self.details or {}).get("overruled")
        if overruled and not team:
            return self.env._(
                "%(outcome)s, made by %(user)s. The rules said: %(ruled)s.",
                outcome=outcome,
                user=overruled["by"],
                ruled=outcomes.get(overruled["outcome"], ""),
            )
        if overruled:
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
        if self.source not in ("social", "lead") and self.outcome != "ticket":
            return self.env._(
                "It stays a ticket, since it came as one. The rule “%(rule)s” matched "
                "first; its “%(outcome)s” is for posts.",
                rule=rule,
                outcome=outcome,
            )
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
            "topic": self.env._(
                "topic %(topics)s (%(urgency)s of 100)",
                topics=", ".join(self.sudo().topic_ids.mapped("name")),
                urgency=self.topic_urgency,
            ),
            "amplification": self.env._(
                "it spreads (%s of 100)", round(self.amplification)
            ),
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
        if self._ruled("needs_approval"):
            sentences.append(self.env._("Answers need a colleague's approval."))
        for rule_id in details.get("matched", []):
            if rule_id != details.get("decider"):
                sentences.append(
                    self.env._(
                        "“%(rule)s” matched too, and adds to it.",
                        rule=self._rule_name(rule_id),
                    )
                )
        asked, matched = details.get("asked", 0), details.get("matched", [])
        for rule, leaves in passed_over(facts, rules, asked, matched):
            words = [self._leaf_words(leaf) for leaf in leaves]
            sentences.append(
                self.env._(
                    "Not “%(rule)s”, because this does not hold: %(leaves)s.",
                    rule=self._rule_name(rule.key),
                    # of a text that its author deleted nothing can be said any more
                    leaves="; ".join(words) or self.env._("the text, which is gone"),
                )
            )
        return sentences

    # ------------------------------------------------------------------
    # Who, and who not
    # ------------------------------------------------------------------

    def _assignment_sentences(self, stands):
        """A sentence about the one who got it, and one for each who did not.

        :param stands: while its ticket waits, what :meth:`_standing` says of it
        """
        noted = self.assignment or {}
        agents = self.env["social.routing.agent"].sudo().with_context(active_test=False)
        sentences = []
        if stands:
            sentences.append(self._missing_sentence(stands.missing))
            considered = [
                (key, reason) for key, reason in stands.considered if reason != FREE
            ]
        elif noted.get("agent"):
            agent = agents.browse(noted["agent"]).exists().display_name or "?"
            sentences.append(self._chosen_sentence(agent, noted["why"]))
            considered = [(key, reason) for key, *reason in noted["considered"]]
        else:
            return []
        for key, reason in considered:
            sentences.append(
                self.env._(
                    "Not %(agent)s: %(reason)s.",
                    agent=agents.browse(key).exists().display_name or "?",
                    reason=self._refusal_words(reason),
                )
            )
        return sentences

    def _chosen_sentence(self, agent, why):
        if why == ["taken"]:
            return self.env._("%(agent)s took it from the queue.", agent=agent)
        words = {
            "known_customer": self.env._("looked after this customer before"),
            "only": self.env._("the only one who can take it now"),
            "match": self.env._("the best match of skills and language"),
            "load": self.env._("has the least to do among the best matches"),
            "idle": self.env._("waited longest for work among equals"),
        }
        return self.env._(
            "Given to %(agent)s: %(reason)s.",
            agent=agent,
            reason=words.get(why[0], ""),
        )

    def _refusal_words(self, reason):
        code, *figures = reason
        if code == "skill":
            skill, wanted, had = figures
            return self.env._(
                "has “%(skill)s” at %(had)s of at least %(wanted)s",
                skill=self._skill_name(skill),
                had=had,
                wanted=wanted,
            )
        if code == "language":
            return self.env._("does not speak %(language)s", language=figures[0])
        if code == "full":
            return self.env._(
                "is full (%(load)g of %(most)g)", load=figures[0], most=figures[1]
            )
        if code == "match":
            return self.env._(
                "a lesser match (%(points)g, the best %(best)g)",
                points=figures[0],
                best=figures[1],
            )
        if code == "load":
            return self.env._(
                "has more to do (%(share)s %% of the capacity, the least %(least)s %%)",
                share=round(100 * figures[0]),
                least=round(100 * figures[1]),
            )
        return {
            "absent": self.env._("is absent"),
            "off_hours": self.env._("is outside working hours"),
            "offline": self.env._("is not online"),
            "free": self.env._("could have taken it too"),
            "idle": self.env._("was given work more recently"),
            "known_customer": self.env._("somebody else looked after this customer"),
        }.get(code, code)

    def _missing_sentence(self, missing):
        """What is missing for somebody to take it."""
        words = []
        for code, *figures in missing:
            if code == "nobody":
                words.append(self.env._("the team has no agents"))
            elif code == "language":
                words.append(
                    self.env._("nobody speaks %(language)s", language=figures[0])
                )
            elif code == "skill":
                words.append(
                    self.env._(
                        "nobody has “%(skill)s” at %(level)s",
                        skill=self._skill_name(figures[0]),
                        level=figures[1],
                    )
                )
            else:
                states = {
                    "absent": self.env._("%s absent", figures[0]),
                    "off_hours": self.env._("%s outside working hours", figures[0]),
                    "offline": self.env._("%s not online", figures[0]),
                    "full": self.env._("%s full", figures[0]),
                    "free": self.env._("%s could take it", figures[0]),
                }
                words.append(states.get(code, code))
        return self.env._("It waits: %(reasons)s.", reasons=", ".join(words))

    def _skill_name(self, skill_id):
        skill = self.env["hr.skill"].sudo().browse(skill_id).exists()
        return skill.name or self.env._("a deleted skill")

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


def _listed(sentences):
    if not sentences:
        return Markup()
    items = Markup().join(Markup("<li>%s</li>") % sentence for sentence in sentences)
    return Markup("<ul>%s</ul>") % items


def _named(value, name_of):
    """A value of a comparison, or each of a list of them, by its name."""
    if isinstance(value, (list, tuple)):
        return ", ".join(str(_named(each, name_of)) for each in value)
    return value and name_of(value) or value
