"""The adapters as plain Python, without Odoo."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "addons/social_engagement"))
