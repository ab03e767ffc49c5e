from datetime import datetime, timedelta

from ..models.social_conversation import subject
from .common import START, SocialCase


class TestConversation(SocialCase):
    # ------------------------------------------------------------------
    # Threads
    # ------------------------------------------------------------------

    def test_a_chain_of_answers_is_one_conversation(self):
        one = self.payload("Where is it?")
        two = self.payload("Hello?", parent_id=one["id"])
        three = self.payload("Anyone?", parent_id=two["id"])
        messages = self.receive(one, two) + self.receive(three)
        conversation = messages.conversation_id
        self.assertEqual(len(conversation), 1)
        self.assertEqual(conversation.message_count, 3)
        self.assertEqual(conversation.name, "Where is it?")
        self.assertEqual(conversation.last_message_at, messages[2].posted_at)

    def test_the_networks_own_key_joins_posts(self):
        messages = self.receive(self.payload(thread_id="t"))
        messages += self.receive(self.payload(thread_id="t", parent_id="unseen"))
        self.assertEqual(len(messages.conversation_id), 1)

    def test_one_author_two_threads(self):
        messages = self.receive(self.payload("One"), self.payload("Two"))
        self.assertEqual(len(messages.conversation_id), 2)
        self.assertEqual(len(messages.profile_id), 1)

    def test_two_authors_one_thread(self):
        one = self.payload("One")
        two = self.payload("Me too", handle="@ben", parent_id=one["id"])
        three = self.payload("And still", parent_id=two["id"])
        messages = self.receive(one, two, three)
        self.assertEqual(len(messages.conversation_id), 2)
        self.assertEqual(messages[0].conversation_id, messages[2].conversation_id)
        self.assertEqual(len(set(messages.conversation_id.mapped("thread_key"))), 1)

    def test_an_answer_to_our_answer_goes_on_with_the_conversation(self):
        [message] = self.receive(self.payload("Where is it?"))
        answer = message.with_user(self.agent)._answer("There!")
        self.send()
        [further] = self.receive(
            self.payload("No.", parent_id=answer.external_id),
        )
        self.assertEqual(further.conversation_id, message.conversation_id)

    def test_an_answer_that_arrives_before_its_post(self):
        one = self.payload("Where is it?")
        two = self.payload("Hello?", parent_id=one["id"])
        messages = self.receive(two) + self.receive(one)
        self.assertEqual(len(messages.conversation_id), 1)

    def test_an_answer_before_its_post_which_is_itself_an_answer(self):
        one = self.payload("Where is it?", parent_id="unseen")
        two = self.payload("Hello?", parent_id=one["id"])
        messages = self.receive(two) + self.receive(one)
        self.assertEqual(len(messages.conversation_id), 1)

    def test_a_batch_in_any_order(self):
        one = self.payload("Where is it?")
        two = self.payload("Hello?", parent_id=one["id"])
        messages = self.receive(two, one)
        self.assertEqual(len(messages.conversation_id), 1)
        self.assertEqual(messages.conversation_id.name, "Where is it?")

    def test_an_old_post_leaves_the_time_of_the_last(self):
        one = self.payload("Where is it?")
        two = self.payload("Hello?", parent_id=one["id"])
        [last] = self.receive(two)
        self.receive(one)
        self.assertEqual(last.conversation_id.last_message_at, last.posted_at)

    def test_two_channels_are_two_conversations(self):
        other = self.make_feed(self.make_channel(name="Other"))
        payload = self.payload()
        messages = self.receive(payload) + self.receive(payload, feed=other)
        self.assertEqual(len(messages.conversation_id), 2)
        self.assertEqual(len(messages.profile_id), 1, "the author is the same")

    def test_the_time_of_a_post_is_kept_in_utc(self):
        zoned = self.payload(at="2026-06-01T12:00:00+02:00")
        [message] = self.receive(zoned)
        self.assertEqual(message.posted_at, datetime(2026, 6, 1, 10))

    # ------------------------------------------------------------------
    # States
    # ------------------------------------------------------------------

    def test_a_further_post_opens_it_again(self):
        one = self.payload("Where is it?")
        conversation = self.receive(one).conversation_id
        self.assertEqual(conversation.state, "new")
        for state, text, after in (
            ("waiting", "Thanks", "open"),
            ("solved", "Thanks", "solved"),
            ("solved", "Thanks a lot, you are great!", "solved"),
            ("solved", "Where is my parcel?", "open"),
            ("open", "Thanks", "open"),
            ("new", "Thanks", "new"),
            ("no_action", "Nice weather today.", "no_action"),
            ("no_action", "Where is my parcel?", "open"),
        ):
            with self.subTest(state=state, text=text):
                conversation.state = state
                self.receive(self.payload(text, parent_id=one["id"]))
                self.assertEqual(conversation.state, after)

    def test_what_the_author_said_last_is_shown(self):
        one = self.payload("This is terrible, I hate it!")
        conversation = self.receive(one).conversation_id
        self.assertEqual(conversation.sentiment_label, "negative")
        self.receive(self.payload("I love it, wonderful!", parent_id=one["id"]))
        self.assertEqual(conversation.sentiment_label, "positive")

    def test_buttons(self):
        conversation = self.receive(self.payload()).conversation_id
        conversation = conversation.with_user(self.agent)
        for action, state in (
            ("solve", "solved"),
            ("open", "open"),
            ("no_action", "no_action"),
        ):
            getattr(conversation, f"action_{action}")()
            self.assertEqual(conversation.state, state)

    # ------------------------------------------------------------------
    # Subject
    # ------------------------------------------------------------------

    def test_subject(self):
        for values, expected in (
            ({"body": "Short"}, "Short"),
            ({"body": "Two\n\n lines"}, "Two lines"),
            ({"body": "Text", "title": "Title"}, "Title"),
            ({"body": " ", "url": "https://x.example"}, "https://x.example"),
            ({"body": ""}, "id-1"),
            ({"body": "word " * 40}, "word " * 14 + "word…"),
            ({"body": "x" * 200}, "x" * 79 + "…"),
            ({"body": "x" * 80}, "x" * 80),
        ):
            self.assertEqual(subject(external_id="id-1", **values), expected)
            self.assertLessEqual(len(expected), 80)

    # ------------------------------------------------------------------
    # The author
    # ------------------------------------------------------------------

    def by_ann(self, **author):
        author = {"handle": "@ann", "name": "Ann", "external_id": "1", **author}
        return self.receive(self.payload(author=author)).profile_id

    def test_the_author_is_followed_through_changes(self):
        profile = self.by_ann(followers=10, following=5, posts=3)
        small = profile.influence
        again = self.by_ann(handle="@anna", followers=1_000_000, following=5, posts=30)
        self.assertEqual(again, profile)
        self.assertEqual(profile.handle, "anna")
        self.assertGreater(profile.influence, small)
        self.assertEqual(
            profile.conversation_ids.mapped("influence"), 2 * [again.influence]
        )

    def test_figures_the_network_leaves_out_stay_as_last_known(self):
        profile = self.by_ann(followers=1_000_000, following=5, posts=3)
        influence = profile.influence
        self.by_ann(name="Anna")
        self.assertEqual(profile.name, "Anna")
        self.assertEqual((profile.followers, profile.influence), (1_000_000, influence))

    def test_a_score_shows_what_it_is_made_of(self):
        profile = self.by_ann(followers=1_000_000, following=5, posts=3)
        self.assertIn("1,000,000", profile.influence_bars[0]["sentence"])
        self.assertTrue(1 <= profile.influence <= 100)
        unknown = self.receive(self.payload(handle="@new")).profile_id
        self.assertIn("followers", unknown.unknown_figures)
        self.assertFalse(unknown.figures_at)
        self.assertLess(unknown.influence_confidence, profile.influence_confidence)

    def test_an_author_who_joined_is_known_by_name_and_handle(self):
        joined = (START - timedelta(days=400)).isoformat()
        profile = self.by_ann(created_at=joined)
        self.assertEqual(profile.joined_at, datetime(2024, 11, 27, 12))
        self.assertEqual(profile.display_name, "Ann (@ann)")
