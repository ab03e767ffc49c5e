from functools import partial

from .rights import RightsCase

#: Routes for who works in a record's chatter, and what they want beside the record.
ON_DESK = {
    "/social_engagement/answer": {"body": "Hi", "key": "k"},
    "/social_engagement/answer/checks": {"body": "Hi"},
    "/social_engagement/answer/suggestions": {},
    "/social_engagement/presence": {"state": "reading", "tab": "1"},
}

#: What methods want beside the record.
ARGUMENTS = {
    "reason": "So",
    "kind": "hour",
    "task": "sentiment",
    "value": "neutral",
    "ids": [],
    "thread_model": "social.conversation",
    "thread_id": 1,
    "token": "t",
    "key": "k",
}

#: Methods for everybody: of one's own notices; and those that only say which window to
#: open, where everybody finds what they may read.
HARMLESS = {
    "notify_cancel_by_type",
    "action_change",
    "action_choose",
    "action_view_conversations",
    "action_view_costs",
    "action_view_failed_intake",
    "action_view_messages",
}

NOTHING = ("", "", "")
READ = ("r", "r", "r")
OWN = ("rwcu", "rwcu", "rwcu")  # wizards, each for who opened it
MANAGED = ("", "r", "r")


class TestRights(RightsCase):
    addon = "social_engagement"
    rights = {
        "social.action": READ,
        "social.bulk.answer": ("rwc", "rwc", "rwc"),
        "social.bulk.answer.line": READ,
        "social.channel": ("r", "r", "rwcu"),
        "social.channel.choice": ("", "", "rwcu"),
        "social.channel.connect": ("", "", "rwcu"),
        "social.channel.cost": MANAGED,
        "social.channel.session": NOTHING,
        "social.channel.test": ("", "", "rwcu"),
        "social.channel.test.line": ("", "", "rwcu"),
        "social.conversation": ("rw", "rw", "rw"),
        "social.conversation.change": OWN,
        "social.erased": NOTHING,
        "social.feed": ("r", "r", "rwcu"),
        "social.identity": READ,
        "social.identity.evidence": READ,
        "social.influence.due": NOTHING,
        "social.influence.value": READ,
        "social.intake": ("", "", "rw"),
        "social.interaction": READ,
        "social.label": ("r", "ru", "ru"),
        "social.learner": ("", "rw", "rw"),
        "social.macro": ("r", "rwcu", "rwcu"),
        "social.message.media": READ,
        "social.message": READ,
        "social.message.band": NOTHING,
        "social.message.decision": OWN,
        "social.privacy.log": MANAGED,
        "social.privacy.request": ("", "rwcu", "rwcu"),
        "social.profile": ("rw", "rw", "rw"),
        "social.sign.in": NOTHING,
        "social.timeline.backfill": NOTHING,
        "social.timeline.entry": NOTHING,
        "social.topic": ("r", "rwcu", "rwcu"),
        "social.topic.suggestion": ("", "rw", "rw"),
        "social.topic.words": ("r", "rwcu", "rwcu"),
        "social.undo": NOTHING,
    }
    # words and topics of no company are for all
    shared = {"social.macro", "social.topic", "social.topic.words"}
    # of whom it comes and how often, not what was said
    open_to_agents = {
        "social.channel",
        "social.feed",
        "social.identity",
        "social.influence.value",
        "social.interaction",
        "social.macro",
        "social.profile",
        "social.topic",
        "social.topic.words",
    }
    without_sample = {
        "social.bulk.answer",
        "social.bulk.answer.line",
        "social.conversation.change",
        "social.macro",
        "social.message.decision",
        "social.channel.choice",
        "social.channel.connect",
        "social.channel.cost",
        "social.channel.session",
        "social.channel.test",
        "social.channel.test.line",
        "social.erased",
        "social.undo",
        "social.identity",
        "social.identity.evidence",
        "social.influence.due",
        "social.learner",
        "social.privacy.log",
        "social.privacy.request",
        "social.sign.in",
        "social.timeline.backfill",
        "social.timeline.entry",
        "social.topic.suggestion",
    }

    def test_every_model_is_decided_about(self):
        self.check_decided()

    def test_groups(self):
        self.check_groups()

    def test_strangers(self):
        self.check_strangers()

    def test_other_companies(self):
        self.check_other_companies()

    def test_direct_messages(self):
        self.check_direct()

    def test_rpc(self):
        self.check_rpc()

    def test_methods(self):
        self.assertIn("action_like", self.check_methods(ARGUMENTS, HARMLESS))

    def test_routes(self):
        self.check_routes(
            {
                **{
                    path: partial(self.on_desk, path, **params)
                    for path, params in ON_DESK.items()
                },
                "/rate/<string:token>/<int:rate>": self.rating,
                "/social_engagement/deletion/<string:token>": self.deletion,
                "/social_engagement/oauth": self.oauth,
                "/social_engagement/webhook/<string:token>": self.webhook,
            }
        )

    def on_desk(self, path, **more):
        post = self.env["social.message"].search([("kind", "=", "direct")], limit=1)
        for thread in (post.conversation_id, post.conversation_id._desk_thread()):
            params = {"thread_model": thread._name, "thread_id": thread.id, **more}
            yield self.url_open(path, json={"params": params})

    def rating(self):
        yield self.url_open("/rate/guessed/5")

    def deletion(self):
        yield self.url_open("/social_engagement/deletion/guessed")
        yield self.url_open("/social_engagement/deletion/guessed", data={"x": "y"})

    def webhook(self):
        yield self.url_open("/social_engagement/webhook/guessed")
        yield self.url_open("/social_engagement/webhook/guessed", data={"x": "y"})

    def oauth(self):
        """Changes nothing without the state of a sign-in that the same user began, and
        only leads on to the channels.
        """
        before = self.channel.read()
        self.url_open(
            "/social_engagement/oauth?state=guessed&code=x", allow_redirects=False
        )
        self.env.invalidate_all()
        self.assertEqual(self.channel.read(), before)
        return ()
