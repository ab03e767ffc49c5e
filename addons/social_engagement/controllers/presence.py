from odoo.http import Controller, request, route

STATES = ("reading", "answering", "left")


class SocialPresenceController(Controller):
    @route("/social_engagement/presence", methods=["POST"], type="jsonrpc", auth="user")
    def social_presence(
        self, thread_model=None, thread_id=None, state=None, tab="", hello=False
    ):
        """Tells colleagues at the same chatter what one does there.

        :param state: "reading", "answering" or "left"
        :param tab: names the browser's page
        :param hello: asks the others to answer with what they do
        """
        room = request.env["mail.thread"]._presence_room(thread_model, thread_id)
        if not room or state not in STATES:
            raise request.not_found()
        room._tell_presence(state, str(tab)[:64], bool(hello))
