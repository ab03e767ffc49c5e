from odoo import fields, models


class SocialFeed(models.Model):
    """Who asks for a fetch at once is told what it brought."""

    _inherit = "social.feed"

    asked_by_id = fields.Many2one(
        "res.users", "Fetch asked for by", readonly=True, copy=False
    )

    asked_after = fields.Integer(
        readonly=True, copy=False, help="The last payload there was then."
    )

    def _tell_asker(self, fetched):
        """Tells who asked for it what a fetch of this feed brought, or why it failed;
        of several pages the last one tells.

        :param fetched: :class:`Fetched`
        """
        user = self.asked_by_id
        if not user or not (fetched.error or not fetched.page.more):
            return
        self.asked_by_id = False
        feed = self.with_context(lang=user.lang)
        if fetched.error:
            kind, text = "warning", feed.advice
        else:
            kind, text = "success", feed._words_for_news(feed._count_news())
        user._bus_send(
            "simple_notification",
            {"type": kind, "title": feed.display_name, "message": text},
        )

    def _count_news(self):
        """How many payloads this feed has brought since it was asked for."""
        news = [("feed_id", "=", self.id), ("id", ">", self.asked_after)]
        return self.env["social.intake"].search_count(news)

    def _words_for_news(self, count):
        if not count:
            return self.env._("Nothing new.")
        if count == 1:
            return self.env._("1 new post.")
        return self.env._("%(count)s new posts.", count=count)


class SocialChannel(models.Model):
    _inherit = "social.channel"

    def action_fetch_now(self):
        """Fetches and processes at once; who asks is told what came.

        :return: action that says so
        """
        self.check_access("write")
        feeds = self.feed_ids.sudo()
        last = self.env["social.intake"].sudo().search([], order="id desc", limit=1)
        feeds.write(
            {
                "next_run": fields.Datetime.now(),
                "asked_by_id": self.env.uid,
                "asked_after": last.id,
            }
        )
        self.env["social.feed"]._wake()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("Fetching… You will be told what arrived.")
                if feeds
                else self.env._("This channel listens to nothing: add a feed first."),
            },
        }
