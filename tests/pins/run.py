"""The tests of the networks with the libraries that Odoo itself pins: older ones than
those of the other runs, as Odoo installed by pip or from its own packages has them.

They need nothing of Odoo but the class of their cases, and its place is taken here.
"""

import contextlib
import importlib
import sys
import types
import unittest
from pathlib import Path
from unittest.mock import patch

import freezegun
import requests

ADDON = Path(__file__).resolve().parents[2] / "addons" / "social_engagement"


class BaseCase(unittest.TestCase):
    """What the tests use of Odoo's: no call leaves unless ``_request_handler`` says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(
            patch.object(
                requests.Session,
                "send",
                lambda session, request, **options: cls._request_handler(
                    session, request, **options
                ),
            )
        )

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        raise ConnectionError(f"a test called {request.url}")

    @classmethod
    def startClassPatcher(cls, patcher):
        cls.addClassCleanup(patcher.stop)
        return patcher.start()

    def startPatcher(self, patcher):
        self.addCleanup(patcher.stop)
        return patcher.start()


def stand_in(name, **values):
    """A module that importing finds, in place of a real one."""
    module = sys.modules[name] = types.ModuleType(name)
    vars(module).update(values)
    return module


def tests():
    """The plain tests of the networks."""
    stand_in("odoo")
    stand_in(
        "odoo.tests",
        BaseCase=BaseCase,
        freeze_time=freezegun.freeze_time,
        tagged=lambda *_tags: lambda case: case,
    )
    # without what these packages import: the add-on's models, all other tests
    stand_in("addon", __path__=[str(ADDON)])
    stand_in("addon.tests", __path__=[str(ADDON / "tests")])
    for path in sorted((ADDON / "tests").glob("test_networks*.py")):
        module = importlib.import_module(f"addon.tests.{path.stem}")
        yield unittest.defaultTestLoader.loadTestsFromModule(module)


def main():
    suite = unittest.TestSuite(each for loaded in tests() for each in loaded)
    with contextlib.redirect_stdout(sys.stderr):
        result = unittest.TextTestRunner(stream=sys.stderr).run(suite)
    failed = len(result.failures) + len(result.errors)
    skipped = len(result.skipped)
    print(f"{result.testsRun - failed - skipped} passed, {failed} failed", end="")
    print(f", {skipped} skipped")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
