from odoo.http import Controller, request, route

ACTIONS = {
    "social.channel": "social_channel_action",
    "social.channel.connect": "social_channel_connect_page_action",
}


class SocialSignInController(Controller):
    @route("/social_engagement/oauth", methods=["GET"], type="http", auth="user")
    def signed_in(self, state="", code="", error="", **more):
        """Where a network sends the browser after somebody signed in there.

        ``state`` has to be that of a sign-in which the same user began a short while
        ago; it is good once. Else nothing is changed.
        """
        record, pending = request.env["social.sign.in"]._take(state)
        if not record or not record.has_access("write"):
            return request.render("social_engagement.sign_in_unknown", status=400)
        if code and not error:
            record._signed_in(pending, code)
        else:
            record._sign_in_refused(more.get("error_description") or error)
        target = record._sign_in_target()
        action = f"social_engagement.{ACTIONS[target._name]}"
        return request.redirect(f"/odoo/action-{action}/{target.id}")
