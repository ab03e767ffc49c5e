"""Words for what is no text: what an agent reads where somebody sent a sticker, shared
a post or answered a story.
"""

from collections.abc import Iterable

from .base import Media

_MOST = 20  # things of one message that are named


def what(kind: str, *said: str) -> str:
    """What somebody sent, in words: its kind, and what is known of it.

    >>> what("Sticker", "😀")
    '[Sticker] 😀'
    """
    return " ".join(filter(None, [f"[{kind}]", *(part.strip() for part in said)]))


def poll(question: str, options: Iterable[str]) -> str:
    """A poll: its question, and each option in a line of its own."""
    options = [f"- {option.strip()}" for option in options if option.strip()]
    return "\n".join([what("Poll", question), *options])


def of_media(mime_type: str) -> str:
    """What a medium is called, by its type."""
    family = mime_type.partition("/")[0]
    return {"image": "Photo", "video": "Video", "audio": "Audio"}.get(family, "File")


def shown(text: str, media: Iterable[Media]) -> str:
    """A message's text; of one without, what it consists of."""
    if text.strip():
        return text
    named = [what(of_media(one.mime_type), one.description) for one in media]
    return "\n".join(named[:_MOST])


def joined(*parts: str) -> str:
    """Paragraphs; empty ones are left out."""
    return "\n\n".join(part.strip() for part in parts if part and part.strip())


def quoted(said: str, name: str = "") -> str:
    """What somebody else wrote, marked line by line as not the author's own; empty
    when they wrote nothing.

    >>> quoted("One\\nTwo", "@ann")
    '> @ann: One\\n> Two'
    """
    said = f"{name}: {said.strip()}" if name else said.strip()
    return "\n".join(f"> {line}".rstrip() for line in said.split("\n")) if said else ""
