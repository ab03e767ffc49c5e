from odoo import fields

from .common import QUESTION, REMARK, RoutingCase


class TestWaitingTickets(RoutingCase):
    """What the list of what waits knows of tickets and leads."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["social.conversation"].search([]).state = "no_action"

    def setUp(self):
        super().setUp()
        self.model = self.env["social.conversation"].with_user(self.agent)

    def rows(self, **filters):
        return self.model.waiting_page(filters)["rows"]

    # ------------------------------------------------------------------
    # Order
    # ------------------------------------------------------------------

    def test_what_is_urgent_comes_first(self):
        calm = {"sentiment": 0.2, "sentiment_label": "positive"}
        angry = {"sentiment": -1.0, "sentiment_label": "negative"}
        with self.understood(needs_answer=0.9, **calm):
            calm = self.conversation(handle="@calm")
        with self.understood(needs_answer=0.9, **angry):
            angry = self.conversation(handle="@angry")
        self.assertEqual([row["id"] for row in self.rows()], [angry.id, calm.id])
        self.assertEqual(self.rows()[0]["rank"], angry.ticket_id.priority_score)

    def test_the_ticket_says_how_urgent_and_until_when(self):
        ticket = self.ticket()
        conversation = ticket.conversation_ids
        self.assertGreater(ticket.priority_score, 0)
        self.assertEqual(conversation.priority_score, ticket.priority_score)
        self.assertTrue(ticket.first_response_due)
        self.assertEqual(conversation.due_at, ticket.first_response_due)
        [row] = self.rows()
        self.assertEqual(row["due"], fields.Datetime.to_string(conversation.due_at))
        self.assertEqual(row["ticket"], ticket.number)
        self.assertEqual(self.rows(text=ticket.number.lower()), [row])
        self.assertEqual(self.rows(text=ticket.number[:-1]), [])
        self.assertEqual(row["thread"], {"model": "helpdesk.ticket", "id": ticket.id})
        ticket._answered()
        self.assertFalse(conversation.due_at, "the customer is waited for")
        ticket._customer_is_back()
        self.assertEqual(conversation.due_at, ticket.resolution_due)
        ticket._solved()
        self.assertFalse(conversation.due_at)

    def test_it_rises_as_the_ticket_waits_longer(self):
        tickets = self.ticket(handle="@a") + self.ticket(handle="@b")
        before = tickets.conversation_ids.mapped("priority_score")
        later = fields.Datetime.add(fields.Datetime.now(), days=30)
        tickets._age(later)
        after = tickets.conversation_ids.mapped("priority_score")
        self.assertEqual(after, tickets.mapped("priority_score"))
        self.assertGreater(min(after), max(before))
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT min(priority_score) FROM social_conversation WHERE id IN %s",
            [tuple(tickets.conversation_ids.ids)],
        )
        self.assertAlmostEqual(self.env.cr.fetchone()[0], min(after))

    def test_what_is_only_watched_stands_as_it_was_decided(self):
        watched = self.conversation(REMARK)
        self.assertFalse(watched.ticket_id)
        self.assertTrue(watched.routing_case_id)
        self.assertEqual(watched.priority_score, watched.routing_case_id.priority_score)
        self.assertFalse(watched.due_at)

    # ------------------------------------------------------------------
    # Whose
    # ------------------------------------------------------------------

    def test_whoever_has_the_ticket_has_the_conversation(self):
        ticket = self.ticket()
        conversation = ticket.conversation_ids
        self.assertFalse(conversation.user_id)
        ticket.user_id = self.agent
        self.assertEqual(conversation.user_id, self.agent)
        self.assertEqual([row["id"] for row in self.rows(box="mine")], conversation.ids)

    def test_taking_the_conversation_takes_the_ticket(self):
        self.env["social.routing.agent"]._of_users(self.agent)
        ticket = self.ticket()
        ticket.conversation_ids.with_user(self.agent).action_assign()
        self.assertEqual(ticket.user_id, self.agent)
        self.assertTrue(ticket.load_agent_id)  # and it counts on the agent's load

    def test_a_ticket_made_by_hand_keeps_the_agent(self):
        conversation = self.conversation(REMARK).with_user(self.agent)
        conversation.action_assign()
        conversation.action_create_ticket()
        self.assertEqual(conversation.ticket_id.user_id, self.agent)
        self.assertEqual(conversation.user_id, self.agent)

    def test_tickets_shared_out_bring_their_conversations(self):
        self.env["mail.presence"].create({"user_id": self.agent.id, "status": "online"})
        self.env["social.routing.agent"]._of_users(self.agent)
        ticket = self.ticket()
        self.team.routing_mode = "push"
        self.team._assign_waiting(ticket.browse())
        self.assertEqual(ticket.user_id, self.agent)
        self.assertEqual(ticket.conversation_ids.user_id, self.agent)

    def test_without_its_ticket_a_conversation_stays_whose_it_was(self):
        ticket = self.ticket()
        conversation = ticket.conversation_ids
        ticket.user_id = self.agent
        self.assertEqual(conversation.user_id, self.agent)
        ticket.unlink()
        self.assertEqual(conversation.user_id, self.agent)

    # ------------------------------------------------------------------
    # Solved, and open again
    # ------------------------------------------------------------------

    def test_solving_closes_the_ticket_and_opening_opens_it(self):
        ticket = self.ticket()
        conversation = ticket.conversation_ids.with_user(self.agent)
        conversation.action_solve()
        self.assertTrue(ticket.closed)
        self.assertEqual(conversation.state, "solved")
        self.assertEqual(self.rows(), [])
        conversation.action_open()
        self.assertFalse(ticket.closed)
        self.assertEqual(conversation.state, "open")

    def test_many_are_solved_at_once(self):
        tickets = self.ticket(handle="@a") + self.ticket(handle="@b")
        tickets.conversation_ids.with_user(self.agent).action_solve()
        self.assertEqual(tickets.mapped("closed"), [True, True])

    # ------------------------------------------------------------------
    # What may not be read
    # ------------------------------------------------------------------

    def test_a_lead_that_may_not_be_read_is_no_thread(self):
        conversation = self.conversation(REMARK, handle="@buyer")
        conversation.with_user(self.agent).action_create_lead()
        rows = {row["id"]: row for row in self.rows()}
        self.assertIsNone(rows[conversation.id]["thread"])
        self.agent.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        rows = {row["id"]: row for row in self.rows()}
        self.assertEqual(rows[conversation.id]["thread"]["model"], "crm.lead")

    def test_other_open_tickets_of_the_customer(self):
        first = self.ticket(handle="@ann")
        conversation = self.conversation(QUESTION, handle="@ann")
        self.assertNotEqual(conversation.ticket_id, first)
        beside = conversation.with_user(self.agent)
        self.assertEqual(beside.open_ticket_ids, first)
        self.close(first)
        self.env.invalidate_all()
        self.assertFalse(beside.open_ticket_ids)

    def test_as_many_queries_with_tickets_however_many(self):
        def queries():
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.rows()
            return self.cr.sql_log_count - before

        self.ticket(handle="@0")
        queries()
        one = queries()
        self.receive(*(self.payload(QUESTION, handle=f"@many{n}") for n in range(30)))
        self.assertEqual(queries(), one)

    # ------------------------------------------------------------------
    # All of them
    # ------------------------------------------------------------------

    def test_all_conversations_are_all_and_counted(self):
        action = self.env.ref("social_engagement.social_conversation_action")
        self.assertNotIn("search_default", action.context)
        for model in ("social.conversation", "social.routing.case"):
            for kind in ("pivot", "graph"):
                arch = self.env[model].get_view(view_type=kind)["arch"]
                self.assertNotIn("measure", arch, f"{kind} of {model}")
