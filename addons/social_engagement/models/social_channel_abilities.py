from markupsafe import Markup

from odoo import api, fields, models


class SocialChannel(models.Model):
    """What a channel's network can do, in words."""

    _inherit = "social.channel"

    abilities = fields.Html(
        "What this network can do", compute="_compute_abilities", sanitize=False
    )

    @api.depends("network", "max_length")
    @api.depends_context("lang")
    def _compute_abilities(self):
        for channel in self:
            channel.abilities = channel._abilities_html(channel._network())

    def _abilities_html(self, adapter):
        """A list of what an adapter declares.

        :param adapter: a class of :mod:`..networks`
        """
        facts = [
            (self.env._("Reads"), self._readable(adapter)),
            (self.env._("Answers"), self._answering(adapter)),
            (self.env._("Also"), self._actions(adapter)),
            (self.env._("Edits and deletions"), self._following(adapter)),
            (self.env._("Live delivery"), self._delivery(adapter)),
            (self.env._("Costs"), self._prices(adapter)),
        ]
        rows = Markup().join(
            Markup("<li><b>%s:</b> %s</li>") % fact for fact in facts if fact[1]
        )
        return Markup("<ul class='mb-0'>%s</ul>") % rows

    def _readable(self, adapter):
        kinds = dict(
            self.env["social.feed"]._fields["kind"]._description_selection(self.env)
        )
        return ", ".join(kinds[kind] for kind in adapter.feeds)

    def _answering(self, adapter):
        if not adapter.can_reply:
            return self.env._("no, it can only be read")
        limit = self.max_length or adapter.max_length
        said = [self.env._("up to %s characters", limit)] if limit else []
        if adapter.direct_max_length:
            said.append(self.env._("private ones up to %s", adapter.direct_max_length))
        kinds = dict(
            self.env["social.message"]._fields["kind"]._description_selection(self.env)
        )
        for kind, window in adapter.window.items():
            said.append(
                self.env._(
                    "%(kind)s: for %(hours)s hours",
                    kind=kinds[kind],
                    hours=round(window.total_seconds() / 3600),
                )
            )
        if adapter.media:
            said.append(self.env._("with up to %s attachments", adapter.media.count))
        return ", ".join(said) or self.env._("yes")

    def _actions(self, adapter):
        words = {
            "like": self.env._("like posts"),
            "hide": self.env._("hide comments"),
            "follow": self.env._("follow authors"),
            "withdraw": self.env._("withdraw answers"),
        }
        return ", ".join(words[a] for a in words if a in adapter.actions)

    def _following(self, adapter):
        return self.env._("followed") if adapter.can_reread else ""

    def _delivery(self, adapter):
        return self.env._("possible (webhook)") if adapter.webhook else ""

    def _prices(self, adapter):
        words = {
            "post_read": self.env._("a post read"),
            "owned_read": self.env._("an own post or mention read"),
            "user_read": self.env._("an author read"),
            "dm_read": self.env._("a direct message read"),
            "write": self.env._("an answer"),
            "write_with_url": self.env._("an answer with a link"),
            "list": self.env._("a read"),
        }
        return ", ".join(
            f"{words.get(what, what)} {price:g} {adapter.cost_unit}"
            for what, price in adapter.costs.items()
        )
