from lxml import etree

from odoo import api, models

ACTION = "social_routing.take_next_action"
MENUS = ("social_routing.take_next_menu", "social_routing.helpdesk_take_next_menu")
MEMBERSHIP = {"user_ids", "routing_mode", "active"}  # of a team


class HelpdeskTicketTeam(models.Model):
    """*Take Next* is for those who are in a team whose work is shared out."""

    _inherit = "helpdesk.ticket.team"

    @api.model
    def _sharing_out(self, user):
        """The teams of a user whose work is shared out."""
        return self.sudo().search(
            [("user_ids", "in", user.ids), ("routing_mode", "!=", "manual")]
        )

    def _forget_members(self, vals):
        """Menus are kept for each user."""
        if MEMBERSHIP & vals.keys():
            self.env.registry.clear_cache()


class IrUiMenu(models.Model):
    _inherit = "ir.ui.menu"

    @api.model
    def _visible_menu_ids(self, debug=False):
        visible = super()._visible_menu_ids(debug)
        if self.env["helpdesk.ticket.team"]._sharing_out(self.env.user):
            return visible
        ids = self.env["ir.model.data"]._xmlid_to_res_id
        return visible - {ids(menu, raise_if_not_found=False) for menu in MENUS}


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    @api.model
    def get_view(self, view_id=None, view_type="form", **options):
        res = super().get_view(view_id, view_type, **options)
        if view_type not in ("list", "kanban"):
            return res
        if self.env["helpdesk.ticket.team"]._sharing_out(self.env.user):
            return res
        action = self.env["ir.model.data"]._xmlid_to_res_id(ACTION)
        arch = etree.fromstring(res["arch"])
        for button in arch.findall(f".//button[@name='{action}']"):
            button.getparent().remove(button)
        return {**res, "arch": etree.tostring(arch, encoding="unicode")}
