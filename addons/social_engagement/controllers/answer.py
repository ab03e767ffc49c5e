from odoo.http import request, route

from odoo.addons.mail.controllers.thread import ThreadController
from odoo.addons.mail.tools.discuss import Store


class SocialAnswerController(ThreadController):
    @route("/social_engagement/answer", methods=["POST"], type="jsonrpc", auth="user")
    def social_answer(self, thread_model, thread_id, body, key):
        """Answers the customer on the network, from a record's chatter. The only route
        by which anything becomes public.

        :param body: plain text
        :param key: made by the browser once per answer; a repeated call sends nothing
            twice
        :return: ``{"store_data": …, "message_id": id}`` with the message as it stands
            in the chatter
        """
        if not hasattr(request.env.get(thread_model), "_social_conversation"):
            raise request.not_found()
        thread = self._get_thread_with_access_for_post(thread_model, thread_id)
        conversation = thread._social_conversation() if thread else None
        if not conversation:
            raise request.not_found()
        message = conversation._answer_target()._answer(body, key=key)
        shown = message.mail_message_id
        return {
            "store_data": Store().add(shown).get_result(),
            "message_id": shown.id,
        }
