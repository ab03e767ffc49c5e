from odoo.exceptions import UserError
from odoo.http import request, route

from odoo.addons.mail.controllers.thread import ThreadController
from odoo.addons.mail.tools.discuss import Store

from . import parameters


class SocialAnswerController(ThreadController):
    @route("/social_engagement/answer", methods=["POST"], type="jsonrpc", auth="user")
    def social_answer(
        self,
        thread_model=None,
        thread_id=None,
        body=None,
        key=None,
        attachment_ids=(),
        send_at=None,
        split=False,
        invite=False,
        seen_id=None,
        anyway=False,
        override="",
    ):
        """Answers the customer on the network, from a record's chatter. The only route
        by which anything becomes public.

        :param body: plain text
        :param key: made by the browser once per answer; a repeated call sends nothing
            twice
        :param attachment_ids: ids of files the user uploaded for it
        :param send_at: when to send it ("YYYY-MM-DD HH:MM:SS", UTC); None: now
        :param split: whether a long answer may go out in several posts
        :param invite: whether it invites the customer to write in private
        :param seen_id: the last message of the conversation the agent saw; newer ones
            are asked about first (an error of the class NewerMessages)
        :param anyway: whether the agent was asked
        :param override: why it is sent although a check blocks it; for managers
        :return: ``{"store_data": …, "message_id": id, "social_id": id,
            "undo_seconds": int}`` with the message as it stands in the chatter
        """
        conversation = self._social_conversation_of(thread_model, thread_id)
        file_ids = parameters.numbers("attachment_ids", attachment_ids)
        files = request.env["ir.attachment"].browse(file_ids).exists()
        if len(files) != len(file_ids):
            raise UserError(request.env._("An attached file is not there any more."))
        message = conversation._answer_target()._answer(
            parameters.text("body", body),
            key=parameters.named("key", key),
            attachments=files,
            send_at=parameters.moment("send_at", send_at),
            split=parameters.flag("split", split),
            invite=parameters.flag("invite", invite),
            seen_id=None
            if seen_id is None
            else parameters.number("seen_id", seen_id, 0),
            anyway=parameters.flag("anyway", anyway),
            override=parameters.text("override", override),
        )
        parts = message + message.sudo()._parts_after().sudo(False)
        shown = message.mail_message_id
        return {
            "store_data": Store().add(parts.mail_message_id).get_result(),
            "message_id": shown.id,
            "social_id": message.id,
            "undo_seconds": message.sudo()._seconds_to_undo(),
        }

    @route(
        "/social_engagement/answer/checks",
        methods=["POST"],
        type="jsonrpc",
        auth="user",
        readonly=True,
    )
    def social_answer_checks(
        self, thread_model=None, thread_id=None, body=None, split=False
    ):
        """What is checked before an answer is sent, and how it will stand on the
        network. Nothing is sent.

        :return: ``{"checks": social.message._checks(), "posts": [text, …]}``
        """
        conversation = self._social_conversation_of(thread_model, thread_id)
        post = conversation._answer_target()
        body = parameters.text("body", body)
        split = parameters.flag("split", split)
        return {
            "checks": post._checks(body, split),
            "posts": post._drafted(body, split),
        }

    @route(
        "/social_engagement/answer/suggestions",
        methods=["POST"],
        type="jsonrpc",
        auth="user",
        readonly=True,
    )
    def social_answer_suggestions(self, thread_model=None, thread_id=None):
        """Answers that could fit: see social.message._suggested_answers()."""
        conversation = self._social_conversation_of(thread_model, thread_id)
        return conversation._answer_target()._suggested_answers()

    def _social_conversation_of(self, thread_model, thread_id):
        """The conversation worked on in a record's chatter, for somebody who may post
        there.

        :raises ValidationError: of what is asked for no sense can be made
        :raises NotFound: there is none
        """
        parameters.named("thread_model", thread_model)
        parameters.number("thread_id", thread_id)
        if not hasattr(request.env.get(thread_model), "_social_conversation"):
            raise request.not_found()
        thread = self._get_thread_with_access_for_post(thread_model, thread_id)
        conversation = thread._social_conversation() if thread else None
        if not conversation:
            raise request.not_found()
        return conversation
