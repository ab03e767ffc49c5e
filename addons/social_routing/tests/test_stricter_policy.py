"""What a stricter response policy, set later, changes."""

from .replies_case import RepliesCase
from .test_response_policy import MONDAY


class TestStricterPolicy(RepliesCase):
    def setUp(self):
        super().setUp()
        self.urgent = self.policy.copy(
            {"name": "Urgent", "first_response_hours": 0.25, "resolution_hours": 2}
        )

    def angrier(self, **values):
        """A calm question at nine, and anger at ten past."""
        self.rule(
            "[('event', '=', 'worse')]",
            sequence=-1,
            outcome="ticket",
            policy_id=values.pop("policy", self.urgent).id,
        )
        calm = {"sentiment": 0.3, "sentiment_label": "positive", "needs_answer": 1.0}
        angry = {"sentiment": -1.0, "sentiment_label": "negative", "needs_answer": 1.0}
        with self.understood(**calm):
            ticket = self.ticket_at("09:00:00", thread_id="a")
        with self.understood(**angry), self.at(f"{MONDAY} 09:10:00"):
            self.receive(self.payload("Enough!", thread_id="a"))
        self.assertEqual(ticket.routing_case_id.event, "worse")
        return ticket

    def test_the_policy_of_the_new_case_is_the_tickets(self):
        ticket = self.angrier()
        self.assertEqual(ticket.response_policy_id, self.urgent)
        due = (f"{MONDAY} 09:25:00", f"{MONDAY} 11:10:00")
        self.assertEqual(self.due(ticket), due)
        self.tick("09:26:00")
        self.assertEqual(ticket.first_response_state, "missed")
        self.assertEqual(len(ticket.activity_ids), 1)

    def test_nothing_becomes_due_later(self):
        slow = self.policy.copy({"first_response_hours": 8, "resolution_hours": 20})
        ticket = self.angrier(policy=slow)
        self.assertEqual(ticket.response_policy_id, self.policy)
        self.assertEqual(self.due(ticket), (f"{MONDAY} 10:00:00", f"{MONDAY} 13:00:00"))

    def test_what_is_sooner_anyway_stays(self):
        ticket = self.ticket_at("09:00:00")
        with self.at(f"{MONDAY} 09:50:00"):
            ticket.response_policy_id = self.urgent
        self.assertEqual(self.due(ticket), (f"{MONDAY} 10:00:00", f"{MONDAY} 11:50:00"))
        self.assertEqual(ticket.response_policy_id, self.urgent)

    def test_set_later_or_brought_by_a_team(self):
        for change in ("response_policy_id", "team_id"):
            ticket = self.ticket_at("09:00:00", handle=f"@{change}")
            team = self.make_team("Fast", response_policy_id=self.urgent.id)
            value = self.urgent if change == "response_policy_id" else team
            with self.at(f"{MONDAY} 09:10:00"):
                ticket[change] = value
            self.assertEqual(self.due(ticket)[0], f"{MONDAY} 09:25:00", change)

    def test_what_is_done_is_done(self):
        ticket = self.ticket_at("09:00:00")
        self.answer(ticket, "09:05:00")
        with self.at(f"{MONDAY} 09:10:00"):
            ticket.response_policy_id = self.urgent
            self.assertEqual(self.states(ticket), ("met", "paused"))
            ticket._customer_is_back()
        self.assertEqual(self.due(ticket), (f"{MONDAY} 10:00:00", f"{MONDAY} 11:10:00"))

    def test_a_ticket_without_policy_gets_one(self):
        self.env["social.routing.rule"].search([]).policy_id = False
        ticket = self.ticket_at("09:00:00")
        self.assertFalse(ticket.first_response_due)
        with self.at(f"{MONDAY} 09:10:00"):
            ticket.response_policy_id = self.policy
        self.assertEqual(self.due(ticket)[0], f"{MONDAY} 10:10:00")
