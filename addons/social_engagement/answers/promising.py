"""Words by which an answer promises something: a company is held to what it says in
public.
"""

import re
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent / "promises"
LANGUAGES = ("de", "en", "es", "fr", "zh")


def promises(text, language=None):
    """The words of a text that promise something, as written.

    :param language: ISO 639-1; None or one without words: all languages are tried
    """
    known = (language,) if language in LANGUAGES else LANGUAGES
    found = [match.group() for code in known for match in _words(code).finditer(text)]
    return list(dict.fromkeys(found))


@cache
def _words(language):
    """One pattern of a file with a phrase a line; ``*`` goes on with any letters."""
    lines = (HERE / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    phrases = [line.strip() for line in lines if line.strip() and line[0] != "#"]
    patterns = [
        r"\s+".join(re.escape(word).replace(r"\*", r"\w*") for word in phrase.split())
        for phrase in sorted(phrases, key=len, reverse=True)
    ]
    edge = "" if language == "zh" else r"\b"
    return re.compile(f"{edge}(?:{'|'.join(patterns)}){edge}", re.IGNORECASE)
