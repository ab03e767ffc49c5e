from odoo import api, fields, models


class SocialPrivacyLog(models.Model):
    """What was done to people's data: how much, by whom, when and why. Never what was
    in it, nor whose it was.
    """

    _name = "social.privacy.log"
    _description = "What Was Done to People's Data"
    _order = "id desc"
    _rec_name = "done"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    channel_id = fields.Many2one("social.channel", readonly=True, ondelete="set null")
    done = fields.Selection(
        [
            ("retained", "Kept no longer"),
            ("exported", "Exported"),
            ("erased", "Erased"),
            ("stopped", "Processing stopped"),
            ("resumed", "Processing resumed"),
        ],
        required=True,
        readonly=True,
    )
    reason = fields.Selection(
        [
            ("request", "The person's request"),
            ("network", "The person's request, told by the network"),
            ("objection", "Objection"),
            ("withdrawn", "Consent withdrawn"),
            ("accuracy", "Accuracy contested"),
            ("law", "The law asks for it"),
            ("retention", "Time to keep it is over"),
        ],
        readonly=True,
    )
    user_id = fields.Many2one("res.users", "Who", readonly=True, ondelete="set null")
    counts = fields.Json(readonly=True, help="[[what, how many], …]")
    counts_text = fields.Char("How much", compute="_compute_counts_text")

    @api.depends("counts")
    def _compute_counts_text(self):
        for log in self:
            log.counts_text = ", ".join(f"{name}: {n}" for name, n in log.counts or [])

    @api.model
    def _note(self, company, done, counts, **values):
        """
        :param counts: list of (what, how many)
        """
        return self.create(
            {
                "company_id": company.id,
                "done": done,
                "counts": counts,
                "user_id": self.env.uid,
                **values,
            }
        )
