from odoo import fields, models

from odoo.addons.mail.tools.discuss import Store


class MailMessage(models.Model):
    _inherit = "mail.message"

    message_type = fields.Selection(
        selection_add=[("social", "Social network")],
        ondelete={"social": lambda recs: recs.write({"message_type": "comment"})},
    )
    social_message_ids = fields.One2many(
        "social.message",
        "mail_message_id",
        groups="social_engagement.group_social_user",
    )

    def _to_store_defaults(self, target):
        defaults = super()._to_store_defaults(target)
        if target.is_internal(self.env):
            defaults.append(self._social_attribute())
        return defaults

    def _message_notifications_to_store(self, store):
        result = super()._message_notifications_to_store(store)
        if store.target.is_internal(self.env):
            # Often sent from a job: in the reader's language, not in the job's.
            user = store.target.get_user(self.env)
            reader = self.with_user(user).sudo()  # what may be done depends on them
            messages = reader.with_context(lang=user.lang or self.env.lang)
            store.add(messages, [self._social_attribute()])
        return result

    def _social_attribute(self):
        return Store.Attr(
            "social",
            lambda message: message._social_facts(),
            predicate=lambda message: message.message_type == "social",
        )

    def _social_facts(self):
        """What the chatter shows of the post behind this message; None when there is
        none any more.

        Internal users who may read the message get these few facts without a right to
        the post itself.
        """
        for post in self.sudo().social_message_ids:  # a slice would read one by one
            return post._chatter_facts()
        return None
