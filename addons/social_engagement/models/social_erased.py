"""Erasing, record by record: what each kind of record is left with."""

import hashlib
import hmac

from odoo import api, fields, models
from odoo.exceptions import UserError

from .social_message_gone import CONTENT

ERASED = "erased"
#: A profile that is nobody's.
NOBODY = {
    **dict.fromkeys(("handle", "name", "url", "avatar_url", "about", "place"), False),
    **dict.fromkeys(("joined_at", "unknown_figures"), False),
    **dict.fromkeys(("followers", "following", "posts", "listed"), 0),
    "partner_id": False,
    "figures_at": False,
    "influence_manual": 0,
    "influence_manual_reason": False,
    "influence_excluded": True,
}


class SocialErased(models.Model):
    """That somebody was erased, told by nothing but a keyed hash: what they had written
    stays away, also when the network delivers it once more. What they write afterwards
    is taken in.
    """

    _name = "social.erased"
    _description = "Trace of an Erased Person"
    _log_access = False

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    network = fields.Char(required=True, readonly=True)
    key = fields.Char(required=True, readonly=True)
    erased_at = fields.Datetime(required=True, readonly=True)

    _person_unique = models.UniqueIndex("(company_id, network, key)")

    @api.model
    def _key(self, network, external_id):
        """Tells the same person again, and nobody who it is."""
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        told = f"social_engagement:{network}:{external_id}"
        return hmac.new(secret.encode(), told.encode(), hashlib.sha256).hexdigest()

    @api.model
    def _keep(self, company, network, external_ids):
        """Notes that people are erased now."""
        keys = [self._key(network, external_id) for external_id in external_ids]
        own = [("company_id", "=", company.id), ("network", "=", network)]
        known = self.search([*own, ("key", "in", keys)])
        now = fields.Datetime.now()
        known.erased_at = now
        self.create(
            [
                {
                    "company_id": company.id,
                    "network": network,
                    "key": key,
                    "erased_at": now,
                }
                for key in dict.fromkeys(keys)
                if key not in known.mapped("key")
            ]
        )

    @api.model
    def _moments(self, channel, external_ids):
        """Those of some authors who were erased: external id → when."""
        own = [
            ("company_id", "=", channel.company_id.id),
            ("network", "=", channel.network),
        ]
        if not self.search(own, limit=1):
            return {}
        keys = {self._key(channel.network, name): name for name in external_ids}
        found = self.search([*own, ("key", "in", list(keys))])
        return {keys[trace.key]: trace.erased_at for trace in found}


class SocialMessage(models.Model):
    _inherit = "social.message"

    gone_reason = fields.Selection(selection_add=[(ERASED, "Erased on request")])

    def _erase(self):
        """Empties posts and answers: figures remain."""
        waiting = self.filtered(
            lambda m: m.delivery_state and m.delivery_state not in ("sent", "withdrawn")
        )
        waiting.delivery_state = "cancelled"
        self.action_ids.unlink()
        self.env["social.message.band"].search(
            [("message_id", "in", self.ids)]
        ).unlink()
        for channel, messages in self.grouped("channel_id").items():
            self._forget_names(channel, messages.mapped("external_id"))
        self.write(
            CONTENT
            | {
                "external_id": False,
                "parent_external_id": False,
                "revision": False,
                "mail_message_id": False,
                "attachment_ids": False,
                "failure_detail": False,
                "refusal": False,
                "gone_at": fields.Datetime.now(),
                "gone_reason": ERASED,
            }
        )

    def _forget_names(self, channel, external_ids):
        """Others answered these posts, whose ids may tell who wrote them."""
        named = [external_id for external_id in external_ids if external_id]
        own = [("channel_id", "=", channel.id)]
        self.search([*own, ("parent_external_id", "in", named)]).write(
            {"parent_external_id": False}
        )
        for thread in self.env["social.conversation"].search(
            [*own, ("thread_key", "in", named)]
        ):
            thread.thread_key = f"{ERASED}:{thread.id}"


class SocialConversation(models.Model):
    _inherit = "social.conversation"

    def _erase(self):
        for conversation in self:
            open_still = conversation.state in ("new", "open", "waiting")
            conversation.write(
                {
                    "name": self.env._("Erased conversation"),
                    "thread_key": f"{ERASED}:{conversation.id}",
                    **({"state": "no_action"} if open_still else {}),
                }
            )


class SocialIntake(models.Model):
    _inherit = "social.intake"

    def _empty(self):
        """Deletes what was delivered; that it was, and what became of it, remains."""
        self._discard({"error": False})

    def _without_erased(self, channel, posts):
        """Deletes what erased people had written before, delivered once more.

        :param posts: intake → :class:`Post`
        :return: the others
        """
        authors = {post.author.external_id for post in posts.values()}
        moments = self.env["social.erased"]._moments(channel, authors)
        if not moments:
            return posts

        def is_erased(post):
            erased_at = moments.get(post.author.external_id)
            return erased_at and post.posted_at.replace(tzinfo=None) <= erased_at

        dropped = self.browse(i.id for i, post in posts.items() if is_erased(post))
        kept = {i: post for i, post in posts.items() if i not in dropped}
        dropped.unlink()
        return kept


class SocialProfile(models.Model):
    _inherit = "social.profile"

    def _erase(self):
        """Makes them nobody's, and keeps what they had written before away."""
        erased = self.env["social.erased"]
        for (company, network), profiles in self.grouped(
            lambda profile: (profile.company_id, profile.network)
        ).items():
            erased._keep(company, network, profiles.mapped("external_id"))
        self._anonymise()

    def _anonymise(self):
        """Empties profiles: what counts them remains."""
        for profile in self:
            profile.write({**NOBODY, "external_id": f"{ERASED}:{profile.id}"})
        self._forget_influence()


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _social_erase(self):
        """Empties contacts and archives them: documents that name them stay.

        :raises UserError: for colleagues and companies, who are no customers to erase
        """
        for partner in self:
            if partner.user_ids or partner.child_ids:
                raise UserError(
                    self.env._(
                        "%(name)s is a user or has contacts of its own, and can't be "
                        "erased here.",
                        name=partner.display_name,
                    )
                )
        self.env["social.privacy"]._blank(
            self, self.env._("Erased contact"), keep=("name",)
        )
        self.write(
            {
                "name": self.env._("Erased contact"),
                "category_id": False,
                "active": False,
            }
        )
