from odoo import fields, models
from odoo.fields import Command, Domain


class SocialMacro(models.Model):
    """What a macro does to the ticket a conversation is worked on in."""

    _inherit = "social.macro"

    team_ids = fields.Many2many(
        "helpdesk.ticket.team",
        "social_macro_team_rel",
        "macro_id",
        "team_id",
        "Teams",
        help="Empty: for all, and where there is no ticket.",
    )
    move_team_id = fields.Many2one("helpdesk.ticket.team", "Give to the team")
    stage_id = fields.Many2one("helpdesk.ticket.stage", "Set the stage")
    category_id = fields.Many2one("helpdesk.ticket.category", "Set the category")
    tag_ids = fields.Many2many("helpdesk.ticket.tag", string="Add tags")

    def _offered_domain(self, conversation):
        domain = Domain(super()._offered_domain(conversation))
        team = conversation.sudo().ticket_id.team_id
        return domain & (
            Domain("team_ids", "=", False) | Domain("team_ids", "in", team.ids)
        )

    def _effects(self, conversation, key=None):
        effects = super()._effects(conversation, key)
        of_ticket = self._effects_on_ticket(conversation.ticket_id)
        if of_ticket and not conversation.ticket_id:
            of_ticket = [self._effect_left_out(of_ticket)]
        return effects + of_ticket

    def _effect_left_out(self, effects):
        sentence = self.env._(
            "Leave out what only tickets have: %(steps)s",
            steps="; ".join(sentence for sentence, _do in effects),
        )
        return sentence, lambda: None

    def _effects_on_ticket(self, ticket):
        """The same for a ticket: list of (sentence, function that does it)."""
        effects = []

        def change(sentence, **values):
            effects.append((sentence, lambda: ticket.write(values)))

        if team := self.move_team_id:
            change(
                self.env._("Give it to the team “%(team)s”", team=team.name),
                team_id=team.id,
            )
        if category := self.category_id:
            change(
                self.env._("Set the category to “%(name)s”", name=category.name),
                category_id=category.id,
            )
        if tags := self.tag_ids:
            change(
                self.env._(
                    "Add the tags %(tags)s", tags=", ".join(tags.mapped("name"))
                ),
                tag_ids=[Command.link(tag.id) for tag in tags],
            )
        if stage := self.stage_id:
            change(
                self.env._("Set the stage to “%(stage)s”", stage=stage.name),
                stage_id=stage.id,
            )
        return effects
