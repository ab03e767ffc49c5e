"""What a call over RPC brings along beside its arguments: ids of anything, and a
context that claims defaults for whatever is made on the way, past the rights.
"""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from .common import SocialCase
from .test_direct import unrouted


class TestCalls(SocialCase):
    def setUp(self):
        super().setUp()
        unrouted(self)
        self.post = self.receive(self.payload("Where is my parcel?"))
        self.profile = self.post.profile_id
        self.conversation = self.post.conversation_id

    def claiming(self, record, **defaults):
        """A record as an agent's call has it whose context claims defaults."""
        claims = {f"default_{name}": value for name, value in defaults.items()}
        return record.with_user(self.agent).with_context(**claims)

    def test_a_contact_is_made_of_the_profile_alone(self):
        victim = self.make_user("social_victim")
        own = victim.partner_id
        self.claiming(
            self.profile,
            user_ids=[Command.link(victim.id)],
            email="attacker@example.com",
            comment="forged",
        ).action_make_contact()
        self.assertEqual(victim.partner_id, own, "an account taken over")
        made = self.profile.partner_id
        self.assertEqual((made.name, made.email, made.comment), ("Ann", False, False))

    def test_contacts_the_agent_may_not_read(self):
        partner = self.env["res.partner"].create(
            {"name": "VIP", "email": "v@x.example"}
        )
        self.env["ir.rule"].create(
            {
                "name": "not this one",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": [("id", "!=", partner.id)],
            }
        )
        with self.assertRaises(AccessError):
            self.profile.with_user(self.agent).partner_id = partner
        self.assertFalse(self.profile.partner_id)

    def test_forms_show_nothing_of_records_a_call_names(self):
        other = self.receive(self.payload(handle="@bob"))
        values = {"name": "VIP", "email": "vip@example.com", "phone": "12345"}
        other.profile_id.partner_id = self.env["res.partner"].create(values)
        spec = dict.fromkeys(("partner_email", "partner_phone", "influence"), {})
        agent = self.conversation.with_user(self.agent)
        for name, record in (
            ("profile_id", other.profile_id),
            ("partner_id", other.profile_id.partner_id),
        ):
            self.env.flush_all()
            self.env.invalidate_all()
            told = {name: record.id, "name": "Hi"}
            for changed in ([name], []):
                with self.assertRaises(AccessError):
                    agent.onchange(told, changed, spec)
            shown = str(agent.onchange(told, ["name"], spec))
            self.assertFalse("vip@" in shown or "12345" in shown, shown)

    def test_the_line_of_an_answer_to_many_shows_no_other_author(self):
        other = self.receive(self.payload(handle="@bob"))
        line = self.env["social.bulk.answer.line"].with_user(self.agent)
        told = {"conversation_id": other.conversation_id.id}
        with self.assertRaises(AccessError):
            line.onchange(told, [], {"text": {}, "profile_id": {}})

    def test_an_answer_takes_nothing_along(self):
        secret = self.env["ir.attachment"].create({"name": "Wages", "raw": b"secret"})
        other = self.receive(self.payload(handle="@bob"))
        other.conversation_id._bring_to_desk()
        macro = self.env["social.macro"].create({"name": "Hi", "answer": "On its way"})
        claims = {
            "attachment_ids": [Command.set(secret.ids)],
            "label_ids": [Command.create({"task": "topic", "source": "agent"})],
            "first_part_id": other.id,
            "approved_digest": "forged",
        }
        desk = self.conversation._desk_thread()
        place = (desk._name, desk.id)
        macro = self.claiming(macro, **claims)
        macro.apply_on(*place, macro.preview_on(*place)["token"], "k")
        [answer] = self.conversation.social_message_ids - self.post
        self.assertFalse(answer.approved_digest or answer.first_part_id)
        long = " ".join(["word"] * 40)
        parts = self.claiming(self.post, **claims)._answer(long, split=True)
        parts |= parts.sudo()._parts_after()
        self.assertGreater(len(parts), 1)
        self.assertFalse(parts.attachment_ids, "a file nobody may read goes out")
        self.assertFalse(secret.res_model)

    def test_what_is_made_is_not_forged_by_defaults_either(self):
        administrator = self.make_user(
            "social_forger", "social_engagement.group_social_administrator"
        )
        channels = self.env["social.channel"].with_user(administrator)
        forged = channels.with_context(default_state="connected")
        with self.assertRaises(AccessError):
            forged.create({"name": "Forged", "network": "scripted"})

    # ------------------------------------------------------------------
    # Fields that some may not read
    # ------------------------------------------------------------------

    def test_protected_fields_are_not_found_out(self):
        """No search, order or group tells what a field holds that the user may not
        read, by whatever path it is reached.
        """
        paths = {
            "social.channel": "",
            "social.feed": "channel_id.",
            "social.conversation": "channel_id.",
            "social.message": "conversation_id.channel_id.",
            "social.profile": "message_ids.channel_id.",
            "social.macro": "channel_ids.",
        }
        self.agent.group_ids += self.env.ref("base.group_allow_export")
        self.env["social.macro"].create({"name": "Hi", "channel_ids": self.channel.ids})
        channels = self.env["social.channel"].with_user(self.agent)
        every = self.env["social.channel"]._fields
        hidden = [n for n in every if every[n].groups and not every[n].related]
        hidden = [n for n in hidden if n not in channels.fields_get()]
        self.assertLessEqual({"secret", "client_secret", "base_url"}, set(hidden))
        for name in hidden:
            for model, path in paths.items():
                records = self.env[model].with_user(self.agent)
                for ask in (
                    lambda r=records, f=path + name: r.search([(f, "!=", False)]),
                    lambda r=records, f=path + name: r.search([], order=f),
                    lambda r=records, f=path + name: r.formatted_read_group([], [f]),
                    lambda r=records, f=path + name: r.formatted_read_group(
                        [], [], [f"{f}:max"]
                    ),
                    lambda r=records, f=path + name: r.search([]).mapped(f),
                    lambda r=records, f=path + name: r.search([]).export_data(
                        [f.replace(".", "/")]
                    ),
                ):
                    with self.subTest(model=model, field=path + name):
                        try:
                            told = ask()
                        except (UserError, ValueError):  # AccessError is one
                            continue
                        self.fail(f"told: {told}")
