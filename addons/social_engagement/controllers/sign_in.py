from odoo.http import Controller, request, route

PATH = "/odoo/action-social_engagement.social_channel_action"


class SocialSignInController(Controller):
    @route("/social_engagement/oauth", methods=["GET"], type="http", auth="user")
    def signed_in(self, state="", code="", error="", **more):
        """Where a network sends the browser after somebody signed in there.

        ``state`` has to be that of a sign-in which the same user began a short while
        ago; it is good once. Else nothing is changed.
        """
        channel, pending = request.env["social.sign.in"]._take(state)
        if not channel or not channel.has_access("write"):
            return request.render("social_engagement.sign_in_unknown", status=400)
        if code and not error:
            channel._signed_in(pending, code)
        else:
            channel._sign_in_refused(more.get("error_description") or error)
        return request.redirect(f"{PATH}/{channel.id}")
