from operator import itemgetter

from odoo import Command, api, models

MOOD_STEP = 0.3  # a change of the mood smaller than this is none
#: What a conversation tells of its author's last post.
LAST_WORDS = ("language", "sentiment", "sentiment_label", "needs_answer")


class SocialConversation(models.Model):
    """What a conversation tells of its posts."""

    _inherit = "social.conversation"

    def _summary(self, messages, overtaken=None):
        """The fields that sum up this conversation, or a new one when empty, together
        with messages that are new.

        :param messages: values of social.message, oldest first
        :param overtaken: the author's messages that are here already, where some of
            the new ones were posted before them (:meth:`_overtaken`)
        """
        if overtaken is None:
            told = messages
            course = mood_course(messages, self.turns_scored, self.sentiment_first)
        else:
            told = sorted([*overtaken, *messages], key=itemgetter("posted_at"))
            course = mood_course(told)
        moments = [messages[-1]["posted_at"], self.last_message_at]
        return {
            **{name: told[-1][name] for name in LAST_WORDS},
            **course,
            "message_count": self.message_count + len(messages),
            "last_message_at": max(filter(None, moments)),
            "topic_ids": [link for m in messages for link in m["topic_ids"]],
        }

    @api.model
    def _overtaken(self, said_more):
        """What is here of those conversations in which a post arrives after later ones.

        :param said_more: conversation → values of its new messages, oldest first
        :return: conversation → its author's messages, that may be none
        """
        late = self.browse(
            conversation.id
            for conversation, messages in said_more.items()
            if conversation.last_message_at
            and messages[0]["posted_at"] < conversation.last_message_at
        )
        if not late:
            return {}
        nothing = self.env["social.message"]
        return dict.fromkeys(late, nothing) | late._said_here()

    def _sum_up(self):
        """Brings up to date what conversations tell of their posts."""
        for conversation, posts in self._said_here().items():
            conversation.write(
                {
                    **{name: posts[-1][name] for name in LAST_WORDS},
                    **mood_course(posts),
                    "topic_ids": [Command.set(_topics_said(posts).ids)],
                }
            )

    def _said_here(self):
        """What the authors of these conversations said that is still there, oldest
        first: conversation → social.message. Read without their texts.
        """
        said = self.env["social.message"].search_fetch(
            [
                ("conversation_id", "in", self.ids),
                ("direction", "=", "inbound"),
                ("gone_at", "=", False),
            ],
            ["conversation_id", "posted_at", *LAST_WORDS],
            order="posted_at, id",
        )
        return said.grouped("conversation_id")


def _topics_said(posts):
    """The topics of a conversation: of all its posts, but where an agent said what one
    is about, of that one and those that came after it.

    :param posts: social.message, oldest first
    """
    said = posts.label_ids.filtered(
        lambda label: label.task == "topic" and label.source == "agent"
    )
    last = posts.filtered(lambda post: post in said.message_id)[-1:]
    since = last.posted_at or posts[0].posted_at
    return posts.filtered(lambda post: post.posted_at >= since).topic_ids


def mood_course(messages, scored=0, first=0.0):
    """The fields of a conversation that tell how its author's mood changed; none when
    no post has a mood.

    :param messages: values of social.message, oldest first
    :param scored: how many posts with a mood came before them
    :param first: the mood −1…1 of the first of those
    """
    judged = [m for m in messages if m["sentiment_label"]]
    if not judged:
        return {}
    moods = [m["sentiment"] for m in judged]
    first = first if scored else moods[0]
    scored += len(moods)
    change = moods[-1] - first
    course = "better" if change >= MOOD_STEP else "worse"
    course = course if abs(change) >= MOOD_STEP else "same"
    if course == "better" and judged[-1]["sentiment_label"] == "negative":
        course = "same"  # less angry is not content
    return {
        "turns_scored": scored,
        "sentiment_first": first,
        "sentiment_change": change,
        "mood_course": course if scored > 1 else False,
    }
