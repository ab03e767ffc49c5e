from functools import cache, partial

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import LazyTranslate

from ..engine import Weights, decide
from .social_routing_rule import OUTCOMES

_lt = LazyTranslate(__name__)

SCHEMA = 3  # of the stored facts
URGENT = 100  # a topic that can't wait: asks for a decision about a ticket as well
STARS = ((75, "3"), (50, "2"), (30, "1"))  # priority from … on → stars of the ticket
WRITTEN = {  # kinds of what was written or told outside social networks
    "email": _lt("E-mail"),
    "call": _lt("Call"),
    "form": _lt("Form"),
    "lead": _lt("Lead"),
}
KINDS = {  # how the engine sees a field
    "char": "text",
    "text": "text",
    "selection": "choice",
    "boolean": "boolean",
    "integer": "number",
    "float": "number",
    "datetime": "moment",
    "many2one": "record",
    "many2many": "records",
}


class SocialRoutingCase(models.Model):
    """The facts when a decision was asked for, the decision, and why it came out so."""

    _name = "social.routing.case"
    _description = "Social Routing Case"
    _order = "id desc"
    _rec_name = "subject"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    conversation_id = fields.Many2one(
        "social.conversation", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    message_id = fields.Many2one(
        "social.message", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket", readonly=True, index="btree_not_null", ondelete="set null"
    )
    lead_id = fields.Many2one(
        "crm.lead", readonly=True, index="btree_not_null", ondelete="set null"
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Contact",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    subject = fields.Char(readonly=True)

    # the facts: what rules are written on
    event = fields.Selection(
        [
            ("new", "New"),
            ("reply", "Further post"),
            ("worse", "Mood got worse"),
            ("reopened", "Reopened"),
        ],
        readonly=True,
    )
    source = fields.Selection(
        [
            ("social", "Social network"),
            ("email", "E-mail"),
            ("portal", "Portal"),
            ("phone", "Phone"),
            ("manual", "Entered by hand"),
            ("lead", "Lead"),
        ],
        readonly=True,
    )
    network = fields.Selection(
        selection=lambda self: self.env["social.channel"]._selection_network(),
        readonly=True,
    )
    channel_id = fields.Many2one("social.channel", readonly=True, ondelete="cascade")
    kind = fields.Selection(
        selection=lambda self: (
            self.env["social.message"]._fields["kind"]._description_selection(self.env)
            + [(kind, self.env._(label)) for kind, label in WRITTEN.items()]
        ),
        readonly=True,
    )
    text = fields.Text(readonly=True)
    is_private = fields.Boolean(
        related="message_id.is_private", string="Direct message", store=True
    )
    language = fields.Char(readonly=True)
    sentiment = fields.Float("Sentiment Score", readonly=True, aggregator="avg")
    sentiment_label = fields.Selection(
        [("negative", "Negative"), ("neutral", "Neutral"), ("positive", "Positive")],
        "Sentiment",
        readonly=True,
    )
    sentiment_change = fields.Float(
        "Change of mood",
        readonly=True,
        aggregator="avg",
        help="−2 to 2, since the last decision about the conversation.",
    )
    needs_answer = fields.Float("Needs an answer", readonly=True, aggregator="avg")
    topic_ids = fields.Many2many("social.topic", string="Topics", readonly=True)
    topic_urgency = fields.Integer(
        "Urgency of the topic", readonly=True, aggregator="avg", help="0 to 100."
    )
    influence = fields.Integer(readonly=True, aggregator="avg")
    amplification = fields.Float(
        "Spread", readonly=True, aggregator="avg", help="0 to 100: how far it spreads."
    )
    copies = fields.Integer(
        readonly=True, aggregator="avg", help="How often the same was posted before."
    )
    is_automated = fields.Boolean("Automated author", readonly=True)
    known_contact = fields.Boolean("Known contact", readonly=True)
    customer_value = fields.Integer(readonly=True, aggregator="avg")
    partner_category_ids = fields.Many2many(
        "res.partner.category", string="Contact tags", readonly=True
    )
    open_tickets = fields.Integer(
        readonly=True, aggregator="avg", help="Of the contact, without this one."
    )
    in_working_time = fields.Boolean(
        "In working time", readonly=True, help="It came while the company works."
    )
    received_at = fields.Datetime("Received at", readonly=True)

    # the decision
    schema_version = fields.Integer(readonly=True, default=SCHEMA)
    ruleset_id = fields.Many2one(
        "social.routing.ruleset", "Rules", readonly=True, ondelete="restrict"
    )
    rule_id = fields.Many2one("social.routing.rule", readonly=True, ondelete="set null")
    outcome = fields.Selection(OUTCOMES, readonly=True)
    team_id = fields.Many2one("helpdesk.ticket.team", readonly=True)
    policy_id = fields.Many2one(
        "social.response.policy", "Response policy", readonly=True, ondelete="set null"
    )
    priority_score = fields.Float("Priority", readonly=True, aggregator="avg")
    details = fields.Json(readonly=True)
    assignment = fields.Json(readonly=True)

    @api.model
    def _fact_names(self):
        """The fields a rule may be written on."""
        return (
            "event",
            "source",
            "network",
            "channel_id",
            "kind",
            "text",
            "language",
            "sentiment",
            "sentiment_label",
            "sentiment_change",
            "needs_answer",
            "topic_ids",
            "topic_urgency",
            "influence",
            "amplification",
            "copies",
            "is_automated",
            "known_contact",
            "customer_value",
            "partner_category_ids",
            "open_tickets",
            "in_working_time",
            "received_at",
        )

    @api.model
    def _fact_kinds(self):
        """Field → kind, as the engine's conditions want them."""
        return {name: KINDS[self._fields[name].type] for name in self._fact_names()}

    def _facts(self):
        """The facts as the engine takes them."""
        facts = {name: self[name] for name in self._fact_names()}
        for name, kind in self._fact_kinds().items():
            if kind == "record":
                facts[name] = facts[name].id
            elif kind == "records":
                facts[name] = tuple(facts[name].ids)
            elif kind == "moment":
                facts[name] = fields.Datetime.to_string(facts[name])
        return facts

    # ------------------------------------------------------------------
    # Deciding
    # ------------------------------------------------------------------

    @api.model
    def _judge(self, company):
        """A function that decides for a company: facts → (values of a case,
        :class:`Decision`).
        """
        ruleset, rules = self.env["social.routing.ruleset"].sudo()._of(company)
        weights = self.env["social.routing.weights"]._of(company)
        return self._judge_by(company, ruleset, rules, weights)

    @api.model
    def _judge_by(self, company, ruleset, rules, weights):
        """The same by these rules, kept in a ruleset, and these :class:`Weights`."""
        return partial(self._decided, company, ruleset, rules, weights)

    @api.model
    def _decided(self, company, ruleset, rules, weights, facts):
        decision = decide(facts, rules, weights)
        values = dict(facts)
        for name, kind in self._fact_kinds().items():
            if kind == "records" and facts.get(name):
                values[name] = [Command.set(facts[name])]
        values |= {
            "company_id": company.id,
            "schema_version": SCHEMA,
            "ruleset_id": ruleset.id,
            "rule_id": decision.rule and decision.rule.key,
            "outcome": decision.outcome,
            "policy_id": decision.settings.get("policy"),
            "priority_score": round(decision.priority.score, 1),
            "details": _details(decision, weights),
        }
        return values, decision

    @api.model
    def _decide(self, messages):
        """Decides about messages, one case each, and keeps the decisions. What a
        conversation says after it became a ticket or a lead asks for a decision only
        where its mood fell, it was closed, or it comes to a topic that can't wait.

        :param messages: inbound social.message of one company, oldest first
        :return: cases in the same order
        """
        company = messages.company_id
        judge = self._judge(company)
        fallback = cache(partial(self._fallback_team, company))
        customers = self._customer_facts(company, messages.profile_id.partner_id)
        known = {c: c.routing_case_id for c in messages.conversation_id}
        values, outcomes, moods = [], {}, {}
        for message in messages:
            conversation = message.conversation_id
            if outcomes.get(conversation) in ("ticket", "lead"):
                continue
            mood = moods.get(conversation, known[conversation].sentiment)
            facts = self._message_facts(message, mood, conversation in outcomes)
            handed_over = conversation.ticket_id or conversation.lead_id
            urgent = (
                facts["topic_urgency"] >= URGENT > known[conversation].topic_urgency
            )
            if handed_over and facts["event"] == "reply" and not urgent:
                continue
            facts |= customers[message.profile_id.partner_id]
            decided, decision = judge(facts)
            moods[conversation] = facts["sentiment"]
            outcomes[conversation] = decision.outcome
            team = self._team(
                decision.settings.get("team"), company, message.channel_id
            )
            decided |= {
                "conversation_id": conversation.id,
                "message_id": message.id,
                "partner_id": message.profile_id.partner_id.id,
                "ticket_id": conversation.ticket_id.id,
                "lead_id": conversation.lead_id.id,
                "subject": conversation.name,
                "team_id": (team or fallback()).id
                if decision.outcome == "ticket"
                else False,
            }
            values.append(decided)
        return self.create(values)

    @api.model
    def _decide_written(self, company, records, facts_list):
        """Decides about tickets or leads that reached us outside social networks.

        :param records: helpdesk.ticket or crm.lead of one company
        :param facts_list: what was written, from :meth:`_written_facts`, of each
        :return: cases in the same order
        """
        link = {"helpdesk.ticket": "ticket_id", "crm.lead": "lead_id"}[records._name]
        judge = self._judge(company)
        customers = self._customer_facts(company, records.partner_id, records)
        values = []
        for record, facts in zip(records, facts_list, strict=True):
            decided, decision = judge(facts | customers[record.partner_id])
            team = self._team(decision.settings.get("team"), company)
            decided |= {
                link: record.id,
                "partner_id": record.partner_id.id,
                "subject": record.name,
                "team_id": team.id if team and link == "ticket_id" else False,
            }
            values.append(decided)
        return self.create(values)

    @api.model
    def _team(self, asked_for, company, channel=None):
        """The team a rule asks for (its id), or the one that stands in for it; else the
        channel's; None when none of them can take a ticket of the company.
        """
        teams = self.env["helpdesk.ticket.team"].browse(asked_for or []).exists()
        for team in (*teams, *(channel.team_id if channel else ())):
            if able := team._able(company):
                return able
        return None

    @api.model
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

    def _ruled(self, name, default=None):
        """What the rules said of a setting, or the list of an addition."""
        details = self.details or {}
        settings, additions = details.get("settings", {}), details.get("additions", {})
        return settings.get(name, additions.get(name, default))

    def _suggested_answer(self):
        """The canned response that the rules suggest, or none."""
        found = self._ruled("canned_response", [])
        return self.env["mail.canned.response"].browse(found).exists()

    def _overrule(self, outcome):
        """Makes it a ticket or a lead though the rules said otherwise."""
        team = self.env["helpdesk.ticket.team"]
        if outcome == "ticket":
            ruled, channel = self._ruled("team"), self.message_id.channel_id
            team = self._team(ruled, self.company_id, channel)
            team = team or self._fallback_team(self.company_id)
        self.write(
            {
                "outcome": outcome,
                "team_id": team.id,
                "details": {
                    **(self.details or {}),
                    "overruled": {"outcome": self.outcome, "by": self.env.user.name},
                },
            }
        )

    # ------------------------------------------------------------------
    # What follows
    # ------------------------------------------------------------------

    def _stars(self):
        return stars_for(self.priority_score)

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
            "description": message._public_html(),
            "company_id": self.company_id.id,
            "team_id": self.team_id.id,
            "stage_id": first_stages[self.team_id].id,
            "user_id": conversation.user_id.id,  # else helpdesk assigns OdooBot
            "partner_id": profile.partner_id.id,
            "partner_name": profile.display_name,
            "partner_email": profile.partner_id.email,
            "channel_id": ticket_channel,
            "priority": self._stars(),
            **self._ruled_values(),
            **self._queue_values(),
            **self.env["helpdesk.ticket"]._clock_values(
                self.policy_id or self.team_id.response_policy_id, self.company_id
            ),
        }

    def _ruled_values(self):
        """The values of a helpdesk.ticket that the rules state; what was deleted since
        is no value.
        """
        category = self.env["helpdesk.ticket.category"].browse(
            self._ruled("category", [])
        )
        tags = self.env["helpdesk.ticket.tag"].browse(self._ruled("tags", []))
        values = {"category_id": category.exists().id} if category else {}
        return values | ({"tag_ids": tags.exists().ids} if tags else {})

    def _queue_values(self):
        """The values of a helpdesk.ticket that say where in the queue it stands."""
        return {
            "routing_case_id": self.id,
            "standing_score": self.priority_score,
            "priority_score": self.priority_score,
        }

    def _hand_over_activities(self):
        """Tells those whom the rules want told, each by an activity."""
        for case in self.filtered(lambda c: c._ruled("activities")):
            thread = case.ticket_id or case.lead_id or case.conversation_id
            for user_id, summary in case._ruled("activities"):
                user = self.env["res.users"].browse(user_id).exists()
                if user.active:
                    thread.activity_schedule(
                        "mail.mail_activity_data_todo",
                        user_id=user.id,
                        summary=summary or case.subject,
                    )


def stars_for(score):
    """The stars of a ticket or lead of that priority, 0–100."""
    return next((stars for least, stars in STARS if score >= least), "0")


def _details(decision, weights):
    """The part of a decision worth keeping, as JSON; what is empty is left out, since
    most posts are only watched.
    """
    details = {
        # JSON keeps no order of keys
        "terms": [[name, round(p, 1)] for name, p in decision.priority.terms.items()],
        "decider": decision.rule and decision.rule.key,
        "matched": [rule.key for rule in decision.matched],
        "asked": decision.asked,
        "settings": dict(decision.settings),
        "additions": {name: list(found) for name, found in decision.additions.items()},
    }
    if weights != Weights():
        details["weights"] = vars(weights)
    return {name: said for name, said in details.items() if said not in (None, [], {})}
