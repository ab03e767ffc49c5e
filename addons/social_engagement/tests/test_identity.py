from lxml import etree

from odoo.exceptions import AccessError, UserError

from .common import SocialCase


class TestIdentity(SocialCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann = cls.env["res.partner"].create(
            {
                "name": "Ann Lee",
                "email": "ann@shop.example",
                "phone": "+49 30 12345678",
                "city": "Berlin",
            }
        )

    def profile(self, text="Mail me: ann@shop.example", **values):
        profile = self.receive(self.payload(text, **values)).profile_id
        return profile.with_user(self.agent)

    def suggested(self, profile):
        return profile.identity_ids.filtered(lambda i: i.state == "suggested")

    def test_the_job_suggests_and_links_nothing(self):
        profile = self.profile()
        self.run_job("cron_suggest_identities")
        [identity] = profile.identity_ids
        self.assertEqual(identity.partner_id, self.ann)
        self.assertEqual(identity.state, "suggested")
        self.assertEqual(identity.certainty, "likely")
        self.assertIn("a…@shop.example (A public post)", identity.reasons)
        self.assertFalse(profile.partner_id)
        [evidence] = identity.evidence_ids
        self.assertEqual(evidence.consent, "published")
        self.assertTrue(evidence.message_id)
        self.assertNotIn("ann@", evidence.value)

    def test_all_suggestions_are_on_one_list(self):
        self.profile()
        self.run_job("cron_suggest_identities")
        menu = self.env.ref("social_engagement.social_identity_menu")
        shown = self.env["ir.ui.menu"].with_user(self.agent)._visible_menu_ids()
        self.assertIn(menu.id, shown)
        views = self.env["social.identity"].with_user(self.agent)
        views = views.get_views([(menu.action.view_id.id, "list"), (False, "search")])
        views = views["views"]
        table = etree.fromstring(views["list"]["arch"])
        search = etree.fromstring(views["search"]["arch"])
        first = table.find("field")
        self.assertEqual(first.get("name"), "profile_id")
        self.assertFalse(first.get("column_invisible"), "a list has no parent")
        buttons = [button.get("name") for button in table.findall("button")]
        self.assertLessEqual({"action_confirm", "action_reject"}, set(buttons))
        self.assertIn("search_default_suggested", menu.action.context)
        self.assertTrue(search.xpath("//filter[@name='suggested']"))

    def test_name_with_place(self):
        author = {"handle": "@al", "name": "Ann Lee", "place": "Berlin, Germany"}
        profile = self.receive({**self.payload("Hi"), "author": author}).profile_id
        profile._suggest_identities()
        self.assertEqual(profile.identity_ids.evidence_ids.kind, "place")

    def test_description_and_telephone(self):
        author = {"handle": "@al", "about": "Call 030 12345678"}
        profile = self.receive({**self.payload("Hi"), "author": author}).profile_id
        profile._suggest_identities()
        hers = profile.identity_ids.filtered(lambda i: i.partner_id == self.ann)
        evidence = hers.evidence_ids
        self.assertEqual((evidence.kind, evidence.origin), ("phone", "about"))

    def test_nobody_who_works_here_is_suggested(self):
        self.agent.partner_id.email = "me@shop.example"
        profile = self.profile("Write to me@shop.example")
        profile.sudo()._suggest_identities()
        self.assertFalse(profile.identity_ids)

    def test_contacts_of_another_company_are_not(self):
        self.ann.company_id = self.env["res.company"].create({"name": "Other"})
        profile = self.profile()
        profile.sudo()._suggest_identities()
        self.assertFalse(profile.identity_ids)

    def test_the_button_says_when_nothing_fits(self):
        profile = self.profile("No idea")
        self.assertNotIn("next", profile.action_who_is_this()["params"])
        conversation = self.env["social.conversation"].new({"profile_id": profile.id})
        author = conversation.action_who_is_this()["params"]["next"]
        self.assertEqual(author["res_id"], profile.id, "where one can be chosen")
        found = self.profile(handle="@other")
        self.assertIsNone(found.action_who_is_this())
        self.assertTrue(self.suggested(found))

    def test_confirming_and_undoing(self):
        profile = self.profile()
        profile.action_who_is_this()
        identity = profile.identity_ids
        before = identity.confidence
        identity.action_confirm()
        self.assertEqual(profile.partner_id, self.ann)
        self.assertEqual(identity.state, "confirmed")
        self.assertEqual(identity.certainty, "certain")
        self.assertEqual(identity.decided_by, self.agent)
        self.assertTrue(identity.decided_at)
        self.assertIn("Confirmed by", identity.reasons)
        influence = self.ann.social_influence
        self.assertEqual(influence, profile.influence)
        identity.action_undo()
        self.assertFalse(profile.partner_id)
        self.assertEqual(identity.state, "suggested")
        self.assertAlmostEqual(identity.confidence, before)
        self.assertFalse(identity.decided_by)
        self.assertEqual(self.ann.social_influence, 0)

    def test_undoing_brings_the_contact_from_before(self):
        other = self.env["res.partner"].create({"name": "Other"})
        profile = self.profile()
        profile.action_who_is_this()
        profile.partner_id = other
        suggestion = self.suggested(profile)
        suggestion.action_confirm()
        self.assertEqual(profile.partner_id, self.ann)
        suggestion.action_undo()
        self.assertEqual(profile.partner_id, other)

    def test_a_rejected_contact_is_not_suggested_again(self):
        profile = self.profile()
        profile.action_who_is_this()
        profile.identity_ids.action_reject()
        self.assertEqual(profile.identity_ids.state, "rejected")
        self.receive(self.payload("Again: ann@shop.example"))
        self.assertTrue(profile.identity_due)
        self.run_job("cron_suggest_identities")
        self.assertFalse(self.suggested(profile))
        profile.identity_ids.action_undo()
        self.assertFalse(profile.identity_ids.filtered("decided_by"))
        profile.action_who_is_this()
        self.assertTrue(self.suggested(profile))

    def test_rejecting_what_was_confirmed_unlinks(self):
        profile = self.profile()
        profile.action_who_is_this()
        profile.identity_ids.action_confirm()
        profile.identity_ids.action_reject()
        self.assertFalse(profile.partner_id)
        self.assertEqual(profile.identity_ids.state, "rejected")

    def test_linking_by_hand_is_noted(self):
        profile = self.profile("Hello")
        profile.partner_id = self.ann
        [identity] = profile.identity_ids
        self.assertEqual(identity.evidence_ids.kind, "agent")
        self.assertEqual(identity.decided_by, self.agent)
        identity.action_undo()
        self.assertFalse(profile.partner_id)
        self.assertFalse(profile.identity_ids)

    def test_making_a_contact_notes_where_from(self):
        profile = self.profile("Hello")
        action = profile.action_make_contact()
        partner = profile.partner_id
        self.assertEqual(action["res_id"], partner.id)
        self.assertEqual(partner.name, "Ann")
        self.assertIn("Made from the profile", str(partner.message_ids[0].body))
        kinds = profile.identity_ids.evidence_ids.mapped("kind")
        self.assertIn("made", kinds)
        with self.assertRaises(UserError):
            profile.action_make_contact()

    def test_what_the_author_deletes_is_no_evidence(self):
        message = self.receive(self.payload("Mail me: ann@shop.example"))
        profile = message.profile_id
        profile._suggest_identities()
        self.assertTrue(profile.identity_ids)
        self.env["social.message"]._gone(self.channel, [message.external_id])
        self.assertFalse(profile.identity_ids)

    def test_the_number_of_queries_does_not_grow(self):
        def queries(profiles):
            profiles.identity_due = True
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            profiles._suggest_identities()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        profiles = self.profile().sudo()
        queries(profiles)
        few = queries(profiles)
        for number in range(20):
            profiles |= self.profile(handle=f"@ann{number}").sudo()
        self.assertEqual(len(profiles), 21)
        queries(profiles)
        self.assertLessEqual(queries(profiles), few + 2)
        self.assertEqual(len(profiles.identity_ids), 21)

    def test_merging_keeps_what_a_person_decided(self):
        double = self.env["res.partner"].create(
            {"name": "A. Lee", "email": "ann@shop.example"}
        )
        profile = self.profile()
        profile.action_who_is_this()
        self.assertEqual(len(profile.identity_ids), 2)
        rejected = profile.identity_ids.filtered(lambda i: i.partner_id == double)
        rejected.action_reject()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge([double.id, self.ann.id], self.ann)
        [identity] = profile.identity_ids
        self.assertEqual(identity.state, "rejected")
        self.assertEqual(identity.partner_id, self.ann)

    def test_rights(self):
        profile = self.profile()
        profile.action_who_is_this()
        identity = profile.identity_ids
        with self.assertRaises(AccessError):
            identity.with_user(self.agent).write({"state": "confirmed"})
        with self.assertRaises(AccessError):
            identity.with_user(self.make_user("plain")).read(["state"])
        company = self.env["res.company"].create({"name": "Other"})
        stranger = self.make_user(
            "stranger",
            "social_engagement.group_social_user",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        for model in ("social.identity", "social.identity.evidence"):
            self.assertFalse(self.env[model].with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            identity.with_user(stranger).action_confirm()
        self.assertFalse(profile.partner_id)
