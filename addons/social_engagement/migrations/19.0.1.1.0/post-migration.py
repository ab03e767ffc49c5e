from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Installs the add-ons that came since and install themselves beside what is
    there: Odoo does so on installation only, not on upgrade.
    """
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    base = env["ir.module.module"].search([("name", "=", "social_engagement")])
    ours = base.downstream_dependencies(exclude_states=("installed",))
    new = ours.filtered(
        lambda module: (
            module.state == "uninstalled"
            and module.auto_install
            and module.author == base.author
        )
    )
    new.filtered(_is_due).button_install()


def _is_due(module):
    required = module.dependencies_id.filtered("auto_install_required")
    return all(needed.state in ("installed", "to upgrade") for needed in required)
