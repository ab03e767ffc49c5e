from odoo import models


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _social_conversation(self):
        """The social conversation worked on in this record's chatter. Records that
        carry one override this.

        :return: one social.conversation, or none
        """
        return self.env["social.conversation"]

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        is_social = (msg_vals or {}).get(
            "message_type", message.message_type
        ) == "social"
        if not is_social:
            return recipients
        # The customer reads an answer on the network; colleagues see it in their inbox.
        # Only what a customer says is worth an e-mail, and only to colleagues.
        author_id = (msg_vals or {}).get("author_id", message.author_id.id)
        by_us = self.env["res.partner"].browse(author_id).sudo().main_user_id
        by_us = by_us and not by_us.share
        return [
            recipient
            for recipient in recipients
            if recipient["type"] == "user"
            and not (by_us and recipient["notif"] == "email")
        ]

    def _thread_to_store(self, store, fields, *, request_list=None):
        super()._thread_to_store(store, fields, request_list=request_list)
        readable = self.env["social.conversation"].has_access("read")
        if request_list is None or not readable:
            return
        for thread in self.filtered("id"):
            conversation = thread._social_conversation()
            if conversation and conversation.has_access("read"):
                store.add(
                    thread, {"social": conversation._composer_facts()}, as_thread=True
                )

    def notify_cancel_by_type(self, notification_type):
        """“Mark as read” in the menu of failures: the answer itself stays as it is."""
        res = super().notify_cancel_by_type(notification_type)
        if notification_type == "social":
            self._notify_cancel_by_type_generic("social")
        return res
