"""Where the links of a text begin and end.

People put links into sentences, brackets and quotes, and in Chinese and Japanese write
on without a space: what closes a sentence, a bracket or a quote is no part of the link.
``static/src/answer/links.js`` finds the same ones.
"""

import re

# Ends a link wherever it stands: blanks, quotes, and what only ever parts sentences.
_ENDS = r"\s<>\"“”„«»‹›「」『』《》〈〉【】（）［］｛｝。、，；：！？｡､…"
_EAST = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
# A bare host ends where Chinese or Japanese goes on right behind it.
_HOST = rf"[a-z0-9.-]+\.[a-z]{{2,}}(?=[{_EAST}])(?![^{_ENDS}/]*\.)"
_LINK = re.compile(rf"(?<![a-z0-9_/@])https?://(?:{_HOST}|[^{_ENDS}]+)", re.IGNORECASE)
_CLOSING = ".,;:!?'’‘*"
_BRACKETS = {")": "(", "]": "[", "}": "{"}


def links(text: str) -> list[tuple[int, str]]:
    """The links with a scheme, and where each begins.

    >>> links("(see https://acme.example/help).")
    [(5, 'https://acme.example/help')]
    """
    found = [(match.start(), _trimmed(match.group())) for match in _LINK.finditer(text)]
    return [(start, link) for start, link in found if not link.endswith("//")]


def without_links(text: str, put: str) -> str:
    """A text with something else in place of each link."""
    kept, end = [], 0
    for start, link in links(text):
        kept += [text[end:start], put]
        end = start + len(link)
    return "".join(kept) + text[end:]


def _trimmed(link):
    """A link without the punctuation of the sentence around it; a bracket that was
    opened within the link is closed within it.
    """
    left = {bracket: link.count(bracket) for bracket in "()[]{}"}
    end = len(link)
    while end:
        last = link[end - 1]
        opening = _BRACKETS.get(last)
        if last not in _CLOSING and not (opening and left[opening] < left[last]):
            break
        if opening:
            left[last] -= 1
        end -= 1
    return link[:end]
