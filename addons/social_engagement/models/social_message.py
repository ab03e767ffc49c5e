from datetime import timezone

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import email_split, plaintext2html

from ..networks.plaintext import undirected, with_true_hosts
from ..networks.revision import newest
from . import failure
from .bulk import set_each
from .searching import bearing, folded_index

LONGEST_IN_CHATTER = 20_000  # characters; the whole text is on the message itself


class SocialMessage(models.Model):
    """One post, comment, reply, direct message, review or article, in or out."""

    _name = "social.message"
    _description = "Social Message"
    _order = "posted_at desc, id desc"

    channel_id = fields.Many2one(
        "social.channel", required=True, readonly=True, ondelete="cascade"
    )
    network = fields.Selection(related="channel_id.network", store=True)
    company_id = fields.Many2one(
        related="channel_id.company_id", store=True, index=True
    )
    conversation_id = fields.Many2one(
        "social.conversation", readonly=True, index=True, ondelete="cascade"
    )
    profile_id = fields.Many2one(
        "social.profile",
        "Author",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    direction = fields.Selection(
        [("inbound", "Received"), ("outbound", "Sent")], required=True, readonly=True
    )
    kind = fields.Selection(
        [
            ("post", "Post"),
            ("reply", "Reply"),
            ("comment", "Comment"),
            ("direct", "Direct message"),
            ("review", "Review"),
            ("article", "Article"),
        ],
        required=True,
        readonly=True,
        default="post",
    )
    external_id = fields.Char("ID on the network", readonly=True, copy=False)
    parent_external_id = fields.Char("In answer to", readonly=True)
    title = fields.Char(readonly=True)
    body = fields.Text(readonly=True)
    bearing_text = fields.Char(
        "Text",
        compute="_compute_bearing_text",
        search="_search_bearing_text",
        help="What the text is searched by, however it was typed.",
    )
    url = fields.Char("Original", readonly=True)
    posted_at = fields.Datetime("Posted at", readonly=True, index=True)
    visibility = fields.Selection(
        [
            ("public", "Public"),
            ("unlisted", "Unlisted"),
            ("followers", "Followers only"),
            ("direct", "Private"),
        ],
        readonly=True,
        default="public",
    )
    reply_ref = fields.Json("Data for the reply", readonly=True, copy=False)
    answerable = fields.Boolean(readonly=True, default=True)
    unanswerable_reason = fields.Char("Why it can't be answered", readonly=True)
    unanswerable_advice = fields.Char(compute="_compute_unanswerable_advice")
    mail_message_id = fields.Many2one(
        "mail.message", readonly=True, index="btree_not_null", ondelete="set null"
    )

    _under = models.Index(
        "(channel_id, parent_external_id) WHERE parent_external_id IS NOT NULL"
    )
    _by_text = models.Index(folded_index("body"))
    _delivery_unique = models.UniqueIndex(
        "(channel_id, external_id) WHERE external_id IS NOT NULL"
    )

    @api.depends("body", "title", "gone_at")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for message in self:
            text = " ".join(undirected(message.title or message.body or "").split())
            if message.gone_at:
                text = message._subject()
            message.display_name = text[:80] or message.external_id or ""

    @api.depends("body")
    def _compute_bearing_text(self):
        for message in self:
            message.bearing_text = message.body

    def _search_bearing_text(self, operator, value):
        if operator != "ilike":
            return NotImplemented
        return bearing(["body"], value)

    @api.depends("unanswerable_reason")
    @api.depends_context("lang")
    def _compute_unanswerable_advice(self):
        for message in self:
            message.unanswerable_advice = failure.explain_unanswerable(
                self.env, message.unanswerable_reason
            )

    # ------------------------------------------------------------------
    # In
    # ------------------------------------------------------------------

    @api.model
    def _receive(self, channel, posts):
        """Takes posts in: author, conversation, analysis, routing, chatter. Of what is
        here already only edits are followed.

        :param posts: list of :class:`Post` in the order they were delivered
        :return: messages by the posts' external ids
        """
        posts = sorted(newest(posts), key=lambda post: post.posted_at)
        messages = self._known(channel, [post.external_id for post in posts])
        self._follow_edits(channel, posts, messages)
        # Where we can't write, nothing is ours, whatever name a feed's author bears.
        us = channel._network().can_reply and channel.account_external_id
        own = [post for post in posts if us and post.author.external_id == us]
        for post in own:
            if post.external_id not in messages:
                messages[post.external_id] = self._receive_own(channel, post)
        theirs = [post for post in posts if post.external_id not in messages]
        if theirs:
            messages.update(self._receive_new(channel, theirs))
        return messages

    @api.model
    def _known(self, channel, external_ids):
        found = self.search_fetch(
            [("channel_id", "=", channel.id), ("external_id", "in", external_ids)],
            ["external_id", "direction", "revision", "gone_at"],
        )
        return {message.external_id: message for message in found}

    @api.model
    def _receive_new(self, channel, posts):
        profiles = self.env["social.profile"]._receive(
            channel, [post.author for post in posts]
        )
        company = channel.company_id
        authors = [profiles[post.author.external_id] for post in posts]
        understood = self._understand_allowed(company, posts, authors)
        copies = self._find_copies(company, self._texts_allowed(posts, authors))
        values = [
            {
                **_content(channel, post),
                **said,
                "direction": "inbound",
                "profile_id": profiles[post.author.external_id].id,
                "copy_of_id": likeness.known_original,
            }
            for post, said, likeness in zip(posts, understood, copies, strict=True)
        ]
        by_id = {profile.id: profile for profile in profiles.values()}
        for each, post in zip(values, posts, strict=True):
            author = by_id[each["profile_id"]]
            each |= self._spread(author, each["posted_at"], post.shares, post.likes)
        self.env["social.conversation"]._take_in(channel, posts, values, by_id)
        messages = self.create(values)
        messages._keep_likeness(copies)
        messages._expect_media(posts)
        for_all = messages._processed()
        self.env["social.interaction"]._note_posts(for_all)
        for_all.conversation_id._route(for_all)
        messages.conversation_id.filtered("in_chatter")._show_in_chatter()
        return {message.external_id: message for message in messages}

    # ------------------------------------------------------------------
    # In the chatter
    # ------------------------------------------------------------------

    def _show_in_chatter(self):
        """Puts messages into the chatter of the record their conversation is worked on;
        followers are told.
        """
        threads = {c: c._desk_thread() for c in self.conversation_id}
        followed = {
            thread for thread in threads.values() if thread.message_follower_ids
        }
        quiet = self.browse()
        for message in self:
            thread = threads[message.conversation_id]
            if thread in followed:
                message.mail_message_id = thread.message_post(
                    **message._chatter_post(), **message._notice()
                )
            else:
                quiet += message
        rows = [
            {
                **message._chatter_post(),
                "model": threads[message.conversation_id]._name,
                "res_id": threads[message.conversation_id].id,
                "record_name": message.conversation_id.name,
                "reply_to": False,
                "is_internal": True,
            }
            for message in quiet
        ]
        shown = self.env["mail.message"].create(rows)
        set_each(quiet, [{"mail_message_id": message_id} for message_id in shown.ids])
        self._show_media()

    def _chatter_post(self):
        """What a message looks like in the chatter, as values of a mail.message."""
        self.ensure_one()
        who = self.profile_id.name or self.profile_id.handle or self.channel_id.name
        return {
            "message_type": "social",
            "subtype_id": self.env["ir.model.data"]._xmlid_to_res_id(
                "social_engagement.mt_social"
            ),
            "body": self._html(),
            "author_id": self.profile_id.partner_id.id or False,
            "email_from": _without_address(who),
            "date": self.posted_at,
        }

    def _html(self):
        """The text as harmless HTML: everything from outside is escaped, turns nothing
        that stands beside it, and looks like no other address than it is.
        """
        if self.gone_at:
            return Markup("<p><i>%s</i></p>") % self._gone_words()
        text = self.body or ""
        if len(text) > LONGEST_IN_CHATTER:
            text = text[:LONGEST_IN_CHATTER] + " …"
        text = with_true_hosts(undirected(text))
        title = undirected(self.title or "")
        return Markup('<div class="o_social_post" dir="auto">%s%s</div>') % (
            Markup("<p><b>%s</b></p>") % title if title else "",
            plaintext2html(text) if text else Markup("<p/>"),
        )


def _content(channel, post):
    return {
        "channel_id": channel.id,
        "network": channel.network,
        "company_id": channel.company_id.id,
        "external_id": post.external_id,
        "parent_external_id": post.parent_id,
        "kind": post.kind,
        "title": post.title,
        "body": post.text,
        "url": post.url,
        "posted_at": in_utc(post.posted_at),
        "visibility": post.visibility,
        "reply_ref": post.reply_ref,
        "answerable": post.answerable,
        "unanswerable_reason": post.unanswerable_reason,
        "revision": post.revision,
    }


def _without_address(name):
    """A name that Odoo does not take for somebody's e-mail address: an author may bear
    a colleague's, and colleagues are told of posts by e-mail.
    """
    if not email_split(name):
        return name
    return name.translate({ord("@"): "\uff20", ord("<"): "\u2039", ord(">"): "\u203a"})


def in_utc(moment):
    """A moment with a time zone as Odoo stores it."""
    return moment.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)
