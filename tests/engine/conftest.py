"""The engine as plain Python, without Odoo."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parents[2] / "addons/social_routing"))
# the same examples in every run, and no verdict by the clock of a busy machine
settings.register_profile("project", derandomize=True, deadline=None)
settings.load_profile("project")
