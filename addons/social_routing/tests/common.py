from contextlib import contextmanager
from types import SimpleNamespace
from unittest.mock import patch

from odoo import fields

from odoo.addons.social_engagement.tests.common import SocialCase

QUESTION = "Where is my parcel?"  # needs an answer
REMARK = "A nice shop, and sunny."  # needs none


class RoutingCase(SocialCase):
    """A team for social networks with the agent in it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team = cls.env.ref("social_routing.helpdesk_team_social")
        cls.team.user_ids += cls.agent
        cls.env["helpdesk.ticket"].search([]).unlink()

    def conversation(self, text=QUESTION, **values):
        return self.receive(self.payload(text, **values)).conversation_id

    def ticket(self, text=QUESTION, **values):
        return self.conversation(text, **values).ticket_id

    @contextmanager
    def at(self, moment):
        """It is that moment, UTC, wherever routing looks at the clock."""
        now = fields.Datetime.to_datetime(moment)
        self.env.cr.cache.clear()
        with patch.object(fields.Datetime, "now", staticmethod(lambda *_args: now)):
            yield now

    def understood(self, **values):
        """Whatever is said, it is understood as this."""
        analysis = {
            "language": "en",
            "language_confidence": 1.0,
            "sentiment": None,
            "sentiment_words": [],
            "sentiment_label": None,
            "needs_answer": 0.0,
            "reason_keys": [],
            "spam": 0.0,
            "advertising": 0.0,
            **values,
        }
        return patch(
            "odoo.addons.social_engagement.models.social_message_analysis.analyse_batch",
            lambda texts, _languages: [SimpleNamespace(**analysis) for _ in texts],
        )

    def rule(self, condition, **values):
        """A rule that comes before all others."""
        return self.env["social.routing.rule"].create(
            {"name": "Test", "sequence": 0, "condition": condition, **values}
        )

    @classmethod
    def make_team(cls, name, **values):
        values = {"name": name, "company_id": False, **values}
        return cls.env["helpdesk.ticket.team"].create(values)

    def stage(self, closed):
        return self.env["helpdesk.ticket.stage"].search(
            [("closed", "=", closed), ("team_ids", "=", False)], limit=1
        )

    def close(self, ticket):
        ticket.stage_id = self.stage(closed=True)
