"""The adapters as plain Python, without Odoo."""

import sys
from pathlib import Path

from peers import Prism

sys.path.append(str(Path(__file__).parents[2] / "addons/social_engagement"))

# needs a file that is not ours to pass on
collect_ignore = [] if Prism.description.exists() else ["test_x_schema.py"]
