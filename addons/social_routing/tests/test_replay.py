from unittest.mock import patch

from lxml import html

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..models import social_routing_replay
from .common import QUESTION, REMARK, RoutingCase


@tagged("post_install", "-at_install")
class TestReplay(RoutingCase):
    """A draft of the rules, tried on what was decided, and published."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["social.routing.case"].search([]).unlink()
        cls.manager = cls.make_user(
            "social_manager", "social_engagement.group_social_manager"
        )

    def draft(self, **values):
        drafts = self.env["social.routing.replay"].with_user(self.manager)
        return drafts.create(values)

    def draft_rule(self, draft, condition, **values):
        values = {"name": "Drafted", "sequence": 0, "condition": condition, **values}
        return draft.rule_ids.create({"replay_id": draft.id, **values})

    def run_replay(self, draft):
        draft.action_replay()
        self.assertEqual(draft.state, "running")
        with self.enter_registry_test_mode():
            self.env.ref("social_routing.cron_replay").method_direct_trigger()
        draft.invalidate_recordset()
        self.assertEqual(draft.state, "done", draft.problem)
        return draft.line_ids

    def various_cases(self):
        """Cases of all kinds, as many as there are rules to decide about them."""
        tag = self.env["helpdesk.ticket.tag"].create({"name": "Sunny"})
        team = self.make_team("Parcels", user_ids=self.agent.ids)
        skill = self.env["hr.skill.type"].create(
            {
                "name": "Desk",
                "skill_ids": [Command.create({"name": "Parcels"})],
                "skill_level_ids": [Command.create({"name": "Good"})],
            }
        )
        self.rule(
            "[('text', 'ilike', 'sunny')]",
            mode="accumulate",
            outcome=False,
            tag_ids=tag.ids,
            adjustment=5,
            skill_ids=[Command.create({"skill_id": skill.skill_ids.id})],
        )
        self.rule("[('text', 'ilike', 'parcel')]", team_id=team.id)
        self.rule("[('text', 'ilike', 'how much')]", outcome="lead")
        self.conversation(QUESTION)
        self.conversation(REMARK)
        self.conversation("How much is it?", kind="direct")
        self.conversation("Is it sunny? Where is my parcel?", handle="@sunny")
        self.env["helpdesk.ticket"].create({"name": "A call", "description": "Hello"})
        self.env["crm.lead"].create({"name": "Wants a hundred"})
        ticket = self.ticket(handle="@again")
        ticket.team_id = self.team  # by hand, from where the rules put it
        self.close(ticket)
        parent = ticket.conversation_ids.social_message_ids.external_id
        self.receive(self.payload(QUESTION, parent_id=parent, handle="@again"))
        self.assertEqual(ticket.routing_case_id.event, "reopened")
        self.conversation(REMARK, handle="@hand").action_create_ticket()
        return self.env["social.routing.case"].search([])

    def test_rules_replayed_on_their_own_cases_decide_the_same(self):
        cases = self.various_cases()
        lines = self.run_replay(self.draft())
        self.assertEqual(lines.case_id, cases)
        for line in lines:
            self.assertFalse(line.changed, line.case_id.subject)
            self.assertEqual(line.after_priority, line.case_id.priority_score)
            self.assertEqual(line.after_rule_id, line.case_id.rule_id)
        self.assertEqual(lines.replay_id.changed_count, 0)
        self.assertEqual(lines.replay_id.done_count, len(cases))
        self.assertNoDifference(lines)

    def quick_policy(self):
        values = {"name": "Quick", "first_response_hours": 4}
        return self.env["social.response.policy"].create(values)

    def assertNoDifference(self, lines):
        for name in ("outcome", "team_id", "agent_id", "policy_id", "due", "target"):
            for line in lines:
                before, after = line[f"before_{name}"], line[f"after_{name}"]
                self.assertEqual(before, after, f"{name} of {line.case_id.subject}")
        told = html.fromstring(lines.replay_id.report)
        moved = [cell.text for cell in told.iter("td") if (cell.text or "")[:1] in "+-"]
        self.assertLessEqual(set(filter(None, moved)), {"+0"})

    def test_an_unchanged_draft_makes_no_difference(self):
        """Also with people who could take what waits, and targets that were missed."""
        team = self.env.ref("social_routing.helpdesk_team_social", False) or self.team
        team.write({"routing_mode": "pull", "user_ids": self.agent.ids})
        rows = self.env["social.routing.agent"]
        if not rows.search([("user_id", "=", self.agent.id)]):
            rows.create({"user_id": self.agent.id})
        self.rule("[('needs_answer', '>', 0)]", policy_id=self.quick_policy().id)
        cases = self.various_cases()
        for number in range(4):
            self.conversation(QUESTION, handle=f"@b{number}")
        waiting = self.env["helpdesk.ticket"].search([("user_id", "=", False)])
        self.assertTrue(waiting)
        self.env["helpdesk.ticket"].search([], limit=1).user_id = self.agent
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE social_routing_case
               SET create_date = create_date - interval '9 day'"""
        )
        self.env.cr.execute(
            "UPDATE helpdesk_ticket SET queued_at = queued_at - interval '9 day'"
        )
        self.env.invalidate_all()
        lines = self.run_replay(self.draft())
        self.assertGreater(len(lines), len(cases))
        self.assertIn("missed", lines.mapped("after_target"))
        self.assertNoDifference(lines)

    def test_rules_in_another_order_change_policies_and_due_times(self):
        urgent = self.env.ref("social_routing.policy_urgent")
        normal = self.env.ref("social_routing.policy_normal")
        self.rule("[('kind', '=', 'post')]", policy_id=urgent.id, sequence=1)
        self.rule("[('needs_answer', '>', 0)]", policy_id=normal.id, sequence=2)
        self.conversation(QUESTION)
        draft = self.draft()
        first = draft.rule_ids.filtered(lambda rule: rule.policy_id == urgent)
        first.filtered(lambda rule: rule.sequence == 1).sequence = 3
        [line] = self.run_replay(draft)
        self.assertTrue(line.changed)
        policies = (line.before_policy_id, line.after_policy_id)
        self.assertEqual(policies, (urgent, normal))
        self.assertLess(line.before_due, line.after_due)
        told = html.fromstring(draft.report).text_content()
        self.assertIn("Due later", told)
        self.assertNotIn("Due earlier", told)

    def test_what_would_change_is_told(self):
        self.conversation(QUESTION)
        remark = self.conversation(REMARK).routing_case_id
        draft = self.draft()
        team = self.make_team("Weather")
        self.draft_rule(draft, "[('text', 'ilike', 'sunny')]", team_id=team.id)
        [changed] = self.run_replay(draft).filtered("changed")
        self.assertEqual(changed.case_id, remark)
        self.assertEqual(changed.before_outcome, "watch")
        self.assertEqual(changed.after_outcome, "ticket")
        self.assertEqual(changed.after_team_id, team)
        self.assertIn("no rule matched", changed.before_explanation)
        words = html.fromstring(changed.after_explanation).text_content()
        self.assertIn("Ticket for the team “Weather”", words)
        self.assertIn("the rule “Drafted” matched first", words)
        told = html.fromstring(draft.report).text_content()
        self.assertIn("2 decisions were replayed: 1 would come out differently", told)
        self.assertIn("Ticket: Weather", told)
        self.assertEqual((draft.changed_count, draft.progress), (1, 100))

    def test_nothing_is_switched_on_by_trying(self):
        cases = self.various_cases()
        tickets = self.env["helpdesk.ticket"].search([])
        before = (cases.read(), tickets.read(), self.ticket(REMARK))
        draft = self.draft()
        draft.rule_ids.active = False
        self.draft_rule(draft, "[]", outcome="nothing", sequence=-1)
        lines = self.run_replay(draft)
        self.assertEqual(set(lines.mapped("after_outcome")), {"nothing"})
        self.env.invalidate_all()
        self.assertEqual((cases.read(), tickets.read()), before[:2])
        self.assertTrue(self.ticket(handle="@later"), "the live rules decide")
        self.assertEqual(tickets.search_count([]), len(tickets) + 1)

    def test_a_draft_holds_what_was_live(self):
        skills = self.env["hr.skill.type"].create(
            {
                "name": "Desk",
                "skill_ids": [Command.create({"name": "Press"})],
                "skill_level_ids": [Command.create({"name": "Good"})],
            }
        )
        self.env["res.lang"]._activate_lang("de_DE")
        rule = self.rule(
            "[]", skill_ids=[Command.create({"skill_id": skills.skill_ids.id})]
        )
        rule.with_context(lang="de_DE").name = "Probe"
        draft = self.draft()
        rulesets = self.env["social.routing.ruleset"]
        live = self.env["social.routing.rule"]._live(self.env.company)
        self.assertEqual(draft.rule_ids.origin_id, live)
        self.assertEqual(rulesets._text(draft.rule_ids), rulesets._text(live))
        german = draft.with_context(lang="de_DE")
        self.assertIn("Probe", german.rule_ids.mapped("name"))
        self.assertEqual(rulesets._text(german.rule_ids), rulesets._text(live))

    def test_publishing_puts_the_draft_in_place(self):
        tag = self.env["helpdesk.ticket.tag"].create({"name": "Sunny"})
        gone = self.rule("[('text', 'ilike', 'nobody says this')]", name="Gone")
        self.conversation(REMARK)
        draft = self.draft()
        live = self.env["social.routing.rule"]._live(self.env.company)
        draft.rule_ids.filtered(lambda r: r.name == "Gone").unlink()
        needs = draft.rule_ids.filtered(lambda r: r.name == "Needs an answer")
        needs.write({"name": "Asks", "tag_ids": tag.ids, "adjustment": 5})
        added = self.draft_rule(draft, "[('text', 'ilike', 'sunny')]")
        self.run_replay(draft)
        draft.action_publish()
        now = self.env["social.routing.rule"]._live(self.env.company)
        self.assertEqual(now, (live - gone + added).sorted())
        self.assertFalse(gone.active)
        asks = self.env.ref("social_routing.rule_needs_answer")
        self.assertEqual((asks.name, asks.tag_ids, asks.adjustment), ("Asks", tag, 5))
        self.assertEqual(self.conversation(REMARK).routing_case_id.rule_id, added)
        self.assertEqual(self.ticket(handle="@b").tag_ids, tag)
        self.assertEqual(draft.state, "published")
        for again in (draft.action_publish, draft.action_replay):
            with self.assertRaisesRegex(UserError, "published already"):
                again()

    def test_a_draft_overtaken_by_others_is_not_published(self):
        draft = self.draft()
        self.rule("[]", outcome="nothing")
        with self.assertRaisesRegex(UserError, "has changed the rules since"):
            draft.action_publish()

    def test_an_edited_draft_says_that_its_replay_is_old(self):
        draft = self.draft()
        self.conversation()
        self.run_replay(draft)
        self.assertFalse(draft.changed_since)
        draft.rule_ids[0].adjustment = 3
        draft.invalidate_recordset()
        self.assertTrue(draft.changed_since)

    def test_a_broken_draft_is_not_replayed(self):
        draft = self.draft()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE social_routing_rule SET condition = '[oops' WHERE id = %s",
            draft.rule_ids[0].ids,
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "can't be used"):
            draft.action_replay()

    def test_what_is_not_known_any_more_is_counted_and_not_guessed(self):
        case = self.conversation().routing_case_id
        self.conversation(REMARK)
        case.schema_version = 0
        gone = self.conversation(handle="@gone").social_message_ids
        gone._gone(self.channel, [gone.external_id])
        draft = self.draft()
        lines = self.run_replay(draft)
        self.assertEqual(lines.case_id.text, REMARK)
        self.assertEqual((draft.done_count, draft.unreplayable_count), (3, 2))
        self.assertIn("2 could not be replayed", draft.report)

    def test_the_period_counts(self):
        case = self.conversation().routing_case_id
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE social_routing_case SET create_date = '2020-05-05 23:59:59'"
        )
        self.env.invalidate_all()
        self.conversation(handle="@b")
        lines = self.run_replay(
            self.draft(date_from="2020-05-01", date_to="2020-05-05")
        )
        self.assertEqual(lines.case_id, case)
        draft = self.draft(date_from="2020-05-06", date_to="2020-05-06")
        self.assertFalse(self.run_replay(draft))
        self.assertFalse(draft.report)

    def test_in_slices_and_as_often_as_one_likes(self):
        for number in range(5):
            self.conversation(handle=f"@a{number}")
        draft = self.draft()
        with patch.object(social_routing_replay, "SLICE", 2):
            self.assertEqual(len(self.run_replay(draft)), 5)
            self.assertEqual(len(self.run_replay(draft)), 5)
        self.assertEqual((draft.done_count, draft.total_count), (5, 5))

    def test_a_replay_can_be_stopped(self):
        self.conversation()
        draft = self.draft()
        draft.action_replay()
        draft.action_stop()
        with self.enter_registry_test_mode():
            self.env.ref("social_routing.cron_replay").method_direct_trigger()
        self.assertEqual((draft.state, draft.done_count), ("draft", 0))

    def test_a_replay_that_fails_says_so(self):
        self.conversation()
        draft = self.draft()
        draft.action_replay()
        lines = type(self.env["social.routing.replay.line"])
        with (
            patch.object(lines, "_replayed", side_effect=ValueError("odd")),
            self.assertLogs("odoo.addons.social_routing", "ERROR"),
            self.enter_registry_test_mode(),
        ):
            self.env.ref("social_routing.cron_replay").method_direct_trigger()
        draft.invalidate_recordset()
        self.assertEqual((draft.state, draft.problem), ("failed", "odd"))
        self.run_replay(draft)

    def test_targets_met_and_missed(self):
        policy = self.quick_policy()
        self.env.company.resource_calendar_id.tz = "UTC"
        self.rule("[]", policy_id=policy.id)
        with self.at("2026-03-02 09:00:00"):  # a Monday
            ticket = self.ticket()
        with self.at("2026-03-02 11:00:00"):
            ticket._answered()
        self.assertEqual(ticket.first_response_state, "met")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE social_routing_case SET create_date = '2026-03-02 09:00:00'"
        )
        self.env.invalidate_all()
        stricter = self.env["social.response.policy"].create(
            {"name": "Quicker", "first_response_hours": 1}
        )
        draft = self.draft(date_from="2026-03-01", date_to="2026-03-31")
        [rule] = draft.rule_ids.filtered(lambda r: r.policy_id == policy)
        [line] = self.run_replay(draft)
        self.assertEqual((line.before_target, line.after_target), ("met", "met"))
        rule.policy_id = stricter
        [line] = self.run_replay(draft)
        self.assertEqual((line.before_target, line.after_target), ("met", "missed"))
        self.assertIn("First answers", draft.report)
        self.assertIn("Quicker", draft.report)

    def test_load_of_agents(self):
        """Three tickets of a team went to one agent; the draft gives two elsewhere."""
        first, second, third = (
            self.make_user(f"social_{name}", "social_engagement.group_social_user")
            for name in ("first", "second", "third")
        )
        team = self.make_team(
            "Weather", routing_mode="pull", user_ids=(second + third).ids
        )
        self.env["social.routing.agent"].create(
            [{"user_id": user.id} for user in (first, second, third)]
        )
        for number in range(3):
            text = "Is it sunny there?" if number else QUESTION
            self.ticket(text, handle=f"@a{number}").user_id = first
        draft = self.draft()
        self.draft_rule(draft, "[('text', 'ilike', 'sunny')]", team_id=team.id)
        with patch.object(social_routing_replay, "SLICE", 2):
            lines = self.run_replay(draft)
        self.assertEqual(lines.before_agent_id, first)
        self.assertEqual(lines[0].after_agent_id, first, "it stays where it was")
        self.assertEqual(lines[1:].after_agent_id, second + third, "one each")
        told = html.fromstring(draft.report).text_content()
        self.assertIn("Simulated", told)

    def test_other_companies_stay_out(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self.rule("[]", company_id=company.id)
        channel = self.make_channel(name="Theirs", company_id=company.id)
        self.receive(self.payload(QUESTION), feed=self.make_feed(channel))
        case = self.conversation().routing_case_id
        draft = self.draft()
        self.assertNotIn(theirs, draft.rule_ids.origin_id)
        self.assertEqual(self.run_replay(draft).case_id, case)

    def test_rights(self):
        self.conversation()
        draft = self.draft()
        line = self.run_replay(draft)
        for user in (
            self.agent,
            self.make_user("employee"),
            self.env.ref("base.public_user"),
        ):
            for records in (draft, line):
                with self.assertRaises(AccessError):
                    records.with_user(user).read(["create_date"])
            with self.assertRaises(AccessError):
                draft.with_user(user).action_replay()
            with self.assertRaises(AccessError):
                draft.with_user(user).action_publish()
        for values in ({"state": "published"}, {"changed_count": 0}):
            with self.assertRaises(AccessError):
                draft.write(values)
        with self.assertRaises(AccessError):
            line.with_user(self.manager).changed = True

    def test_forms_open(self):
        self.conversation()
        draft = self.draft()
        line = self.run_replay(draft)
        Form(draft)
        Form(line.with_user(self.manager))
        Form(draft.rule_ids[0])
        with Form(self.env["social.routing.replay"].with_user(self.manager)) as form:
            form.name = "Mine"
        action = draft.action_edit_rules()
        self.assertEqual(
            self.env["social.routing.rule"].search(action["domain"]), draft.rule_ids
        )
        self.assertEqual(draft.action_view_changed()["domain"][0][2], draft.id)
