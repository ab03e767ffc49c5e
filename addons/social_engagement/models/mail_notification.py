from odoo import fields, models

from . import failure


class MailNotification(models.Model):
    _inherit = "mail.notification"

    notification_type = fields.Selection(
        selection_add=[("social", "Social network")], ondelete={"social": "cascade"}
    )
    failure_type = fields.Selection(
        selection_add=[(f"social_{key}", label) for key, label in failure.SELECTION]
    )

    def _filtered_for_web_client(self):
        """The state of an answer is always shown, and first: the icon is that of the
        first one.
        """
        answers = self.filtered(lambda n: n.notification_type == "social")
        return (
            answers + super(MailNotification, self - answers)._filtered_for_web_client()
        )
