from odoo import api, fields, models
from odoo.exceptions import UserError


class SocialMessage(models.Model):
    """What an agent can do to a post besides answering it."""

    _inherit = "social.message"

    can_withdraw = fields.Boolean(compute="_compute_can_withdraw")
    action_ids = fields.One2many("social.action", "message_id", readonly=True)

    @api.depends("channel_id.state", "external_id")
    def _compute_can_withdraw(self):
        for message in self:
            message.can_withdraw = message._can("withdraw")

    def action_like(self, wanted=True):
        """Likes posts in the company's name, or takes the like back."""
        self._want_of_network("like", wanted)

    def action_hide(self, wanted=True):
        """Hides comments on the company's own page, or shows them again."""
        self._want_of_network("hide", wanted)

    def action_follow(self, wanted=True):
        """Follows the authors of posts in the company's name, or no more."""
        self._want_of_network("follow", wanted)

    def action_spam(self):
        """Nobody needs to look at these posts: the analysis learns so, comments are
        hidden where the network can, and their conversations need no action.

        :return: action that offers to undo it
        """
        self._check_may_answer()
        words = self.env._("Marked as spam")
        return self.conversation_id._undoable(words, self._mark_spam, self)

    def _mark_spam(self):
        self.action_correct("needs_answer", "0")
        self.sudo().spam = 1.0
        self.conversation_id._need_no_action()
        hideable = self.filtered(lambda m: m.sudo()._can("hide"))
        if hideable:
            hideable.action_hide()
        self.sudo()._show_facts(self.env.user)

    def spam_effects(self):
        """What :meth:`action_spam` would do to these posts, before it does.

        :return: list of sentences
        """
        self._check_may_answer()
        return self.conversation_id._spam_effects(self)

    def action_not_spam(self):
        """Takes `action_spam` back: what the analysis and other corrections say counts
        again, comments are shown, and their conversations are open.

        :return: action that offers to undo it
        """
        self._check_may_answer()
        words = self.env._("Not spam")
        return self.conversation_id._undoable(words, self._unmark_spam, self)

    def _unmark_spam(self):
        marked = self.sudo().filtered(lambda m: m._is_marked_spam())
        labels = marked.label_ids.filtered(lambda label: label.task == "needs_answer")
        labels.unlink()
        for message in marked:
            message.write(message._need_as_analysed())
        marked.conversation_id._sum_up()
        hidden = marked.filtered(lambda m: m._is_wanted("hide") and m._can("hide"))
        if hidden:
            hidden.with_env(self.env).action_hide(False)
        conversations = marked.conversation_id.with_env(self.env)
        conversations.filtered(lambda c: c.state == "no_action")._open()
        marked._show_facts(self.env.user)

    def _is_marked_spam(self):
        """Whether a person said so; what the analysis finds has no such label."""
        if self.spam != 1.0:
            return False
        said = self.label_ids.filtered(
            lambda label: (
                label.task == "needs_answer"
                and label.source == "agent"
                and label.value == "0"
            )
        )
        return bool(said or not self._processed())

    def _want_of_network(self, kind, wanted):
        self._check_may_answer()
        for message in self.sudo():
            if not message._can(kind):
                raise UserError(
                    self.env._(
                        "%(network)s does not offer this for this post.",
                        network=message.channel_id.network_label,
                    )
                )
        self.env["social.action"]._want(self, kind, wanted)
        if kind == "follow":
            self.sudo().profile_id.followed = wanted
        self.sudo()._show_facts(self.env.user)

    def _can(self, kind):
        """Whether something can be done to this post on its network: "like", "hide",
        "follow" (its author) or "withdraw".
        """
        channel = self.channel_id
        able = kind in channel._network().actions and channel.state == "connected"
        if kind == "withdraw":
            fits = self.direction == "outbound" and self.external_id
        else:
            fits = self.direction == "inbound" and self.reply_ref and not self.gone_at
        return bool(able and fits and (kind != "hide" or self.kind == "comment"))

    def _settle_action(self, action):
        if action.kind == "follow" and action.state == "failed":
            self.profile_id.followed = not action.wanted
        if action.kind != "withdraw":
            self._show_facts(action.user_id)
            return
        states = {"done": "withdrawn", "failed": "standing", "waiting": "withdrawing"}
        self.delivery_state = states[action.state]
        self.failure_reason = action.failure_reason
        self._notify_delivery()

    def _possible_actions(self):
        """What the current user can have done to this post: "like", "hide" and
        "follow", "spam", each with "un" in front to take it back, "withdraw".
        """
        if not self.env.user.has_group("social_engagement.group_social_user"):
            return []
        if self.direction == "outbound":
            there = self.delivery_state in ("sent", "standing")
            waits = self.delivery_state in ("queued", "to_approve")
            return ["withdraw"] if waits or there and self._can("withdraw") else []
        possible = [
            f"un{kind}" if self._is_wanted(kind) else kind
            for kind in ("like", "hide", "follow")
            if self._can(kind)
        ]
        if self._is_marked_spam():
            return [*possible, "unspam"]
        done = self.gone_at or self.conversation_id.state == "no_action"
        return possible if done else [*possible, "spam"]

    def _is_wanted(self, kind):
        """Whether something was asked for, and did not fail."""
        if kind == "follow":  # an author is followed, whatever post it began with
            return self.profile_id.followed
        return any(
            action.wanted and action.state != "failed"
            for action in self.action_ids
            if action.kind == kind
        )


class SocialConversation(models.Model):
    _inherit = "social.conversation"

    def _spam_effects(self, posts):
        """Hook: what marking posts of these as spam does, in sentences."""
        effects = [
            self.env._("The conversation is closed as dismissed."),
            self.env._("The analysis learns that posts like this need no reply."),
        ]
        if any(post.sudo()._can("hide") for post in posts):
            effects.append(self.env._("The comment is hidden on the network."))
        return effects
