from odoo import fields
from odoo.exceptions import UserError
from odoo.http import request, route

from odoo.addons.mail.controllers.thread import ThreadController
from odoo.addons.mail.tools.discuss import Store


class SocialAnswerController(ThreadController):
    @route("/social_engagement/answer", methods=["POST"], type="jsonrpc", auth="user")
    def social_answer(
        self,
        thread_model,
        thread_id,
        body,
        key,
        attachment_ids=(),
        send_at=None,
        split=False,
    ):
        """Answers the customer on the network, from a record's chatter. The only route
        by which anything becomes public.

        :param body: plain text
        :param key: made by the browser once per answer; a repeated call sends nothing
            twice
        :param attachment_ids: ids of files the user uploaded for it
        :param send_at: when to send it ("YYYY-MM-DD HH:MM:SS", UTC); None: now
        :param split: whether a long answer may go out in several posts
        :return: ``{"store_data": …, "message_id": id}`` with the message as it stands
            in the chatter
        """
        if not hasattr(request.env.get(thread_model), "_social_conversation"):
            raise request.not_found()
        thread = self._get_thread_with_access_for_post(thread_model, thread_id)
        conversation = thread._social_conversation() if thread else None
        if not conversation:
            raise request.not_found()
        files = request.env["ir.attachment"].browse(map(int, attachment_ids)).exists()
        if len(files) != len(attachment_ids):
            raise UserError(request.env._("An attached file is not there any more."))
        message = conversation._answer_target()._answer(
            body,
            key=key,
            attachments=files,
            send_at=fields.Datetime.to_datetime(send_at or None),
            split=bool(split),
        )
        parts = message + message.sudo()._parts_after().sudo(False)
        shown = message.mail_message_id
        return {
            "store_data": Store().add(parts.mail_message_id).get_result(),
            "message_id": shown.id,
        }
