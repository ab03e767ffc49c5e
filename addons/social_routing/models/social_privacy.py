from odoo import models
from odoo.fields import Command

from odoo.addons.social_engagement.models.social_privacy import Part


class SocialPrivacy(models.AbstractModel):
    """What decisions, tickets and leads keep of a person."""

    _inherit = "social.privacy"

    def _desks(self, person, model):
        """The tickets or leads that are about a person: made of their conversations, or
        theirs as a contact.
        """
        link = self.env[model]._conversation_field()
        found = person.conversations[link]
        return found | found.search([("partner_id", "in", person.partners.ids)])

    def _threads(self, person):
        desks = [self._desks(person, m) for m in ("helpdesk.ticket", "crm.lead")]
        return [*super()._threads(person), *desks]

    def _cases(self, person):
        tickets, leads = (
            self._desks(person, m) for m in ("helpdesk.ticket", "crm.lead")
        )
        return self.env["social.routing.case"].search(
            [
                "|",
                "|",
                "|",
                ("conversation_id", "in", person.conversations.ids),
                ("message_id", "in", person.messages.ids),
                ("ticket_id", "in", tickets.ids),
                ("lead_id", "in", leads.ids),
            ]
        )

    def _parts(self, person):
        cases = self._cases(person)
        tickets, leads = (
            self._desks(person, m) for m in ("helpdesk.ticket", "crm.lead")
        )
        # Before conversations and profiles, which lead to them.
        return [
            Part(self.env._("Decisions"), cases, cases._erase),
            Part(self.env._("Tickets"), tickets, tickets._erase),
            Part(self.env._("Leads"), leads, leads._erase),
            *super()._parts(person),
        ]


class SocialRoutingCase(models.Model):
    _inherit = "social.routing.case"

    def _erase(self):
        """What was decided and why remains; about whom and what does not."""
        self.write(
            {
                "subject": False,
                "text": False,
                "partner_id": False,
                "partner_category_ids": [Command.clear()],
            }
        )


class SocialDesk(models.AbstractModel):
    _inherit = "social.desk"

    def _erase(self):
        """Empties tickets or leads: how they went remains."""
        keep = ("number", "access_token", "color")
        self.partner_id = False
        self.env["social.privacy"]._blank(self, self.env._("Erased"), keep=keep)
