from odoo.addons.social_engagement.tests.test_timeline import TimelineCase


class TestTimelineRating(TimelineCase):
    def test_a_rating_given_is_an_entry(self):
        rating = self.env["rating.rating"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                "res_id": self.ann.id,
                "partner_id": self.ann.id,
            }
        )
        self.assertEqual(self.shown({"kind": "rating"}), [])
        rating.write({"rating": 5, "consumed": True, "feedback": "Lovely"})
        [entry] = self.page({"kind": "rating"})["entries"]
        self.assertEqual(entry["card"]["text"], "Lovely")
        self.assertEqual(len(self.shown({"text": "lovely"})), 1)
