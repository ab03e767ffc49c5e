import re

from odoo.tests import TransactionCase, tagged
from odoo.tools.misc import file_path

IMPORT = re.compile(r'^(?:import|export)\b[^;]*?from "@(\w+)/([^"]+)";', re.M)
BACKEND = "web.assets_backend"
LAZY = "web.assets_backend_lazy"


@tagged("post_install", "-at_install")
class TestAssets(TransactionCase):
    """What the browser loads is complete."""

    def paths(self, bundle):
        found = self.env["ir.asset"]._get_asset_paths(bundle, {})
        return [path[0].lstrip("/") for path in found]

    def test_imports_are_in_the_bundle(self):
        backend = set(self.paths(BACKEND))
        for bundle, loaded in ((BACKEND, backend), (LAZY, {*self.paths(LAZY)})):
            ours = [p for p in loaded if re.match(r"social_.*\.js$", p)]
            self.assertTrue(ours, bundle)
            for path in ours:
                with open(file_path(path)) as file:
                    imports = IMPORT.findall(file.read())
                for module, name in imports:
                    wanted = f"{module}/static/src/{name}.js"
                    with self.subTest(bundle=bundle, file=path, wanted=wanted):
                        self.assertTrue(wanted in backend | loaded or module == "odoo")
