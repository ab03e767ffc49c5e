"""Ten cases as they come, told in words: which team, which agent, due when, and why.

A shop works Monday to Friday from eight to four. Support answers within four hours,
VIPs and the press sooner. Vera knows social media and speaks German, Paul speaks
English, Rosa the press. Nobody speaks Spanish.
"""

from odoo.fields import Command, Datetime

from .test_agents import MONDAY, AgentCase
from .test_existing_helpdesk import MAIL

FURIOUS = "Das ist eine Frechheit! Seit drei Wochen kein Paket, nur Ausreden. Skandal!"
SPANISH = "¡Es una vergüenza! ¿Dónde está mi paquete? Nadie me responde."


class TestTenCases(AgentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.support = cls.team
        policy = cls.env["social.response.policy"]
        cls.normal, cls.fast = policy.create(
            [
                {
                    "name": name,
                    "company_id": cls.env.company.id,
                    "calendar_id": cls.calendar.id,
                    "first_response_hours": hours,
                }
                for name, hours in (("Four hours", 4), ("One hour", 1))
            ]
        )
        cls.support.response_policy_id = cls.normal
        cls.env["social.routing.rule"].search([]).policy_id = False
        cls.vip = cls.env["res.partner.category"].create(
            {"name": "VIP", "customer_value": 100}
        )
        cls.press_team = cls.make_team("Press office", routing_mode="push")
        cls.hr_team = cls.make_team("Personnel")

    def setUp(self):
        super().setUp()
        self.vera = self.member(
            "Vera", skills=[(self.social, 100)], languages=["de", "en"]
        )
        self.paul = self.member("Paul", skills=[(self.social, 25)], languages=["en"])
        self.rosa = self.member("Rosa", skills=[(self.press, 100)], languages=["en"])
        self.support.user_ids -= self.rosa.user_id
        self.press_team.user_ids = self.rosa.user_id
        rules = [
            {
                "name": "Trolls are not fed",
                "condition": "[('text', 'ilike', 'you idiots'), "
                "('needs_answer', '<', 0.9)]",
                "outcome": "nothing",
            },
            {
                "name": "Who wants to work here",
                "condition": self.about("job"),
                "team_id": self.hr_team.id,
            },
            {
                "name": "The press",
                "condition": self.about("press"),
                "team_id": self.press_team.id,
                "policy_id": self.fast.id,
                "skill_ids": [
                    Command.create(
                        {"skill_id": self.press.id, "level": 60, "required": True}
                    )
                ],
            },
            {
                "name": "VIP",
                "condition": f"[('partner_category_ids', 'in', [{self.vip.id}])]",
                "mode": "accumulate",
                "outcome": False,
                "policy_id": self.fast.id,
                "team_id": self.support.id,
            },
            {
                "name": "Spanish is answered in Spanish",
                "condition": "[('language', '=', 'es')]",
                "language_required": True,
            },
        ]
        for number, values in enumerate(rules):
            self.env["social.routing.rule"].create(
                {"sequence": number - 10, "company_id": self.env.company.id, **values}
            )

    def about(self, topic):
        found = self.env.ref(f"social_engagement.topic_{topic}")
        return f"[('topic_ids', 'in', [{found.id}])]"

    def arrives(self, moment, text, language=None, **values):
        """A post of somebody; its conversation."""
        with self.at(moment):
            return self.conversation(text, language=language, **values)

    def assert_told(self, record, *sentences):
        for sentence in sentences:
            self.assertIn(sentence, record.routing_explanation)

    def assert_due(self, ticket, moment):
        self.assertEqual(Datetime.to_string(ticket.first_response_due), moment)

    def famous(self, handle, **values):
        figures = {"followers": 3_000_000, "following": 200, "posts": 9_000}
        return {"handle": handle, "external_id": handle, **figures, **values}

    def mail(self, text, number, sender="Ben <ben@x.example>"):
        mail = MAIL.format(to="help@us.example", subject="Hi", number=number, parent="")
        mail = mail.replace("Ben <ben@x.example>", sender)
        mail = mail.replace("Where is my parcel?", text)
        thread = self.env["mail.thread"]
        values = {"team_id": self.support.id}
        found = thread.message_process("helpdesk.ticket", mail, custom_values=values)
        return self.env["helpdesk.ticket"].browse(found)

    # ------------------------------------------------------------------

    def test_1_a_furious_influencer_in_german_at_night(self):
        ticket = self.arrives(
            f"{MONDAY} 02:00:00", FURIOUS, author=self.famous("@star")
        ).ticket_id
        case = ticket.routing_case_id
        self.assertEqual((case.language, case.in_working_time), ("de", False))
        self.share_out(f"{MONDAY} 02:05:00")
        self.assertFalse(ticket.user_id, "nobody works")
        self.assert_due(ticket, f"{MONDAY} 12:00:00")
        self.share_out(f"{MONDAY} 08:01:00")
        self.assertEqual(ticket.team_id, self.support)
        self.assertEqual(ticket.user_id, self.vera.user_id)
        self.assertGreaterEqual(ticket.priority, "2")
        self.assert_told(
            ticket,
            "Given to Vera: the best match of skills and language.",
            "Not Paul: a lesser match",
            "negative mood (",
            "influence (",
        )
        influence = dict(case.details["terms"])["influence"]
        self.assertLessEqual(influence, 10)

    def test_2_a_vips_polite_question_by_mail(self):
        kim = self.env["res.partner"].create(
            {"name": "Kim", "email": "kim@big.example", "category_id": self.vip.ids}
        )
        with self.at(f"{MONDAY} 09:00:00"):
            ticket = self.mail(
                "Good morning, could you tell me when my order arrives? Many thanks.",
                number=2,
                sender="Kim <kim@big.example>",
            )
            other = self.mail("Where is my parcel?", number=22)
        self.assertEqual(ticket.partner_id, kim)
        self.assertGreater(ticket.priority_score, other.priority_score)
        self.assert_due(ticket, f"{MONDAY} 10:00:00")
        self.assert_due(other, f"{MONDAY} 13:00:00")
        self.share_out(f"{MONDAY} 09:01:00")
        self.assertIn(ticket.user_id, (self.vera | self.paul).user_id)
        self.assert_told(
            ticket,
            "because the rule “Tickets from elsewhere stay as they are” matched first",
            "“VIP” matched too, and adds to it.",
            "valued customer (100 of 100) +15",
        )

    def test_3_a_troll(self):
        conversation = self.arrives(f"{MONDAY} 09:00:00", "lol you idiots, haha")
        self.assertEqual(conversation.state, "no_action")
        self.assertFalse(conversation.ticket_id)
        self.assert_told(
            conversation, "No action, because the rule “Trolls are not fed” matched"
        )
        self.arrives(
            f"{MONDAY} 09:05:00",
            "Where is my parcel? You idiots lost it! Please help me, it is missing",
            handle="@rude",
        )
        rude = self.env["helpdesk.ticket"].search([], limit=1, order="id desc")
        self.assertEqual(rude.team_id, self.support, "rude, but a customer")

    def test_4_somebody_who_wants_to_work_here(self):
        ticket = self.arrives(
            f"{MONDAY} 09:00:00",
            "Are you hiring? I would love to send you my job application!",
        ).ticket_id
        self.assertEqual(ticket.team_id, self.hr_team)
        self.share_out(f"{MONDAY} 09:10:00")
        self.assertFalse(ticket.user_id, "that team works by hand")
        self.assertFalse(ticket.first_response_due)
        self.assert_told(ticket, "because the rule “Who wants to work here” matched")

    def test_5_five_hundred_copies_of_one_post(self):
        text = "Everybody copy this: the shop deletes our photos, where is an answer?"
        posts = [self.payload(text, handle=f"@copy{n}") for n in range(500)]
        with self.at(f"{MONDAY} 09:00:00"):
            messages = self.receive(*posts)
        tickets = messages.conversation_id.ticket_id
        self.assertEqual(len(tickets), 500, "nobody is lost")
        question = self.arrives(
            f"{MONDAY} 09:01:00",
            "Where is my parcel with order 12345? It should have been here on Monday",
            author=self.famous("@old", followers=10),
        ).ticket_id
        self.share_out(f"{MONDAY} 09:02:00")
        self.assertEqual((self.vera.load, self.paul.load), (10, 10), "and no more")
        self.assertEqual(len(tickets.filtered("user_id")) + bool(question.user_id), 20)
        spread = max(messages.mapped("conversation_id.routing_case_id.amplification"))
        self.assertGreater(spread, 90)
        late = "2026-03-02 15:00:00"
        with self.at(late):
            question._age(Datetime.to_datetime(late))
        self.assertGreater(question.priority_score, 75, "it does not wait for ever")

    def test_6_a_case_that_is_reopened(self):
        ticket = self.arrives(f"{MONDAY} 09:00:00", "Where is my parcel?").ticket_id
        self.share_out(f"{MONDAY} 09:01:00")
        agent, score = ticket.user_id, ticket.standing_score
        with self.at(f"{MONDAY} 10:00:00"):
            self.close(ticket)
        [first] = ticket.conversation_ids.social_message_ids
        with self.at(f"{MONDAY} 11:00:00"):
            self.receive(
                self.payload(
                    "It still has not arrived! Where is it?",
                    parent_id=first.external_id,
                )
            )
        self.assertFalse(ticket.closed)
        self.assertEqual(ticket.user_id, agent, "the same agent")
        self.assertEqual(ticket.routing_case_id.event, "reopened")
        self.assertIn(["rule", 10.0], ticket.routing_case_id.details["terms"])
        self.assertGreater(ticket.standing_score, score)
        self.assert_told(ticket, "“Reopened or angrier: sooner” matched too")

    def test_7_a_call(self):
        phone = self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_phone")
        with self.at(f"{MONDAY} 15:30:00"):
            ticket = (
                self.env["helpdesk.ticket"]
                .with_user(self.paul.user_id)
                .create(
                    {
                        "name": "Invoice twice",
                        "description": "She was charged twice and is angry.",
                        "team_id": self.support.id,
                        "channel_id": phone.id,
                        "user_id": self.paul.user_id.id,
                    }
                )
            )
        self.assertEqual(ticket.sudo().routing_case_id.source, "phone")
        self.assertEqual(ticket.user_id, self.paul.user_id, "who took the call")
        self.assertEqual(self.paul.load, 1)
        self.assert_due(ticket, "2026-03-03 11:30:00")
        self.assert_told(ticket, "Ticket for the team “Social media”")

    def test_8_a_form_in_the_portal(self):
        portal = self.make_user("client", "base.group_portal")
        web = self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_web")
        with self.at("2026-03-01 12:00:00"):  # a Sunday
            ticket = self.env["helpdesk.ticket"].create(
                {
                    "name": "The app crashes",
                    "description": "<p>Since the update.</p>",
                    "channel_id": web.id,
                    "team_id": self.support.id,
                    "partner_id": portal.partner_id.id,
                    "user_id": False,
                }
            )
        case = ticket.routing_case_id
        self.assertEqual((case.source, case.kind), ("portal", "form"))
        self.assertFalse(case.in_working_time)
        self.assert_due(ticket, f"{MONDAY} 12:00:00")
        self.share_out(f"{MONDAY} 08:00:30")
        self.assertTrue(ticket.user_id)
        self.assertNotIn("influence", ticket.routing_explanation)

    def test_9_a_spanish_complaint_and_nobody_speaks_it(self):
        ticket = self.arrives(f"{MONDAY} 09:00:00", SPANISH).ticket_id
        self.assertEqual(ticket.routing_case_id.language, "es")
        self.share_out(f"{MONDAY} 09:10:00")
        self.assertFalse(ticket.user_id)
        with self.at(f"{MONDAY} 09:10:00"):
            self.assertEqual(ticket.queue_note, "It waits: nobody speaks es.")
            self.assert_told(ticket, "Not Paul: does not speak es.")
        self.assert_due(ticket, f"{MONDAY} 13:00:00")
        juan = self.member("Juan", languages=["es"])
        self.share_out(f"{MONDAY} 09:20:00")
        self.assertEqual(ticket.user_id, juan.user_id)

    def test_10_a_journalist_asks_on_monday_morning(self):
        ticket = self.arrives(
            f"{MONDAY} 09:00:00",
            "I am a journalist and would like an interview for our newspaper, "
            "could you send a press release?",
            author=self.famous("@paper"),
        ).ticket_id
        self.assertEqual(ticket.team_id, self.press_team)
        self.share_out(f"{MONDAY} 09:01:00")
        self.assertEqual(ticket.user_id, self.rosa.user_id)
        self.assert_due(ticket, f"{MONDAY} 10:00:00")
        self.assert_told(ticket, "Given to Rosa: the only one who can take it now.")
