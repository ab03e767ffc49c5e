import hashlib
import json
import logging
from ast import literal_eval

from odoo import api, fields, models
from odoo.tools import SQL, ormcache

from ..engine import ConditionError, Rule, compile_condition

_logger = logging.getLogger(__name__)


class SocialRoutingRuleset(models.Model):
    """The rules as they stood when they decided: kept once however many cases they
    decide about, so that each of them can be explained and replayed later.
    """

    _name = "social.routing.ruleset"
    _description = "Routing Rules as They Stood"
    _order = "id desc"

    digest = fields.Char(required=True, readonly=True)
    rules = fields.Json(required=True, readonly=True)

    _digest_unique = models.UniqueIndex("(digest)")

    @api.model
    def _of(self, company):
        """The rules of a company as they stand, as a record.

        :return: (record, tuple of the engine's :class:`Rule`)
        """
        text, rules = self._current(company.id)
        return self._kept(text), rules

    @api.model
    def _kept(self, text):
        """The record that keeps these rules, made when there is none yet.

        :param text: of :meth:`_text`
        """
        digest = self._digest(text)
        known = self.search([("digest", "=", digest)])
        if not known:
            # ON CONFLICT: another process may keep the same rules at this moment
            self.env.cr.execute(
                SQL(
                    """INSERT INTO social_routing_ruleset (digest, rules)
                       VALUES (%s, %s) ON CONFLICT DO NOTHING""",
                    digest,
                    text,
                )
            )
            known = self.search([("digest", "=", digest)])
        return known

    @api.model
    @ormcache("company_id")
    def _current(self, company_id):
        """The rules of a company as JSON, and compiled. One that became unusable is
        left out: its form says so.
        """
        rules = self.env["social.routing.rule"].sudo()
        text = self._text(rules._live(self.env["res.company"].browse(company_id)))
        return text, tuple(self._compile(json.loads(text)))

    @api.model
    def _text(self, rules):
        """Rules as JSON, the same whoever's language it is."""
        snapshots = [rule._snapshot() for rule in rules.with_context(lang=None)]
        return json.dumps(snapshots, sort_keys=True)

    @api.model
    def _digest(self, text):
        return hashlib.sha256(text.encode()).hexdigest()

    def _engine_rules(self):
        """These rules as the engine takes them."""
        return self._compile(self.rules)

    @api.model
    def _compile(self, snapshots):
        fact_kinds = self.env["social.routing.case"]._fact_kinds()
        rules = []
        for snapshot in snapshots:
            try:
                domain = literal_eval(snapshot["condition"].strip())
                condition = compile_condition(domain, fact_kinds)
            except (ConditionError, ValueError, SyntaxError) as error:
                _logger.info("Rule %s is left out: %s", snapshot["id"], error)
                continue
            rules.append(
                Rule(
                    key=snapshot["id"],
                    name=snapshot["name"],
                    condition=condition,
                    outcome=snapshot["outcome"],
                    stops=snapshot["stops"],
                    adjustment=snapshot["adjustment"],
                    settings=snapshot["settings"],
                    additions={
                        name: tuple(
                            tuple(value) if isinstance(value, list) else value
                            for value in values
                        )
                        for name, values in snapshot["additions"].items()
                    },
                )
            )
        return rules
