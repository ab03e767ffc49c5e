"""Does a post need an answer? 0–1 with reasons."""

import re
from dataclasses import dataclass, field

_PROBLEM = re.compile(
    r"\b(not work|n't work|broken|refund|still waiting|late|delay|cancel|lost|missing|"
    r"wrong|error|fail|problem|issue|complain|worst|terrible|charged)",
    re.IGNORECASE,
)
_REQUEST = re.compile(r"\b(please|help|need|can you|could you)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Need:
    """`value` 0–1, `reasons` list of str, `spam` and `advertising` 0–1."""

    value: float = 0.0
    reasons: list = field(default_factory=list)
    spam: float = 0.0
    advertising: float = 0.0


def score(text, language, mood=None):
    """How much a post wants an answer."""
    found = {
        "asks a question": 0.45 if "?" in text or "？" in text or "؟" in text else 0.0,
        "names a problem": 0.45 if _PROBLEM.search(text) else 0.0,
        "asks for something": 0.3 if _REQUEST.search(text) else 0.0,
        "sounds negative": 0.2 if mood is not None and mood < -0.2 else 0.0,
        "is addressed to someone": 0.1 if text.lstrip().startswith("@") else 0.0,
    }
    value = min(1.0, sum(found.values()))
    return Need(round(value, 3), [reason for reason, part in found.items() if part])
