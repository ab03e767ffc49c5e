from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError

from ..analysis.influence import VERSION, combine
from .common import SocialCase


class InfluenceCase(SocialCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.make_user(
            "social_steering", "social_engagement.group_social_manager"
        )

    def author(self, handle, **figures):
        joined = "2024-01-01T00:00:00+00:00"
        return {"handle": handle, "name": handle, "created_at": joined, **figures}

    def profile(self, handle, **figures):
        author = self.author(handle, **figures)
        return self.receive(self.payload("Good morning.", author=author)).profile_id

    def edges(self, target):
        edges = self.env["social.interaction"].search([("target_id", "=", target.id)])
        return {(e.source_id, e.kind): e.count for e in edges}

    def refresh(self):
        self.run_job("cron_refresh_influence")


class TestGraph(InfluenceCase):
    def test_posts_tell_who_engages_with_whom(self):
        ann = self.profile("@ann")
        first = self.payload("Good evening.", handle="@ann")
        self.receive(first)
        self.receive(
            self.payload("Well said!", handle="@bob", parent_id=first["id"]),
            self.payload("What @Ann and @ann wrote, @nobody.", handle="@cem"),
            self.payload("RT @ann: Good evening.", handle="@dia"),
            self.payload("I, @ann, say so.", handle="@ann"),
        )
        profiles = self.env["social.profile"].search([("handle", "!=", False)])
        by_handle = {profile.handle: profile for profile in profiles}
        self.assertEqual(
            self.edges(ann),
            {
                (by_handle["bob"], "reply"): 1,
                (by_handle["cem"], "mention"): 1,
                (by_handle["dia"], "share"): 1,
            },
        )

    def test_the_same_post_again_counts_once(self):
        ann = self.profile("@ann")
        payload = self.payload("Hello @ann", handle="@bob")
        intake = self.store(payload)
        intake._process()
        intake.action_replay()
        self.assertEqual(list(self.edges(ann).values()), [1])

    def test_interactions_fade(self):
        ann, bob = self.profile("@ann"), self.profile("@bob")
        note = self.env["social.interaction"]._note
        now = fields.Datetime.now()
        note([(bob, ann, "like", now - timedelta(days=30))])
        note([(bob, ann, "like", now)])
        note([(bob, ann, "like", now - timedelta(days=60))])
        edge = self.env["social.interaction"].search([("target_id", "=", ann.id)])
        self.assertEqual(edge.count, 3)
        self.assertAlmostEqual(edge.weight, 1.75, 3)
        self.assertEqual(edge.last_at, now.replace(microsecond=0))

    def test_other_networks_and_companies_have_their_own_people(self):
        ann = self.profile("@ann")
        company = self.env["res.company"].create({"name": "Other"})
        feed = self.make_feed(self.make_channel(name="O", company_id=company.id))
        self.receive(self.payload("Hello @ann", handle="@bob"), feed=feed)
        self.assertFalse(self.edges(ann))


class TestInfluence(InfluenceCase):
    def test_figures_count_at_once_and_the_graph_after_the_job(self):
        ann = self.profile("@ann", followers=90, following=100, posts=5)
        before = ann.influence
        self.assertGreater(before, 1)
        self.assertNotIn("engagement", ann.influence_parts)
        at = fields.Datetime.now().isoformat() + "+00:00"
        self.receive(
            *(self.payload("See @ann!", handle=f"@fan{n}", at=at) for n in range(90))
        )
        self.refresh()
        self.assertGreater(ann.influence, before)
        self.assertIn("standing", ann.influence_parts)
        self.assertEqual(ann.influence_version, VERSION)
        self.assertEqual(ann.conversation_ids.influence, ann.influence)
        parts = ann.influence_parts
        self.receive(
            self.payload(author=self.author("@ann", followers=95, following=100))
        )
        self.assertEqual(ann.followers, 95)
        kept = ann.influence_parts["engagement"]
        self.assertEqual(kept, parts["engagement"], "new figures leave the graph's")

    def test_whose_fans_stand_high_stands_high(self):
        star = self.profile("@star", followers=10**6, following=10)
        nobody = self.profile("@nobody", followers=10, following=10)
        one, other = self.profile("@one"), self.profile("@other")
        now = fields.Datetime.now()
        note = self.env["social.interaction"]._note
        fans = [self.profile(f"@fan{n}") for n in range(5)]
        note([(fan, star, "mention", now) for fan in fans])
        note([(star, one, "mention", now), (nobody, other, "mention", now)])
        self.refresh()
        self.assertGreater(
            one.influence_parts["standing"], other.influence_parts["standing"]
        )
        self.assertEqual(
            one.influence_parts["engagement"], other.influence_parts["engagement"]
        )

    def test_a_little_engagement_never_lowers_a_score(self):
        star = self.profile("@star", followers=90_000, following=10)
        before = star.influence
        self.receive(self.payload("Look, @star!", handle="@bob"))
        self.refresh()
        self.assertEqual(star.influence, before)
        bars = {bar["name"]: bar for bar in star.influence_bars}
        self.assertIn("never counted against", bars["standing"]["sentence"])

    def test_an_interrupted_job_goes_on_where_it_was(self):
        done, waiting = self.profile("@done"), self.profile("@waiting")
        (done + waiting).influence_version = 0
        due = self.env["social.influence.due"]
        due._rank()
        due.search([("profile_id", "=", done.id)]).unlink()
        self.refresh()
        self.assertEqual(waiting.influence_version, VERSION)
        self.assertEqual(done.influence_version, 0, "not ranked and scored again")
        self.assertFalse(due.search([]))

    def test_history_has_a_row_for_each_change(self):
        ann = self.profile("@ann", followers=100, following=100)
        self.refresh()
        self.refresh()
        self.assertEqual(len(ann.influence_value_ids), 1)
        self.receive(
            self.payload(author=self.author("@ann", followers=10**6, following=100))
        )
        self.refresh()
        values = ann.influence_value_ids.mapped("value")
        self.assertEqual(len(values), 2)
        self.assertGreater(values[0], values[1])

    def test_the_parts_are_told_in_words(self):
        ann = self.profile("@ann", followers=900, following=100)
        bars = {bar["name"]: bar for bar in ann.influence_bars}
        self.assertEqual(
            list(bars), ["reach", "audience", "engagement", "activity", "standing"]
        )
        self.assertIn("900", bars["reach"]["sentence"])
        self.assertIsNone(bars["standing"]["value"])
        self.assertIn("left out", bars["standing"]["sentence"])

    def test_set_by_hand_with_a_reason(self):
        ann = self.profile("@ann", followers=900, following=100)
        computed = ann.influence
        steered = ann.with_user(self.manager)
        with self.assertRaises(ValidationError):
            steered.influence_manual = 90
        steered.write(
            {"influence_manual": 90, "influence_manual_reason": "Runs the fan club"}
        )
        self.assertEqual(ann.influence, 90)
        self.assertEqual(ann.conversation_ids.influence, 90)
        self.assertIn("Runs the fan club", ann.with_user(self.agent).influence_origin)
        self.refresh()
        self.receive(
            self.payload(author=self.author("@ann", followers=999, following=100))
        )
        self.assertEqual(ann.influence, 90, "the formula does not overrule")
        decided = ann.influence_value_ids.filtered(lambda v: v.origin == "manual")
        self.assertEqual((decided.user_id, decided.value), (self.manager, 90))
        steered.influence_manual = 0
        self.assertAlmostEqual(ann.influence, computed, delta=1)
        with self.assertRaises(ValidationError):
            steered.influence_manual = 101

    def test_excluded_on_request(self):
        ann = self.profile("@ann", followers=900, following=100)
        self.receive(self.payload("Look, @ann!", handle="@bob"))
        self.refresh()
        ann.with_user(self.manager).influence_excluded = True
        self.assertEqual(ann.influence, 0)
        self.assertFalse(ann.influence_parts or ann.influence_graph)
        self.assertFalse(self.edges(ann))
        self.assertEqual(ann.influence_value_ids.mapped("origin"), ["excluded"])
        self.receive(
            self.payload(author=self.author("@ann", followers=999, following=100)),
            self.payload("Look again, @ann!", handle="@bob"),
        )
        self.refresh()
        self.assertEqual(ann.influence, 0)
        self.assertFalse(self.edges(ann))
        ann.with_user(self.manager).influence_excluded = False
        self.assertGreater(ann.influence, 1)

    def test_agents_do_not_decide_scores(self):
        ann = self.profile("@ann").with_user(self.agent)
        for values in (
            {"influence_manual": 99, "influence_manual_reason": "Me"},
            {"influence_excluded": True},
            {"influence": 99},
            {"influence_graph": {"standing": 1}},
        ):
            with self.assertRaises(AccessError):
                ann.write(values)
        for model in ("social.influence.value", "social.interaction"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.manager).create({})

    def test_a_contact_combines_its_profiles(self):
        partner = self.env["res.partner"].create({"name": "Ann"})
        ann = self.profile("@ann", followers=90, following=100)
        also = self.profile("@also", followers=9, following=100)
        (ann + also).partner_id = partner
        found = combine((p.influence, p.influence_confidence) for p in ann + also)
        self.assertEqual(partner.social_influence, round(found[0]))
        self.assertGreaterEqual(partner.social_influence, ann.influence)
        fans = [self.profile(f"@fan{n}") for n in range(30)]
        now = fields.Datetime.now()
        self.env["social.interaction"]._note(
            [(fan, ann, kind, now) for fan in fans for kind in ("share", "reply")]
        )
        before = partner.social_influence
        self.refresh()
        self.assertGreater(partner.social_influence, before)
        (ann + also).partner_id = False
        self.assertEqual(partner.social_influence, 0)


class TestSpread(InfluenceCase):
    def test_reach_shares_and_pace(self):
        now = fields.Datetime.now().isoformat() + "+00:00"
        known = {"followers": 10_000, "following": 10}
        quiet, loud = self.receive(
            self.payload("One.", author=self.author("@a", **known), shares=0, at=now),
            self.payload("Two.", author=self.author("@b", **known), shares=50, at=now),
        )
        self.assertGreater(loud.amplification, quiet.amplification)
        self.assertGreater(loud.expected_reach, quiet.expected_reach)
        self.assertEqual(loud.share_count, 50)
        names = [bar["name"] for bar in loud.amplification_bars]
        self.assertEqual(names, ["reach", "shares", "pace"])

    def test_an_edit_brings_the_counts_along(self):
        [post] = self.receive(self.payload("One.", shares=1, likes=1))
        state = {"id": post.external_id, "at": "2026-01-01T00:00:00+00:00"}
        edit = {**state, "text": "Two.", "revision": "2", "shares": 9}
        self.receive(edit)
        self.assertEqual((post.body, post.share_count), ("Two.", 9))
        self.assertEqual(post.like_count, 1, "what it does not tell stays")
