from odoo.addons.social_engagement.networks.base import Item
from odoo.addons.social_engagement.tests.test_gone import tables_with

from .common import RoutingCase

WORD = "Xylophonkonzert"


class TestGone(RoutingCase):
    """Deletions and edits reach the ticket and the decision."""

    def setUp(self):
        super().setUp()
        self.post = self.payload(f"Where is my {WORD}? I am waiting!")
        [self.message] = self.receive(self.post)
        self.ticket = self.message.conversation_id.ticket_id
        self.case = self.ticket.routing_case_id

    def gone(self):
        self.env["social.message"]._gone(self.channel, [self.post["id"]])
        self.env.invalidate_all()

    def edit(self, text):
        item = Item(self.post["id"], {**self.post, "text": text, "revision": "2"}, "2")
        self.env["social.intake"]._store(self.feed, [item])
        self.waiting()._process()
        self.env.invalidate_all()

    def test_nothing_of_it_is_left_on_the_ticket(self):
        self.assertIn(WORD, self.ticket.name)
        self.assertIn(WORD, self.ticket.description)
        self.gone()
        self.assertEqual(self.ticket.name, "Deleted post")
        self.assertIn("Deleted by its author", self.ticket.description)
        self.assertFalse(self.ticket.social_text)
        self.assertFalse(self.case.text)
        self.assertTrue(self.case.explanation, "why it was decided remains")
        left = [name for name in tables_with(self.env, WORD) if "bus_bus" not in name]
        self.assertFalse(left)

    def test_what_is_to_be_done_about_it_is_not_called_after_it(self):
        activity = self.ticket.activity_schedule(
            "mail.mail_activity_data_todo", summary=f"Answer: {self.ticket.name}"
        )
        self.gone()
        self.assertEqual(activity.summary, "Answer: Deleted post")
        self.assertFalse(tables_with(self.env, WORD))

    def test_nothing_of_it_is_left_on_a_lead(self):
        self.rule("[]", outcome="lead")
        self.post = self.payload(f"I want to buy a {WORD}.", handle="@ben")
        [self.message] = self.receive(self.post)
        lead = self.message.conversation_id.routing_case_id.lead_id
        self.assertIn(WORD, lead.name)
        self.env["social.message"]._gone(
            self.channel, self.env["social.message"].search([]).mapped("external_id")
        )
        self.env.invalidate_all()
        self.assertEqual(lead.name, "Deleted post")
        self.assertFalse(tables_with(self.env, WORD))

    def test_what_agents_wrote_stays(self):
        self.ticket.name = "Parcel of Ann"
        self.gone()
        self.assertEqual(self.ticket.name, "Parcel of Ann")
        self.assertEqual(self.message.conversation_id.name, "Deleted post")

    def test_it_opens_and_closes_no_ticket(self):
        self.close(self.ticket)
        self.gone()
        self.assertTrue(self.ticket.closed)
        cases = self.env["social.routing.case"].search([])
        self.assertEqual(len(cases), 1)

    def test_an_edit_reaches_the_ticket(self):
        self.edit("Where is my parcel?")
        self.assertEqual(self.ticket.name, "Where is my parcel?")
        self.assertIn("parcel", self.ticket.description)
        self.assertNotIn(WORD, self.ticket.description)
        self.assertIn(WORD, self.case.text, "what was decided on stays")

    def test_an_edit_leaves_what_agents_wrote(self):
        self.ticket.write({"name": "Ours", "description": "<p>Our own words</p>"})
        self.edit("Where is my parcel?")
        self.assertEqual(self.ticket.name, "Ours")
        self.assertIn("Our own words", self.ticket.description)
