from functools import cache, partial

from markupsafe import Markup

from odoo import api, fields, models

from ..engine import decide

SCHEMA = 1  # of the stored facts
STARS = ((75, "3"), (50, "2"), (30, "1"))  # priority from … on → stars of the ticket


class SocialRoutingCase(models.Model):
    """The facts when a decision was asked for, the decision, and why it came out so."""

    _name = "social.routing.case"
    _description = "Social Routing Case"
    _order = "id desc"
    _rec_name = "subject"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    conversation_id = fields.Many2one(
        "social.conversation", readonly=True, index=True, ondelete="cascade"
    )
    message_id = fields.Many2one(
        "social.message", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket", readonly=True, index="btree_not_null", ondelete="set null"
    )
    subject = fields.Char(readonly=True)

    # the facts: what rules are written on
    event = fields.Selection(
        [("new", "New conversation"), ("reply", "Further post")], readonly=True
    )
    network = fields.Selection(
        selection=lambda self: self.env["social.channel"]._selection_network(),
        readonly=True,
    )
    channel_id = fields.Many2one("social.channel", readonly=True, ondelete="cascade")
    kind = fields.Selection(
        selection=lambda self: (
            self.env["social.message"]._fields["kind"]._description_selection(self.env)
        ),
        readonly=True,
    )
    text = fields.Text(readonly=True)
    language = fields.Char(readonly=True)
    sentiment = fields.Float(readonly=True, aggregator="avg")
    sentiment_label = fields.Selection(
        [("negative", "Negative"), ("neutral", "Neutral"), ("positive", "Positive")],
        "Mood",
        readonly=True,
    )
    needs_answer = fields.Float("Needs an answer", readonly=True, aggregator="avg")
    influence = fields.Integer(readonly=True, aggregator="avg")
    is_automated = fields.Boolean("Automated author", readonly=True)
    known_contact = fields.Boolean("Known contact", readonly=True)

    # the decision
    rule_id = fields.Many2one("social.routing.rule", readonly=True, ondelete="set null")
    outcome = fields.Selection(
        [("ticket", "Ticket"), ("watch", "Watch only"), ("nothing", "No action")],
        readonly=True,
    )
    team_id = fields.Many2one("helpdesk.ticket.team", readonly=True)
    priority_score = fields.Float("Priority", readonly=True, aggregator="avg")
    details = fields.Json(readonly=True)
    explanation = fields.Html(compute="_compute_explanation", sanitize=False)

    @api.model
    def _fact_names(self):
        """The fields a rule may be written on."""
        return (
            "event",
            "network",
            "channel_id",
            "kind",
            "text",
            "language",
            "sentiment",
            "sentiment_label",
            "needs_answer",
            "influence",
            "is_automated",
            "known_contact",
        )

    @api.model
    def _decide(self, messages):
        """Decides about messages, one case each, and keeps the decisions. What a
        conversation says after it became a ticket asks for no decision any more.

        :param messages: inbound social.message of one company, oldest first
        :return: cases in the same order
        """
        company = messages.company_id
        rules = self.env["social.routing.rule"]._engine_rules(company)
        fallback = cache(partial(self._fallback_team, company))
        values, outcomes = [], {}
        for message in messages:
            conversation = message.conversation_id
            if outcomes.get(conversation) == "ticket":
                continue
            known = conversation.routing_case_id or conversation in outcomes
            facts = {"event": "reply" if known else "new", **self._facts(message)}
            decision = decide(facts, rules)
            outcomes[conversation] = decision.outcome
            rule = decision.rule and decision.rule.key
            values.append(
                {
                    **facts,
                    "company_id": company.id,
                    "conversation_id": conversation.id,
                    "message_id": message.id,
                    "subject": conversation.name,
                    "rule_id": rule and rule.id,
                    "outcome": decision.outcome,
                    "team_id": (self._team(rule, message) or fallback()).id
                    if decision.outcome == "ticket"
                    else False,
                    "priority_score": decision.priority.score,
                    "details": _details(decision),
                }
            )
        return self.create(values)

    def _facts(self, message):
        profile = message.profile_id
        return {
            "network": message.network,
            "channel_id": message.channel_id.id,
            "kind": message.kind,
            "text": message.body or "",
            "language": message.language or False,
            "sentiment": message.sentiment if message.sentiment_label else 0.0,
            "sentiment_label": message.sentiment_label or False,
            "needs_answer": message.needs_answer,
            "influence": profile.influence,
            "is_automated": profile.is_bot,
            "known_contact": bool(profile.partner_id),
        }

    def _team(self, rule, message):
        """The rule's team, else the channel's; None when neither can take a ticket."""
        companies = (message.company_id, message.company_id.browse())
        for team in (rule and rule.team_id, message.channel_id.team_id):
            if team and team.active and team.company_id in companies:
                return team
        return None

    def _fallback_team(self, company):
        """The team that takes what nobody else does."""
        team = self.env.ref(
            "social_routing.helpdesk_team_social", raise_if_not_found=False
        )
        if team and team.active:
            return team
        return self.env["helpdesk.ticket.team"].search(
            [("company_id", "in", [company.id, False])], limit=1
        )

    def _ticket_values(self, first_stages):
        """The values of a helpdesk.ticket for this case.

        :param first_stages: the stage a new ticket of a team starts in, by team
        """
        conversation = self.conversation_id
        profile, message = conversation.profile_id, self.message_id
        ticket_channel = self.env["ir.model.data"]._xmlid_to_res_id(
            "social_routing.helpdesk_ticket_channel_social"
        )
        return {
            "name": conversation.name,
            "description": message._html(),
            "company_id": self.company_id.id,
            "team_id": self.team_id.id,
            "stage_id": first_stages[self.team_id].id,
            "user_id": False,  # else helpdesk assigns OdooBot
            "partner_id": profile.partner_id.id,
            "partner_name": profile.display_name,
            "partner_email": profile.partner_id.email,
            "channel_id": ticket_channel,
            "category_id": self.rule_id.category_id.id,
            "tag_ids": self.rule_id.tag_ids.ids,
            "priority": next(
                (stars for least, stars in STARS if self.priority_score >= least), "0"
            ),
            "priority_score": self.priority_score,
            "routing_case_id": self.id,
        }

    def _overrule(self):
        """Makes it a ticket though the rules said otherwise."""
        team = self._team(self.rule_id, self.message_id)
        self.write(
            {
                "outcome": "ticket",
                "team_id": (team or self._fallback_team(self.company_id)).id,
                "details": {
                    **(self.details or {}),
                    "overruled": {"outcome": self.outcome, "by": self.env.user.name},
                },
            }
        )

    # ------------------------------------------------------------------
    # Why
    # ------------------------------------------------------------------

    @api.depends("details", "outcome", "team_id", "rule_id", "priority_score")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for case in self:
            sentences = [case._outcome_sentence(), case._priority_sentence()]
            sentences += case._passed_over_sentences()
            case.explanation = (
                Markup("<p>%s</p>") % sentences[0]
                + Markup("<p>%s</p>") % sentences[1]
                + Markup("<ul>%s</ul>")
                % Markup().join(Markup("<li>%s</li>") % s for s in sentences[2:])
            )

    def _outcome_sentence(self):
        outcomes = dict(self._fields["outcome"]._description_selection(self.env))
        outcome = outcomes.get(self.outcome, "")
        rule = (self.details or {}).get("rule")
        if overruled := (self.details or {}).get("overruled"):
            return self.env._(
                "%(outcome)s for the team “%(team)s”, made by %(user)s. "
                "The rules said: %(ruled)s.",
                outcome=outcome,
                team=self.team_id.sudo().display_name,
                user=overruled["by"],
                ruled=outcomes.get(overruled["outcome"], ""),
            )
        if not rule:
            return self.env._("%(outcome)s, because no rule matched.", outcome=outcome)
        if self.team_id:
            return self.env._(
                "%(outcome)s for the team “%(team)s”, because the rule “%(rule)s” "
                "matched first.",
                outcome=outcome,
                team=self.team_id.sudo().display_name,
                rule=rule,
            )
        return self.env._(
            "%(outcome)s, because the rule “%(rule)s” matched first.",
            outcome=outcome,
            rule=rule,
        )

    def _priority_sentence(self):
        words = {
            "base": self.env._("every post"),
            "sentiment": self.env._("negative mood (%s)", round(self.sentiment, 2)),
            "needs_answer": self.env._(
                "needs an answer (%s %%)", round(100 * self.needs_answer)
            ),
            "private": self.env._("private message"),
            "influence": self.env._("influence (%s of 100)", self.influence),
            "rule": self.env._("the rule"),
        }
        terms = (self.details or {}).get("terms", [])
        return self.env._(
            "Priority %(score)s of 100: %(terms)s.",
            score=int(self.priority_score + 0.5),  # as the form rounds
            terms=", ".join(f"{words[name]} {points:+g}" for name, points in terms),
        )

    def _passed_over_sentences(self):
        return [
            self.env._(
                "Not “%(rule)s”, because this does not hold: %(leaves)s.",
                rule=passed["rule"],
                leaves="; ".join(self._leaf_words(leaf) for leaf in passed["leaves"]),
            )
            for passed in (self.details or {}).get("passed_over", [])
        ]

    def _leaf_words(self, leaf):
        name, comparison, value = leaf
        field = self._fields[name]
        label = field._description_string(self.env)
        if field.type == "selection":
            labels = dict(field._description_selection(self.env))
            value = _named(value, labels.get)
        elif field.type == "many2one":
            records = self.env[field.comodel_name].sudo()
            value = _named(value, lambda key: records.browse(key).exists().display_name)
        return f"{label} {comparison} {value}"


def _named(value, name_of):
    """A value of a comparison, or each of a list of them, by its name."""
    if isinstance(value, list):
        return ", ".join(str(_named(each, name_of)) for each in value)
    return name_of(value) or value


def _details(decision):
    """The part of a decision worth keeping, as JSON."""
    return {
        "schema": SCHEMA,
        "rule": decision.rule and decision.rule.name,
        "terms": list(decision.priority.terms.items()),  # JSON keeps no order of keys
        "passed_over": [
            {
                "rule": rule.name,
                "leaves": [[leaf.field, leaf.operator, leaf.value] for leaf in leaves],
            }
            for rule, leaves in decision.passed_over
        ],
    }
