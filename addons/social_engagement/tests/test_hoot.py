from odoo.tests import no_retry, tagged

from odoo.addons.web.tests.test_js import HOOTCommon, unit_test_error_checker


@tagged("post_install", "-at_install")
class TestHoot(HOOTCommon):
    """The unit tests of this module's JavaScript (static/tests), in a real browser."""

    # They test the base class, which runs them itself.
    test_generate_hoot_hash = test_get_hoot_filter = None

    @no_retry
    def test_unit(self):
        suite = self._generate_hash("@social_engagement")
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={suite}",
            "",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=unit_test_error_checker,
        )
