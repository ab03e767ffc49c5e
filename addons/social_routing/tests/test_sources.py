from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, ValidationError

from .common import QUESTION, REMARK, RoutingCase
from .test_existing_helpdesk import MAIL

CALL = {"name": "Parcel", "description": "<p>Where is it? She is furious.</p>"}


class TestSources(RoutingCase):
    """A case for everything that asks for a decision."""

    def case_of(self, **values):
        ticket = self.env["helpdesk.ticket"].create({**CALL, **values})
        return ticket.routing_case_id

    def channel_named(self, name):
        return self.env.ref(f"helpdesk_mgmt.helpdesk_ticket_channel_{name}").id

    def mail(self, text="Where is my parcel?"):
        mail = MAIL.format(to="help@us.example", subject="Hi", number=1, parent="")
        mail = mail.replace("Where is my parcel?", text)
        found = self.env["mail.thread"].message_process("helpdesk.ticket", mail)
        return self.env["helpdesk.ticket"].browse(found)

    def test_an_outcome_for_posts_is_not_said_of_a_ticket(self):
        self.rule("[]", name="Buyers", outcome="lead")
        case = self.mail().routing_case_id
        self.assertIn("It stays a ticket", case.explanation)
        self.assertIn("“Buyers” matched first", case.explanation)

    def test_where_it_came_from(self):
        for channel, source, kind in (
            ("phone", "phone", "call"),
            ("web", "portal", "form"),
            ("email", "email", "email"),
            ("other", "manual", False),
        ):
            case = self.case_of(channel_id=self.channel_named(channel))
            self.assertEqual((case.source, case.kind), (source, kind))
            self.assertEqual(case.outcome, "ticket")
        self.assertEqual(self.case_of().source, "manual")
        self.assertEqual(self.mail().routing_case_id.source, "email")
        self.assertEqual(self.conversation().routing_case_id.source, "social")

    def test_what_was_written_is_understood(self):
        case = self.mail(
            "Das ist eine Frechheit! Wo bleibt mein Paket?"
        ).routing_case_id
        self.assertEqual(case.language, "de")
        self.assertEqual(case.sentiment_label, "negative")
        self.assertEqual(case.needs_answer, 1)
        self.assertIn("Frechheit", case.text)
        self.assertNotIn("<", case.text)

    def test_what_is_known_of_the_customer(self):
        category = self.env["res.partner.category"].create(
            {"name": "VIP", "customer_value": 70}
        )
        company = self.env["res.partner"].create(
            {"name": "Big", "is_company": True, "category_id": category.ids}
        )
        ben = self.env["res.partner"].create({"name": "Ben", "parent_id": company.id})
        self.case_of(partner_id=ben.id)
        self.close(self.env["helpdesk.ticket"].search([]))
        self.case_of(partner_id=ben.id)
        case = self.case_of(partner_id=ben.id)
        self.assertEqual(case.open_tickets, 1)
        self.assertEqual(case.customer_value, 70, "of the company's tag")
        self.assertTrue(case.known_contact)
        self.assertIn(["customer_value", 10.5], case.details["terms"])
        ben.customer_value = 300
        self.assertEqual(self.case_of(partner_id=ben.id).customer_value, 100)

    def test_topics_are_facts_and_urgent(self):
        delivery = self.env.ref("social_engagement.topic_delivery")
        for case in (
            self.case_of(name="My parcel has not been delivered"),
            self.conversation("My parcel has not been delivered").routing_case_id,
        ):
            self.assertIn(delivery, case.topic_ids)
            self.assertEqual(case.topic_urgency, 30)
            self.assertIn(["topic", 3.0], case.details["terms"])
            self.assertIn("topic Delivery (30 of 100)", case.explanation)

    def test_copies_spread(self):
        text = "The new app of this shop deletes all photos from my telephone!"
        posts = [self.payload(text, handle=f"@a{n}") for n in range(20)]
        self.receive(*posts)
        case = self.conversation(text, handle="@last").routing_case_id
        self.assertGreaterEqual(case.copies, 20)
        self.assertGreater(case.amplification, 40)

    def test_shares_spread_and_the_authors_reach_does_not(self):
        known = {"followers": 50_000_000, "following": 1}
        [still, shared] = (
            self.conversation(author={"handle": name, **known}, shares=shares)
            for name, shares in (("@still", 0), ("@shared", 5000))
        )
        self.assertEqual(still.routing_case_id.amplification, 0)
        case = shared.routing_case_id
        self.assertGreater(case.amplification, 90)
        self.assertGreater(dict(case.details["terms"])["amplification"], 9)

    def test_fast_shares_spread(self):
        at = (fields.Datetime.now() - timedelta(minutes=15)).isoformat() + "+00:00"
        slow = self.conversation(handle="@slow", shares=200)
        fast = self.conversation(handle="@fast", shares=200, at=at)
        slow, fast = slow.routing_case_id, fast.routing_case_id
        self.assertGreater(fast.amplification, slow.amplification)

    def test_working_time_is_a_fact(self):
        calendar = self.env.company.resource_calendar_id
        calendar.tz = "UTC"
        for moment, works in (
            ("2026-03-02 10:00:00", True),
            ("2026-03-02 03:00:00", False),
            ("2026-03-01 10:00:00", False),
        ):
            with self.at(moment):
                self.assertEqual(self.case_of().in_working_time, works, moment)

    def test_a_rule_moves_a_mail_and_marks_it(self):
        team = self.make_team("Parcels", routing_mode="pull")
        tag = self.env["helpdesk.ticket.tag"].create({"name": "Parcel"})
        policy = self.env.ref("social_routing.policy_urgent")
        self.rule(
            "[('source', '=', 'email'), ('text', 'ilike', 'parcel')]",
            team_id=team.id,
            tag_ids=tag.ids,
            adjustment=30,
            policy_id=policy.id,
        )
        ticket = self.mail()
        self.assertEqual((ticket.team_id, ticket.tag_ids), (team, tag))
        self.assertEqual(ticket.priority, "2", "a team whose work is shared out")
        self.assertEqual(ticket.response_policy_id, policy)
        self.assertTrue(ticket.first_response_due)
        self.assertIn("matched first", ticket.routing_explanation)

    def test_what_people_chose_stays(self):
        category = self.env["helpdesk.ticket.category"].create({"name": "Chosen"})
        other = self.env["helpdesk.ticket.category"].create(
            {"name": "Ruled", "company_id": False}
        )
        tags = self.env["helpdesk.ticket.tag"].create([{"name": "a"}, {"name": "b"}])
        self.rule("[]", category_id=other.id, tag_ids=tags[0].ids, adjustment=60)
        self.case_of(category_id=category.id, tag_ids=tags[1].ids, priority="0")
        ticket = self.env["helpdesk.ticket"].search([])
        self.assertEqual(ticket.category_id, category)
        self.assertEqual(ticket.tag_ids, tags)
        self.assertEqual(ticket.priority, "0", "no team that works by priority")

    def test_leads(self):
        lead = self.env["crm.lead"].create(
            {"name": "Wants a hundred", "user_id": False}
        )
        case = lead.routing_case_id
        self.assertEqual((case.source, case.outcome), ("lead", "lead"))
        self.assertEqual(case.rule_id, self.env.ref("social_routing.rule_lead"))
        self.assertEqual(lead.priority_score, case.priority_score)
        self.assertIn("Leads stay leads", lead.routing_explanation)
        team = self.env["crm.team"].create({"name": "Big deals"})
        self.rule(
            "[('source', '=', 'lead'), ('text', 'ilike', 'hundred')]",
            outcome="lead",
            sales_team_id=team.id,
            activity_user_id=self.agent.id,
        )
        lead = self.env["crm.lead"].create({"name": "Wants a hundred"})
        self.assertEqual(lead.team_id, team)
        self.assertEqual(lead.activity_ids.user_id, self.agent)

    def test_a_conversation_becomes_a_lead(self):
        self.rule("[('text', 'ilike', 'how much')]", outcome="lead")
        case = self.conversation("How much for a hundred?").routing_case_id
        self.assertEqual(case.lead_id.name, "How much for a hundred?")
        self.assertEqual(case.lead_id.routing_case_id, case)
        self.assertFalse(case.ticket_id)
        self.assertEqual(self.env["social.routing.case"].search_count([]), 1)

    def test_a_suggested_answer(self):
        response = self.env["mail.canned.response"].create(
            {"source": "parcel", "substitution": "It is on its way."}
        )
        self.rule("[]", canned_response_id=response.id)
        ticket = self.ticket()
        self.assertEqual(ticket.suggested_answer, "It is on its way.")
        response.unlink()
        ticket.invalidate_recordset()
        self.assertFalse(ticket.suggested_answer)

    def test_the_rules_answer_comes_first_wherever_it_is_answered(self):
        canned = self.env["mail.canned.response"]
        canned.search([]).unlink()
        canned.create(
            {
                "source": "parcel",
                "substitution": "Your parcel is late.",
                "group_ids": self.env.ref("base.group_user").ids,
            }
        )
        ruled = canned.create({"source": "hello", "substitution": "We look into it."})
        rule = self.rule("[]", canned_response_id=ruled.id)
        for outcome in ("ticket", "lead", "watch"):
            rule.outcome = outcome
            post = self.receive(self.payload(QUESTION, handle=f"@{outcome}"))
            first, second = post.with_user(self.agent)._suggested_answers()
            self.assertEqual(first["text"], "We look into it.")
            self.assertEqual(first["note"], "From the rules")
            self.assertEqual(second["title"], "parcel")
            self.assertNotIn("note", second)
        mine = post._suggested_answers()  # who may read it is not offered it twice
        self.assertEqual([each["title"] for each in mine], ["hello", "parcel"])

    def test_an_archived_team_is_stood_in_for(self):
        stand_in, team = self.make_team("Stand-in"), self.make_team("Away")
        self.rule("[]", team_id=team.id)
        team.write({"active": False, "fallback_team_id": stand_in.id})
        self.assertEqual(self.ticket().team_id, stand_in)
        stand_in.active = False
        self.assertEqual(self.ticket(handle="@b").team_id, self.team)
        with self.assertRaisesRegex(ValidationError, "circle"):
            stand_in.fallback_team_id = team

    def test_what_was_deleted_since_is_no_obstacle(self):
        tag = self.env["helpdesk.ticket.tag"].create({"name": "x"})
        category = self.env["helpdesk.ticket.category"].create(
            {"name": "x", "company_id": False}
        )
        self.rule(
            "[('text', 'ilike', 'sunny')]",
            outcome="watch",
            tag_ids=tag.ids,
            category_id=category.id,
            activity_user_id=self.agent.id,
        )
        conversation = self.conversation(REMARK)
        tag.unlink()
        category.unlink()
        self.agent.active = False
        conversation.action_create_ticket()
        self.assertFalse(conversation.ticket_id.tag_ids)
        self.assertEqual(conversation.activity_ids.summary, conversation.name)

    def test_each_company_has_its_own_weights(self):
        facts = self.env["social.routing.weights"].create({"base": 33})
        self.assertIn(["base", 33.0], self.case_of().details["terms"])
        self.assertIn("<table", facts.preview)
        with self.assertRaises(AccessError):
            facts.with_user(self.agent).read()
        manager = self.make_user("manager", "social_engagement.group_social_manager")
        facts.with_user(manager).base = 10
        action = self.env["social.routing.weights"].with_user(manager).action_open()
        self.assertEqual(action["res_id"], facts.id)

    def test_the_preview_follows_the_weights(self):
        weights = self.env["social.routing.weights"].new({"base": 20})
        before = weights.preview
        weights.customer_value = 40
        self.assertNotEqual(weights.preview, before)

    def test_watched_conversations_tell_whom_the_rules_name(self):
        self.rule(
            "[('text', 'ilike', 'sunny')]",
            outcome="watch",
            activity_user_id=self.agent.id,
            activity_summary="For marketing",
        )
        conversation = self.conversation(REMARK)
        self.assertEqual(conversation.activity_ids.summary, "For marketing")

    def test_an_analysis_that_fails_loses_no_ticket(self):
        target = type(self.env["social.message"])
        with patch.object(target, "_understood", side_effect=ValueError("odd text")):
            with self.assertLogs("odoo.addons.social_routing", "ERROR") as logs:
                case = self.case_of()
        self.assertNotIn("odd text", str(logs.output))
        self.assertEqual(case.outcome, "ticket")
        self.assertFalse(case.language)

    def test_a_post_with_a_question_keeps_its_facts(self):
        case = self.conversation(QUESTION, kind="direct").routing_case_id
        facts = case._facts()
        self.assertEqual(set(facts), set(case._fact_kinds()))
        self.assertEqual(facts["channel_id"], self.channel.id)
        self.assertEqual(facts["partner_category_ids"], ())
        self.assertRegex(facts["received_at"], r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
