from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.social_engagement.models.forgery import check_writable

DECIDED = {  # by jobs, not by people
    "routing_case_id",
    "priority_score",
    "standing_score",
    "queued_at",
    "response_policy_id",
    "first_response_due",
    "first_response_warn",
    "first_response_at",
    "first_response_state",
    "resolution_due",
    "resolution_warn",
    "resolution_at",
    "resolution_state",
    "waiting_since",
    "escalated_at",
    "load_agent_id",
    "load_weight",
}

POST = {  # what internal users read of a ticket's post, without a right to posts
    "compute": "_compute_social",
    "compute_sudo": True,
    "groups": "base.group_user",
}


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    conversation_ids = fields.One2many(
        "social.conversation",
        "ticket_id",
        "Social conversations",
        groups="social_engagement.group_social_user",
    )
    social_profile_id = fields.Many2one("social.profile", "Author", **POST)
    social_network = fields.Char("Network", **POST)
    social_is_sandbox = fields.Boolean("Sandbox", **POST)
    social_text = fields.Text("Post", **POST)
    social_url = fields.Char("Original", **POST)
    social_language = fields.Char("Language", **POST)
    social_sentiment_label = fields.Selection(
        [("negative", "Negative"), ("neutral", "Neutral"), ("positive", "Positive")],
        "Mood",
        **POST,
    )
    social_sentiment = fields.Float("Sentiment", **POST)
    routing_case_id = fields.Many2one(
        "social.routing.case",
        readonly=True,
        ondelete="set null",
        copy=False,
        groups="base.group_user",
    )
    priority_score = fields.Float(
        "Priority score",
        readonly=True,
        copy=False,
        aggregator="avg",
        groups="base.group_user",
    )
    routing_explanation = fields.Html(
        related="routing_case_id.explanation", groups="base.group_user"
    )

    @api.depends("conversation_ids.last_message_at")
    def _compute_social(self):
        latest = self._latest_posts()
        for ticket in self:
            post = latest.get(ticket.id, self.env["social.message"])
            ticket.social_profile_id = post.profile_id
            ticket.social_network = post.channel_id.network_label
            ticket.social_is_sandbox = post.network == "sandbox"
            ticket.social_text = post.body
            ticket.social_url = post.url
            ticket.social_language = post.language
            ticket.social_sentiment_label = post.sentiment_label
            ticket.social_sentiment = post.sentiment

    def _latest_posts(self):
        """The customer's last post that is still there, by ticket id; one query for all
        tickets, which leaves all other posts in the database.
        """
        posts = self.env["social.message"]
        posts.flush_model(["conversation_id", "direction", "posted_at", "gone_at"])
        self.env["social.conversation"].flush_model(["ticket_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT ON (c.ticket_id) c.ticket_id, m.id
                   FROM social_conversation c
                   JOIN social_message m ON m.conversation_id = c.id
                   WHERE c.ticket_id = ANY(%s) AND m.direction = 'inbound'
                   ORDER BY c.ticket_id, m.gone_at IS NOT NULL, m.posted_at DESC,
                            m.id DESC""",
                self.ids,
            )
        )
        found = posts.browse(post for _ticket, post in rows)  # read together
        return dict(zip((ticket for ticket, _post in rows), found, strict=True))

    def _numbered(self, vals_list):
        """Values of tickets with their numbers: the sequence is looked up once for all,
        where create() does it for each.
        """
        sequence = self.env["ir.sequence"].search(
            [
                ("code", "=", "helpdesk.ticket.sequence"),
                ("company_id", "in", [self.env.company.id, False]),
            ],
            order="company_id",
            limit=1,
        )
        if not sequence:
            return vals_list
        return [{**values, "number": sequence.next_by_id()} for values in vals_list]

    def _social_conversation(self):
        self.ensure_one()
        return self.conversation_ids.sorted("last_message_at", reverse=True)[:1]

    def write(self, vals):
        check_writable(self, {name: vals[name] for name in DECIDED & vals.keys()})
        if "stage_id" not in vals:
            return super().write(vals)
        closed = self.filtered("closed")
        res = super().write(vals)
        now_closed = self.filtered("closed")
        (now_closed - closed)._solved()
        (closed - now_closed)._unsolved()
        solved = (now_closed - closed).sudo().conversation_ids
        solved.filtered(lambda c: c.state != "solved").state = "solved"
        opened = (closed - now_closed).sudo().conversation_ids
        opened.filtered(lambda c: c.state == "solved").state = "open"
        return res

    def unlink(self):
        """Deletes the tickets; their chatter goes on in the conversations."""
        self.check_access("unlink")
        self.sudo().conversation_ids._take_back_chatter()
        return super().unlink()
