import base64
import io
import json
import zipfile

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.social_direct import MANAGER

LEFT_OUT = ("binary", "one2many", "many2many")


class SocialPrivacyRequest(models.TransientModel):
    """What is kept of a person, for the person: a copy of it, or its end."""

    _name = "social.privacy.request"
    _description = "Export or Erase a Person's Data"

    profile_ids = fields.Many2many("social.profile", readonly=True)
    contact_id = fields.Many2one("res.partner", readonly=True)
    with_contact = fields.Boolean(
        help="Also the contact's own data, their tickets and leads that came by other "
        "ways, and what they wrote anywhere. Leave it out where a law asks to keep it, "
        "for instance with invoices.",
    )
    reason = fields.Selection(
        [
            ("request", "The person's request"),
            ("objection", "Objection"),
            ("withdrawn", "Consent withdrawn"),
            ("law", "The law asks for it"),
        ],
        required=True,
        default="request",
    )
    preview = fields.Html(compute="_compute_preview", sanitize=False)
    confirmed = fields.Boolean()
    file = fields.Binary("Copy", readonly=True, attachment=True)
    file_name = fields.Char(readonly=True)

    @api.depends("profile_ids", "contact_id", "with_contact")
    @api.depends_context("lang")
    def _compute_preview(self):
        for request in self:
            rows = Markup().join(
                Markup("<tr><td>%s</td><td class='text-end'>%s</td></tr>")
                % (part.name, len(part.records))
                for part in request._parts()
                if part.records
            )
            request.preview = (
                Markup("<table class='table table-sm'><tbody>%s</tbody></table>") % rows
                if rows
                else self.env._("Nothing is kept of this person any more.")
            )

    def _check_may(self):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("This needs the right “Manager”."))
        self.profile_ids.check_access("write")
        if self.with_contact:
            self.contact_id.check_access("write")
            # What they wrote anywhere is theirs and whom they wrote to.
            if any(not user.share for user in self.contact_id.sudo().user_ids):
                raise AccessError(
                    self.env._(
                        "%(name)s works here, and is no customer whose data is "
                        "exported or erased.",
                        name=self.contact_id.display_name,
                    )
                )

    def _partners(self):
        return self.contact_id if self.with_contact else self.contact_id.browse()

    def _parts(self):
        self._check_may()
        privacy = self.env["social.privacy"].sudo().with_context(active_test=False)
        return privacy._parts(
            privacy._person(
                self.profile_ids.with_env(privacy.env),
                self._partners().with_env(privacy.env),
            )
        )

    def _check_companies(self, parts):
        """A contact may be one of several companies': what the others keep is not for
        everybody who may see the contact.
        """
        kept = [part.records for part in parts if "company_id" in part.records._fields]
        companies = self.env["res.company"].sudo().union(*(r.company_id for r in kept))
        if companies - self.env.user.sudo().company_ids:
            raise AccessError(
                self.env._(
                    "Other companies keep something of this person too: it needs "
                    "somebody who works for all of them."
                )
            )

    # ------------------------------------------------------------------
    # Export
    # ------------------------------------------------------------------

    def action_export(self):
        """Makes the copy: a ZIP archive with a JSON file for each kind of data, the
        files, and an index to read it by. Only who made it can read it, and it deletes
        itself within hours.
        """
        self.ensure_one()
        parts = [part for part in self._parts() if part.records and part.theirs]
        self._check_companies(parts)
        if not parts:
            raise UserError(self.env._("Nothing is kept of this person."))
        self.file = base64.b64encode(self._archive(parts))
        self.file_name = f"{fields.Date.today()}.zip"
        self.env["social.privacy.log"].sudo()._note(
            self.profile_ids.company_id[:1] or self.env.company,
            "exported",
            [(part.name, len(part.records)) for part in parts],
            reason=self.reason,
        )
        return self._show()

    def _archive(self, parts):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
            lines = []
            for part in parts:
                name = f"{part.records._name}.json"
                rows = [_row(record) for record in part.records]
                archive.writestr(
                    name, json.dumps(rows, ensure_ascii=False, indent=1, default=str)
                )
                lines.append((part.name, name, len(rows)))
                if part.records._name == "ir.attachment":
                    for file in part.records:
                        archive.writestr(f"files/{file.id}", file.raw or b"")
            archive.writestr("index.html", self._index(lines))
        return data.getvalue()

    def _index(self, lines):
        rows = Markup().join(
            Markup("<tr><td>%s</td><td><a href='%s'>%s</a></td><td>%s</td></tr>")
            % (name, file, file, count)
            for name, file, count in lines
        )
        return Markup(
            "<!DOCTYPE html><meta charset='utf-8'><title>%(title)s</title>"
            "<h1>%(title)s</h1><p>%(text)s</p><table>%(rows)s</table>"
        ) % {
            "title": self.env._("What is kept of you"),
            "text": self.env._(
                "Each file holds one kind of data as it is stored (JSON, which any "
                "text editor opens). “files” holds what was attached, by its number in "
                "ir.attachment.json."
            ),
            "rows": rows,
        }

    # ------------------------------------------------------------------
    # Erasing
    # ------------------------------------------------------------------

    def action_erase(self):
        """Erases what the preview counts, for good."""
        self.ensure_one()
        self._check_may()
        if not self.confirmed:
            raise UserError(self.env._("Confirm first that it is to be erased."))
        self._check_companies(self._parts())
        log = self.env["social.privacy"]._erase(
            self.profile_ids, self._partners(), self.reason
        )
        done = log.counts_text
        self.unlink()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.env._("Erased"),
                "message": done,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _show(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Export or erase"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


def _row(record):
    """What is stored in a record, as JSON can hold it. Secrets are left out, and what
    other parts hold.
    """
    row = {}
    for name, field in record._fields.items():
        secret = field.groups or name.endswith("token")
        if not field.store or field.type in LEFT_OUT or secret:
            continue
        value = record[name]
        if field.type == "properties":
            value = dict(value or {})
        if field.type == "many2one":
            value = value.display_name if value else None
        elif field.type in ("reference", "many2one_reference"):
            value = str(value)
        row[name] = None if value is False and field.type != "boolean" else value
    if record._name == "social.intake":  # packed, once it was processed
        row["payload"] = record.delivered or None
    return row


class SocialProfile(models.Model):
    _inherit = "social.profile"

    def action_privacy(self):
        """Opens the export and erasure of these people's data."""
        contact = self.partner_id[:1]
        others = contact.sudo().social_profile_ids if contact else self
        request = self.env["social.privacy.request"].create(
            {
                "profile_ids": (self | others.sudo(False)).ids,
                "contact_id": contact.id,
            }
        )
        return request._show()


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_social_privacy(self):
        """Opens the export and erasure of this contact's data."""
        self.ensure_one()
        request = self.env["social.privacy.request"].create(
            {
                "profile_ids": self.social_profile_ids.ids,
                "contact_id": self.id,
                "with_contact": True,
            }
        )
        return request._show()
