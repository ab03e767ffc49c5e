"""Evidence that a profile and a contact are the same person, and how sure it makes."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

from .traces import Trace, masked

#: How strong a datum is that fits one contact only: the probability that both are the
#: same when nothing else is known. Set by hand; what is said in private is rarely said
#: to mislead, what stands in public anybody may claim.
STRENGTH = {
    ("email", "private"): 0.9,
    ("email", "about"): 0.85,
    ("email", "public"): 0.8,
    ("phone", "private"): 0.75,
    ("phone", "about"): 0.7,
    ("phone", "public"): 0.6,
    ("reference", "private"): 0.7,
    ("reference", "public"): 0.5,
    ("reference", "about"): 0.2,
    ("website", "about"): 0.6,
    ("website", "private"): 0.4,
    ("website", "public"): 0.3,
    ("place", "about"): 0.45,  # the same name at the same place
    ("name", "about"): 0.15,
}
#: Less is not worth a person's time.
WORTH_SUGGESTING = 0.3
#: Evidence found by a machine never makes certain; a person does.
SUREST = 0.99


@dataclass(frozen=True)
class Person:
    """An author as the profile and the author's posts tell."""

    name: str = ""
    place: str = ""
    traces: tuple[Trace, ...] = ()


@dataclass(frozen=True)
class Contact:
    """A contact as the database knows it; all in normal form (see :class:`Trace`)."""

    name: str = ""
    city: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    references: frozenset = frozenset()

    def has(self, trace: Trace) -> bool:
        """Whether a datum is this contact's."""
        if trace.kind == "reference":
            return trace.value in self.references
        return trace.value == getattr(self, trace.kind) != ""


@dataclass(frozen=True)
class Evidence:
    """One reason to think so: `kind` as in :class:`Trace`, or "name", "place" (name and
    place together); `value` is masked; `strength` 0–1.
    """

    kind: str
    value: str
    origin: str
    source: object
    strength: float


def shared(person: Person, contacts: Iterable[Contact]) -> Counter:
    """How many of the contacts each datum of a person fits."""
    counts = Counter()
    for contact in contacts:
        for kind, value in {(t.kind, t.value) for t in person.traces if contact.has(t)}:
            counts[kind, value] += 1
        if _same_name(person, contact):
            counts["name"] += 1
            counts["place"] += _same_place(person, contact)
    return counts


def match(person: Person, contact: Contact, rivals: Counter) -> list[Evidence]:
    """The evidence that a person is a contact, strongest first; of each datum the
    strongest mention.

    :param rivals: what :func:`shared` gave for the person and all contacts in question:
        a datum that fits two contacts counts half for each
    """
    found = [
        _evidence(t.kind, masked(t), t.origin, t.source, rivals[t.kind, t.value])
        for t in person.traces
        if contact.has(t)
    ]
    if _same_name(person, contact):
        kind = "place" if _same_place(person, contact) else "name"
        value = f"{contact.name}, {contact.city}" if kind == "place" else contact.name
        found.append(_evidence(kind, value, "about", None, rivals[kind]))
    best = {}
    for each in sorted(found, key=lambda e: -e.strength):
        best.setdefault((each.kind, each.value), each)
    return list(best.values())


def confidence(strengths: Iterable[float]) -> float:
    """0–1, of the strengths of independent evidence: 1 − ∏ (1 − strength), "noisy or"
    (Pearl 1988, 4.3.2).
    """
    sure = 1 - prod(1 - strength for strength in strengths)
    return min(sure, SUREST)


def certainty(confidence: float) -> str:
    """A confidence as the key of a word: "certain", "very_likely", "likely" or
    "possible".
    """
    for least, word in ((1.0, "certain"), (0.85, "very_likely"), (0.6, "likely")):
        if confidence >= least:
            return word
    return "possible"


def _evidence(kind, value, origin, source, rivals):
    strength = STRENGTH[kind, origin] / max(1, rivals)
    return Evidence(kind, value, origin, source, strength)


def _same_name(person, contact):
    """First and last name in whatever order; one word alone is nobody's."""
    words = _words(person.name)
    return len(words) > 1 and words == _words(contact.name)


def _same_place(person, contact):
    city = _words(contact.city)
    return bool(city) and city <= _words(person.place)


def _words(text):
    """The words of a name, without case and accents."""
    plain = unicodedata.normalize("NFKD", text or "")
    plain = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    return frozenset(re.findall(r"[^\W\d_]+", plain))
