from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.social_engagement.models.searching import bearing


class SocialTimelineEntry(models.Model):
    _inherit = "social.timeline.entry"

    kind = fields.Selection(
        selection_add=[("survey", "Survey")], ondelete={"survey": "cascade"}
    )


class SurveyUserInput(models.Model):
    _name = "survey.user_input"
    _inherit = ["social.timeline.source", "survey.user_input"]

    _timeline_kind = "survey"
    _timeline_date = "end_datetime"
    _timeline_moves = {"partner_id", "state", "test_entry"}

    def _timeline_rows(self):
        return SQL(
            """SELECT id, partner_id, coalesce(end_datetime, create_date) AS date,
                      'survey' AS kind, NULL AS channel
               FROM survey_user_input
               WHERE id = ANY(%s) AND state = 'done' AND test_entry IS NOT TRUE""",
            self.ids,
        )

    def _timeline_domain(self, text):
        return Domain("survey_id", "any", bearing(["title"], text))

    def _timeline_card(self):
        card = super()._timeline_card()
        return card | {"title": self.survey_id.title}
