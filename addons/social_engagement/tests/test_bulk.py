from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models import placeholders
from ..networks.base import NetworkError, Reason
from .common import SocialCase


@tagged("post_install", "-at_install")
class TestBulk(SocialCase):
    """The same for many conversations at once."""

    def conversations(self, count, **values):
        messages = self.receive(
            *(
                self.payload(f"Post {n}", handle=f"@fan{n}", **values)
                for n in range(count)
            )
        )
        return messages.conversation_id.with_user(self.agent)

    def prepare(self, conversations, text="Dear {name}, we know of it."):
        action = conversations.action_answer_many()
        bulk = self.env["social.bulk.answer"].browse(action["res_id"])
        bulk = bulk.with_user(self.agent)
        bulk.text = text
        return bulk

    def give(self):
        self.run_job("cron_bulk_answer")
        self.env.invalidate_all()

    def answers(self):
        return self.env["social.message"].search([("direction", "=", "outbound")])

    # ------------------------------------------------------------------
    # One answer to many
    # ------------------------------------------------------------------

    def test_another_language_than_the_customers_warns(self):
        conversations = self.conversations(2)
        conversations[0].sudo().language = "de"
        bulk = self.prepare(
            conversations, "Dear {name}, we are sorry and will look into it at once."
        )
        self.assertEqual(bulk.other_language_count, 1)
        [warned] = bulk.line_ids.filtered("warning")
        self.assertEqual(warned.conversation_id, conversations[0])
        self.assertIn("German", warned.warning)
        bulk.text = "Liebe Kundin, wir kümmern uns sofort um Ihr Anliegen."
        self.assertEqual(bulk.line_ids.filtered("warning"), bulk.line_ids - warned)

    def test_each_is_answered_in_its_own_words(self):
        before = self.answers()
        bulk = self.prepare(self.conversations(3))
        self.assertEqual(
            bulk.line_ids.mapped("text"),
            [f"Dear Fan{n}, we know of it." for n in range(3)],
        )
        self.assertEqual(self.answers(), before)  # nothing before it is wanted
        bulk.action_start()
        self.assertEqual(self.answers(), before)  # the job does it
        self.give()
        self.assertEqual(bulk.state, "done")
        self.assertEqual(bulk.given_count, 3)
        self.assertEqual(bulk.progress, 100)
        self.assertTrue(bulk.is_on_its_way)
        self.assertEqual(set(bulk.line_ids.mapped("outcome")), {"sending"})
        self.assertEqual((bulk.sending_count, bulk.sent_count), (3, 0))
        answers = self.answers() - before
        self.assertEqual(len(answers), 3)
        self.assertEqual(answers.user_id, self.agent)
        self.send()
        self.env.invalidate_all()
        self.assertEqual(set(bulk.line_ids.mapped("delivery_state")), {"sent"})
        self.assertEqual(set(bulk.line_ids.mapped("outcome")), {"sent"})
        self.assertEqual((bulk.sending_count, bulk.sent_count), (0, 3))
        self.assertFalse(bulk.is_on_its_way)
        self.assertEqual(len(self.script.sent), 3)

    def test_repeated_it_sends_nothing_twice(self):
        bulk = self.prepare(self.conversations(3))
        bulk.action_start()
        self.give()
        known = self.answers()
        # As after a crash that lost what the job had noted.
        bulk.sudo().line_ids.write({"state": "waiting", "message_id": False})
        bulk.sudo().state = "running"
        self.give()
        self.assertEqual(self.answers(), known)
        self.assertEqual(bulk.given_count, 3)

    def test_what_cant_be_answered_says_why_and_holds_up_nobody(self):
        first, second, third = self.conversations(3)
        second.social_message_ids.sudo().answerable = False
        bulk = self.prepare(first + second + third)
        bulk.action_start()
        self.give()
        self.assertEqual(bulk.line_ids.mapped("state"), ["given", "refused", "given"])
        self.assertTrue(bulk.line_ids[1].reason)
        self.assertFalse(bulk.line_ids[0].reason)
        second.social_message_ids.sudo().answerable = True
        bulk.action_try_again()
        self.give()
        self.assertEqual(set(bulk.line_ids.mapped("state")), {"given"})
        self.assertEqual(len(bulk.line_ids.message_id), 3)

    def test_a_name_that_makes_it_too_long_is_refused_alone(self):
        conversations = self.conversations(2)
        conversations[0].profile_id.sudo().name = "x" * 60
        bulk = self.prepare(conversations, "Dear {name}, " + "we know of it. " * 3)
        bulk.action_start()
        self.give()
        self.assertEqual(bulk.line_ids.mapped("state"), ["refused", "given"])
        self.assertIn("too long", bulk.line_ids[0].reason)

    def test_whoever_wrote_meanwhile_is_read_first(self):
        conversation = self.conversations(1)
        bulk = self.prepare(conversation)
        first = conversation.social_message_ids
        self.receive(
            self.payload("It works now", handle="@fan0", parent_id=first.external_id)
        )
        bulk.action_start()
        self.give()
        self.assertEqual(bulk.line_ids.state, "refused")
        self.assertIn("meanwhile", bulk.line_ids.reason)
        bulk.action_try_again()  # somebody has read it
        self.give()
        self.assertEqual(bulk.line_ids.state, "given")

    def test_what_the_network_refuses_shows(self):
        bulk = self.prepare(self.conversations(1))
        bulk.action_start()
        self.give()
        self.script.replies = [NetworkError(Reason.REFUSED, "no")]
        self.send()
        self.env.invalidate_all()
        self.assertEqual(bulk.line_ids.delivery_state, "failed")
        self.assertTrue(bulk.line_ids.failure_advice)

    def test_an_empty_answer_or_an_unknown_place_is_refused(self):
        bulk = self.prepare(self.conversations(1), " ")
        with self.assertRaises(UserError):
            bulk.action_start()
        bulk.text = "Dear {nmae}"
        with self.assertRaisesRegex(UserError, "nmae"):
            bulk.action_start()
        self.assertEqual(bulk.state, "draft")

    def test_its_text_stays_once_it_is_given(self):
        bulk = self.prepare(self.conversations(1))
        bulk.action_start()
        with self.assertRaises(UserError):
            bulk.text = "Something else"

    def test_nobody_forges_what_became_of_it(self):
        bulk = self.prepare(self.conversations(1))
        with self.assertRaises(AccessError):
            bulk.state = "done"
        with self.assertRaises(AccessError):
            bulk.line_ids.key = "mine"
        admin = self.env.ref("base.user_admin")
        made = self.env["social.bulk.answer"].with_user(self.agent)
        made = made.create({"text": "Hi", "user_id": admin.id, "state": "running"})
        self.assertEqual((made.user_id, made.state), (self.agent, "draft"))

    def test_agents_see_their_own_and_managers_all(self):
        bulk = self.prepare(self.conversations(1))
        other = self.make_user("other_agent", "social_engagement.group_social_user")
        boss = self.make_user("boss", "social_engagement.group_social_manager")
        with self.assertRaises(AccessError):
            bulk.with_user(other).read(["text"])
        with self.assertRaises(AccessError):
            bulk.line_ids.with_user(other).read(["reason"])
        self.assertTrue(bulk.with_user(boss).read(["text"]))

    def test_nobody_speaks_in_a_colleagues_name(self):
        manager = self.make_user("boss", "social_engagement.group_social_manager")
        bulk = self.prepare(self.conversations(1))
        with self.assertRaises(AccessError):
            bulk.with_user(manager).text = "What the manager would have said"
        with self.assertRaises(AccessError):
            bulk.with_user(manager).action_start()
        with self.assertRaises(AccessError):
            bulk.with_user(manager).action_try_again()
        self.assertEqual(bulk.state, "draft")

    def test_what_authors_call_themselves_names_nobody_and_leads_nowhere(self):
        conversation = self.conversations(1)
        conversation.profile_id.sudo().name = "@rival https://evil.example {agent}"
        bulk = self.prepare(conversation)
        text = bulk.line_ids.text
        for mark in ("@", ":", "/", "{"):
            self.assertNotIn(mark, text)
        self.assertIn("rival", text)

    def test_it_is_given_with_the_rights_of_who_started_it(self):
        bulk = self.prepare(self.conversations(1))
        bulk.action_start()
        group = self.env.ref("social_engagement.group_social_user")
        self.agent.group_ids -= group
        self.give()
        self.assertEqual(bulk.sudo().line_ids.state, "refused")

    def test_five_hundred_go_in_batches(self):
        conversations = self.conversations(120)
        bulk = self.prepare(conversations, "We know of it.")
        bulk.action_start()
        self.give()
        self.assertEqual(bulk.given_count, 120)

    def test_places(self):
        values = {"name": "Ann {handle}"}
        self.assertEqual(
            placeholders.fill("{name} {other} {} {name.x}", values),
            "Ann {handle} {other} {} {name.x}",
        )
        self.assertEqual(placeholders.unknown("{a} {name} {a}", values), ["a"])

    # ------------------------------------------------------------------
    # The others
    # ------------------------------------------------------------------

    def test_assign_and_tag(self):
        conversations = self.conversations(3)
        topics = self.env["social.topic"].create([{"name": "Fire"}, {"name": "Ice"}])
        conversations[0].sudo().topic_ids = topics[1]
        conversations[0].social_message_ids.sudo().topic_ids = topics[1]
        context = conversations.action_change()["context"]
        model = self.env["social.conversation.change"].with_user(self.agent)
        change = model.with_context(**context).create({"topic_ids": topics[0].ids})
        change.action_apply()
        self.assertFalse(conversations.user_id)  # left empty: stays
        self.assertEqual(conversations[0].topic_ids, topics)
        self.assertEqual(conversations[1].topic_ids, topics[0])
        change.write({"user_id": self.agent.id, "topic_ids": [(5,)]})
        change.action_apply()
        self.assertEqual(conversations.user_id, self.agent)
        self.assertEqual(conversations[0].topic_ids, topics)

    def test_close_many(self):
        conversations = self.conversations(3)
        conversations[:2].action_solve()
        conversations[2].action_no_action()
        self.assertEqual(
            conversations.mapped("state"), ["solved", "solved", "no_action"]
        )

    def test_spam_needs_no_action_and_teaches(self):
        conversations = self.conversations(2)
        conversations.action_spam()
        self.assertEqual(set(conversations.mapped("state")), {"no_action"})
        labels = conversations.social_message_ids.label_ids
        said = labels.filtered(lambda label: label.task == "needs_answer")
        self.assertEqual(said.mapped("value"), ["0", "0"])
        self.assertEqual(set(said.mapped("source")), {"agent"})
