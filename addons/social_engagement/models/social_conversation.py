from dataclasses import asdict

from odoo import api, fields, models

from ..networks.base import Reason
from ..networks.plaintext import undirected
from . import failure
from .forgery import check_form, check_writable

QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
}
SUBJECT_LENGTH = 80
NEEDS_ANSWER = 0.5  # from here on a post needs one


class SocialConversation(models.Model):
    """The exchange with one author in one thread."""

    _name = "social.conversation"
    _description = "Social Conversation"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "last_message_at desc, id desc"
    _mail_post_access = "read"

    name = fields.Char("Subject", required=True)
    channel_id = fields.Many2one(
        "social.channel", required=True, readonly=True, ondelete="cascade"
    )
    network = fields.Selection(related="channel_id.network", store=True)
    company_id = fields.Many2one(
        related="channel_id.company_id", store=True, index=True
    )
    profile_id = fields.Many2one(
        "social.profile",
        "Author",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    influence = fields.Integer(
        related="profile_id.influence", store=True, aggregator="avg"
    )
    partner_id = fields.Many2one(related="profile_id.partner_id", store=True)
    thread_key = fields.Char("Thread", required=True, readonly=True)
    state = fields.Selection(
        [
            ("new", "New"),
            ("open", "Open"),
            ("waiting", "Waiting on Customer"),
            ("solved", "Resolved"),
            ("no_action", "Dismissed"),
        ],
        required=True,
        default="new",
        index=True,
        tracking=True,
    )
    user_id = fields.Many2one("res.users", "Agent", index="btree_not_null")
    social_message_ids = fields.One2many("social.message", "conversation_id")
    in_chatter = fields.Boolean(
        readonly=True,
        copy=False,
        help="Somebody works on it: its posts are in the chatter.",
    )
    is_worked_on_here = fields.Boolean(
        compute="_compute_is_worked_on_here",
        help="Unset: its posts are in the chatter of another record, like a ticket.",
    )
    message_count = fields.Integer("Posts", readonly=True)
    last_message_at = fields.Datetime("Last post", readonly=True, index=True)
    language = fields.Char(readonly=True)
    sentiment = fields.Float(
        "Sentiment Score",
        readonly=True,
        aggregator="avg",
        help="−1 to 1, of the author's last post.",
    )
    sentiment_label = fields.Selection(
        [("negative", "Negative"), ("neutral", "Neutral"), ("positive", "Positive")],
        "Sentiment",
        readonly=True,
    )
    topic_ids = fields.Many2many("social.topic", string="Topics", readonly=True)
    sentiment_first = fields.Float(
        readonly=True, aggregator="avg", help="−1 to 1, of the author's first post."
    )
    sentiment_change = fields.Float(
        readonly=True,
        aggregator="avg",
        help="−2 to 2: sentiment of the author's last post minus the first.",
    )
    turns_scored = fields.Integer("Posts with Sentiment", readonly=True)
    mood_course = fields.Selection(
        [("better", "Improving"), ("same", "Stable"), ("worse", "Declining")],
        "Sentiment Trend",
        readonly=True,
        help="How the sentiment changed from the author's first post to the last.",
    )
    needs_answer = fields.Float(
        "Needs an answer",
        readonly=True,
        aggregator="avg",
        help="0 to 1; from 0.5 on it needs an answer.",
    )

    _exchange_unique = models.UniqueIndex("(channel_id, thread_key, profile_id)")

    def write(self, vals):
        check_writable(self, vals)
        return super().write(vals)

    def onchange(self, values, field_names, fields_spec):
        check_form(self, values, field_names)
        return super().onchange(values, field_names, fields_spec)

    # ------------------------------------------------------------------
    # In
    # ------------------------------------------------------------------

    @api.model
    def _take_in(self, channel, posts, values, profiles):
        """Finds or makes the conversation each post belongs to, and brings it up to
        date.

        :param posts: list of :class:`Post`, oldest first
        :param values: the values of the social.message of each post;
            ``conversation_id`` is added to them
        :param profiles: their authors' profiles, by id
        """
        keys = self._thread_keys(channel, posts)
        exchanges = {}
        for post, message in zip(posts, values, strict=True):
            exchange = (message["profile_id"], keys[post.external_id])
            exchanges.setdefault(exchange, []).append((post, message))
        known = self.search(
            [
                ("channel_id", "=", channel.id),
                ("thread_key", "in", list({key for _profile, key in exchanges})),
            ]
        )
        conversations = {(c.profile_id.id, c.thread_key): c for c in known}
        said_more = {
            conversations[exchange]: [message for _post, message in said]
            for exchange, said in exchanges.items()
            if exchange in conversations
        }
        overtaken = self._overtaken(said_more)
        for conversation, messages in said_more.items():
            conversation._go_on(messages, overtaken.get(conversation))
        new = {e: said for e, said in exchanges.items() if e not in conversations}
        created = self.with_context(**QUIET).create(
            [
                {
                    **self._opening(channel, said[0][1]),
                    "channel_id": channel.id,
                    "network": channel.network,
                    "company_id": channel.company_id.id,
                    "profile_id": profile_id,
                    "influence": profiles[profile_id].influence,
                    "partner_id": profiles[profile_id].partner_id.id,
                    "thread_key": thread_key,
                    **self.browse()._summary([message for _post, message in said]),
                }
                for (profile_id, thread_key), said in new.items()
            ]
        )
        conversations.update(zip(new, created.with_env(self.env), strict=True))
        for exchange, said in exchanges.items():
            for _post, message in said:
                message["conversation_id"] = conversations[exchange].id

    def _go_on(self, messages, overtaken=None):
        """The author has said more: figures of the conversation, and whether it is open
        again. What needs no answer, like thanks, opens nothing that is done with; it
        stands in the conversation all the same.

        :param messages: values of the new messages, oldest first
        :param overtaken: the author's messages that are here, where some of the new
            ones come after later ones
        """
        summary = self._summary(messages, overtaken)
        asks = any(m["needs_answer"] >= NEEDS_ANSWER for m in messages)
        if self.state == "waiting" or self.state in ("solved", "no_action") and asks:
            summary["state"] = "open"
        self.write(summary)

    def _follow_texts(self, messages, before):
        """Posts of this conversation read differently now, or are empty because their
        author deleted them: what was made from their texts follows. Once for all of
        them, so that a long thread that goes costs no more than one post.

        :param before: message → what it was: dict with ``subject`` (str) and ``html``
            (Markup)
        """
        for message in messages:
            subject_before = before[message]["subject"]
            if self.name == subject_before:
                for record in self._bear_subject(message):
                    _rename(record, subject_before, message._subject())
        self._sum_up()

    def _bear_subject(self, message):
        """The records that got this conversation's subject and follow it: list of
        single records.

        :param message: the post whose text changed
        """
        return [self]

    def _thread_keys(self, channel, posts):
        """What tells threads apart: the network's own key, else that of the post
        answered, else the post that began it.
        """
        parents = self.env["social.message"].search_fetch(
            [
                ("channel_id", "=", channel.id),
                ("external_id", "in", [p.parent_id for p in posts if p.parent_id]),
            ],
            ["external_id", "conversation_id"],
        )
        known = {p.external_id: p.conversation_id.thread_key for p in parents}
        orphans = [p for p in posts if p.parent_id and not known.get(p.parent_id)]
        begun = self._begun_by_answers(channel, orphans)
        keys = {}
        for post in posts:
            key = post.thread_id or known.get(post.parent_id)
            if not key and post.external_id not in begun:
                key = post.parent_id
            keys[post.external_id] = known[post.external_id] = key or post.external_id
        return keys

    def _begun_by_answers(self, channel, posts):
        """The ids of those posts whose answers arrived before them: the thread bears
        their name.
        """
        if not posts:
            return set()
        begun = self.search_fetch(
            [
                ("channel_id", "=", channel.id),
                ("thread_key", "in", [post.external_id for post in posts]),
            ],
            ["thread_key"],
        )
        return set(begun.mapped("thread_key"))

    def _route(self, messages):
        """What is to be done about new messages. Here: nothing; the routing add-on
        decides.

        :param messages: new inbound messages of these conversations
        """

    # ------------------------------------------------------------------
    # The desk
    # ------------------------------------------------------------------

    def _bring_to_desk(self):
        """Somebody begins to work on these conversations: their posts come into the
        chatter. What is only watched stays out of it, so that it stays small.
        """
        self.sudo().filtered(lambda c: not c.in_chatter).in_chatter = True
        self._show_in_chatter()

    def _show_in_chatter(self):
        """Puts the posts that are not in the chatter yet there, oldest first."""
        posts = self.env["social.message"].sudo()
        posts.search(
            [("conversation_id", "in", self.ids), ("mail_message_id", "=", False)],
            order="posted_at, id",
        )._show_in_chatter()

    @api.depends("in_chatter")
    def _compute_is_worked_on_here(self):
        for conversation in self:
            desk = conversation._desk_thread()
            conversation.is_worked_on_here = desk == conversation

    def _desk_thread(self):
        """The record in whose chatter the conversation is worked on."""
        self.ensure_one()
        return self

    def _social_conversation(self):
        return self if self._desk_thread() == self else self.browse()

    def _composer_facts(self):
        """What the composer has to know before the agent types.

        :return: dict: ``network`` (technical), ``network_label``, ``handle`` of the
            author, ``may_answer`` (bool), ``advice`` (why not, or ""), ``url`` of the
            post, ``max_length`` (int, 0: none), ``counting`` (how length is counted),
            ``link_length`` (see :class:`.base.Identity`), ``may_split`` (bool: into
            several posts), ``prefix`` (text the network wants in front),
            ``visibility``, ``media`` (what files can go with it: dict with
            ``mime_types``, ``count``, ``max_bytes``; None: no files), and what
            :meth:`_drafting_facts` tells
        """
        self.ensure_one()
        target = self._answer_target()
        channel = self.channel_id.sudo()
        adapter = channel._network()
        advice = self._answer_obstacle(target)
        return {
            "network": channel.network,
            "network_label": channel.network_label,
            "handle": self.profile_id.handle or self.profile_id.name or "",
            "may_answer": not advice,
            "advice": advice,
            "url": target.url or "",
            "max_length": target and target.sudo()._length_limit() or 0,
            "counting": adapter.counting,
            "link_length": channel.link_length,
            "may_split": adapter.threads,
            "prefix": "" if advice else adapter.compose("", target.reply_ref or {}),
            "visibility": target.visibility or "",
            "media": adapter.media and asdict(adapter.media),
            **self._drafting_facts(target),
        }

    def _answer_obstacle(self, target):
        """Why the current user can't answer a post, and what to do instead; empty when
        nothing is in the way.
        """
        if not self.env.user.has_group("social_engagement.group_social_user"):
            return self.env._("Answering on social networks needs the right “Agent”.")
        if not self.has_access("write"):
            return self.env._("You may read this conversation, but not answer in it.")
        if not target:
            return self.env._("There is no post to answer yet.")
        if target.gone_at:
            return self.env._(
                "The author deleted this post: there is nothing to answer any more."
            )
        channel = self.channel_id.sudo()
        if not target.answerable or not channel.network_can_reply:
            return target.unanswerable_advice or failure.explain_unanswerable(
                self.env, "read_only"
            )
        if channel.state != "connected" or not channel.active:
            return self.env._(
                "%(channel)s is not connected. An administrator can connect it again.",
                channel=channel.name,
            )
        ends = self._window_ends(target.kind)
        if ends and ends <= fields.Datetime.now():
            return failure.explain(self.env, Reason.WINDOW_CLOSED)
        return ""

    def _window_ends(self, kind):
        """Until when (naive, UTC) the network takes answers to posts of a kind here:
        counted from the author's last one; None when there is no such limit.
        """
        window = self.channel_id.sudo()._network().window.get(kind)
        if not window:
            return None
        last = self.env["social.message"].search(
            [
                ("conversation_id", "=", self.id),
                ("direction", "=", "inbound"),
                ("kind", "=", kind),
            ],
            limit=1,
        )
        return last.posted_at + window

    def _answer_target(self):
        """The post an answer goes under: the author's last that is still there."""
        posts = self.env["social.message"]
        said = [("conversation_id", "in", self.ids), ("direction", "=", "inbound")]
        there = [("gone_at", "=", False)]
        return posts.search(said + there, limit=1) or posts.search(said, limit=1)

    def action_open(self):
        """Opens conversations again; can be undone, as all of these."""
        return self._undoable(self.env._("Reopened"), self._open)

    def action_solve(self):
        return self._undoable(self.env._("Resolved"), self._solve)

    def action_no_action(self):
        return self._undoable(self.env._("Dismissed"), self._need_no_action)

    def _open(self):
        """Hook: these wait for an agent again."""
        self.state = "open"

    def _solve(self):
        """Hook: an agent solved these."""
        self.state = "solved"

    def _need_no_action(self):
        """Hook: nobody needs to do anything about these."""
        self.state = "no_action"


def subject(title="", body="", url="", external_id="", **_more):
    """One line that tells what a post is about, out of values of a social.message."""
    line = " ".join(undirected(title or body or "").split())
    if not line:
        return url or external_id
    if len(line) <= SUBJECT_LENGTH:
        return line
    return line[: SUBJECT_LENGTH - 1].rsplit(" ", 1)[0][: SUBJECT_LENGTH - 1] + "…"


def _rename(record, old, new):
    """Gives a record another subject, unless somebody did already, as if it had never
    had the one it has: in mails about it and in what is to be done neither.
    """
    if record.name == old:
        record.with_context(**QUIET).name = new
    mails = record.env["mail.message"].search(
        [
            ("model", "=", record._name),
            ("res_id", "=", record.id),
            ("subject", "!=", False),
        ]
    )
    record.activity_ids._compute_res_name()
    for records, name in ((mails, "subject"), (record.activity_ids, "summary")):
        for each in records.filtered(lambda r, n=name: old in (r[n] or "")):
            each[name] = each[name].replace(old, new)
