from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import QUESTION, REMARK, RoutingCase

ASKS_PRICE = "How much is a hundred of them?"
BUYER = {"handle": "@buyer", "name": "Bea Buyer", "url": "https://scripted.example/bea"}


@tagged("post_install", "-at_install")
class TestLeads(RoutingCase):
    """Who wants to buy becomes a lead, and is answered from there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.wants = cls.env["social.routing.rule"].create(
            {
                "name": "Wants to buy",
                "sequence": 0,
                "condition": "[('text', 'ilike', 'how much')]",
                "outcome": "lead",
            }
        )
        cls.seller = cls.make_user(
            "social_seller", "sales_team.group_sale_salesman_all_leads"
        )
        cls.seller.group_ids += cls.env.ref("social_engagement.group_social_user")

    def lead(self, text=ASKS_PRICE, **values):
        return self.conversation(text, **{"author": BUYER, **values}).lead_id

    def reply(self, lead, *texts):
        parent = lead.conversation_ids.social_message_ids[-1:].external_id
        posts = [self.payload(t, parent_id=parent, author=BUYER) for t in texts]
        return self.receive(*posts)

    def leads(self):
        return self.env["crm.lead"].search([("conversation_ids", "!=", False)])

    def test_values(self):
        team = self.env["crm.team"].create({"name": "Big deals"})
        self.wants.write({"sales_team_id": team.id, "adjustment": 40})
        lead = self.lead()
        case = lead.routing_case_id
        self.assertEqual(lead.name, ASKS_PRICE)
        self.assertIn(ASKS_PRICE, lead.description)
        self.assertEqual(lead.contact_name, "Bea Buyer")
        self.assertEqual(lead.website, BUYER["url"])
        self.assertEqual(lead.source_id.name, "Social")
        self.assertEqual(lead.medium_id.name, "Scripted")
        self.assertEqual(lead.team_id, team)
        self.assertFalse(lead.user_id)
        self.assertEqual(lead.priority_score, case.priority_score)
        self.assertEqual(lead.priority, case._stars())
        self.assertEqual(case.lead_id, lead)
        self.assertFalse(case.ticket_id)
        self.assertEqual(lead.social_influence, lead.social_profile_id.influence)
        self.assertEqual(lead.social_text, ASKS_PRICE)
        self.assertIn("Wants to buy", lead.routing_explanation)
        self.assertEqual(self.lead(handle="@b").medium_id, lead.medium_id)

    def test_a_macro_says_what_it_leaves_out(self):
        lead = self.lead()
        macro = self.env["social.macro"].create(
            {
                "name": "Mine",
                "assign": "me",
                "tag_ids": self.env["helpdesk.ticket.tag"].create({"name": "P"}).ids,
                "stage_id": self.stage(closed=True).id,
                "move_team_id": self.team.id,
            }
        )
        macro = macro.with_user(self.seller)
        preview = macro.preview_on("crm.lead", lead.id)
        assign, left_out = preview["steps"]
        self.assertTrue(left_out.startswith("Leave out what only tickets have: "))
        for word in (self.team.name, "tags P", self.stage(closed=True).name):
            self.assertIn(word, left_out)
        macro.apply_on("crm.lead", lead.id, preview["token"], "key")
        self.assertEqual(lead.user_id, self.seller)

    def test_nobody_is_without_sales_team(self):
        self.assertTrue(self.lead().team_id)

    def test_it_is_seen_where_leads_are_not_in_use(self):
        user = self.env["res.users"].browse(self.env.uid)
        leads = self.env.ref("crm.group_use_lead")
        kind = "lead" if user.has_group("crm.group_use_lead") else "opportunity"
        self.assertEqual(self.lead().type, kind)
        user.group_ids += leads
        self.assertEqual(self.lead(handle="@b").type, "lead")

    def test_the_conversation_is_worked_on_in_the_lead(self):
        lead = self.lead()
        conversation = lead.conversation_ids
        shown = conversation.social_message_ids.mail_message_id
        self.assertLessEqual(shown, lead.message_ids)
        self.assertEqual(conversation._desk_thread(), lead)
        mine = lead.with_user(self.seller)
        self.assertEqual(mine._social_conversation(), conversation)
        self.assertTrue(mine._social_conversation()._composer_facts()["may_answer"])
        post = conversation.social_message_ids.with_user(self.seller)
        answer = post._answer("Ten each.")
        self.assertIn(answer.mail_message_id, lead.message_ids)
        self.send()
        self.assertEqual(answer.delivery_state, "sent")

    def test_further_posts_land_in_the_same_lead(self):
        lead = self.lead()
        [further] = self.reply(lead, "And how much for two hundred?")
        self.assertEqual(self.leads(), lead)
        self.assertFalse(further.conversation_id.ticket_id)
        self.assertIn(further.mail_message_id, lead.message_ids)
        self.assertEqual(lead.social_text, "And how much for two hundred?")

    def test_what_is_said_together_is_one_lead(self):
        one = self.payload(ASKS_PRICE)
        two = self.payload("How much is one?", parent_id=one["id"])
        conversation = self.receive(one, two).conversation_id
        self.assertEqual(self.leads(), conversation.lead_id)
        self.assertFalse(conversation.ticket_id)

    def test_watched_first_a_lead_later(self):
        one = self.payload(REMARK)
        [post] = self.receive(one)
        answer = post.with_user(self.agent)._answer("Thank you!")
        self.receive(self.payload(ASKS_PRICE, parent_id=one["id"]))
        lead = post.conversation_id.lead_id
        shown = post.mail_message_id + answer.mail_message_id
        self.assertLessEqual(shown, lead.message_ids, "the chatter moves")

    def test_a_lead_that_turns_into_a_complaint_becomes_a_ticket(self):
        lead = self.lead()
        conversation = lead.conversation_ids
        self.wants.active = False
        self.rule("[('event', '=', 'reopened')]")
        conversation.action_solve()
        self.reply(lead, QUESTION)
        ticket = conversation.ticket_id
        self.assertTrue(ticket)
        shown = conversation.social_message_ids.mail_message_id
        self.assertLessEqual(shown, ticket.message_ids, "everything is in the ticket")
        self.assertFalse(lead._social_conversation(), "worked on in one place")
        ticket.unlink()
        self.assertEqual(conversation._desk_thread(), lead)
        self.assertLessEqual(shown, lead.message_ids)

    def test_a_lost_lead_comes_back_for_a_question(self):
        lead = self.lead()
        lead.action_set_lost()
        self.assertEqual(lead.conversation_ids.state, "solved")
        self.reply(lead, "Hello? How much is it?")
        self.assertTrue(lead.active)
        self.assertEqual(lead.routing_case_id.event, "reopened")
        self.assertEqual(self.leads(), lead)

    def test_a_deleted_lead_gives_the_chatter_back(self):
        lead = self.lead()
        conversation = lead.conversation_ids
        conversation.social_message_ids.with_user(self.seller)._answer("Ten each.")
        shown = conversation.social_message_ids.mail_message_id
        lead.unlink()
        self.assertEqual(len(shown.exists()), 2)
        self.assertEqual(shown.mapped("res_id"), conversation.ids * 2)
        self.assertEqual(conversation._desk_thread(), conversation)

    def test_merged_leads_go_on_in_one_chatter(self):
        lead, other = self.lead(), self.env["crm.lead"].create({"name": "Bea"})
        conversation = lead.conversation_ids
        shown = conversation.social_message_ids.mail_message_id
        merged = (other + lead).merge_opportunity()
        self.assertEqual(conversation.lead_id, merged)
        self.assertLessEqual(shown, merged.message_ids)

    def test_a_post_that_is_deleted_leaves_nothing_in_the_lead(self):
        lead = self.lead()
        post = lead.conversation_ids.social_message_ids
        post._gone(self.channel, [post.external_id])
        self.assertNotIn("hundred", lead.name)
        self.assertNotIn("hundred", lead.description or "")

    def test_a_lead_by_hand(self):
        conversation = self.conversation(REMARK)
        action = conversation.with_user(self.seller).action_create_lead()
        lead = conversation.lead_id
        self.assertEqual(action["res_id"], lead.id)
        self.assertEqual(conversation.state, "open")
        self.assertIn("Lead, made by social_seller", lead.routing_explanation)
        self.assertIn("The rules said: Watch only.", lead.routing_explanation)
        shown = conversation.social_message_ids.mail_message_id
        self.assertLessEqual(shown, lead.message_ids)
        conversation.with_user(self.seller).action_create_lead()
        self.assertEqual(self.leads(), lead)

    def test_an_agent_hands_over_to_sales(self):
        conversation = self.conversation(REMARK)
        action = conversation.with_user(self.agent).action_create_lead()
        self.assertEqual(action["tag"], "display_notification")
        self.assertTrue(conversation.lead_id)
        with self.assertRaises(AccessError):
            conversation.with_user(self.make_user("employee")).action_create_lead()

    def test_what_jobs_decide_is_not_for_people(self):
        lead, other = self.lead(), self.lead(handle="@b")
        with self.assertRaises(AccessError):
            lead.with_user(self.seller).priority_score = 100
        with self.assertRaises(AccessError):
            lead.with_user(self.seller).conversation_ids += other.conversation_ids

    def test_forms_open(self):
        lead = self.lead()
        salesperson = self.make_user(
            "social_sales", "sales_team.group_sale_salesman_all_leads"
        )
        for user in (self.seller, salesperson):
            self.assertEqual(Form(lead.with_user(user)).social_text, ASKS_PRICE)
        Form(lead.conversation_ids.with_user(self.seller))

    def test_leads_are_made_in_few_queries(self):
        def queries(number):
            handles = [f"@{number}-{n}" for n in range(number)]
            intakes = self.store(*(self.payload(ASKS_PRICE, handle=h) for h in handles))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            intakes._process()
            self.env.flush_all()
            self.assertEqual(set(intakes.mapped("state")), {"done"})
            return self.env.cr.sql_log_count - before

        queries(3)  # fills caches
        few, many = queries(20), queries(60)
        self.assertLessEqual(many - few, 40 * 3 + 10, f"{few} → {many}")
