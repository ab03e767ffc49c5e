"""Reading the word files beside this package.

A file is a list of words separated by blanks. ``[name]`` or ``[name 1.5]`` opens a
section and, where it matters, gives the weight of its words; ``#`` opens a comment
line. A word that ends in ``*`` stands for everything that starts with it; ``_`` joins
the words of a phrase.
"""

import re
from pathlib import Path

HERE = Path(__file__).parent

_SECTION = re.compile(r"\[([a-z_]+)(?: ([\d.]+))?\]")


def read_words(name):
    """The sections of a word file.

    :param name: path below this package, such as "lexicons/de.txt"
    :return: list of (section, weight, words); words before the first section belong to
        the section "", and the weight is 1.0 where none is given
    """
    sections = [("", 1.0, [])]
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        title = _SECTION.fullmatch(line)
        if title:
            sections.append((title[1], float(title[2] or 1.0), []))
        else:
            sections[-1][2].extend(line.split())
    return [section for section in sections if section[2]]


def languages_in(folder):
    """The languages a folder of word files covers, such as ("ar", "de", …)."""
    return tuple(
        sorted(
            path.stem for path in (HERE / folder).glob("*.txt") if len(path.stem) == 2
        )
    )
