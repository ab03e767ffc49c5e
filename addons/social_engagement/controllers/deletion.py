import json

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request

from ..models.social_channel_webhook import DELETION
from ..networks.base import NetworkError
from ..networks.graph import parse_signed_request
from .webhook import MAX_BYTES


class Deletion(http.Controller):
    """Where Meta tells that a person wants deleted what an app knows of them. See
    https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback
    """

    @http.route(
        f"{DELETION}<string:token>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        max_content_length=MAX_BYTES,
    )
    def ask(self, token, signed_request="", **_params):
        """Stores the wish; a job follows it. Answers where to look how far it is."""
        channel = self._channel(token)
        try:
            told = parse_signed_request(signed_request, channel.client_secret or "")
        except NetworkError as error:
            channel._count_refused_call(error)
            return request.make_response("", status=403)
        person = told.get("user_id")
        if not isinstance(person, str | int) or not person:
            return request.make_response("", status=400)
        intake = request.env["social.intake"].sudo()
        code = intake._store_erasure(channel, str(person), told.get("issued_at"))
        url = f"{channel._deletion_url()}?code={code}"  # the person sees it
        answer = json.dumps({"url": url, "confirmation_code": code})
        return request.make_response(answer, [("Content-Type", "application/json")])

    @http.route(
        f"{DELETION}<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        save_session=False,
    )
    def look(self, token, code="", **_params):
        """How far a wish is, for the person."""
        channel = self._channel(token)
        wishes = request.env["social.intake"].sudo()._erasures(channel, code)
        if not wishes:
            raise NotFound()
        done = set(wishes.mapped("state")) == {"done"}
        text = (
            request.env._("What was known of you here has been deleted.")
            if done
            else request.env._("What is known of you here is being deleted.")
        )
        return request.make_response(text, [("Content-Type", "text/plain")])

    @staticmethod
    def _channel(token):
        channels = request.env["social.channel"].sudo()
        # those who entered the webhook's own token in their app need not change it
        channel = channels._of_deletion(token) or channels._of_webhook(token)
        if not channel:
            raise NotFound()
        return channel
