from datetime import timedelta

from lxml.html import fromstring

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase

from .common import SocialCase
from .test_direct import unrouted

WORD = "Xylophonkonzert"


class RatingCase(SocialCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel.write({"ask_rating": True, "rating_question": "How was it?"})

    def setUp(self):
        super().setUp()
        unrouted(self)
        self.patch(self.channel._network(), "max_length", 1000)
        self.channel.max_length = 1000

    def solved(self, text=f"My {WORD} is here", kind="direct", answered=True, **values):
        """A conversation that was answered and then solved, a while ago."""
        moment = fields.Datetime.now() - timedelta(hours=2)
        at = moment.isoformat() + "+00:00"
        post = self.receive(self.payload(text, kind=kind, at=at, **values))
        conversation = post.conversation_id
        if answered:
            post.with_user(self.agent)._answer("Here you are")
            self.send()
        conversation.state = "solved"
        return conversation

    def ask(self):
        """An hour later."""
        self.env.flush_all()
        asked = self.env["social.conversation"].search([("rating_ask_at", "!=", False)])
        asked.rating_ask_at = fields.Datetime.now()
        self.env.flush_all()
        self.run_job("cron_rating")
        self.env.invalidate_all()

    def questions(self):
        said = [("direction", "=", "outbound"), ("body", "like", "/rate/")]
        return self.env["social.message"].search(said)


class TestRating(RatingCase):
    def test_it_needs_no_approval_and_carries_no_agents_words(self):
        conversation = self.solved()
        self.channel.write({"approval": "all", "signature": "name"})
        conversation.needs_approval = True
        self.agent.name = "Buy at evil.example"
        self.ask()
        question = self.questions()
        self.assertEqual(question.delivery_state, "queued")
        self.assertNotIn(self.agent.name, question.body)
        self.send()
        self.assertEqual(question.delivery_state, "sent")
        self.assertEqual(conversation.state, "solved")

    def test_the_question_goes_out_where_it_was_answered(self):
        conversation = self.solved()
        self.assertFalse(self.questions())
        self.assertGreater(conversation.rating_ask_at, fields.Datetime.now())
        self.ask()
        question = self.questions()
        rating = conversation.rating_ids
        self.assertEqual(rating.rated_partner_id, self.agent.partner_id)
        self.assertIn("How was it? http", question.body)
        self.assertIn(f"/rate/{rating.access_token}/5", question.body)
        self.assertGreaterEqual(len(rating.access_token), 32)
        self.assertEqual(question.conversation_id, conversation)
        self.assertTrue(question.is_private)
        self.assertEqual(conversation.state, "solved", "asking opens nothing")
        self.send()
        self.assertEqual(question.delivery_state, "sent")

    def test_once(self):
        conversation = self.solved()
        self.ask()
        conversation.state = "open"
        conversation.state = "solved"
        self.ask()
        self.solved(f"Another {WORD} here")
        self.ask()
        self.assertEqual(len(self.questions()), 1)
        self.env.cr.execute(
            "UPDATE rating_rating SET create_date = create_date - interval '31 days'"
        )
        self.solved(f"A third {WORD} here")
        self.ask()
        self.assertEqual(len(self.questions()), 2)

    def test_who_comes_back_is_not_asked(self):
        conversation = self.solved()
        self.receive(
            self.payload(
                "But wait, where is it?",
                kind="direct",
                parent_id=conversation.social_message_ids[-1].external_id,
            )
        )
        self.assertFalse(conversation.rating_ask_at)
        self.ask()
        self.assertFalse(self.questions())

    def test_who_is_left_alone(self):
        self.solved("I hate it, it is terrible!")
        self.solved("In public", handle="@bob", kind="post")
        self.solved("Nobody answered", handle="@cid", answered=False)
        self.solved("A robot here", author={"handle": "@dot", "is_bot": True})
        stopped = self.solved("Stopped here", handle="@eve").profile_id
        stopped.action_stop_processing()
        spam = self.solved("Spam here", handle="@fay")
        spam.social_message_ids.spam = 0.9
        self.ask()
        self.assertFalse(self.questions())

    def test_only_where_it_is_switched_on(self):
        self.channel.ask_rating = False
        self.assertFalse(self.solved().rating_ask_at)
        self.ask()
        self.assertFalse(self.questions())

    def test_what_colleagues_see_of_it(self):
        conversation = self.solved()
        self.ask()
        rating = conversation.rating_ids
        self.assertNotIn(WORD, rating.res_name)
        colleague = self.make_user("social_colleague")
        for user, may in ((self.agent, True), (colleague, False)):
            found = self.env["rating.rating"].with_user(user)
            self.assertEqual(bool(found.search([("id", "=", rating.id)])), may)
        self.channel.direct_user_ids = self.env.ref("base.user_admin")
        with self.assertRaises(AccessError):
            rating.with_user(self.agent).read(["feedback"])


class TestRatingPage(RatingCase, HttpCase):
    def test_a_customer_answers(self):
        conversation = self.solved()
        self.ask()
        token = conversation.rating_ids.access_token
        page = self.url_open(f"/rate/{token}/5")
        self.assertEqual(page.status_code, 200)
        csrf = page.text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
        self.assertIn("only then it counts", page.text)
        self.assertNotIn("Thank you for rating", page.text)
        for secret in (WORD, "Ann", "Here you are", self.channel.name):
            self.assertNotIn(secret, page.text)
        answer = self.url_open(
            f"/rate/{token}/submit_feedback",
            data={"rate": "3", "feedback": "So so", "csrf_token": csrf},
        )
        self.assertEqual(answer.status_code, 200)
        self.assertNotIn(WORD, answer.text)
        self.env.invalidate_all()
        self.assertEqual(conversation.rating_last_value, 3)
        self.assertEqual(conversation.rating_last_feedback, "So so")
        again = self.url_open(f"/rate/{token}/5").text
        self.assertIn("This is what you told us", again)
        form = fromstring(again)
        chosen = form.xpath("//input[@name='rate'][@checked]/@value")
        self.assertEqual(chosen, ["3"])
        self.assertEqual(form.xpath("//textarea")[0].text_content().strip(), "So so")

    def test_others_learn_nothing(self):
        conversation = self.solved()
        self.ask()
        token = conversation.rating_ids.access_token
        for guess in ("0" * 32, token[:-1], conversation.id):
            self.assertEqual(self.url_open(f"/rate/{guess}/5").status_code, 404)
        self.make_user("social_colleague")
        self.authenticate("social_colleague", "social_colleague")
        self.assertNotIn(WORD, self.url_open(f"/rate/{token}/5").text)
