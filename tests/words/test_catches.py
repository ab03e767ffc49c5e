"""What the entries of the word files catch beside themselves, reviewed once each.

An entry with a star, a word found without its accents and, in Chinese, a word found
inside another one can catch what means something else: "vol*" the flight, 等 the rank.
Each entry is held against the 10,000 commonest words of its language (`wordfreq`). What
it catches stands in `catches/`, read through by a person; a catch that does not stand
there fails. A wrong one is mended in the word file: by a narrower stem, or by the word
in the section ``except``. A right one is added:

    python tests/words/test_catches.py

rewrites the lists; read what `git diff` shows before committing it.
"""

import sys
import types
from pathlib import Path

import pytest
from wordfreq import top_n_list

HERE = Path(__file__).resolve().parent
ROOM = HERE.parents[1] / "addons" / "social_engagement" / "analysis"

# The package itself wants langdetect and VADER, which are not needed here.
package = types.ModuleType("analysis")
package.__path__ = [str(ROOM)]
sys.modules.setdefault("analysis", package)

from analysis.vocabulary import EXCEPT, Vocabulary, cut, hasty  # noqa: E402
from analysis.words import languages_in, read_words  # noqa: E402

COMMONEST = 10_000
FILES = [
    (folder, language)
    for folder in ("lexicons", "cues", "topics")
    for language in languages_in(ROOM / folder)
]


def catches(folder, language):
    """Entry → the common words it catches, itself left out.

    A topic's words go without ``except``: managers do not know it.
    """
    entries = [
        (word if section != EXCEPT else EXCEPT, 1.0, [word])
        for section, _weight, words in read_words(f"{folder}/{language}.txt")
        for word in words
    ]
    vocabulary = Vocabulary(entries, language)
    found = {}
    for word in top_n_list(language, COMMONEST):
        tokens = cut(word, language)
        for _start, length, tags in vocabulary.scan(tokens):
            if language != "zh" and len(tokens) > 1:
                continue
            for entry in tags:
                itself = (word, "".join(tokens)) if length == len(tokens) else ()
                if entry not in itself and entry != EXCEPT:
                    found.setdefault(entry, set()).add(word)
    return found


def listed(folder, language):
    path = HERE / "catches" / f"{folder}-{language}.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    pairs = (line.split(": ", 1) for line in lines if ": " in line)
    return {entry: set(words.split()) for entry, words in pairs}


@pytest.mark.parametrize(("folder", "language"), FILES)
def test_every_catch_was_reviewed(folder, language):
    reviewed = listed(folder, language)
    fresh = {
        entry: sorted(words - reviewed.get(entry, set()))
        for entry, words in catches(folder, language).items()
        if words - reviewed.get(entry, set())
    }
    assert not fresh, "catches nobody has reviewed: see the head of this file"


#: Words that differ in their accents alone and mean different things.
MERGED = {
    "de": "schön schon öde ode drücken drucken töte tote",
    "es": "sí si cómo como coño cono",
    "fr": "salé sale tué tue pêche péché côté cote stylé style coupé coupe",
    "it": "né ne sì si",
    "pt": "má ma tô to",
}


@pytest.mark.parametrize("language", MERGED)
def test_accents_tell_words_apart(language):
    for folder in ("lexicons", "cues"):
        sections = read_words(f"{folder}/{language}.txt")
        for written in MERGED[language].split():
            bare = [word for word in MERGED[language].split() if word != written]
            words = {word for _, _, group in sections for word in group}
            entries = [
                (name, weight, [word for word in group if word.rstrip("*") == written])
                for name, weight, group in sections
            ]
            exceptions = [section for section in sections if section[0] == EXCEPT]
            vocabulary = Vocabulary([*entries, *exceptions], language)
            if written in words or f"{written}*" in words:
                for other in bare:
                    assert not vocabulary.tags(other), (folder, written, other)


def test_a_hasty_spelling_is_found():
    vocabulary = Vocabulary([("good", 1.0, ["schön", "größe*"])], "de")
    assert vocabulary.tags("schoen") and not vocabulary.tags("schon")
    assert vocabulary.tags("groesse") and vocabulary.tags("grössen")
    vocabulary = Vocabulary(
        [("good", 1.0, ["génial*", "tué"]), (EXCEPT, 1, ["tue"])], "fr"
    )
    assert vocabulary.tags("geniale") and not vocabulary.tags("tue")
    assert hasty("schön", "de") == "schoen" and hasty("été", "fr") == "ete"


if __name__ == "__main__":
    for folder, language in FILES:
        lines = [
            f"{entry}: {' '.join(sorted(words))}\n"
            for entry, words in sorted(catches(folder, language).items())
        ]
        path = HERE / "catches" / f"{folder}-{language}.txt"
        path.write_text("".join(lines), encoding="utf-8")
