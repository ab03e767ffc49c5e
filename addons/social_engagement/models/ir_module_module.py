import logging

from odoo import models
from odoo.tools import parse_version

_logger = logging.getLogger(__name__)


class IrModuleModule(models.Model):
    _inherit = "ir.module.module"

    def _register_hook(self):
        super()._register_hook()
        outdated = self._social_outdated()
        if outdated:
            _logger.error(
                "The code of %s is newer than database %s. Stop Odoo and run: "
                "odoo -d %s -u social_engagement --stop-after-init",
                ", ".join(outdated.mapped("name")),
                self.env.cr.dbname,
                self.env.cr.dbname,
            )

    def _social_outdated(self):
        """Installed add-ons of ours whose code was replaced without an upgrade: their
        tables may lack what the code asks for.
        """
        base = self.sudo().search([("name", "=", "social_engagement")])
        ours = base | base.downstream_dependencies()
        # Odoo's names: latest_version is the database's, installed_version the code's
        installed = ours.filtered(lambda module: module.state == "installed")
        return installed.filtered(
            lambda module: (
                parse_version(module.installed_version)
                > parse_version(module.latest_version or "0")
            )
        )
