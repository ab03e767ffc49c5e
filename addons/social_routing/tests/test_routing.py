from lxml import html
from psycopg2.errors import ForeignKeyViolation

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger

from ..engine import decide
from .common import QUESTION, REMARK, RoutingCase

DANGER = "The battery swelled and got hot, this is dangerous"
CLASSES = ("social.routing.case", "social.routing.rule")


class TestRules(RoutingCase):
    def test_the_rules_that_ship(self):
        angry = {"sentiment": -0.8, "sentiment_label": "negative"}
        famous = {"handle": "@star", "followers": 5_000_000, "following": 100}
        famous |= {"posts": 10_000, "external_id": "star"}
        asks = {"needs_answer": 0.5}
        for understood, values, rule, outcome in (
            (asks, {}, "needs_answer", "ticket"),
            ({"needs_answer": 0.49}, {}, False, "watch"),
            ({}, {"kind": "direct"}, "direct", "ticket"),
            (asks, {"kind": "article"}, "article", "watch"),
            (angry, {"author": famous}, "influential_anger", "ticket"),
            (angry | asks, {"author": famous}, "influential_anger", "ticket"),
            (
                angry | asks,
                {"author": famous, "kind": "direct"},
                "influential_anger",
                "ticket",
            ),
            (angry, {}, False, "watch"),
            ({}, {"author": famous}, False, "watch"),
            ({}, {"text": DANGER}, "urgent_topic", "ticket"),
            (angry, {"text": DANGER, "author": famous}, "urgent_topic", "ticket"),
            (asks, {"text": DANGER, "kind": "direct"}, "urgent_topic", "ticket"),
            (asks, {"text": DANGER, "kind": "article"}, "article", "watch"),
        ):
            with self.subTest(**understood, **values), self.understood(**understood):
                case = self.conversation(**{"text": "Words"} | values).routing_case_id
                rule = rule and self.env.ref(f"social_routing.rule_{rule}")
                self.assertEqual(case.rule_id, rule or case.rule_id.browse())
                self.assertEqual(case.outcome, outcome)
                self.assertEqual(bool(case.ticket_id), outcome == "ticket")

    def test_an_influential_complaint_is_due_in_an_hour(self):
        famous = {"handle": "@star", "followers": 5_000_000, "following": 100}
        famous |= {"posts": 10_000, "external_id": "star"}
        angry = {"sentiment": -0.8, "sentiment_label": "negative", "needs_answer": 0.9}
        with self.understood(**angry):
            case = self.conversation("Why so late?", author=famous).routing_case_id
        urgent = self.env.ref("social_routing.policy_urgent")
        self.assertEqual(case.policy_id, urgent)
        self.assertEqual(case.ticket_id.response_policy_id, urgent)

    def test_what_is_dangerous_is_due_in_an_hour(self):
        urgent = self.env.ref("social_routing.policy_urgent")
        rule = self.env.ref("social_routing.rule_urgent_topic")
        for understood in (
            {},
            {"sentiment": 0.6, "sentiment_label": "positive"},
            {"sentiment": -0.8, "sentiment_label": "negative", "needs_answer": 0.9},
        ):
            with self.subTest(**understood), self.understood(**understood):
                case = self.conversation(DANGER).routing_case_id
                self.assertEqual((case.rule_id, case.topic_urgency), (rule, 100))
                self.assertEqual(case.ticket_id.response_policy_id, urgent)
        case = self.conversation(DANGER).routing_case_id  # as it is understood
        self.assertEqual(case.rule_id, rule)
        self.assertEqual(case.ticket_id.response_policy_id, urgent)

    def test_a_ticket_that_becomes_dangerous_is_due_in_an_hour(self):
        urgent = self.env.ref("social_routing.policy_urgent")
        one = self.payload(QUESTION)
        ticket = self.receive(one).conversation_id.ticket_id
        self.assertNotEqual(ticket.response_policy_id, urgent)
        self.receive(self.payload(DANGER, parent_id=one["id"]))
        self.assertEqual(ticket.response_policy_id, urgent)
        case = ticket.routing_case_id
        self.assertEqual(case.topic_urgency, 100)
        self.receive(self.payload(DANGER, parent_id=one["id"]))
        self.assertEqual(ticket.routing_case_id, case, "it is known by now")

    def test_what_can_never_decide_is_shown(self):
        shipped = self.env["social.routing.rule"].search([])
        self.assertFalse(shipped.filtered("unreachable").mapped("name"))
        wide = self.rule("[('needs_answer', '>=', 0.3)]", sequence=1)
        narrow = [("needs_answer", ">", 0.3), ("kind", "in", ["post", "reply"])]
        below = self.rule(repr(narrow), sequence=2)
        empty = [("influence", ">", 60), ("influence", "<", 50)]
        never = self.rule(repr(empty), sequence=0)
        other = self.rule("[('kind', '=', 'direct')]", sequence=2)
        self.assertIn(wide.name, below.unreachable)
        self.assertIn("no case", never.unreachable)
        self.assertFalse(wide.unreachable or other.unreachable)
        needs = self.env.ref("social_routing.rule_needs_answer")
        needs.invalidate_recordset(["unreachable"])
        self.assertIn(wide.name, needs.unreachable)
        wide.mode = "accumulate"
        below.invalidate_recordset(["unreachable"])
        self.assertFalse(below.unreachable, "what adds up leaves the rest to others")
        wide.write({"mode": "first", "company_id": self.env.company.id})
        below.invalidate_recordset(["unreachable"])
        self.assertFalse(below.unreachable, "other companies have no rule above it")
        below.company_id = self.env.company
        self.assertIn(wide.name, below.unreachable)

    def test_one_case_for_each_event(self):
        one = self.payload(REMARK)
        conversation = self.receive(one).conversation_id
        self.receive(self.payload(REMARK, parent_id=one["id"]))
        self.receive(self.payload(QUESTION, parent_id=one["id"]))
        cases = self.env["social.routing.case"].search(
            [("conversation_id", "=", conversation.id)], order="id"
        )
        self.assertEqual(cases.mapped("event"), ["new", "reply", "reply"])
        self.assertEqual(cases.mapped("outcome"), ["watch", "watch", "ticket"])
        self.assertEqual(conversation.routing_case_id, cases[-1])
        self.assertEqual(conversation.priority_score, cases[-1].priority_score)

    def test_what_is_said_together_is_decided_as_if_one_by_one(self):
        one = self.payload(REMARK)
        two = self.payload(QUESTION, parent_id=one["id"])
        three = self.payload("Thank you!", parent_id=one["id"])
        conversation = self.receive(one, two, three).conversation_id
        self.assertTrue(conversation.ticket_id, "the question is not lost")
        cases = self.env["social.routing.case"].search(
            [("conversation_id", "=", conversation.id)], order="id"
        )
        self.assertEqual(cases.mapped("outcome"), ["watch", "ticket"])
        self.assertEqual(cases.mapped("event"), ["new", "reply"])

    def test_the_form_offers_what_has_an_effect(self):
        of_tickets = {"policy_id", "language_required", "skill_ids", "category_id"}
        of_all = {"adjustment", "canned_response_id", "needs_approval"}
        form = Form(self.rule("[]", outcome="ticket"))
        for outcome, hidden in (("ticket", set()), ("lead", of_tickets)):
            form.outcome = outcome
            names = of_tickets | of_all
            found = {n for n in names if form._get_modifier(n, "invisible")}
            self.assertEqual(found, hidden, outcome)

    def test_nothing_means_no_action(self):
        self.rule("[('text', 'ilike', 'spam')]", outcome="nothing")
        conversation = self.conversation("spam spam spam?")
        self.assertEqual(conversation.state, "no_action")
        self.assertFalse(conversation.ticket_id)

    def test_the_facts_are_kept(self):
        conversation = self.conversation(
            kind="direct", author={"handle": "@a", "is_bot": True}
        )
        case = conversation.routing_case_id
        message = conversation.social_message_ids
        self.assertEqual(case.text, QUESTION)
        self.assertEqual(case.kind, "direct")
        self.assertEqual(case.channel_id, self.channel)
        self.assertEqual(case.network, "scripted")
        self.assertEqual(case.language, "en")
        self.assertEqual(case.needs_answer, message.needs_answer)
        self.assertTrue(case.is_automated)
        self.assertFalse(case.known_contact)
        self.assertEqual(case.message_id, message)

    def test_a_rule_of_another_company_is_not_ours(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.rule("[]", outcome="nothing", company_id=company.id)
        self.assertTrue(self.ticket())
        self.rule("[]", outcome="watch", company_id=self.env.company.id)
        self.assertFalse(self.ticket())

    def test_an_archived_rule_rests(self):
        self.rule("[]", outcome="nothing", active=False)
        self.assertTrue(self.ticket())

    def test_a_broken_condition_is_refused(self):
        for condition in (
            "[('color', '=', 1)]",
            "[('kind', 'child_of', 1)]",
            "[('kind', '=')]",
            "['&']",
            "no domain",
            "[",
            "5",
            "{'kind': 'post'}",
            "[('text', '=', __import__('os').getcwd())]",
            "[('kind', ['='], 'post')]",
        ):
            with self.subTest(condition), self.assertRaises(ValidationError):
                self.rule(condition)
                self.env.flush_all()

    def test_a_rule_that_became_unusable_stops_nothing(self):
        rule = self.rule("[]", outcome="nothing")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE social_routing_rule SET condition = '[oops' WHERE id = %s",
            [rule.id],
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.assertTrue(self.ticket())
        self.assertIn("no domain", rule.problem)

    def test_rules_that_add_up(self):
        tag = self.env["helpdesk.ticket.tag"].create({"name": "Sunny"})
        team = self.make_team("Press")
        self.rule(
            "[('text', 'ilike', 'parcel')]",
            name="Parcels",
            mode="accumulate",
            outcome=False,
            adjustment=7,
            tag_ids=tag.ids,
            team_id=team.id,
            activity_user_id=self.agent.id,
            activity_summary="Look at this",
        )
        ticket = self.ticket()
        case = ticket.routing_case_id
        self.assertEqual(case.rule_id, self.env.ref("social_routing.rule_needs_answer"))
        self.assertEqual((ticket.tag_ids, ticket.team_id), (tag, team))
        self.assertIn(["rule", 7.0], case.details["terms"])
        self.assertIn("“Parcels” matched too, and adds to it.", self.sentences(case))
        self.assertEqual(ticket.activity_ids.user_id, self.agent)
        self.assertEqual(ticket.activity_ids.summary, "Look at this")

    def test_a_rule_that_decides_says_what(self):
        with self.assertRaisesRegex(ValidationError, "what is to happen"):
            self.rule("[]", outcome=False)

    def test_a_skill_in_use_is_not_deleted(self):
        kind = self.env["hr.skill.type"].create(
            {
                "name": "Desk",
                "skill_ids": [Command.create({"name": "Press"})],
                "skill_level_ids": [Command.create({"name": "Good"})],
            }
        )
        values = {"skill_id": kind.skill_ids.id, "required": True, "level": 60}
        self.rule("[]", skill_ids=[Command.create(values)])
        case = self.ticket().routing_case_id
        self.assertEqual(case._ruled("required_skills"), [[kind.skill_ids.id, 60]])
        with (
            self.assertRaises(ForeignKeyViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            kind.skill_ids.unlink()

    def test_a_decision_replayed_on_its_stored_facts_is_the_same(self):
        category = self.env["res.partner.category"].create({"name": "VIP"})
        self.rule(f"[('partner_category_ids', 'in', [{category.id}])]", adjustment=9)
        self.rule("[('received_at', '<', '2020-01-01')]", outcome="nothing")
        profile = self.receive(self.payload(REMARK)).profile_id
        profile.partner_id = self.env["res.partner"].create(
            {"name": "Ann", "category_id": category.ids, "customer_value": 80}
        )
        self.conversation(kind="direct")
        self.rule("[]", outcome="nothing")  # of today, not of then
        for case in self.env["social.routing.case"].search([]):
            rules = case.ruleset_id._engine_rules()
            again = decide(case._facts(), rules)
            self.assertEqual(again.rule and again.rule.key, case.rule_id.id or None)
            self.assertEqual(again.outcome, case.outcome)
            self.assertEqual(round(again.priority.score, 1), case.priority_score)
            self.assertEqual(again.asked, case.details["asked"])

    def test_rules_are_kept_once_however_many_cases(self):
        rulesets = self.env["social.routing.ruleset"]
        self.receive(*(self.payload(QUESTION, handle=f"@a{n}") for n in range(5)))
        self.conversation(handle="@b")
        self.assertEqual(len(rulesets.search([])), 1)
        rule = self.rule("[('text', 'ilike', 'nobody says this')]")
        case = self.conversation(handle="@c").routing_case_id
        self.assertEqual(len(rulesets.search([])), 2)
        rule.condition = "[]"
        self.env.invalidate_all()
        self.assertIn(
            "Not “Test”, because this does not hold: Text ilike nobody says this.",
            self.sentences(case),
            "as the rule was then",
        )

    # ------------------------------------------------------------------
    # Why
    # ------------------------------------------------------------------

    def sentences(self, case):
        tree = html.fromstring(f"<div>{case.explanation}</div>")
        return [node.text_content() for node in tree.iter("p", "li")]

    def test_a_decision_explains_itself(self):
        case = self.conversation().routing_case_id
        self.assertEqual(
            self.sentences(case)[0],
            "Ticket for the team “Social media”, because the rule “Needs an answer” "
            "matched first.",
        )
        self.assertIn(
            "Not “Articles are watched”, because this does not hold: Kind = Article.",
            self.sentences(case),
        )
        priority = self.sentences(case)[1]
        score = int(case.priority_score + 0.5)  # as the form rounds
        self.assertIn(f"Priority {score} of 100: every case +20", priority)
        self.assertIn("needs an answer (", priority)
        self.assertIn("influence (", priority)

    def test_where_no_rule_matched_it_says_so(self):
        case = self.conversation(REMARK).routing_case_id
        self.assertTrue(all(case.details.values()), "what is empty takes no room")
        self.assertEqual(
            self.sentences(case)[0], "Watch only, because no rule matched."
        )

    def test_records_and_choices_are_called_by_name(self):
        other = self.make_channel(name="Other")
        rule = self.rule(
            f"['!', ('kind', 'in', ['post', 'reply']), ('channel_id', '=', {other.id})]"
        )
        rule.name = "<b>Bold</b>"
        case = self.conversation().routing_case_id
        self.assertIn(
            "Not “<b>Bold</b>”, because this does not hold: "
            "Kind not in Post, Reply; Channel = Other.",
            self.sentences(case),
        )
        other.unlink()
        self.env.invalidate_all()
        self.assertTrue(case.explanation, "what is gone is no obstacle")

    def test_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        case = self.conversation().routing_case_id
        self.assertTrue(case.with_context(lang="de_DE").explanation)

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def test_rights(self):
        self.conversation()
        manager = self.make_user("manager", "social_engagement.group_social_manager")
        company = self.env["res.company"].create({"name": "Elsewhere"})
        elsewhere = self.make_user(
            "elsewhere",
            "social_engagement.group_social_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        rules = self.env["social.routing.rule"].search([])
        case = self.env["social.routing.case"].search([])
        rules.with_user(self.agent).read()
        rules.with_user(manager)[0].name = "Renamed"
        case.with_user(self.agent).read()
        with self.assertRaises(AccessError):
            rules.with_user(self.agent)[0].name = "Renamed"
        for user in (self.agent, manager):
            with self.assertRaises(AccessError):
                case.with_user(user).outcome = "nothing"
        self.assertFalse(case.with_user(elsewhere).search([]))
        ours = self.rule("[]", company_id=self.env.company.id)
        self.assertNotIn(ours, rules.with_user(elsewhere).search([]))
        for user in (
            self.make_user("outsider", "base.group_portal"),
            self.env.ref("base.public_user"),
            self.make_user("employee"),
        ):
            for model in CLASSES:
                with self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([])


class TestTicket(RoutingCase):
    def test_values(self):
        partner = self.env["res.partner"].create(
            {"name": "Ann", "email": "a@x.example"}
        )
        self.receive(self.payload(REMARK)).profile_id.partner_id = partner
        ticket = self.ticket("Where is my parcel? <b>Bold</b>")
        self.assertEqual(ticket.name, "Where is my parcel? <b>Bold</b>")
        self.assertIn("&lt;b&gt;", ticket.description)
        self.assertEqual(ticket.team_id, self.team)
        self.assertEqual(ticket.stage_id, self.team._get_applicable_stages()[0])
        self.assertFalse(ticket.user_id)
        self.assertEqual(ticket.partner_id, partner)
        self.assertEqual(ticket.partner_email, "a@x.example")
        self.assertEqual(ticket.partner_name, "Ann (@ann)")
        self.assertEqual(ticket.company_id, self.env.company)
        self.assertEqual(
            ticket.channel_id,
            self.env.ref("social_routing.helpdesk_ticket_channel_social"),
        )
        self.assertEqual(ticket.social_network, "Scripted")
        self.assertEqual(ticket.social_text, "Where is my parcel? <b>Bold</b>")
        self.assertEqual(
            ticket.social_url, ticket.conversation_ids.social_message_ids.url
        )
        self.assertEqual(ticket.social_language, "en")
        self.assertFalse(ticket.social_is_sandbox)
        self.assertEqual(ticket.social_influence, ticket.social_profile_id.influence)
        self.assertIn("Needs an answer", ticket.routing_explanation)

    def test_stars_follow_the_priority(self):
        for points, stars in ((-100, "0"), (10, "1"), (30, "2"), (55, "3")):
            rule = self.rule("[]", outcome="ticket", adjustment=points)
            with self.understood():
                ticket = self.ticket()
            with self.subTest(points, score=ticket.priority_score):
                self.assertEqual(ticket.priority, stars)
            rule.active = False

    def test_what_a_rule_says(self):
        category = self.env["helpdesk.ticket.category"].create(
            {"name": "Parcels", "company_id": False}
        )
        tags = self.env["helpdesk.ticket.tag"].create(
            [{"name": "a", "company_id": False}, {"name": "b", "company_id": False}]
        )
        team = self.make_team("Parcels")
        self.rule("[]", team_id=team.id, category_id=category.id, tag_ids=tags.ids)
        ticket = self.ticket(REMARK)
        self.assertEqual(ticket.team_id, team)
        self.assertEqual(ticket.category_id, category)
        self.assertEqual(ticket.tag_ids, tags)

    def test_the_teams_own_first_stage(self):
        team = self.make_team("Own stages")
        self.env["helpdesk.ticket.stage"].create(
            {"name": "Own", "sequence": 0, "team_ids": team.ids, "company_id": False}
        )
        self.channel.team_id = team
        self.assertEqual(self.ticket().stage_id.name, "Own")

    def test_which_team(self):
        channel_team, rule_team = self.make_team("Channel"), self.make_team("Rule")
        self.assertEqual(self.ticket().team_id, self.team, "the one for the rest")
        self.channel.team_id = channel_team
        self.assertEqual(self.ticket().team_id, channel_team)
        rule = self.rule("[]", team_id=rule_team.id)
        self.assertEqual(self.ticket().team_id, rule_team)
        rule_team.active = False
        self.assertEqual(self.ticket().team_id, channel_team)
        channel_team.active = False
        self.assertEqual(self.ticket().team_id, self.team)
        rule.unlink()

    def test_without_the_team_for_the_rest(self):
        teams = self.env["helpdesk.ticket.team"].search([])
        teams.active = False
        ticket = self.ticket()
        self.assertTrue(ticket, "nobody is overlooked")
        self.assertFalse(ticket.team_id)
        self.assertTrue(ticket.stage_id)
        self.env.ref("social_routing.helpdesk_team_social").unlink()
        other = self.make_team("Other")
        self.assertEqual(self.ticket().team_id, other)

    def test_a_deleted_ticket_channel_is_no_obstacle(self):
        self.env.ref("social_routing.helpdesk_ticket_channel_social").unlink()
        self.assertTrue(self.ticket())

    def test_companies_stay_apart(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self.make_team("Theirs", company_id=company.id)
        rule = self.rule("[]")
        self.env.flush_all()  # then as a change of the team's company leaves it
        self.env.cr.execute(
            "UPDATE social_routing_rule SET team_id = %s WHERE id = %s",
            [theirs.id, rule.id],
        )
        self.env.invalidate_all()
        self.assertEqual(self.ticket().team_id, self.team)
        channel = self.make_channel(name="Theirs", company_id=company.id)
        feed = self.make_feed(channel)
        [message] = self.receive(self.payload(QUESTION), feed=feed)
        ticket = message.conversation_id.ticket_id
        self.assertEqual(ticket.company_id, company)
        self.assertEqual(ticket.team_id, theirs)
        self.assertEqual(message.conversation_id.routing_case_id.company_id, company)

    # ------------------------------------------------------------------
    # Going on
    # ------------------------------------------------------------------

    def test_further_posts_land_in_the_same_ticket(self):
        one = self.payload(QUESTION)
        ticket = self.receive(one).conversation_id.ticket_id
        [further] = self.receive(self.payload("Hello?", parent_id=one["id"]))
        self.assertEqual(further.conversation_id.ticket_id, ticket)
        self.assertEqual(self.env["helpdesk.ticket"].search_count([]), 1)
        shown = further.mail_message_id
        self.assertEqual((shown.model, shown.res_id), ("helpdesk.ticket", ticket.id))
        self.assertEqual(ticket.social_text, "Hello?")
        self.assertEqual(
            self.env["social.routing.case"].search_count([]), 1, "no new decision"
        )

    def test_the_first_post_is_in_the_tickets_chatter(self):
        ticket = self.ticket()
        shown = ticket.conversation_ids.social_message_ids.mail_message_id
        self.assertIn(shown, ticket.message_ids)
        self.assertIn("Ann", shown.email_from)

    def test_an_answer_is_in_the_tickets_chatter(self):
        ticket = self.ticket()
        [post] = ticket.conversation_ids.social_message_ids
        answer = post.with_user(self.agent)._answer("On its way!")
        self.assertIn(answer.mail_message_id, ticket.message_ids)
        self.assertEqual(
            ticket.with_user(self.agent)._social_conversation(), post.conversation_id
        )
        self.send()
        self.assertEqual(answer.delivery_state, "sent")

    def reply(self, ticket, *texts):
        [first] = ticket.conversation_ids.social_message_ids[-1:]
        posts = [self.payload(text, parent_id=first.external_id) for text in texts]
        return self.receive(*posts)

    def test_a_closed_ticket_opens_again_for_a_question(self):
        for texts in ((QUESTION,), (QUESTION, "Thank you!"), ("Thank you!", QUESTION)):
            ticket = self.ticket()
            self.close(ticket)
            self.assertEqual(ticket.conversation_ids.state, "solved")
            self.reply(ticket, *texts)
            self.assertFalse(ticket.closed, texts)
            self.assertEqual(ticket.conversation_ids.state, "open")

    def test_a_reopened_ticket_is_decided_about_again(self):
        ticket = self.ticket()
        first = ticket.routing_case_id
        self.reply(ticket, "Hello?")
        self.assertEqual(ticket.routing_case_id, first, "nothing new")
        self.close(ticket)
        self.reply(ticket, "Thank you!")
        self.assertEqual(ticket.routing_case_id, first, "it stays closed")
        before = ticket.priority_score
        self.reply(ticket, QUESTION)
        case = ticket.routing_case_id
        self.assertEqual((case.event, case.ticket_id), ("reopened", ticket))
        self.assertAlmostEqual(ticket.priority_score, before + 10)
        self.assertEqual(self.env["helpdesk.ticket"].search_count([]), 1)

    def test_a_mood_that_falls_is_decided_about_again(self):
        ticket = self.ticket()
        with self.understood(
            sentiment=-0.9, sentiment_label="negative", needs_answer=0.9
        ):
            self.reply(ticket, "This is a disgrace!")
        case = ticket.routing_case_id
        self.assertEqual(case.event, "worse")
        self.assertAlmostEqual(case.sentiment_change, -0.9)
        self.assertIn("mood got worse (-0.9)", ticket.routing_explanation)
        self.assertEqual(ticket.priority, "3")
        again = self.reply(ticket, "Hello?")
        self.assertEqual(ticket.routing_case_id, case, again)

    def test_a_watched_conversation_that_was_solved_is_reopened(self):
        one = self.payload(REMARK)
        conversation = self.receive(one).conversation_id
        conversation.action_solve()
        self.receive(self.payload(QUESTION, parent_id=one["id"]))
        self.assertEqual(conversation.routing_case_id.event, "reopened")
        self.assertFalse(conversation.reopened)

    def test_a_closed_ticket_stays_closed_after_thanks(self):
        ticket = self.ticket()
        self.close(ticket)
        self.reply(ticket, "Thank you!")
        self.assertTrue(ticket.closed)
        self.assertEqual(ticket.conversation_ids.state, "solved")
        self.assertEqual(ticket.social_text, "Thank you!")

    def test_thanks_open_nothing_that_is_done_with(self):
        """Not where there is no ticket either, nor where sales have lost the lead."""
        self.rule("[]", outcome="ticket", name="All")
        watched = self.conversation(handle="@watched")
        ticket = watched.ticket_id
        watched.ticket_id = False
        watched.action_solve()
        lead = self.conversation(handle="@lead")
        lead.ticket_id = False
        lead.action_create_lead()
        lead.lead_id.action_set_lost()
        for conversation in (watched, lead):
            self.assertEqual(conversation.state, "solved")
            first = conversation.social_message_ids
            thanks = self.receive(
                self.payload(
                    "Thanks a lot, you are great!",
                    handle=first.profile_id.external_id,
                    parent_id=first.external_id,
                )
            )
            self.assertEqual(thanks.conversation_id, conversation)
            self.assertEqual(conversation.state, "solved")
            self.assertFalse(conversation.ticket_id)
            self.assertTrue(thanks.mail_message_id, "it is shown all the same")
        self.assertFalse(lead.lead_id.active)
        self.assertTrue(ticket.exists())

    def test_thanks_leave_no_clock_running(self):
        ticket = self.ticket()
        conversation = ticket.conversation_ids.with_user(self.agent)
        for done in (conversation.action_solve, conversation.action_no_action):
            conversation.action_open()
            done()
            self.env.flush_all()
            before = ticket.read(["resolution_state", "resolution_due", "closed"])
            state = conversation.state
            self.reply(ticket, "Thanks a lot, you are great!")
            self.assertEqual(conversation.state, state)
            now = ticket.read(["resolution_state", "resolution_due", "closed"])
            self.assertEqual(now, before)

    def test_an_archived_ticket_comes_back_for_a_question(self):
        ticket = self.ticket()
        ticket.active = False
        self.reply(ticket, "Thank you!")
        self.assertFalse(ticket.active)
        self.reply(ticket, QUESTION)
        self.assertTrue(ticket.active)

    def test_the_conversation_follows_its_tickets_stage(self):
        ticket = self.ticket()
        conversation = ticket.conversation_ids
        self.close(ticket)
        self.assertEqual(conversation.state, "solved")
        ticket.stage_id = self.stage(closed=False)
        self.assertEqual(conversation.state, "open")

    def test_watched_first_a_ticket_later(self):
        one = self.payload(REMARK)
        conversation = self.receive(one).conversation_id
        self.assertFalse(
            conversation.social_message_ids.mail_message_id, "nobody works on it"
        )
        self.receive(self.payload(QUESTION, parent_id=one["id"]))
        ticket = conversation.ticket_id
        self.assertTrue(ticket)
        shown = conversation.social_message_ids.mail_message_id
        self.assertEqual(shown.mapped("model"), ["helpdesk.ticket"] * 2)
        self.assertEqual(set(shown.mapped("res_id")), set(ticket.ids))
        self.assertLessEqual(shown, ticket.message_ids)

    def test_answered_first_a_ticket_later(self):
        one = self.payload(REMARK)
        [post] = self.receive(one)
        answer = post.with_user(self.agent)._answer("Thank you!")
        shown = post.mail_message_id + answer.mail_message_id
        self.assertEqual(shown.mapped("model"), ["social.conversation"] * 2)
        self.receive(self.payload(QUESTION, parent_id=one["id"]))
        ticket = post.conversation_id.ticket_id
        self.assertLessEqual(shown, ticket.message_ids, "the chatter moves")
        self.assertEqual(shown.notification_ids.notification_status, "ready")

    def test_an_unneeded_conversation_that_becomes_a_ticket_is_open(self):
        one = self.payload(REMARK)
        conversation = self.receive(one).conversation_id
        conversation.action_no_action()
        self.rule("[('text', 'ilike', 'sunny')]")
        self.receive(self.payload(REMARK, parent_id=one["id"]))
        self.assertTrue(conversation.ticket_id)
        self.assertEqual(conversation.state, "open")

    # ------------------------------------------------------------------
    # By hand
    # ------------------------------------------------------------------

    def test_a_ticket_by_hand(self):
        conversation = self.conversation(REMARK)
        team = self.make_team("Channel", user_ids=self.agent.ids)
        self.channel.team_id = team
        action = conversation.with_user(self.agent).action_create_ticket()
        ticket = conversation.ticket_id
        self.assertEqual(action["res_id"], ticket.id)
        self.assertEqual(ticket.team_id, team)
        self.assertEqual(conversation.state, "open")
        self.assertEqual(conversation.routing_case_id.ticket_id, ticket)
        self.assertIn(
            "Ticket for the team “Channel”, made by social_agent",
            html.fromstring(ticket.routing_explanation).text_content(),
        )
        self.assertIn("The rules said: Watch only.", ticket.routing_explanation)
        conversation.with_user(self.agent).action_create_ticket()
        self.assertEqual(self.env["helpdesk.ticket"].search_count([]), 1)

    def test_a_ticket_by_hand_needs_the_right(self):
        conversation = self.conversation(REMARK)
        with self.assertRaises(AccessError):
            conversation.with_user(self.make_user("employee")).action_create_ticket()

    def test_a_deleted_ticket_gives_the_chatter_back(self):
        conversation = self.conversation()
        conversation.social_message_ids.with_user(self.agent)._answer("On its way!")
        shown = conversation.social_message_ids.mail_message_id
        conversation.ticket_id.unlink()
        self.assertEqual(len(shown.exists()), 2)
        self.assertEqual(shown.mapped("res_id"), conversation.ids * 2)
        self.assertEqual(conversation._desk_thread(), conversation)
        conversation.with_user(self.agent).action_create_ticket()
        self.assertTrue(conversation.ticket_id)

    # ------------------------------------------------------------------
    # Forms
    # ------------------------------------------------------------------

    @mute_logger("odoo.tests.form.onchange")
    def test_forms_open(self):
        ticket = self.ticket()
        for record in (
            ticket,
            ticket.conversation_ids,
            ticket.routing_case_id,
            self.channel,
            self.rule("[]"),
        ):
            Form(record)
        Form(ticket.with_user(self.agent))
        Form(ticket.conversation_ids.with_user(self.agent))


class TestBatch(RoutingCase):
    """However many posts come, the database is asked a number of times that does not
    grow with them.
    """

    def queries(self, posts):
        intakes = self.store(*posts)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        intakes._process()
        self.env.flush_all()
        self.assertEqual(set(intakes.mapped("state")), {"done"})
        return self.env.cr.sql_log_count - before

    def posts(self, number, text, **values):
        handles = (f"@{text[0]}{number}-{n}" for n in range(number))
        return [self.payload(text, handle=handle, **values) for handle in handles]

    def assert_flat(self, text, per_post, **values):
        self.queries(self.posts(3, text, **values))  # fills caches
        few = self.queries(self.posts(20, text, **values))
        many = self.queries(self.posts(100, text, **values))
        self.assertLessEqual(many - few, 80 * per_post + 10, f"{few} → {many}")

    def test_posts_that_are_watched(self):
        self.assert_flat(REMARK, 0)

    def test_posts_that_become_tickets(self):
        # helpdesk itself asks for a number for each ticket
        self.assert_flat(QUESTION, 3)

    def test_further_posts_of_known_authors(self):
        firsts = self.posts(120, REMARK)
        self.queries(firsts)
        parents = [first["id"] for first in firsts]
        handles = [first["author"]["handle"] for first in firsts]

        def further(start, stop):
            pairs = zip(handles[start:stop], parents[start:stop], strict=True)
            return [self.payload(REMARK, handle=h, parent_id=p) for h, p in pairs]

        few = self.queries(further(0, 20))
        many = self.queries(further(20, 120))
        self.assertLessEqual(many - few, 90, f"{few} → {many}")

    def test_lists_are_read_in_few_queries(self):
        self.receive(*self.posts(40, QUESTION))
        names = [
            n for n in self.env["helpdesk.ticket"]._fields if n.startswith("social")
        ]
        tickets = self.env["helpdesk.ticket"].search([])
        self.assertEqual(len(tickets), 40)
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        tickets.read([*names, "priority_score"])
        self.assertLess(self.env.cr.sql_log_count - before, 25)
