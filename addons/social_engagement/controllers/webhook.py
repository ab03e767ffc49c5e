from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request

from ..models.transaction import values_unlogged
from ..networks.base import Call, NetworkError

MAX_BYTES = 1024 * 1024  # of one call; networks send some kilobytes


class Webhook(http.Controller):
    """Networks call here. A call is checked, stored as it came and answered; what it
    says is read later, by a job.
    """

    @http.route(
        "/social_engagement/webhook/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        csrf=False,
        save_session=False,
        max_content_length=MAX_BYTES,
    )
    def webhook(self, token, **_params):
        channel = request.env["social.channel"].sudo()._of_webhook(token)
        if not channel:
            raise NotFound()
        call = self._call()
        adapter = channel._adapter()
        try:
            challenge = adapter.answer_challenge(call)
            if challenge is None:
                adapter.check_signature(call)
        except NetworkError as error:
            channel._count_refused_call(error)
            return request.make_response("", status=403)  # what was counted stays
        if challenge is not None:
            channel._note_uncalled(adapter)
            return self._answer(challenge)
        if call.method == "POST":
            with values_unlogged():
                request.env["social.intake"].sudo()._store_call(channel, call.body)
        return self._answer("")

    @staticmethod
    def _call():
        incoming = request.httprequest
        return Call(
            method=incoming.method,
            params={**incoming.args, **incoming.form},
            headers={name.lower(): value for name, value in incoming.headers.items()},
            body=incoming.get_data(),
        )

    @staticmethod
    def _answer(text):
        kind = "application/json" if text.startswith("{") else "text/plain"
        headers = [("Content-Type", kind), ("X-Content-Type-Options", "nosniff")]
        return request.make_response(text, headers)
