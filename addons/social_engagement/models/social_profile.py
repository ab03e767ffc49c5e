from odoo import api, fields, models

from .forgery import check_form, check_writable
from .searching import bearing, folded_index
from .social_message import in_utc

FIGURES = ("followers", "following", "posts", "listed")
DETAILS = ("handle", "name", "url", "avatar_url", "is_bot", "verified")


class SocialProfile(models.Model):
    """An author on a network, and how far the author's word carries."""

    _name = "social.profile"
    _description = "Social Profile"
    _order = "influence desc, id desc"
    _rec_names_search = ["handle", "name"]
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    network = fields.Selection(
        selection=lambda self: self.env["social.channel"]._selection_network(),
        required=True,
        readonly=True,
    )
    external_id = fields.Char("ID on the network", required=True, readonly=True)
    handle = fields.Char(readonly=True)
    name = fields.Char(readonly=True)
    url = fields.Char("Profile page", readonly=True)
    avatar_url = fields.Char("Avatar", readonly=True)
    is_bot = fields.Boolean("Automated", readonly=True)
    verified = fields.Boolean(readonly=True)
    followed = fields.Boolean("Followed by us", readonly=True, copy=False)
    about = fields.Text(readonly=True)
    place = fields.Char(readonly=True)
    joined_at = fields.Datetime("On the network since", readonly=True)
    followers = fields.Integer(readonly=True)
    following = fields.Integer(readonly=True)
    posts = fields.Integer(readonly=True)
    listed = fields.Integer(readonly=True)
    unknown_figures = fields.Char(
        "Unknown figures",
        readonly=True,
        help="Figures the network does not tell, comma separated.",
    )
    figures_at = fields.Datetime("Figures as of", readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        "Contact",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
    )
    message_ids = fields.One2many("social.message", "profile_id")
    conversation_ids = fields.One2many("social.conversation", "profile_id")
    conversation_count = fields.Integer(compute="_compute_conversation_count")

    _by_handle = models.Index(folded_index("handle"))
    _by_name = models.Index(folded_index("name"))
    _author_unique = models.UniqueIndex("(company_id, network, external_id)")

    @api.depends("name", "handle")
    def _compute_display_name(self):
        for profile in self:
            handle = f"@{profile.handle}" if profile.handle else ""
            profile.display_name = (
                f"{profile.name} ({handle})"
                if profile.name and handle
                else profile.name or handle or profile.external_id
            )

    @api.model
    def _search_display_name(self, operator, value):
        """Handles are shown with an @ they are kept without."""
        if isinstance(value, str):
            value = value.removeprefix("@")
            if value and operator == "ilike":
                return bearing(self._rec_names_search, value)
        return super()._search_display_name(operator, value)

    def _compute_conversation_count(self):
        counts = dict(
            self.env["social.conversation"]._read_group(
                [("profile_id", "in", self.ids)], ["profile_id"], ["__count"]
            )
        )
        for profile in self:
            profile.conversation_count = counts.get(profile, 0)

    def write(self, vals):
        check_writable(self, vals)
        return super().write(vals)

    def onchange(self, values, field_names, fields_spec):
        check_form(self, values, field_names)
        return super().onchange(values, field_names, fields_spec)

    @api.model
    def _receive(self, channel, authors):
        """The profiles of authors, made where new and brought up to date where changed.

        :param authors: list of :class:`Author`, the latest word on an author last
        :return: profiles by external id
        """
        authors = {author.external_id: author for author in authors}
        known = self.search(
            [
                ("company_id", "=", channel.company_id.id),
                ("network", "=", channel.network),
                ("external_id", "in", list(authors)),
            ]
        )
        profiles = {profile.external_id: profile for profile in known}
        for external_id, profile in profiles.items():
            profile._update_from(authors[external_id])
        new = [author for key, author in authors.items() if key not in profiles]
        values = [
            {
                "company_id": channel.company_id.id,
                "network": channel.network,
                "external_id": author.external_id,
                **_values(author),
            }
            for author in new
        ]
        nobody = self.browse()
        created = self.create([{**each, **nobody._scored(each)} for each in values])
        profiles.update(zip((a.external_id for a in new), created, strict=True))
        return profiles

    def _update_from(self, author):
        """Takes over what the network says now; a figure it leaves out stays as last
        known.
        """
        values = _values(author)
        if author.followers is None and self.figures_at:
            kept = (*FIGURES, "unknown_figures", "figures_at")
            values = {k: v for k, v in values.items() if k not in kept}
        changed = {
            key: value
            for key, value in values.items()
            if key != "figures_at" and self[key] != value
        }
        if changed:
            changed["figures_at"] = values.get("figures_at", self.figures_at)
            if not changed.keys().isdisjoint(FIGURES):
                changed |= self._scored(changed)
            self.write(changed)

    def action_view_conversations(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_engagement.social_conversation_action"
        )
        return action | {"domain": [("profile_id", "in", self.ids)]}


def _values(author):
    """The fields of a profile for an :class:`Author`."""
    figures = {name: getattr(author, name) for name in FIGURES}
    told = {name: getattr(author, name) for name in ("about", "place")}
    known = any(figure is not None for figure in figures.values())
    return {
        **{name: getattr(author, name) or False for name in DETAILS},
        **{name: text or False for name, text in told.items() if text is not None},
        "handle": author.handle.lstrip("@"),
        **{name: figure or 0 for name, figure in figures.items()},
        "joined_at": author.created_at and in_utc(author.created_at),
        "unknown_figures": ",".join(n for n, f in figures.items() if f is None),
        "figures_at": known and fields.Datetime.now(),
    }
