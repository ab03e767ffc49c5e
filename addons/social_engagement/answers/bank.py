"""Bank accounts (IBAN, ISO 13616), as python-stdnum knows each country's form."""

from pathlib import Path

import stdnum
from stdnum import numdb


def _iban():
    """The module ``stdnum.iban``. Where something has taken the place of stdnum's
    loader, as Odoo's hook for imports does, its table of countries is not found by
    ``importlib.resources``: then it is read here.
    """
    try:
        from stdnum import iban
    except FileNotFoundError:
        table = Path(stdnum.__file__).with_name("iban.dat")
        with table.open(encoding="utf-8") as lines:
            numdb._open_databases["iban"] = numdb.read(lines)
        from stdnum import iban
    return iban


is_iban = _iban().is_valid
