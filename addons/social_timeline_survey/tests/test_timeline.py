from odoo.addons.social_engagement.tests.test_timeline import TimelineCase


class TestTimelineSurvey(TimelineCase):
    def test_a_finished_survey_is_an_entry(self):
        survey = self.env["survey.survey"].create({"title": "How was it?"})
        answer = self.env["survey.user_input"].create(
            {"survey_id": survey.id, "partner_id": self.ann.id, "state": "in_progress"}
        )
        manager = self.make_user(
            "asks", "base.group_user", "survey.group_survey_manager"
        )
        self.assertEqual(self.page({"kind": "survey"}, user=manager)["entries"], [])
        answer._mark_done()
        [entry] = self.page({"kind": "survey"}, user=manager)["entries"]
        self.assertEqual(entry["card"]["title"], "How was it?")
        self.assertEqual(self.page({"kind": "survey"})["entries"], [])
