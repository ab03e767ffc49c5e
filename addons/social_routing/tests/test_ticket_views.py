from ast import literal_eval

from lxml import etree

from .common import QUESTION, RoutingCase

ANGRY = "This is terrible, I hate it, where is my parcel?"


class TestTicketViews(RoutingCase):
    """What those who work in Helpdesk see of tickets beside the form."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        worker = cls.make_user("worker", "helpdesk_mgmt.group_helpdesk_user")
        cls.tickets = cls.env["helpdesk.ticket"].with_user(worker)

    def view(self, view_type, xmlid=None):
        view = self.env.ref(xmlid) if xmlid else self.env["ir.ui.view"]
        return etree.fromstring(self.tickets.get_view(view.id, view_type)["arch"])

    def test_a_card(self):
        [card] = self.view("kanban").xpath("//t[@t-name='card']")
        shown = set(card.xpath(".//field/@name"))
        self.assertLessEqual(
            {
                "social_network",
                "priority_score",
                "first_response_due",
                "first_response_state",
                "resolution_due",
                "resolution_state",
            },
            shown,
        )

    def test_the_next_is_taken_from_here(self):
        worker = self.tickets.env.user
        self.team.user_ids += worker
        ticket = self.ticket()
        action = self.env.ref("social_routing.take_next_action")
        for view_type in ("kanban", "list"):
            [button] = self.view(view_type).xpath("./header/button")
            self.assertEqual(button.get("name"), str(action.id))
            self.assertEqual(button.get("display"), "always")
        here = {"active_model": "helpdesk.ticket", "active_ids": []}
        opened = action.with_user(worker).with_context(**here).run()
        self.assertEqual(opened["res_id"], ticket.id)
        self.assertEqual(ticket.user_id, worker)

    def test_no_query_for_each_card(self):
        names = set(self.view("kanban").xpath("//field/@name"))
        specification = {name: {} for name in names if name != "activity_ids"}

        def queries(number):
            for n in range(number):
                self.ticket(handle=f"@{number}-{n}")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = self.tickets.web_search_read([], specification, limit=number)
            self.assertEqual(len(found["records"]), number)
            return self.env.cr.sql_log_count - before

        queries(1)  # fills caches
        few, many = queries(3), queries(30)
        self.assertLessEqual(many, few + 1)

    def test_filters_and_groups(self):
        calm = self.ticket(handle="@a")
        with self.understood(sentiment=-0.9, sentiment_label="negative"):
            angry = self.conversation(ANGRY, handle="@b")
            angry.action_create_ticket()
        angry = angry.ticket_id
        mail = self.env["helpdesk.ticket"].create(
            {"name": "x", "description": QUESTION, "team_id": self.team.id}
        )
        angry.social_influence = 80
        everything = (calm + angry + mail).with_user(self.tickets.env.user)
        search = self.view("search", "helpdesk_mgmt.helpdesk_ticket_view_search")

        def found(name):
            [domain] = search.xpath(f"//filter[@name='{name}']/@domain")
            return everything.search(literal_eval(domain)) & everything

        self.assertEqual(found("social"), calm + angry)
        self.assertEqual(found("negative"), angry)
        self.assertEqual(found("influential"), angry)

        def groups(name):
            [context] = search.xpath(f"//filter[@name='{name}']/@context")
            field = literal_eval(context)["group_by"]
            rows = everything.formatted_read_group(
                [("id", "in", everything.ids)], [field], ["__count"]
            )
            return {row[field]: row["__count"] for row in rows}

        self.assertEqual(groups("group_network"), {"scripted": 2, False: 1})
        self.assertEqual(groups("group_mood")["negative"], 1)
        self.assertEqual(groups("group_first_response_state")["running"], 1)
        self.assertTrue(groups("group_resolution_state"))
