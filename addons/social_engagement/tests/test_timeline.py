from datetime import datetime, timedelta

from odoo.exceptions import AccessError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from ..models.social_timeline_page import PAGE
from .common import SocialCase
from .test_direct import unrouted

LONG_AGO = datetime(2020, 1, 1)


class TimelineCase(SocialCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann = cls.env["res.partner"].create(
            {"name": "Ann Lee", "email": "ann@shop.example"}
        )

    def setUp(self):
        super().setUp()
        self.entries = self.env["social.timeline.entry"]

    def settle(self):
        """What happens before a transaction ends."""
        self.env.cr.precommit.run()

    def say(self, text="A note", partner=None, **values):
        return (partner or self.ann).message_post(
            body=text, message_type="comment", subtype_xmlid="mail.mt_note", **values
        )

    def post(self, text="Hello there", partner=None, **values):
        """A post of an author who is the contact."""
        message = self.receive(self.payload(text, **values))[-1:]
        message.profile_id.partner_id = partner or self.ann
        return message

    def page(self, wanted=None, cursor=None, partner=None, user=None):
        self.settle()
        self.env.invalidate_all()
        partner = (partner or self.ann).with_user(user or self.agent)
        return partner.social_timeline(wanted, cursor)

    def shown(self, *args, **kwargs):
        """(kind, channel) of the entries of a page."""
        page = self.page(*args, **kwargs)
        return [(each["kind"], each["channel"]) for each in page["entries"]]


class TestTimeline(TimelineCase):
    def test_one_stream_newest_first(self):
        self.say(date="2026-02-01 10:00:00")
        self.ann.message_post(
            body="Hi", message_type="email", author_id=self.ann.id,
            subtype_xmlid="mail.mt_comment",
        ).date = "2026-03-01 10:00:00"  # fmt: skip
        self.post()
        self.assertEqual(
            self.shown(),
            [("email", "email"), ("note", ""), ("post", "scripted")],
        )

    def test_calls_and_meetings_are_activities_done(self):
        for xmlid in ("mail_activity_data_call", "mail_activity_data_meeting"):
            kind = self.env.ref(f"mail.{xmlid}")
            self.ann.activity_schedule(
                activity_type_id=kind.id, user_id=self.env.uid
            ).action_feedback("Spoke about tea")
        kinds = dict(self.shown())
        self.assertEqual(kinds["call"], "phone")

    def test_noise_is_left_out(self):
        self.ann.name = "Ann L."
        self.ann.message_post(body="Moved", message_type="notification")
        self.assertEqual(self.shown(), [])

    def test_what_a_contact_wrote_elsewhere(self):
        other = self.env["res.partner"].create({"name": "Other"})
        other.message_post(
            body="I wrote", message_type="email", author_id=self.ann.id,
            subtype_xmlid="mail.mt_comment",
        )  # fmt: skip
        self.assertEqual(self.shown(), [("email", "email")])

    def test_those_who_work_here_have_no_timeline(self):
        self.env["res.partner"].create({"name": "Other"}).message_post(
            body="I wrote", author_id=self.agent.partner_id.id,
            subtype_xmlid="mail.mt_comment",
        )  # fmt: skip
        self.assertEqual(self.shown(partner=self.agent.partner_id), [])

    def test_a_link_brings_the_posts_and_takes_them_away(self):
        post = self.post()
        self.assertEqual(self.shown(), [("post", "scripted")])
        post.profile_id.partner_id = False
        self.assertEqual(self.shown(), [])

    def test_notes_on_a_conversation_belong_to_its_author(self):
        post = self.receive(self.payload())
        post.conversation_id.message_post(
            body="x", message_type="comment", subtype_xmlid="mail.mt_note"
        )
        self.settle()
        post.profile_id.partner_id = self.ann
        self.assertEqual(sorted(self.shown()), [("note", ""), ("post", "scripted")])

    def test_what_is_deleted_is_gone(self):
        note = self.say()
        self.settle()
        note.unlink()
        self.assertFalse(self.entries.search([("partner_id", "=", self.ann.id)]))

    def test_forgetting(self):
        self.say()
        self.settle()
        self.entries._forget(self.ann)
        self.assertFalse(self.entries.search([("partner_id", "=", self.ann.id)]))

    def test_filters(self):
        self.say(date="2026-02-01 10:00:00")
        post = self.post()
        self.assertEqual(self.shown({"kind": "note"}), [("note", "")])
        self.assertEqual(self.shown({"channel": "scripted"}), [("post", "scripted")])
        day = post.posted_at.strftime("%Y-%m-%d 00:00:00")
        self.assertEqual(self.shown({"until": "2026-02-01 00:00:00"})[0][0], "post")
        self.assertEqual(self.shown({"since": day, "until": day}), [])
        then = post.posted_at.strftime("%Y-%m-%d %H:%M:%S")
        self.assertEqual(self.shown({"since": then})[-1][0], "post", "inclusive")
        self.assertNotIn(("post", "scripted"), self.shown({"until": then}))

    def test_search_finds_words_in_everything(self):
        self.say("The teapot leaks")
        self.post("My teapot is broken")
        self.post("Something else", handle="@ann")
        self.assertEqual(len(self.shown({"text": "teapot"})), 2)
        self.assertEqual(self.shown({"text": "coffee"}), [])

    def test_pages_hold_everything_once(self):
        message = self.env["mail.message"].sudo()
        note = self.env.ref("mail.mt_note").id
        same = datetime(2025, 5, 5, 5, 5)  # the cursor tells equal moments apart
        made = message.create(
            [
                {
                    "model": "res.partner",
                    "res_id": self.ann.id,
                    "body": f"Note {n}",
                    "message_type": "comment",
                    "subtype_id": note,
                    "date": same + timedelta(days=n // 40),
                }
                for n in range(100)
            ]
        )
        seen, cursor, pages = [], None, 0
        while pages == 0 or cursor:
            page = self.page(cursor=cursor)
            seen += [each["message"] for each in page["entries"]]
            cursor, pages = page["cursor"], pages + 1
        self.assertEqual(sorted(seen), sorted(made.ids))
        self.assertEqual(pages, 100 // PAGE)

    def test_the_number_of_queries_does_not_grow(self):
        def queries():
            self.settle()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            page = self.ann.with_user(self.agent).social_timeline()
            return self.env.cr.sql_log_count - before, len(page["entries"])

        for number in range(3):
            self.say(f"Note {number}")
        self.post()
        queries()  # what is cached for ever
        few, shown = queries()
        self.assertEqual(shown, 4)
        for number in range(60):
            self.say(f"Note {number}")
            if number % 4 == 0:
                self.post(f"Post {number}")
        many, shown = queries()
        self.assertEqual(shown, PAGE)
        self.assertLessEqual(many, few)

    def test_whole_company(self):
        company = self.env["res.partner"].create({"name": "Tea", "is_company": True})
        self.ann.parent_id = company
        bob = self.env["res.partner"].create({"name": "Bob", "parent_id": company.id})
        self.say("To Bob", bob)
        company.message_post(  # concerns two of them, is there once
            body="Hi", message_type="email", author_id=self.ann.id,
            subtype_xmlid="mail.mt_comment",
        )  # fmt: skip
        self.assertEqual(len(self.shown()), 1)
        self.assertEqual(len(self.shown({"company": True})), 2)
        options = self.ann.with_user(self.agent).social_timeline_options()
        self.assertEqual(options["company"], "Tea")

    def test_mood_over_time(self):
        self.post("This is wonderful, thank you so much!")
        self.post("This is terrible and it makes me angry.", handle="@ann")
        [point] = self.ann.with_user(self.agent).social_timeline_mood()
        self.assertEqual(point["count"], 2)
        plain = self.make_user("plain")
        self.assertEqual(self.ann.with_user(plain).social_timeline_mood(), [])

    def test_mood_of_the_company_and_of_a_span(self):
        company = self.env["res.partner"].create({"name": "Tea", "is_company": True})
        self.ann.parent_id = company
        bob = self.env["res.partner"].create({"name": "Bob", "parent_id": company.id})
        old, new, hers = (
            self.receive(self.payload("This is terrible.", handle=handle, at=at))
            for handle, at in (
                ("@bob", "2026-01-01T00:00:00+00:00"),
                ("@bob", "2026-03-01T00:00:00+00:00"),
                ("@anne", "2026-03-01T12:00:00+00:00"),
            )
        )
        (old | new).profile_id.partner_id = bob
        hers.profile_id.partner_id = self.ann

        def counts(**wanted):
            ann = self.ann.with_user(self.agent)
            return [point["count"] for point in ann.social_timeline_mood(wanted)]

        self.assertEqual(counts(), [1])
        self.assertEqual(sum(counts(company=True)), 3)
        march = {"since": "2026-03-01 00:00:00"}
        self.assertEqual(counts(company=True, **march), [2])
        self.assertEqual(counts(company=True, until=march["since"]), [1])
        self.assertEqual(counts(until=march["since"]), [])

    def test_history_is_taken_in_by_a_job(self):
        self.say()
        self.post()
        self.settle()
        self.env.cr.execute("DELETE FROM social_timeline_entry")
        self.env.cr.execute("DELETE FROM social_timeline_backfill")
        self.assertEqual(self.shown(), [])
        self.run_job("cron_timeline_backfill")
        self.assertEqual(len(self.shown()), 2)
        left = self.env["social.timeline.backfill"].search([("next_id", ">", 0)])
        self.assertFalse(left)

    def test_merged_contacts(self):
        double = self.env["res.partner"].create({"name": "Ann L."})
        post = self.post(partner=double)
        email = self.env["res.partner"].create({"name": "Third"}).message_post(
            body="Hi", author_id=self.ann.id, partner_ids=double.ids,
            message_type="email", subtype_xmlid="mail.mt_comment",
        )  # fmt: skip
        self.settle()
        influence = post.profile_id.influence
        self.assertTrue(influence)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge([double.id, self.ann.id], self.ann)
        self.assertEqual(post.profile_id.partner_id, self.ann)
        self.assertEqual(post.conversation_id.partner_id, self.ann)
        self.assertEqual(self.ann.social_influence, influence)
        shown = self.page()["entries"]
        self.assertEqual(len(shown), 2)
        self.assertIn(email.id, [each["message"] for each in shown])
        confirmed = post.profile_id.identity_ids
        self.assertEqual(confirmed.partner_id, self.ann)


class TestTimelineRights(TimelineCase):
    def test_content_follows_the_rights_to_the_record(self):
        post = self.post()
        plain = self.make_user("plain")
        self.assertEqual(self.shown(user=plain), [])
        post.conversation_id._bring_to_desk()
        self.assertEqual(self.shown(), [("post", "scripted")])

    def test_another_company_sees_nothing(self):
        self.post()
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self.make_user(
            "stranger",
            "social_engagement.group_social_user",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.assertEqual(self.shown(user=stranger), [])
        self.assertEqual(self.ann.with_user(stranger).social_timeline_mood(), [])

    def test_direct_messages_hidden_by_a_rule_are_hidden(self):
        unrouted(self)
        direct = self.post("psst", kind="direct", visibility="direct")
        self.post("hello", handle="@ann")
        direct.conversation_id._bring_to_desk()  # nor by what is in the chatter
        self.assertEqual(len(self.shown()), 2)
        self.env["ir.rule"].create(
            {
                "name": "No direct messages",
                "model_id": self.env["ir.model"]._get_id("social.message"),
                "domain_force": "[('kind', '!=', 'direct')]",
            }
        )
        self.assertEqual(self.shown(), [("post", "scripted")])

    def test_a_page_is_full_though_much_is_hidden(self):
        self.say("seen", date="2020-01-01 00:00:00")
        hidden = self.env["mail.activity.type"].search([], limit=1)
        for _n in range(40):
            self.env["mail.message"].create(
                {
                    "model": "ir.cron",  # administrators alone may read these
                    "res_id": self.env.ref("mail.ir_cron_mail_gateway_action").id,
                    "body": "secret",
                    "message_type": "comment",
                    "subtype_id": self.env.ref("mail.mt_comment").id,
                    "partner_ids": self.ann.ids,
                    "mail_activity_type_id": hidden.id,
                    "author_id": self.env.ref("base.partner_root").id,
                }
            )
        page = self.page()
        self.assertEqual(len(page["entries"]), 1)
        self.assertIsNone(page["cursor"])
        self.assertNotIn("secret", str(page))

    def test_portal_and_who_may_not_read_the_contact(self):
        portal = new_test_user(self.env, "portal_ann", "base.group_portal")
        for call in (
            "social_timeline",
            "social_timeline_options",
            "social_timeline_mood",
        ):
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base"):
                getattr(portal.partner_id.with_user(portal), call)()

    def hide(self, record):
        """A rule that nobody but administrators may read a record."""
        self.env["ir.rule"].create(
            {
                "name": "Hidden",
                "model_id": self.env["ir.model"]._get_id(record._name),
                "domain_force": [("id", "!=", record.id)],
            }
        )

    def test_who_may_not_read_the_contact(self):
        self.hide(self.ann)
        for call in ("social_timeline", "social_timeline_options"):
            with self.assertRaises(AccessError):
                getattr(self.ann.with_user(self.agent), call)()

    def test_colleagues_of_a_contact_who_may_not_be_read(self):
        company = self.env["res.partner"].create({"name": "Tea", "is_company": True})
        self.ann.parent_id = company
        bob = self.env["res.partner"].create({"name": "Bob", "parent_id": company.id})
        self.post("From Bob", partner=bob)
        self.assertEqual(len(self.shown({"company": True})), 1)
        self.hide(bob)
        self.assertEqual(self.shown({"company": True}), [])

    def test_nothing_leads_where_the_reader_may_not_go(self):
        other = self.env["res.partner"].create({"name": "Secret"})
        self.say("To you both", other, partner_ids=self.ann.ids)
        self.env["mail.message"].search(
            [("res_id", "=", other.id)]
        ).partner_ids += self.agent.partner_id
        [entry] = self.page()["entries"]
        self.assertEqual((entry["model"], entry["res_id"]), (other._name, other.id))
        self.hide(other)
        [entry] = self.page()["entries"]
        self.assertFalse(entry["model"] or entry["res_id"] or entry["name"])

    def test_the_table_itself_is_closed(self):
        for model in ("social.timeline.entry", "social.timeline.backfill"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.agent).search([])
