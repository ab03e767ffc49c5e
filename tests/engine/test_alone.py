"""The engine stands alone."""

import ast
import sys
from pathlib import Path

import engine

FOLDER = Path(engine.__file__).parent


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 1, f"{path.name} reaches out of its room"


def test_it_imports_nothing_of_odoo_nor_of_any_library():
    files = sorted(FOLDER.glob("*.py"))
    assert len(files) >= 7
    for path in files:
        for name in imported(path):
            assert name.split(".")[0] in sys.stdlib_module_names, (path.name, name)


def test_it_runs_without_odoo():
    assert "odoo" not in sys.modules
