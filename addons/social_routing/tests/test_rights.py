from odoo.addons.social_engagement.tests.rights import RightsCase

READ = ("r", "r", "r")
MANAGED = ("r", "rwcu", "rwcu")


class TestRoutingRights(RightsCase):
    addon = "social_routing"
    rights = {
        "social.report": READ,
        "social.response.policy": MANAGED,
        "social.routing.agent": MANAGED,
        "social.routing.case": READ,
        "social.routing.replay": ("", "rwcu", "rwcu"),
        "social.routing.replay.line": ("", "r", "r"),
        "social.routing.rule": MANAGED,
        "social.routing.rule.skill": MANAGED,
        "social.routing.ruleset": ("", "r", "r"),
        "social.routing.weights": ("", "rwc", "rwc"),
    }
    # those of no company are for all
    shared = {
        "social.response.policy",
        "social.routing.agent",
        "social.routing.rule",
        "social.routing.rule.skill",
        "social.routing.ruleset",
    }
    # figures of what was decided, not what was said
    open_to_agents = {
        "social.report",
        "social.response.policy",
        "social.routing.agent",
        "social.routing.rule",
        "social.routing.rule.skill",
    }
    without_sample = {
        "social.routing.agent",
        "social.routing.replay",
        "social.routing.replay.line",
        "social.routing.rule.skill",
        "social.routing.weights",
    }

    def test_every_model_is_decided_about(self):
        self.check_decided()

    def test_groups(self):
        self.check_groups()

    def test_strangers(self):
        self.check_strangers()

    def test_other_companies(self):
        self.check_other_companies()

    def test_direct_messages(self):
        self.check_direct()

    def test_rpc(self):
        self.check_rpc()

    def test_methods(self):
        # Odoo's own, which tells what the screens are made of.
        harmless = {"message_new", "get_view"}
        called = self.check_methods({"msg": {}}, harmless)
        self.assertLessEqual({"action_create_ticket", "action_take_next"}, called)

    def test_routes(self):
        self.check_routes({})

    def test_tickets_over_the_wire(self):
        """What everybody reads of a ticket holds nothing of a direct message."""
        post = self.make_world()
        ticket = post.conversation_id.ticket_id
        self.assertTrue(ticket)
        helper = self.make_user("social_helper", "helpdesk_mgmt.group_helpdesk_user")
        ticket.team_id.user_ids += self.agent + self.reader
        ticket.message_subscribe((self.agent + self.reader).partner_id.ids)
        self.receive(
            self.payload(
                "And my Xylophonkonzert?", kind="direct", parent_id=post.external_id
            )
        )
        seen = {}
        for user in (self.agent, helper, self.reader):
            self.authenticate(user.login, user.login)
            seen[user] = self.call(
                "helpdesk.ticket",
                "web_search_read",
                [("id", "=", ticket.id)],
                specification=self.specification("helpdesk.ticket")
                | {
                    "social_text": {},
                    "routing_explanation": {},
                    "routing_case_id": {"fields": {"display_name": {}}},
                },
            )
            self.assertIn("Direct message", seen[user])
            params = {"thread_model": ticket._name, "thread_id": ticket.id}
            seen[user] += self.url_open(
                "/mail/thread/messages", json={"params": params}
            ).text
            seen[user] += self.url_open(
                "/mail/inbox/messages", json={"params": {}}
            ).text
            seen[user] += self.url_open(
                "/mail/data",
                json={
                    "params": {
                        "fetch_params": [
                            [
                                "mail.thread",
                                {
                                    **params,
                                    "request_list": [
                                        "activities",
                                        "attachments",
                                        "messages",
                                    ],
                                },
                            ],
                            "failures",
                            "systray_get_activities",
                        ]
                    }
                },
            ).text
        self.assertNotIn("Xylophonkonzert", seen[self.agent] + seen[helper])
        self.assertIn("Xylophonkonzert", seen[self.reader])
        mails = self.env["mail.mail"].sudo().search([])
        told = mails.filtered(lambda m: "Xylophonkonzert" in str(m.body_html))
        self.assertLessEqual(told.recipient_ids, self.reader.partner_id)
