from odoo import api, fields, models, tools
from odoo.fields import Domain
from odoo.tools import SQL

from .bulk import set_each
from .social_conversation import QUIET, subject

MANAGER = "social_engagement.group_social_manager"


class SocialChannel(models.Model):
    """Direct messages may be limited to a team."""

    _inherit = "social.channel"

    direct_user_ids = fields.Many2many(
        "res.users",
        "social_channel_direct_user_rel",
        string="Team for direct messages",
        domain="[('share', '=', False)]",
        context={"active_test": False},  # a team of former colleagues is one too
        ondelete="restrict",
        help="Who may read and answer direct messages of this account, beside "
        "managers. Empty: every agent.",
    )
    reads_direct = fields.Boolean(
        compute="_compute_reads_direct",
        search="_search_reads_direct",
        help="Whether you may read the direct messages of this account.",
    )

    @api.depends("direct_user_ids")
    @api.depends_context("uid")
    def _compute_reads_direct(self):
        closed = self._closed_to_user()
        for channel in self:
            channel.reads_direct = channel.id not in closed

    def _search_reads_direct(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("id", "not in", self._closed_to_user())]

    @api.model
    @tools.ormcache("self.env.uid")
    def _closed_to_user(self):
        """The ids of the channels whose direct messages the user may not read."""
        user = self.env.user
        if user.has_group(MANAGER):
            return ()
        limited = self.sudo().with_context(active_test=False)
        limited = limited.search([("direct_user_ids", "!=", False)])
        return tuple(c.id for c in limited if user not in c.direct_user_ids)

    def _direct_readers(self, users):
        """Those of some users who may read the direct messages of this account."""
        return users.filtered(
            lambda u: self.id not in self.with_user(u)._closed_to_user()
        )

    @api.model_create_multi
    def create(self, vals_list):
        channels = super().create(vals_list)
        if any("direct_user_ids" in vals for vals in vals_list):
            self.env.registry.clear_cache()
        return channels

    def write(self, vals):
        if "direct_user_ids" not in vals:
            return super().write(vals)
        open_before = self.filtered(lambda channel: not channel.direct_user_ids)
        result = super().write(vals)
        self.env.registry.clear_cache()
        limited = open_before.filtered("direct_user_ids")
        direct = [("social_message_ids.is_private", "=", True)]
        self.env["social.conversation"].sudo().search(
            [("channel_id", "in", limited.ids), *direct]
        )._cover()
        return result


class SocialConversation(models.Model):
    """An exchange that began with a direct message."""

    _inherit = "social.conversation"

    is_private = fields.Boolean(
        "Direct messages",
        compute="_compute_is_private",
        store=True,
        help="It began with a direct message: limited to the channel's team for them, "
        "if there is one.",
    )

    @api.depends("thread_key")  # which never changes: an exchange begins once
    def _compute_is_private(self):
        first = self._first_posts()
        for conversation in self:
            conversation.is_private = first.get(
                conversation.id, self.env["social.message"]
            ).is_private

    def _first_posts(self):
        """The author's first post of each conversation, by the conversation's id."""
        posts = self.env["social.message"].search_fetch(
            [("conversation_id", "in", self.ids), ("direction", "=", "inbound")],
            ["conversation_id", "title", "body", "url", "external_id", "is_private"],
            order="posted_at desc, id desc",
        )
        return {post.conversation_id.id: post for post in posts}

    @api.model
    def _opening(self, channel, message):
        """What a new conversation takes over from its first post.

        :param message: values of a social.message
        """
        private = is_direct(message["kind"], message["visibility"])
        covered = private and channel.direct_user_ids
        return {
            "is_private": private,
            "name": self._covered_subject(channel.company_id)
            if covered
            else subject(**message),
        }

    @api.model
    def _covered_subject(self, company):
        """What bears the subject of direct messages that not everybody may read."""
        env = self.with_context(lang=company.partner_id.lang).env
        return env._("Direct message")

    def _cover(self):
        """Takes the words of direct messages out of subjects: those show wherever the
        record shows.
        """
        first = self._first_posts()
        for company, conversations in self.grouped("company_id").items():
            covered = self._covered_subject(company)
            bearing = {}
            for conversation in conversations.filtered("is_private"):
                post = first[conversation.id]
                name = post._subject()
                for record in conversation._bear_subject(post):
                    if record.name == name:
                        bearing.setdefault(record._name, {})[record.id] = name
            for model, subjects in bearing.items():
                records = self.env[model].browse(subjects)
                records.with_context(**QUIET).write({"name": covered})
                self._cover_around(records, subjects, covered)

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        channel = self.channel_id.sudo()
        if not (self.is_private and channel.direct_user_ids):
            return recipients
        # What colleagues note here is about direct messages. Whom they name is told.
        users = self.env["res.users"].browse(r["uid"] for r in recipients if r["uid"])
        readers = channel._direct_readers(users)
        return [
            r for r in recipients if r["uid"] in readers.ids or not r["is_follower"]
        ]

    def _cover_around(self, records, subjects, covered):
        """The same in e-mails about records, and in what is to be done about them.

        :param subjects: id → the subject it had
        """
        records.activity_ids._compute_res_name()
        mails = self.env["mail.message"].search(
            [
                ("model", "=", records._name),
                ("res_id", "in", records.ids),
                ("subject", "!=", False),
            ]
        )
        for found, name in ((mails, "subject"), (records.activity_ids, "summary")):
            bearing = found.filtered(
                lambda r, n=name: subjects[r.res_id] in (r[n] or "")
            )
            set_each(
                bearing,
                [{name: r[name].replace(subjects[r.res_id], covered)} for r in bearing],
            )


class SocialMessage(models.Model):
    _inherit = "social.message"

    is_private = fields.Boolean("Direct", compute="_compute_is_private", store=True)

    @api.depends("kind", "visibility")
    def _compute_is_private(self):
        for message in self:
            message.is_private = is_direct(message.kind, message.visibility)

    @api.depends("is_private")
    @api.depends_context("uid")
    def _compute_display_name(self):
        # Names of records show wherever something leads to them, rights or not.
        hidden = self.filtered(
            lambda m: m.is_private and not m.channel_id.sudo().reads_direct
        )
        hidden.display_name = self.env._("Direct message")
        return super(SocialMessage, self - hidden)._compute_display_name()

    def _is_covered(self):
        """Whether not everybody may read it who may read what was made of it."""
        return self.is_private and bool(self.channel_id.direct_user_ids)

    def _public_html(self):
        """The text as it may stand in a record that others read too."""
        if not self._is_covered():
            return self._html()
        return tools.plaintext2html(
            self.env._(
                "A direct message. Those who may read it find it in the chatter below."
            )
        )

    def _notice(self):
        """Parameters of ``message_post``: who may be told of this message."""
        return {"direct_channel": self.channel_id} if self._is_covered() else {}


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _get_notify_valid_parameters(self):
        return super()._get_notify_valid_parameters() | {"direct_channel"}

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        channel = kwargs.get("direct_channel")
        if not channel:
            return recipients
        users = self.env["res.users"].browse(r["uid"] for r in recipients if r["uid"])
        readers = channel.sudo()._direct_readers(users)
        return [r for r in recipients if r["uid"] in readers.ids]


class MailMessage(models.Model):
    """What hangs in the chatter of a ticket or lead is read by whoever reads that: save
    direct messages that are limited to a team.
    """

    _inherit = "mail.message"

    def _search(self, domain, *args, **kwargs):
        # Also where a path of a domain leads here, past the rights: a search would
        # tell what is in a message.
        if not self.env.su and (closed := self.env["social.channel"]._closed_to_user()):
            domain = Domain(domain) & Domain.custom(
                to_sql=lambda _model, alias, _query: SQL(
                    """NOT EXISTS (
                        SELECT FROM social_message p
                        WHERE p.mail_message_id = %s AND p.is_private
                        AND p.channel_id = ANY(%s))""",
                    SQL.identifier(alias, "id"),
                    list(closed),
                )
            )
            self.env["social.message"].flush_model(["mail_message_id", "is_private"])
        return super()._search(domain, *args, **kwargs)

    def _get_forbidden_access(self, operation):
        forbidden = super()._get_forbidden_access(operation)
        closed = self.env["social.channel"]._closed_to_user()
        if not closed:
            return forbidden
        posts = self.env["social.message"].sudo()
        hidden = posts.search_fetch(
            [
                ("mail_message_id", "in", (self - forbidden).ids),
                ("is_private", "=", True),
                ("channel_id", "in", closed),
            ],
            ["mail_message_id"],
        )
        return forbidden + self.browse(hidden.mail_message_id.ids)


def is_direct(kind, visibility):
    """Whether a post is a direct message."""
    return kind == "direct" or visibility == "direct"
