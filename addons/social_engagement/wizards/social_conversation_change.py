from odoo import fields, models
from odoo.fields import Command


class SocialConversationChange(models.TransientModel):
    """The same for many conversations: an agent, topics. What is left empty stays."""

    _name = "social.conversation.change"
    _description = "Change Conversations"

    conversation_ids = fields.Many2many("social.conversation", required=True)
    user_id = fields.Many2one("res.users", "Agent", domain="[('share', '=', False)]")
    topic_ids = fields.Many2many("social.topic", string="Topics to add")

    def action_apply(self):
        conversations = self.conversation_ids
        conversations.check_access("write")
        return conversations._undoable(self.env._("Changed"), self._apply)

    def _apply(self):
        conversations = self.conversation_ids
        if self.user_id:
            conversations.action_assign(self.user_id.id)
        if self.topic_ids:
            conversations._add_topics(self.topic_ids)


class SocialConversation(models.Model):
    _inherit = "social.conversation"

    def _add_topics(self, topics):
        """Says of each author's last post that it is about these too: the analysis
        learns from it as from any correction.
        """
        for conversation in self:
            post = conversation._answer_target()
            ids = (post.topic_ids | topics).ids
            post.action_correct("topic", ",".join(map(str, ids)))
            links = [Command.link(topic) for topic in topics.ids]
            conversation.sudo().topic_ids = links
