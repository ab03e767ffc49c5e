"""Who is behind a profile: evidence, and how sure it makes. Plain Python, without Odoo.

traces("Write to ann@example.com")           → what a text says of its author
match(author, contact, rivals)               → the evidence for one contact
confidence(evidence)                         → 0–1
"""

from .evidence import (
    Contact,
    Evidence,
    Person,
    certainty,
    confidence,
    match,
    shared,
)
from .traces import Trace, masked, site, traces

__all__ = [
    "Contact",
    "Evidence",
    "Person",
    "Trace",
    "certainty",
    "confidence",
    "masked",
    "match",
    "shared",
    "site",
    "traces",
]
