from odoo import api, fields, models


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    conversation_ids = fields.One2many(
        "social.conversation", "ticket_id", "Social conversations"
    )
    social_profile_id = fields.Many2one(
        "social.profile", "Author", compute="_compute_social", compute_sudo=True
    )
    social_network = fields.Char(
        "Network", compute="_compute_social", compute_sudo=True
    )
    social_is_sandbox = fields.Boolean(compute="_compute_social", compute_sudo=True)
    social_text = fields.Text("Post", compute="_compute_social", compute_sudo=True)
    social_url = fields.Char("Original", compute="_compute_social", compute_sudo=True)
    social_language = fields.Char(
        "Language", compute="_compute_social", compute_sudo=True
    )
    social_sentiment_label = fields.Selection(
        [("negative", "Negative"), ("neutral", "Neutral"), ("positive", "Positive")],
        "Mood",
        compute="_compute_social",
        compute_sudo=True,
    )
    social_sentiment = fields.Float(compute="_compute_social", compute_sudo=True)
    social_influence = fields.Integer(
        "Influence", compute="_compute_social", compute_sudo=True
    )
    routing_case_id = fields.Many2one(
        "social.routing.case", readonly=True, ondelete="set null", copy=False
    )
    priority_score = fields.Float(
        "Priority score", readonly=True, copy=False, aggregator="avg"
    )
    routing_explanation = fields.Html(related="routing_case_id.explanation")

    @api.depends("conversation_ids.last_message_at", "conversation_ids.influence")
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
            ticket.social_influence = post.profile_id.influence

    def _latest_posts(self):
        """The customer's last post by ticket id, in one query for all tickets."""
        posts = self.env["social.message"].search(
            [
                ("conversation_id.ticket_id", "in", self.ids),
                ("direction", "=", "inbound"),
            ],
            order="posted_at, id",
        )
        return {post.conversation_id.ticket_id.id: post for post in posts}

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
        res = super().write(vals)
        if "stage_id" in vals:
            closed = self.filtered("closed").sudo().conversation_ids
            closed.filtered(lambda c: c.state != "solved").state = "solved"
        return res

    def action_view_conversations(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_engagement.social_conversation_action"
        )
        return action | {"domain": [("ticket_id", "in", self.ids)], "context": {}}
