"""No network without its contract tests."""

from odoo.tests import BaseCase

from ..networks import names
from .network_contract import Contract


def tested(case):
    """The networks of the contract tests that are there."""
    for below in case.__subclasses__():
        if below.network:
            yield below.network
        yield from tested(below)


class TestNetworks(BaseCase):
    def test_every_network_passes_the_contract(self):
        self.assertLessEqual(set(names()), set(tested(Contract)))
