import base64
import io
import json
import os
import zipfile
from datetime import timedelta
from uuid import uuid4

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import SQL, mute_logger

from odoo.addons.social_engagement.networks.base import Item

from .common import RoutingCase

TEXT, NAME, HANDLE, BIO, MAIL = WORDS = (
    "Xylophonkonzert",
    "Zwiebelturmia",
    "quastenflosserin",
    "Nebelhornbläserin",
    "wurzelzwergin",
)


def stored_files(env):
    """The files of the file store; what other tests rolled back is among them."""
    folders = os.walk(env["ir.attachment"]._filestore())
    return {
        os.path.join(folder, file)
        for folder, _folders, files in folders
        for file in files
    }


def places_with(env, words, besides=frozenset()):
    """The columns of every table of the database in which one of some words stands,
    encoded, packed or not; and the files of the file store that hold one.

    :param besides: files that were there before
    """
    env.cr.flush()  # notices of the browser's queue are written last
    columns = env.execute_query(
        SQL(
            """SELECT c.table_name, c.column_name, c.data_type
               FROM information_schema.columns c
               JOIN information_schema.tables t USING (table_schema, table_name)
               WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
               AND c.data_type IN
                   ('text', 'character varying', 'jsonb', 'json', 'bytea', 'ARRAY')"""
        )
    )
    found = []
    for table, column, kind in columns:
        name = SQL.identifier(column)
        text = SQL("encode(%s, 'escape')" if kind == "bytea" else "%s::text", name)
        hits = [SQL("%s ILIKE %s", text, f"%{word}%") for word in words]
        query = SQL(
            "SELECT 1 FROM %s WHERE %s LIMIT 1",
            SQL.identifier(table),
            SQL(" OR ").join(hits),
        )
        if env.execute_query(query):
            found.append(f"{table}.{column}")
    said = [json.dumps(word)[1:-1].lower() for word in words]
    archived = env["social.intake"].search([])._packed().values()
    if any(word in payload.lower() for payload in archived for word in said):
        found.append("social_intake.packed")
    needles = [word.encode() for word in words]
    env["ir.attachment"]._gc_file_store_unsafe()
    for file in stored_files(env) - besides:
        with open(file, "rb") as content:
            data = content.read()
        if any(needle in data for needle in needles):
            found.append("file")
    return found


class PrivacyCase(RoutingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.make_user(
            "social_manager",
            "social_engagement.group_social_manager",
            "base.group_partner_manager",
            "sales_team.group_sale_salesman",
        )

    def setUp(self):
        super().setUp()
        self.files_before = stored_files(self.env)

    def places(self, words=WORDS):
        return places_with(self.env, words, self.files_before)

    def author(self):
        return {
            "external_id": f"https://scripted.example/@{HANDLE}",
            "handle": f"@{HANDLE}",
            "name": NAME,
            "url": f"https://scripted.example/@{HANDLE}",
        }

    def says(self, text, **values):
        number = next(self.numbers)
        payload = self.payload(f"{text} {TEXT}?", author=self.author())
        url = f"https://scripted.example/@{HANDLE}/{number}"
        ref = {"id": url, "bio": BIO}
        return {**payload, "id": url, "url": url, "reply_ref": ref, **values}

    def receive_at(self, moment, payload):
        """Receives what arrives at a moment: no post is younger than its arrival."""
        intakes = self.store(payload)
        intakes.flush_recordset()
        intakes._write({"create_date": moment})
        self.env.invalidate_all()
        intakes._process()
        self.env.invalidate_all()
        return intakes.message_id

    def attach(self, name, **values):
        return self.env["ir.attachment"].create(
            {"name": f"{name} {TEXT}", "raw": f"{TEXT} {uuid4()}", **values}
        )

    def person(self):
        """Somebody of whom there is something wherever there can be something."""
        picture = {
            "url": f"https://scripted.example/{TEXT}.png",
            "description": TEXT,
        }
        first = self.says("Where is my", media=[picture], title=f"About {TEXT}?")
        posts = self.receive(first)
        profile, conversation = posts.profile_id, posts.conversation_id
        ticket = conversation.ticket_id
        self.assertTrue(ticket)
        picture = self.attach("1", res_model="social.message", res_id=posts.id)
        posts.media_ids.attachment_id = picture
        posts._show_media()
        partner = self.env["res.partner"].create(
            {
                "name": NAME,
                "email": f"{MAIL}@example.com",
                "comment": BIO,
                "image_1920": base64.b64encode(PIXEL),
            }
        )
        profile.write({"partner_id": partner.id, "about": BIO, "place": f"{TEXT} city"})
        posts |= self.receive(
            self.says("And my", kind="direct", visibility="direct"),
            self.says("Here again, my", parent_id=first["id"]),
        )
        # others answer, and something of it can't be read
        self.receive(
            self.payload("Me too", handle="@bob", parent_id=first["id"]),
        )
        crash = self.says("Again")
        with mute_logger("odoo.addons.social_engagement.models.social_intake"):
            self.receive({**crash, "crash": TEXT})
        rule = self.rule("[]", outcome="lead")
        posts |= self.receive(self.says("What does it cost, the"))
        rule.active = False
        lead = posts.conversation_id.lead_id
        self.assertTrue(lead)
        for record in (ticket, lead):
            record.message_post(body=f"{NAME} says {TEXT}")
            record.activity_schedule(
                "mail.mail_activity_data_todo", summary=f"{TEXT}: {record.name}"
            )
            self.attach("File", res_model=record._name, res_id=record.id)
            record.partner_id = partner
        self.manager.notification_type = "inbox"
        ticket.message_subscribe(self.manager.partner_id.ids)
        ticket.message_post(
            body=f"{NAME} asks for {TEXT}", subtype_xmlid="mail.mt_comment"
        )
        self.manager._bus_send("simple_notification", {"message": ticket.name})
        answer = posts[0].with_user(self.agent)._answer(f"@{HANDLE}: your {TEXT}")
        self.env["social.message.decision"].create({"message_id": answer.id})
        posts[0].with_user(self.agent).action_correct("sentiment", "neutral")
        profile.with_user(self.manager).write(
            {"influence_manual": 50, "influence_manual_reason": f"{NAME} is known"}
        )
        self.env["social.topic.suggestion"].create(
            {"company_id": self.env.company.id, "term": TEXT.lower(), "language": "de"}
        )
        # as a contact: a ticket by e-mail, and an e-mail to them
        mailed = self.env["helpdesk.ticket"].create(
            {"name": TEXT, "description": TEXT, "partner_id": partner.id}
        )
        mailed.with_context(mail_create_nosubscribe=True).message_post(
            body=TEXT,
            author_id=partner.id,
            email_from=f"{NAME} <{MAIL}@example.com>",
            message_type="email",
            attachments=[("mail.txt", f"{TEXT} {uuid4()}")],
        )
        self.env["mail.mail"].create(
            {"body_html": TEXT, "recipient_ids": partner.ids, "subject": NAME}
        )
        partner.message_post(body=f"{NAME} {TEXT}")
        self.env.cr.flush()  # as committed: changes tracked, notices written
        return profile, partner, ticket, lead

    def erase(self, profiles, partners=None):
        nobody = self.env["res.partner"]
        log = self.env["social.privacy"]._erase(profiles, partners or nobody, "request")
        self.env.invalidate_all()
        return log


PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


class TestErasure(PrivacyCase):
    def test_nothing_is_left_anywhere(self):
        profile, partner, ticket, lead = self.person()
        before = self.places()
        for place in (
            "social_message.body",
            "social_intake.packed",
            "social_intake.payload",
            "social_profile.about",
            "social_profile.name",
            "social_profile.place",
            "social_message_decision.text",
            "social_routing_case.text",
            "helpdesk_ticket.description",
            "crm_lead.name",
            "mail_message.body",
            "mail_mail.body_html",
            "mail_activity.summary",
            "ir_attachment.name",
            "file",
            "social_message_media.description",
            "social_topic_suggestion.term",
            "social_influence_value.reason",
            "res_partner.comment",
            "bus_bus.message",
        ):
            self.assertIn(place, before)
        log = self.erase(profile, partner)
        self.assertFalse(self.places())
        counted = dict(log.counts)
        self.assertEqual(counted["Profiles"], 1)
        self.assertEqual(counted["Tickets"], 3)
        self.assertFalse(partner.active)
        self.assertTrue(ticket.exists() and lead.exists(), "figures remain")
        for model in ("helpdesk.ticket", "crm.lead", "res.partner", "social.profile"):
            for word in WORDS:
                found = self.env[model].with_context(active_test=False)
                self.assertFalse(found.search([("display_name", "ilike", word)]))

    def test_figures_remain(self):
        profile, _partner, ticket, _lead = self.person()
        posts = self.env["social.message"].search([("profile_id", "=", profile.id)])
        figures = [(p.posted_at, p.language, p.network) for p in posts]
        reported = self.env["social.report"].search_count([])
        self.erase(profile)
        self.assertEqual([(p.posted_at, p.language, p.network) for p in posts], figures)
        self.assertEqual(self.env["social.report"].search_count([]), reported)
        self.assertTrue(ticket.routing_case_id.explanation)
        self.assertEqual(set(posts.mapped("gone_reason")), {"erased"})

    def test_without_the_contact(self):
        profile, partner, _ticket, _lead = self.person()
        mailed = self.env["helpdesk.ticket"].search([("name", "=", TEXT)])
        self.erase(profile)
        self.assertEqual((partner.name, mailed.name), (NAME, TEXT))
        self.assertFalse(profile.partner_id)
        left = self.places([HANDLE])
        self.assertFalse(left)

    def test_others_keep_theirs(self):
        profile, partner, *_more = self.person()
        bob = self.env["social.profile"].search([("handle", "=", "bob")])
        self.erase(profile, partner)
        self.assertEqual(bob.message_ids.body, "Me too")
        self.assertTrue(bob.conversation_ids.thread_key)

    def notices(self):
        """What waits in the queue for browsers."""
        self.env.cr.flush()
        return self.env["bus.bus"].search([], order="id").mapped("message")

    def test_others_keep_their_notices(self):
        profile, partner, ticket, _lead = self.person()
        self.env["bus.bus"].search([]).unlink()
        bob = self.env["social.profile"].search([("handle", "=", "bob")])
        told = {"body": "For you", "partner_ids": self.manager.partner_id.ids}
        bob.conversation_ids.message_post(**told)
        room = self.env["discuss.channel"].create({"name": "Colleagues"})
        room.message_post(body="Lunch?", message_type="comment")
        self.manager._bus_send("bus.bus/im_status_updated", {"im_status": "online"})
        bob.conversation_ids._tell_news()
        others = self.notices()
        for word in ("For you", "Lunch?", "im_status", "news"):
            self.assertIn(word, str(others))
        # what tells of theirs, of nothing that is still there, or of nothing at all
        ticket._tell_presence("reading", "tab")
        gone = bob.conversation_ids.message_post(**told)
        self.env.cr.flush()
        gone.sudo().unlink()
        self.manager._bus_send("simple_notification", {"message": "Hello"})
        self.env["bus.bus"].create({"channel": "x", "message": "no JSON"})
        self.assertGreater(len(self.notices()), len(others) + 3)
        self.erase(profile, partner)
        left = self.notices()
        self.assertEqual(left[: len(others)], others)
        for notice in left[len(others) :]:
            self.assertRegex(notice, "mail.message/delete|mail.activity|social_desk")

    def test_they_stay_away_until_they_write_anew(self):
        old = self.says("Where is my")
        profile = self.receive(old).profile_id
        self.erase(profile)
        self.env["social.intake"]._store(self.feed, [Item(old["id"], old, "again")])
        self.waiting()._process()
        self.assertFalse(self.places())
        later = fields.Datetime.now() + timedelta(hours=1)
        anew = self.receive_at(
            later, self.says("Hello, my", at=later.isoformat() + "+00:00")
        )
        self.assertEqual(anew.profile_id.name, NAME)
        self.assertNotEqual(anew.profile_id, profile)
        self.erase(anew.profile_id)
        self.assertFalse(self.places())
        [trace] = self.env["social.erased"].search([])
        self.assertNotIn(HANDLE, str(trace.read()))

    def test_what_waits_is_not_sent(self):
        profile = self.receive(self.says("Where is my")).profile_id
        answer = profile.message_ids.with_user(self.agent)._answer("Here")
        self.erase(profile)
        self.send()
        self.assertEqual(answer.delivery_state, "cancelled")
        self.assertFalse(self.script.sent)

    def test_nobody_becomes_an_example(self):
        profile = self.receive(self.says("Where is my")).profile_id
        profile.with_user(self.manager).action_privacy()
        self.env["social.privacy"].with_user(self.manager)._erase(
            profile, self.env["res.partner"], "request"
        )
        self.assertFalse(self.env["social.label"].search([]))

    def test_colleagues_and_companies_are_no_customers(self):
        nobody = self.env["social.profile"]
        company = self.env["res.partner"].create({"name": "A", "is_company": True})
        self.env["res.partner"].create({"name": "B", "parent_id": company.id})
        for partner in (self.agent.partner_id, company):
            with self.assertRaises(UserError):
                self.erase(nobody, partner)


class TestPrivacyRequest(PrivacyCase):
    def request(self, record, user=None):
        action = record.with_user(user or self.manager)
        action = getattr(action, "action_privacy", None) or action.action_social_privacy
        action = action()
        requests = self.env["social.privacy.request"].with_user(user or self.manager)
        return requests.browse(action["res_id"])

    def test_export(self):
        _profile, partner, *_more = self.person()
        request = self.request(partner)
        self.assertIn("Posts and answers", request.preview)
        request.action_export()
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(request.file))) as archive:
            names = archive.namelist()
            content = {name: archive.read(name).decode() for name in names}
        for name in ("social.message", "social.profile", "helpdesk.ticket", "crm.lead"):
            self.assertIn(
                TEXT if "profile" not in name else NAME, content[f"{name}.json"]
            )
            self.assertIn(f"{name}.json", content["index.html"])
        self.assertTrue(
            any(TEXT in content[n] for n in names if n.startswith("files/"))
        )
        self.assertNotIn("access_token", content["helpdesk.ticket.json"])
        self.assertEqual(len(set(names)), len(names))
        self.assertNotIn("Me too", str(content), "what others wrote is theirs")
        other = self.make_user("other_m", "social_engagement.group_social_manager")
        with self.assertRaises(AccessError):
            request.with_user(other).read(["file"])
        files = self.env["ir.attachment"].with_user(other)
        own = [("res_model", "=", request._name), ("res_field", "=", "file")]
        self.assertFalse(files.search(own))
        self.assertTrue(files.sudo().search(own))
        [log] = self.env["social.privacy.log"].search([("done", "=", "exported")])
        self.assertEqual(log.user_id, self.manager)
        self.assertNotIn(NAME, str(log.read()))

    def test_erasing(self):
        profile, _partner, *_more = self.person()
        request = self.request(profile)
        self.assertFalse(request.with_contact)
        with self.assertRaisesRegex(UserError, "Confirm"):
            request.action_erase()
        request.write({"confirmed": True, "with_contact": True, "reason": "withdrawn"})
        request.action_erase()
        self.env.invalidate_all()
        self.assertFalse(self.places())
        [log] = self.env["social.privacy.log"].search([("done", "=", "erased")])
        self.assertEqual((log.user_id, log.reason), (self.manager, "withdrawn"))

    def test_agents_do_neither(self):
        profile = self.receive(self.says("Where is my")).profile_id
        with self.assertRaises(AccessError):
            self.request(profile, self.agent)
        request = self.env["social.privacy.request"].create(
            {"profile_ids": profile.ids, "confirmed": True}
        )
        with self.assertRaises(AccessError):
            request.with_user(self.agent).action_erase()

    def test_colleagues_are_no_customers(self):
        """Whoever exports a colleague would read what that one wrote to others."""
        partner = self.agent.partner_id
        partner.message_post(body=TEXT, author_id=partner.id)
        with self.assertRaisesRegex(AccessError, "works here"):
            self.request(partner).read(["preview"])
        requests = self.env["social.privacy.request"].with_user(self.manager)
        request = requests.create({"contact_id": partner.id})
        request.with_contact = True
        with self.assertRaisesRegex(AccessError, "works here"):
            request.action_export()

    def test_people_of_other_companies(self):
        profile = self.receive(self.says("Where is my")).profile_id
        company = self.env["res.company"].create({"name": "Other"})
        other = new_test_user(
            self.env,
            "elsewhere",
            "social_engagement.group_social_manager",
            company_id=company.id,
            company_ids=company.ids,
        )
        requests = self.env["social.privacy.request"].with_user(other)
        with self.assertRaises(AccessError):
            request = requests.create({"profile_ids": profile.ids, "confirmed": True})
            request.action_erase()
        self.assertTrue(profile.name)

    def test_who_may_only_read_the_profile(self):
        request = self.request(self.receive(self.says("Where is my")).profile_id)
        request.confirmed = True
        self.env["ir.rule"].create(
            {
                "name": "Read only",
                "model_id": self.env["ir.model"]._get_id("social.profile"),
                "domain_force": [(0, "=", 1)],
                "perm_read": False,
            }
        )
        for action in (request.action_export, request.action_erase):
            with self.assertRaises(AccessError):
                action()

    def test_a_contact_of_several_companies(self):
        company = self.env["res.company"].create({"name": "Other"})
        profile, partner, *_more = self.person()
        theirs = self.env["helpdesk.ticket"].create(
            {
                "name": TEXT,
                "description": TEXT,
                "partner_id": partner.id,
                "company_id": company.id,
            }
        )
        request = self.request(profile)
        request.write({"confirmed": True, "with_contact": True})
        for action in (request.action_export, request.action_erase):
            with self.assertRaisesRegex(AccessError, "companies"):
                action()
        self.assertIn(TEXT, theirs.name)
        self.manager.company_ids += company
        request.action_export()
        self.assertTrue(request.file)


class TestDirectDesk(PrivacyCase):
    """Direct messages stay with their team in tickets, leads and decisions too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = cls.make_user(
            "social_reader", "social_engagement.group_social_user"
        )
        cls.team.user_ids += cls.reader

    def direct(self):
        return self.receive(
            self.payload(f"Where is my {TEXT}?", kind="direct", visibility="direct")
        )

    def test_a_ticket_tells_nothing_of_them(self):
        self.channel.direct_user_ids = self.reader
        ticket = self.direct().conversation_id.ticket_id
        self.check(ticket)

    def test_nor_when_the_limit_is_set_later(self):
        ticket = self.direct().conversation_id.ticket_id
        self.assertIn(TEXT, ticket.name)
        self.channel.direct_user_ids = self.reader
        self.check(ticket)

    def test_nor_does_a_lead(self):
        self.channel.direct_user_ids = self.reader
        self.rule("[]", outcome="lead")
        self.check(self.direct().conversation_id.lead_id)

    def test_a_direct_message_that_makes_a_public_exchange_a_ticket(self):
        self.channel.direct_user_ids = self.reader
        first = self.payload("A nice shop, and sunny.")
        conversation = self.receive(first).conversation_id
        self.assertFalse(conversation.ticket_id)
        direct = self.payload(
            f"Where is my {TEXT}?", kind="direct", parent_id=first["id"]
        )
        self.assertEqual(self.receive(direct).conversation_id, conversation)
        self.check(conversation.ticket_id)

    def check(self, record):
        self.assertTrue(record)
        self.env.flush_all()
        self.env.invalidate_all()
        desk = record.sudo().with_user(self.reader)
        if record.has_access("read"):
            self.assertIn(TEXT, desk.sudo().social_text)
        self.assertTrue(self.agent.has_group("social_engagement.group_social_user"))
        self.env.invalidate_all()
        # what is stored in the record itself
        [stored] = record.sudo().read(["name", "description"])
        self.assertNotIn(TEXT, str(stored))
        agent = record.with_user(self.agent).sudo()
        self.assertNotIn(TEXT, agent.social_text or "")
        self.assertNotIn(TEXT, str(agent.routing_case_id.display_name))
        for model, path in (
            ("social.routing.case", "text"),
            ("social.routing.case", "subject"),
            ("helpdesk.ticket", "message_ids.body"),
            ("helpdesk.ticket", "conversation_ids.social_message_ids.body"),
            ("helpdesk.ticket", "routing_case_id.text"),
            ("helpdesk.ticket", "description"),
            ("mail.message", "body"),
            ("social.report", "ticket_id.message_ids.body"),
        ):
            found = (
                self.env[model].with_user(self.agent).search([(path, "ilike", TEXT)])
            )
            self.assertFalse(found, f"{model} {path}")
        cases = self.env["social.routing.case"]
        self.assertTrue(cases.with_user(self.reader).search([("text", "ilike", TEXT)]))
        shown = self.env["mail.message"].with_user(self.reader)
        if record._name == "helpdesk.ticket":
            self.assertTrue(shown.search([("body", "ilike", TEXT)]))


class TestRetentionOfTickets(PrivacyCase):
    def test_tickets_may_keep_what_is_kept_no_longer(self):
        self.channel.keep_messages_days = 10
        kept = self.receive(self.says("Where is my")).conversation_id
        self.assertTrue(kept.ticket_id)
        self.close(kept.ticket_id)
        self.retain()
        self.assertFalse(kept.social_message_ids.body)
        self.assertIn(TEXT, kept.ticket_id.name)
        self.assertIn(TEXT, kept.ticket_id.description)
        self.channel.keep_tickets = False
        going = self.receive(self.says("Where else is my")).conversation_id
        self.close(going.ticket_id)
        self.retain()
        self.assertNotIn(TEXT, going.ticket_id.name + going.ticket_id.description)

    def retain(self):
        self.env.flush_all()
        self.run_job("cron_retain")
        self.env.invalidate_all()


class TestRatingsCount(PrivacyCase):
    """What customers answer reaches the ticket and the figures, once."""

    def rated(self, value=5):
        ticket = self.ticket(kind="direct", visibility="direct")
        conversation = ticket.conversation_ids
        rating = self.env["rating.rating"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("social.conversation"),
                "res_id": conversation.id,
                "social_conversation_id": conversation.id,
            }
        )
        rating.write({"rating": value, "consumed": True, "feedback": TEXT})
        return ticket

    def test_reports(self):
        ticket = self.rated()
        conversation = ticket.conversation_ids
        self.close(ticket)
        self.receive(
            self.payload(
                "Where is it now?",
                kind="direct",
                parent_id=conversation.social_message_ids.external_id,
            )
        )
        self.assertGreater(len(conversation._cases()), 1)
        self.assertEqual(ticket.social_rating, 5)
        figures = self.env["social.report"]._read_group(
            [("channel_id", "=", self.channel.id)],
            ["team_id"],
            ["rating:avg", "rating:sum"],
        )
        self.assertEqual(figures, [(self.team, 5.0, 5.0)])

    def test_teams_may_be_left_out(self):
        self.channel.ask_rating = True
        ticket = self.ticket(kind="direct", visibility="direct")
        conversation = ticket.conversation_ids
        conversation.social_message_ids.with_user(self.agent)._answer("Here it is")
        self.send()
        self.close(ticket)
        conversation.social_message_ids.filtered(
            lambda m: m.direction == "inbound"
        ).sentiment_label = "neutral"
        self.assertTrue(conversation._may_ask_rating())
        self.team.ask_rating = False
        self.assertFalse(conversation._may_ask_rating())

    def test_erased(self):
        others = self.env["rating.rating"].search([])
        ticket = self.rated()
        profile = ticket.conversation_ids.profile_id
        nobody = self.env["res.partner"]
        self.env["social.privacy"]._erase(profile, nobody, "request")
        self.assertFalse(self.places([TEXT]))
        [rating] = self.env["rating.rating"].search([("res_id", "!=", 0)]) - others
        self.assertEqual(rating.rating, 5)
