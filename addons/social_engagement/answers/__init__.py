"""What an answer says that it had better not say in public. Plain Python, nothing of
Odoo.

>>> [found.kind for found in personal_data("Write to ann@mail.example")]
['email']
"""

from .invitation import invitation
from .links import questionable_links
from .personal import Found, personal_data
from .promising import promises
from .ranking import rank

__all__ = [
    "Found",
    "invitation",
    "personal_data",
    "promises",
    "questionable_links",
    "rank",
]
