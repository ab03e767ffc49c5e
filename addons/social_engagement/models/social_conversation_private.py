from datetime import timedelta

from odoo import api, fields, models

REMEMBERED = timedelta(days=30)  # how long an invitation waits to be followed


class SocialConversation(models.Model):
    """From public to private: a customer is invited to write a direct message, and what
    is written there goes on as the same case.
    """

    _inherit = "social.conversation"

    invited_at = fields.Datetime(
        "Invited to a private message", readonly=True, copy=False
    )
    private_conversation_id = fields.Many2one(
        "social.conversation",
        "Goes on in private",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    public_conversation_ids = fields.One2many(
        "social.conversation",
        "private_conversation_id",
        "Began in public",
        readonly=True,
    )
    invited = fields.Integer(
        "Invitations", compute="_compute_invited", store=True, aggregator="sum"
    )
    followed = fields.Integer(
        "Invitations followed", compute="_compute_invited", store=True, aggregator="sum"
    )

    _invited_index = models.Index(
        "(profile_id) WHERE invited_at IS NOT NULL AND private_conversation_id IS NULL"
    )

    @api.depends("invited_at", "private_conversation_id")
    def _compute_invited(self):
        for conversation in self:
            conversation.invited = bool(conversation.invited_at)
            conversation.followed = bool(conversation.private_conversation_id)

    @api.model
    def _take_in(self, channel, posts, values, profiles):
        result = super()._take_in(channel, posts, values, profiles)
        self._follow_invitations(values)
        return result

    @api.model
    def _follow_invitations(self, values):
        """Authors who write in private after they were invited to.

        :param values: of new messages, each with its conversation
        """
        written = {}
        for message in values:
            if message["kind"] == "direct":
                moments = written.setdefault(message["conversation_id"], [])
                moments.append(message["posted_at"])
        if not written:
            return
        private = self.browse(written)
        invited = self.search(
            [
                ("profile_id", "in", private.profile_id.ids),
                ("channel_id", "in", private.channel_id.ids),
                ("invited_at", ">=", fields.Datetime.now() - REMEMBERED),
                ("private_conversation_id", "=", False),
                ("id", "not in", private.ids),
            ],
            order="invited_at desc",
        )
        for conversation in private:
            last = max(written[conversation.id])
            public = invited.filtered(
                lambda c, own=conversation, at=last: (
                    c.profile_id == own.profile_id
                    and c.channel_id == own.channel_id
                    and c.invited_at <= at
                )
            )
            if public:
                public[0]._go_on_in(conversation)

    def _go_on_in(self, private):
        """What is said in private goes on with this public conversation, in the same
        chatter.
        """
        desk = private._desk_thread()
        self.private_conversation_id = private
        if self.in_chatter:
            private.in_chatter = True
        private._move_chatter(desk, private._desk_thread())

    def _move_chatter(self, source, target):
        """Posts that are shown in one record's chatter are shown in another's."""
        if source == target:
            return
        shown = self.social_message_ids.mail_message_id.filtered(
            lambda m: m.model == source._name and m.res_id == source.id
        )
        shown.sudo().write({"model": target._name, "res_id": target.id})

    def _desk_thread(self):
        public = self.sudo().public_conversation_ids[:1]
        return public._desk_thread() if public else super()._desk_thread()

    def _social_conversation(self):
        here = self | self.private_conversation_id._filtered_access("read")
        here = here.filtered(lambda c: c._desk_thread() == self)
        return here.sorted("last_message_at", reverse=True)[:1]


class SocialMessage(models.Model):
    _inherit = "social.message"

    invites = fields.Boolean("Invites to a private message", readonly=True, copy=False)

    def _settle_sent(self, sent):
        res = super()._settle_sent(sent)
        if self.invites:  # what was only asked for, refused or failed is none
            self.conversation_id.invited_at = fields.Datetime.now()
        return res
