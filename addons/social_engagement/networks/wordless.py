"""Messages that are no text, in words: a reader, and the analysis, see what was sent.

>>> shown("", [Media("https://x.example/1.png", "image/png", "A broken box")])
'[Picture: A broken box]'
"""

from collections.abc import Iterable

from .base import Media

_KINDS = {"image": "Picture", "video": "Video", "audio": "Audio"}
_MOST = 20  # things of one message that are named


def shown(text: str, media: Iterable[Media]) -> str:
    """A message's text; of one without, what it consists of."""
    if text.strip():
        return text
    return "\n".join(
        named(_KINDS.get(one.mime_type.split("/")[0], "File"), one.description)
        for one in list(media)[:_MOST]
    )


def named(kind: str, said: str = "") -> str:
    """Something that is no text, with what it says of itself."""
    said = " ".join(said.split())
    return f"[{kind}: {said}]" if said else f"[{kind}]"


def poll(options: Iterable[str]) -> str:
    """What can be voted for; the question is the message's text."""
    listed = [f"- {' '.join(option.split())}" for option in options if option.strip()]
    return "\n".join(["Poll:", *listed[:_MOST]]) if listed else ""


def quoted(handle: str, text: str) -> str:
    """Somebody else's words, marked as such on each line: they say nothing of what the
    author thinks.
    """
    said = [line for line in text.strip().split("\n") if line.strip()]
    first = [f"{handle}:"] if handle else []
    return "\n".join(f"> {line}" for line in first + said)


def joined(*parts: str) -> str:
    """Paragraphs; empty ones are left out."""
    return "\n\n".join(part.strip() for part in parts if part and part.strip())
