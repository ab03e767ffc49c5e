from odoo.exceptions import AccessError
from odoo.fields import Command

from .common import QUESTION, RoutingCase

MONDAY = "2026-03-02"


class AgentCase(RoutingCase):
    """A team that is given work: nobody in it yet. It is Monday, ten o'clock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["helpdesk.ticket"].search([]).unlink()
        cls.team.write({"user_ids": [Command.clear()], "routing_mode": "push"})
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "Office",
                "tz": "UTC",
                "company_id": cls.env.company.id,
                "attendance_ids": [
                    Command.create(
                        {
                            "name": "Day",
                            "dayofweek": str(day),
                            "hour_from": 8,
                            "hour_to": 16,
                            "day_period": "morning",
                        }
                    )
                    for day in range(5)
                ],
            }
        )
        cls.env.company.resource_calendar_id = cls.calendar
        cls.service = cls.env.ref("social_routing.skill_type_service")
        cls.social = cls.env.ref("social_routing.skill_social_media")
        cls.press = cls.env.ref("social_routing.skill_press")

    def member(self, name, online=True, skills=(), languages=(), **values):
        """An agent of the team; their row.

        :param skills: (hr.skill, level) of each
        """
        user = self.make_user(
            name,
            "social_engagement.group_social_user",
            name=name,
            email=f"{name}@us.example",
        )
        levels = {lv.level_progress: lv for lv in self.service.skill_level_ids}
        self.env["hr.employee"].create(
            {
                "name": name,
                "user_id": user.id,
                "resource_calendar_id": self.calendar.id,
                "tz": "UTC",
                "employee_skill_ids": [
                    Command.create(
                        {
                            "skill_id": skill.id,
                            "skill_type_id": self.service.id,
                            "skill_level_id": levels[level].id,
                            "valid_from": "2020-01-01",
                        }
                    )
                    for skill, level in skills
                ],
            }
        )
        self.team.user_ids += user
        if online:
            self.env["mail.presence"].create({"user_id": user.id, "status": "online"})
        langs = self.env["res.lang"].with_context(active_test=False)
        agent = self.env["social.routing.agent"]._of_users(user)
        agent.write(
            {"language_ids": langs.search([("iso_code", "in", languages)]), **values}
        )
        return agent

    def share_out(self, moment=f"{MONDAY} 10:00:00"):
        self.env.flush_all()
        with self.at(moment), self.enter_registry_test_mode():
            self.env.ref("social_routing.cron_assign").method_direct_trigger()
        self.env.invalidate_all()

    def asked(self, text=QUESTION, **values):
        with self.at(f"{MONDAY} 09:55:00"):
            return self.ticket(text, **values)

    def note(self, ticket, moment=f"{MONDAY} 10:00:00"):
        """Why it waits, read at that moment."""
        ticket.invalidate_recordset(["queue_note", "routing_explanation"])
        ticket.routing_case_id.invalidate_recordset(["explanation"])
        with self.at(moment):
            self.assertIn(ticket.queue_note or "", ticket.routing_explanation)
            return ticket.queue_note

    def offline(self, agent):
        agent.user_id.presence_ids.status = "offline"


class TestAgents(AgentCase):
    # ------------------------------------------------------------------
    # Given
    # ------------------------------------------------------------------

    def test_given_and_told_why(self):
        ann, ben = self.member("Ann", capacity=2), self.member("Ben", online=False)
        ticket = self.asked()
        self.assertFalse(ticket.user_id)
        self.share_out()
        self.assertEqual(ticket.user_id, ann.user_id)
        self.assertEqual((ann.load, ben.load), (1, 0))
        self.assertTrue(ticket.assigned_date and ann.last_assigned_at)
        self.assertIn(ann.user_id.partner_id, ticket.message_partner_ids)
        self.assertIn("Given to Ann: the only one who", ticket.routing_explanation)
        self.assertIn("Not Ben: is not online.", ticket.routing_explanation)

    def test_who_is_given_a_ticket_follows_it(self):
        """Each their own, as if they had subscribed themselves."""
        ann, ben = self.member("Ann", capacity=1), self.member("Ben", capacity=1)
        first, second = self.asked(), self.asked("And where is mine?")
        first.message_subscribe(ann.user_id.partner_id.ids)
        expected = first.message_follower_ids.filtered(
            lambda f: f.partner_id == ann.user_id.partner_id
        ).subtype_ids
        self.share_out()
        self.assertEqual({first.user_id, second.user_id}, {ann.user_id, ben.user_id})
        for ticket in first | second:
            own = ticket.message_follower_ids.filtered(
                lambda f, t=ticket: f.partner_id == t.user_id.partner_id
            )
            self.assertEqual(own.subtype_ids, expected)
        both = (ann + ben).user_id.partner_id
        for ticket in first | second:
            wrong = both - ticket.user_id.partner_id - ann.user_id.partner_id
            self.assertFalse(wrong & ticket.message_partner_ids)

    def test_the_most_urgent_first(self):
        ann = self.member("Ann", capacity=1)
        calm = self.asked(handle="@a")
        self.rule("[('text', 'ilike', 'fire')]", adjustment=30)
        urgent = self.asked("There is a fire, help!?", handle="@b")
        self.share_out()
        self.assertEqual(urgent.user_id, ann.user_id)
        self.assertFalse(calm.user_id)
        self.assertEqual(self.note(calm), "It waits: 1 full.")

    def test_shared_evenly(self):
        agents = [self.member(name) for name in ("Ann", "Ben", "Cem")]
        tickets = [self.asked(handle=f"@{n}") for n in range(9)]
        self.share_out()
        self.assertEqual([agent.load for agent in agents], [3, 3, 3])
        self.assertTrue(all(ticket.user_id for ticket in tickets))

    def test_capacity_is_weighed_by_channel(self):
        channel = self.env.ref("social_routing.helpdesk_ticket_channel_social")
        channel.routing_weight = 2.5
        ann = self.member("Ann", capacity=6)
        tickets = [self.asked(handle=f"@{n}") for n in range(3)]
        self.share_out()
        self.assertEqual(len([t for t in tickets if t.user_id]), 2)
        self.assertEqual(ann.load, 5)
        with self.at(f"{MONDAY} 10:00:00"):
            self.assertEqual(ann.status, "available")

    def test_closing_makes_room(self):
        ann = self.member("Ann", capacity=1)
        first, second = self.asked(handle="@a"), self.asked(handle="@b")
        self.share_out()
        self.close(first)
        self.assertEqual(ann.load, 0)
        triggers = self.env["ir.cron.trigger"].search(
            [("cron_id", "=", self.env.ref("social_routing.cron_assign").id)]
        )
        self.assertTrue(triggers, "at once, not in a minute")
        self.share_out()
        self.assertEqual(second.user_id, ann.user_id)

    def test_teams_that_work_otherwise_are_left_alone(self):
        self.member("Ann")
        ticket = self.asked()
        for mode in ("manual", "pull"):
            self.team.routing_mode = mode
            self.share_out()
            self.assertFalse(ticket.user_id)

    def test_absence_and_working_hours(self):
        ann = self.member("Ann")
        ticket = self.asked()
        self.share_out(f"{MONDAY} 07:30:00")
        self.assertFalse(ticket.user_id)
        with self.at(f"{MONDAY} 07:30:00"):
            self.assertEqual(ann.status, "off_hours")
        ann.invalidate_recordset()
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Ill",
                "resource_id": ann.user_id.employee_id.resource_id.id,
                "calendar_id": self.calendar.id,
                "date_from": f"{MONDAY} 00:00:00",
                "date_to": f"{MONDAY} 12:00:00",
            }
        )
        self.share_out()
        self.assertFalse(ticket.user_id)
        with self.at(f"{MONDAY} 10:00:00"):
            self.assertEqual(ann.status, "absent")
        self.share_out(f"{MONDAY} 13:00:00")
        self.assertEqual(ticket.user_id, ann.user_id)

    def test_without_working_hours_one_works_always(self):
        ann = self.member("Ann")
        ann.user_id.employee_id.unlink()
        self.asked()
        self.share_out("2026-03-01 03:00:00")
        self.assertEqual(ann.load, 1)

    # ------------------------------------------------------------------
    # To whom
    # ------------------------------------------------------------------

    def skilled(self, skill, level, required=True):
        line = {"skill_id": skill.id, "level": level, "required": required}
        self.rule("[]", skill_ids=[Command.create(line)])

    def test_a_skill_that_is_a_must(self):
        self.skilled(self.press, 60)
        self.member("Ann", skills=[(self.press, 25)])
        ticket = self.asked()
        self.share_out()
        self.assertFalse(ticket.user_id)
        self.assertEqual(self.note(ticket), "It waits: nobody has “Press” at 60.")
        ben = self.member("Ben", skills=[(self.press, 60)])
        self.share_out()
        self.assertEqual(ticket.user_id, ben.user_id)
        self.assertFalse(ticket.queue_note)
        self.assertIn(
            "Not Ann: has “Press” at 25 of at least 60.", ticket.routing_explanation
        )

    def test_a_skill_that_is_a_plus(self):
        self.skilled(self.press, 60, required=False)
        self.member("Ann")
        ben = self.member("Ben", skills=[(self.press, 100)])
        ticket = self.asked()
        self.share_out()
        self.assertEqual(ticket.user_id, ben.user_id)
        self.assertIn(
            "Not Ann: a lesser match (1, the best 2).", ticket.routing_explanation
        )

    def test_a_skill_that_expired_counts_no_more(self):
        self.skilled(self.press, 60)
        ann = self.member("Ann", skills=[(self.press, 60)])
        self.assertEqual(ann.skill_text, "Press 60")
        ann.user_id.employee_id.employee_skill_ids.valid_to = "2021-01-01"
        ticket = self.asked()
        self.share_out()
        self.assertFalse(ticket.user_id)

    def test_languages(self):
        self.member("Ann", languages=["de"])
        with self.understood(language="es", needs_answer=1.0):
            ticket = self.asked("¿Dónde?")
            self.share_out()
            self.assertTrue(ticket.user_id, "a plus, no must")
            self.rule("[]", language_required=True)
            ticket = self.asked("¿Dónde?", handle="@b")
        self.share_out()
        self.assertEqual(self.note(ticket), "It waits: nobody speaks es.")
        ben = self.member("Ben", languages=["es"])
        self.share_out()
        self.assertEqual(ticket.user_id, ben.user_id)

    def test_without_entry_the_language_of_the_user_interface_counts(self):
        spanish = self.env["res.lang"]._activate_lang("es_ES")
        ann, ben = self.member("Ann"), self.member("Ben")
        ben.user_id.lang = "es_ES"
        self.assertEqual(ann.language_text, "English (US) (user interface)")
        self.assertEqual(ben.language_text, f"{spanish.name} (user interface)")
        self.rule("[]", language_required=True)
        with self.understood(language="es", needs_answer=1.0):
            ticket = self.asked("¿Dónde?")
            again = self.asked("¿Dónde?", handle="@b")
        self.share_out()
        self.assertEqual((ticket + again).user_id, ben.user_id)
        self.assertIn("Not Ann: does not speak es.", ticket.routing_explanation)
        ben.language_ids = self.env["res.lang"]._lang_get("en_US")
        self.assertEqual(ben.language_text, "English (US)")
        with self.understood(language="es", needs_answer=1.0):
            third = self.asked("¿Dónde?", handle="@c")
        self.share_out()
        self.assertFalse(third.user_id, "an own entry is all that counts")

    def test_the_influential_go_to_those_who_know_social_media(self):
        ann = self.member("Ann", skills=[(self.social, 100)])
        ben = self.member("Ben")
        ann.load, ann.capacity = 5, 10  # has more to do
        famous = {"handle": "@star", "followers": 5_000_000, "following": 100}
        famous |= {"posts": 10_000, "external_id": "star"}
        star = self.asked(author=famous)
        nobody = self.asked(handle="@nobody")
        self.share_out()
        self.assertEqual(star.user_id, ann.user_id)
        self.assertEqual(nobody.user_id, ben.user_id)

    def test_the_same_agent_for_a_known_customer(self):
        ann, ben = self.member("Ann"), self.member("Ben")
        customer = self.env["res.partner"].create({"name": "Kim"})
        values = {"name": "x", "description": "x", "partner_id": customer.id}
        values |= {"team_id": self.team.id, "user_id": ben.user_id.id}
        old = self.env["helpdesk.ticket"].create(values)
        self.assertEqual(ben.load, 1)
        again = self.env["helpdesk.ticket"].create({**values, "user_id": False})
        self.share_out()
        self.assertEqual(again.user_id, ben.user_id)
        self.assertIn("looked after this customer before", again.routing_explanation)
        self.offline(ben)
        self.close(old)
        third = self.env["helpdesk.ticket"].create({**values, "user_id": False})
        self.share_out()
        self.assertEqual(third.user_id, ann.user_id)

    # ------------------------------------------------------------------
    # Counting
    # ------------------------------------------------------------------

    def test_every_way_of_giving_and_closing_is_counted(self):
        ann, ben = self.member("Ann"), self.member("Ben")
        values = {"name": "x", "description": "x", "team_id": self.team.id}
        tickets = self.env["helpdesk.ticket"].create(
            [{**values, "user_id": ann.user_id.id} for _ in range(4)]
        )

        def loads():
            return ann.load, ben.load

        self.assertEqual(loads(), (4, 0))
        tickets[0].user_id = ben.user_id
        self.assertEqual(loads(), (3, 1))
        self.close(tickets[:2])
        self.assertEqual(loads(), (2, 0))
        tickets[0].stage_id = self.stage(closed=False)
        self.assertEqual(loads(), (2, 1))
        tickets[2].active = False
        self.assertEqual(loads(), (1, 1))
        tickets[3].unlink()
        self.assertEqual(loads(), (0, 1))
        tickets[0].team_id = self.make_team("Other")
        self.assertEqual(loads(), (0, 0), "helpdesk takes it from who is no member")

    def test_a_wrong_count_is_mended(self):
        ann = self.member("Ann")
        self.asked()
        self.share_out()
        self.env.flush_all()
        self.env.cr.execute("UPDATE social_routing_agent SET load = 77")
        self.env.cr.execute("UPDATE helpdesk_ticket SET load_weight = 5")
        self.env.invalidate_all()
        with self.enter_registry_test_mode():
            self.env.ref("social_routing.cron_recount").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(ann.load, 1)

    def test_a_new_agent_starts_with_what_is_there(self):
        user = self.make_user("cem", "social_engagement.group_social_user")
        self.team.user_ids += user
        values = {"name": "x", "description": "x", "team_id": self.team.id}
        self.env["helpdesk.ticket"].create({**values, "user_id": user.id})
        agent = self.env["social.routing.agent"].create({"user_id": user.id})
        self.assertEqual(agent.load, 1)

    def test_rights(self):
        ann = self.member("Ann")
        with self.assertRaises(AccessError):
            ann.with_user(ann.user_id).capacity = 100
        ticket = self.asked()
        with self.assertRaises(AccessError):
            ticket.with_user(ann.user_id).load_weight = 0
        with self.at(f"{MONDAY} 10:00:00"):
            self.assertEqual(ann.with_user(ann.user_id).status, "available")

    def test_many_in_few_queries(self):
        self.member("Ann", capacity=1000)
        self.member("Ben", capacity=1000)

        def queries(number, letter):
            posts = [
                self.payload(handle=f"@{letter}{n}", text=QUESTION)
                for n in range(number)
            ]
            self.receive(*posts)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.team._assign_waiting(self.env["helpdesk.ticket"])
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(3, "a")  # fills caches
        few, many = queries(10, "b"), queries(100, "c")
        self.assertLess(many - few, 30, f"{few} → {many}")
