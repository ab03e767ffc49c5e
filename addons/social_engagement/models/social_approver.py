from collections import Counter

from odoo import fields, models
from odoo.exceptions import UserError

TRAINEE = "social_engagement.group_social_trainee"
MANAGER = "social_engagement.group_social_manager"


class SocialChannel(models.Model):
    _inherit = "social.channel"

    approval = fields.Selection(
        [
            ("none", "No answers"),
            ("group", "Answers of trainees"),
            ("all", "All answers"),
        ],
        "Needs approval",
        required=True,
        default="group",
        help="What a colleague has to approve before it goes out. A routing rule may "
        "ask for approval beside this.",
    )
    approver_ids = fields.Many2many(
        "res.users",
        "social_channel_approver_rel",
        "channel_id",
        "user_id",
        "Asked for approval",
        domain="[('share', '=', False)]",
        help="Who is asked, and may approve as managers may. Empty: the managers.",
    )

    stuck_count = fields.Integer(
        compute="_compute_stuck_count", help="Answers that nobody may approve any more."
    )

    def _compute_stuck_count(self):
        waiting = self.env["social.message"].search(
            [
                ("channel_id", "in", self.ids),
                ("delivery_state", "=", "to_approve"),
                ("first_part_id", "=", False),
            ]
        )
        stuck = waiting.filtered(lambda m: not m.conversation_id._deciders(m.user_id))
        counts = Counter(message.channel_id for message in stuck)
        for channel in self:
            channel.stuck_count = counts[channel]

    def _troubles(self, now):
        yield from super()._troubles(now)
        if self.state == "connected" and self.stuck_count:
            yield self.env._(
                "%(count)s answers wait for approval, and nobody may approve them. "
                "Name a colleague under Approval.",
                count=self.stuck_count,
            )


class SocialConversation(models.Model):
    """Who approves answers here: somebody else than their author."""

    _inherit = "social.conversation"

    def _composer_facts(self):
        facts = super()._composer_facts()
        facts["needs_approval"] = bool(self._answer_target()._approval_cause())
        if facts["may_answer"] and facts["needs_approval"]:
            obstacle = self._approval_obstacle(self.env.user)
            facts |= {"may_answer": not obstacle, "advice": obstacle}
        return facts

    def _check_approvable(self, author):
        """:raises UserError: when an answer would wait for approval for ever"""
        if obstacle := self._approval_obstacle(author):
            raise UserError(obstacle)

    def _approval_obstacle(self, author):
        """Why a user's answer can't be approved; "" when somebody may do it."""
        if self._deciders(author):
            return ""
        return self.env._(
            "This answer needs a colleague's approval, but nobody else may approve it. "
            "An administrator can name somebody in the channel's settings, under "
            "Approval, or give a colleague the right “Manager”."
        )

    def _deciders(self, author):
        """Who is asked about an answer of a user: those named on the channel, else the
        managers, as far as they may decide.
        """
        managers = self.env.ref(MANAGER).sudo().all_user_ids
        for asked in (self.channel_id.sudo().approver_ids, managers):
            asked = asked.filtered(lambda u: u.active and not u._is_superuser())
            if able := asked.filtered(lambda u: self._may_decide(u, author)):
                return able
        return managers.browse()

    def _may_decide(self, user, author):
        """Whether a user may decide about an author's answer: nobody about their own,
        trainees about none.
        """
        named = user in self.channel_id.sudo().approver_ids
        return (
            user != author
            and (named or user.has_group(MANAGER))
            and not user.has_group(TRAINEE)
            and self.with_user(user).has_access("write")
        )
