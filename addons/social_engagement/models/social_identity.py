from odoo import api, fields, models
from odoo.exceptions import UserError

from ..identity import certainty, confidence
from .forgery import check_writable
from .social_conversation import QUIET

ORIGINS = [
    ("about", "The profile's description"),
    ("public", "A public post"),
    ("private", "A direct message"),
    ("agent", "A person here"),
]
#: Where a datum is from → on what ground we have it.
CONSENT = {
    "about": "published",
    "public": "published",
    "private": "told",
    "agent": "decided",
}


class SocialIdentity(models.Model):
    """That a profile and a contact are the same person: suggested with evidence,
    decided by a person, and undone without a trace on either.
    """

    _name = "social.identity"
    _description = "Who Is Behind a Profile"
    _order = "confidence desc, id"
    _rec_name = "partner_id"

    profile_id = fields.Many2one(
        "social.profile", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="profile_id.company_id", store=True, index=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Contact",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    state = fields.Selection(
        [
            ("suggested", "Suggested"),
            ("confirmed", "Confirmed"),
            ("rejected", "Somebody else"),
        ],
        required=True,
        readonly=True,
        default="suggested",
    )
    confidence = fields.Float(
        readonly=True, aggregator="avg", help="0 to 1, of all the evidence together."
    )
    certainty = fields.Selection(
        [
            ("possible", "Possible"),
            ("likely", "Likely"),
            ("very_likely", "Very likely"),
            ("certain", "Certain"),
        ],
        "How sure",
        compute="_compute_certainty",
    )
    evidence_ids = fields.One2many(
        "social.identity.evidence", "identity_id", "Where from", readonly=True
    )
    reasons = fields.Text("Evidence", compute="_compute_reasons")
    decided_by = fields.Many2one("res.users", "Decided by", readonly=True)
    decided_at = fields.Datetime("Decided on", readonly=True)
    previous_partner_id = fields.Many2one(
        "res.partner",
        "Contact before",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    filled = fields.Json(
        readonly=True, help="Records that got the contact with the confirmation."
    )

    _pair_unique = models.UniqueIndex("(profile_id, partner_id)")

    @api.depends("confidence")
    def _compute_certainty(self):
        for identity in self:
            identity.certainty = certainty(identity.confidence)

    @api.depends("evidence_ids.name")
    @api.depends_context("lang")
    def _compute_reasons(self):
        for identity in self:
            identity.reasons = "\n".join(identity.evidence_ids.mapped("name"))

    def write(self, vals):
        check_writable(self, vals)
        return super().write(vals)

    # ------------------------------------------------------------------
    # A person decides
    # ------------------------------------------------------------------

    def action_confirm(self):
        """They are the same person."""
        for identity in self:
            identity.partner_id.check_access("read")
            identity.profile_id.partner_id = identity.partner_id

    def action_reject(self):
        """They are not; it is not suggested again."""
        for identity in self:
            identity.profile_id.check_access("write")
            linked = identity.state == "confirmed"
            identity.sudo().evidence_ids.filtered(lambda e: e.kind == "agent").unlink()
            identity.sudo().write(
                {"state": "rejected", "confidence": 0} | identity._decision()
            )
            if linked:
                identity._restore()

    def action_undo(self):
        """Takes a decision back: what was before is again."""
        for identity in self:
            identity.profile_id.check_access("write")
            if identity.state == "confirmed":
                identity._restore()
            else:
                identity.sudo()._suggest_again()

    def _restore(self):
        """The profile gets the contact it had, unless it has got another since."""
        if self.profile_id.partner_id == self.partner_id:
            self.profile_id.partner_id = self.previous_partner_id.exists()

    def _decision(self):
        return {"decided_by": self.env.uid, "decided_at": fields.Datetime.now()}

    @api.model
    def _note(self, profile, before):
        """A person linked a profile to a contact, or took the link away: notes who and
        when, and lets what hangs on the profile follow.

        :param before: the contact it was linked to
        """
        mine = self.sudo().search([("profile_id", "=", profile.id)])
        old = mine.filtered(lambda i: i.partner_id == before and i.state != "suggested")
        old._give_back()
        old.filtered(lambda i: i.state == "confirmed")._suggest_again()
        if not profile.partner_id:
            return
        new = mine.exists().filtered(lambda i: i.partner_id == profile.partner_id)
        if not new:
            new = self.sudo().create(
                {"profile_id": profile.id, "partner_id": profile.partner_id.id}
            )
        new._add_evidence("agent", "", "agent")
        new.write(
            {"state": "confirmed", "confidence": 1, "previous_partner_id": before.id}
            | self._decision()
        )
        new._take_over()

    def _add_evidence(self, kind, value, origin, message=None, strength=1.0):
        self.env["social.identity.evidence"].create(
            {
                "identity_id": self.id,
                "kind": kind,
                "value": value,
                "origin": origin,
                "message_id": message,
                "strength": strength,
                "user_id": origin == "agent" and self.env.uid,
            }
        )

    def _suggest_again(self):
        """What a person said does not count any more; what else speaks for it does."""
        for identity in self:
            evidence = identity.evidence_ids
            evidence.filtered(lambda e: e.origin == "agent").unlink()
            left = identity.evidence_ids.exists()
            if not left:
                identity.unlink()
                continue
            identity.write(
                {
                    "state": "suggested",
                    "confidence": confidence(left.mapped("strength")),
                    "decided_by": False,
                    "decided_at": False,
                    "previous_partner_id": False,
                }
            )

    # ------------------------------------------------------------------
    # What follows
    # ------------------------------------------------------------------

    def _bear_contact(self):
        """Records made of the profile's conversations that should have its contact:
        list of recordsets with ``partner_id``.
        """
        return []

    def _take_over(self):
        """Records that have no contact yet get this one."""
        filled = {}
        for records in self._bear_contact():
            without = records.filtered(lambda r: not r.partner_id)
            without.with_context(**QUIET).partner_id = self.partner_id
            if without:
                filled[without._name] = without.ids
        self.filled = filled or False

    def _give_back(self):
        """Records that got the contact with the confirmation lose it again."""
        for identity in self:
            for model, ids in (identity.filled or {}).items():
                records = self.env[model].browse(ids).exists()
                theirs = records.filtered(
                    lambda r, i=identity: r.partner_id == i.partner_id
                )
                theirs.with_context(**QUIET).partner_id = False
            identity.filled = False

    @api.model
    def _merge(self, sources, target):
        """Contacts become another: of identities that are the same then, the one a
        person decided about stays, with the evidence of all.
        """
        same = self.sudo().search([("partner_id", "in", (sources | target).ids)])
        rank = {"confirmed": 0, "rejected": 1, "suggested": 2}
        for identities in same.grouped("profile_id").values():
            kept, *others = identities.sorted(lambda i: rank[i.state])
            for other in others:
                other.evidence_ids.identity_id = kept
                self.env.flush_all()
                other.unlink()
        self.env.flush_all()


class SocialIdentityEvidence(models.Model):
    """One reason why a profile and a contact may be the same person: what, from where,
    and on what ground we have it. Addresses and numbers are kept masked.
    """

    _name = "social.identity.evidence"
    _description = "Evidence Who Is Behind a Profile"
    _order = "strength desc, id"
    _log_access = False

    name = fields.Char(compute="_compute_name")
    identity_id = fields.Many2one(
        "social.identity", required=True, readonly=True, ondelete="cascade", index=True
    )
    kind = fields.Selection(
        [
            ("email", "E-mail address"),
            ("phone", "Telephone number"),
            ("website", "Website"),
            ("reference", "Number of an order, invoice or ticket"),
            ("place", "Name and place"),
            ("name", "Name"),
            ("agent", "A person's word"),
            ("made", "Contact made from the profile"),
        ],
        required=True,
        readonly=True,
    )
    value = fields.Char(readonly=True)
    origin = fields.Selection(ORIGINS, required=True, readonly=True)
    consent = fields.Selection(
        [
            ("published", "Published by the author"),
            ("told", "Told us in private"),
            ("decided", "Decided here"),
        ],
        "Ground",
        compute="_compute_consent",
    )
    message_id = fields.Many2one(
        "social.message", "Post", readonly=True, ondelete="cascade", index=True
    )
    strength = fields.Float(readonly=True, aggregator="avg", help="0 to 1.")
    noted_at = fields.Datetime(
        readonly=True, default=lambda self: fields.Datetime.now()
    )
    user_id = fields.Many2one("res.users", "Who", readonly=True)

    @api.depends("origin")
    def _compute_consent(self):
        for evidence in self:
            evidence.consent = CONSENT[evidence.origin]

    @api.depends("kind", "value", "origin", "user_id")
    @api.depends_context("lang")
    def _compute_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        origins = dict(self._fields["origin"]._description_selection(self.env))
        for evidence in self:
            if evidence.kind == "agent":
                evidence.name = self.env._(
                    "Confirmed by %(user)s", user=evidence.sudo().user_id.name or "?"
                )
                continue
            what = kinds[evidence.kind]
            if evidence.value:
                what = f"{what} {evidence.value}"
            evidence.name = f"{what} ({origins[evidence.origin]})"

    def write(self, vals):
        check_writable(self, vals)
        return super().write(vals)


class SocialProfile(models.Model):
    _inherit = "social.profile"

    identity_ids = fields.One2many("social.identity", "profile_id", "Contact Matching")

    def write(self, vals):
        if "partner_id" not in vals:
            return super().write(vals)
        # What is shown of the contact beside the profile is read past the rights.
        self.env["res.partner"].browse(vals["partner_id"] or []).check_access("read")
        before = {profile: profile.partner_id for profile in self}
        res = super().write(vals)
        for profile, partner in before.items():
            if profile.partner_id != partner:
                self.env["social.identity"]._note(profile, partner)
        return res

    def action_make_contact(self):
        """Makes a contact of what the profile says, and notes from where it is."""
        self.ensure_one()
        self.check_access("write")
        if self.partner_id:
            raise UserError(self.env._("This profile has a contact already."))
        partner = self.env["res.partner"].sudo().create(self._contact_values())
        partner.message_post(
            body=self.env._(
                "Made from the profile %(profile)s on %(network)s: the name and the "
                "address of the page are from there.",
                profile=self.display_name,
                network=dict(self._fields["network"]._description_selection(self.env))[
                    self.network
                ],
            ),
            subtype_xmlid="mail.mt_note",
        )
        identity = self.env["social.identity"].sudo()
        identity = identity.create({"profile_id": self.id, "partner_id": partner.id})
        for value in filter(None, (self.name, self.url)):
            identity._add_evidence("made", value, "about")
        self.partner_id = partner
        return partner.with_env(self.env).get_formview_action()

    def _contact_values(self):
        return {
            "name": self.name or self.handle or self.external_id,
            "website": self.url,
            "company_id": self.company_id.id,
        }


class SocialConversation(models.Model):
    """The same beside a conversation."""

    _inherit = "social.conversation"

    identity_ids = fields.One2many(related="profile_id.identity_ids")

    def action_who_is_this(self):
        """With nothing to suggest, the author opens: there a contact can be chosen."""
        said = self.profile_id.action_who_is_this()
        if said:
            author = self.profile_id.get_formview_action()
            said["params"]["next"] = {
                **author,
                "name": self.env._("Contact Matching"),
                "target": "new",
            }
        return said

    def action_make_contact(self):
        return self.profile_id.action_make_contact()

    def action_view_timeline(self):
        return self.partner_id.action_view_timeline()


class SocialMessage(models.Model):
    _inherit = "social.message"

    def _forget(self, reason):
        """With the text goes what it was evidence for."""
        evidence = self.env["social.identity.evidence"].sudo()
        found = evidence.search([("message_id", "in", self.ids)])
        suggested = found.identity_id.filtered(lambda i: i.state == "suggested")
        found.unlink()
        suggested._suggest_again()
        return super()._forget(reason)
