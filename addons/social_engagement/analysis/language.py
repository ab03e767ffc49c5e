"""Which language a post is written in, among those a company has configured.

The letter statistics are langdetect's profiles. They are loaded into a private factory,
only for the languages asked for, under a lock, and published when complete;
langdetect's own first call is a race between threads. Where langdetect draws a random
sample of a text's n-grams, all of them are counted here: the same text always gives the
same answer, and a word already seen costs one look-up. Lists of each language's most
frequent words (`common/`) decide what letters alone leave open, which is what short
posts need.
"""

import json
import math
import re
import threading
from functools import lru_cache
from importlib import resources
from operator import add

from langdetect.detector_factory import DetectorFactory
from langdetect.utils.lang_profile import LangProfile

from .text import fold, plain, unstretched, without_addresses
from .words import HERE, languages_in, read_words

#: The languages that ship, and the candidates when none are configured.
SHIPPED = ("ar", "de", "en", "es", "fr", "hi", "it", "nl", "pt", "zh")

#: A detection below this probability is "unknown".
MIN_CONFIDENCE = 0.4
#: The network's own language field is overruled from this probability on …
OVERRULE_CONFIDENCE = 0.97
#: … when the text has at least this many letters.
OVERRULE_LETTERS = 20

_ALIASES = {"iw": "he", "in": "id", "nb": "no", "nn": "no", "fil": "tl", "jw": "jv"}
_PROFILE = {"zh": "zh-cn"}
_NO_PROFILE = {"zh"}  # decided by script

_SMOOTHING = 1e-5
_NGRAM_OVERLAP = 3.0  # each letter is in three n-grams: their evidence counts once
#: Log-odds the words of a language's lists give it.
_WORD_ODDS = {"common": 2.5, "lexicons": 1.5, "cues": 1.5}
_ALONE = 1.6  # of that for a word that only one of the languages lists
_ENDING = 0.3  # of that for an ending ("-ción") of a word in no list
_LONGEST_ENDING = 6
_HASHTAG = 0.3  # hashtags are often names in another language
_MAX_WORDS = 80
#: From so many words on, at most this share of known ones and less than this mean
#: log-probability of three letters mean another language.
_FOREIGN_WORDS, _FOREIGN_SHARE, _FOREIGN_FIT = 6, 0.2, -8.5

_WORD = re.compile(r"#?[^\W\d_]+")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HANGUL = re.compile(r"[\uac00-\ud7af\u1100-\u11ff]")
_SCRIPTS = (
    ("latin", re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")),
    ("arabic", re.compile(r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]")),
    ("cyrillic", re.compile(r"[\u0400-\u04ff]")),
    ("greek", re.compile(r"[\u0370-\u03ff]")),
    ("hebrew", re.compile(r"[\u0590-\u05ff]")),
    ("devanagari", re.compile(r"[\u0900-\u097f]")),
    ("bengali", re.compile(r"[\u0980-\u09ff]")),
    ("gurmukhi", re.compile(r"[\u0a00-\u0a7f]")),
    ("gujarati", re.compile(r"[\u0a80-\u0aff]")),
    ("tamil", re.compile(r"[\u0b80-\u0bff]")),
    ("telugu", re.compile(r"[\u0c00-\u0c7f]")),
    ("kannada", re.compile(r"[\u0c80-\u0cff]")),
    ("malayalam", re.compile(r"[\u0d00-\u0d7f]")),
    ("thai", re.compile(r"[\u0e00-\u0e7f]")),
    ("han", _HAN),
    ("kana", _KANA),
    ("hangul", _HANGUL),
)
_SCRIPT_OF = {
    **dict.fromkeys(("ar", "fa", "ur"), ("arabic",)),
    **dict.fromkeys(("bg", "mk", "ru", "uk"), ("cyrillic",)),
    **dict.fromkeys(("hi", "mr", "ne"), ("devanagari",)),
    "el": ("greek",),
    "he": ("hebrew",),
    "bn": ("bengali",),
    "pa": ("gurmukhi",),
    "gu": ("gujarati",),
    "ta": ("tamil",),
    "te": ("telugu",),
    "kn": ("kannada",),
    "ml": ("malayalam",),
    "th": ("thai",),
    "zh": ("han",),
    "ja": ("kana", "han"),
    "ko": ("hangul",),
}

_NOT_LATIN = re.compile(
    r"[\u0370-\u1dff\u2e80-\ud7ff\uf900-\ufaff\ufb1d-\ufdff\ufe70-\ufeff]"
)

#: Of a text in Latin letters so many different words, and such a share of all, must be
#: Hindi's, which is often written so; short words that other languages have as well
#: count towards the share only.
_ROMAN_HINDI, _ROMAN_SHARE = 2, 0.3
_ROMAN_SHARED = frozenset(
    "ki ka ke ko se me mein is us ye jo to ho hu na par pe ab ha he or".split()
)

_lock = threading.Lock()
_detectors = {}


def normalise(code):
    """ISO 639-1 code of a language tag ("pt_BR", "zh-Hans", "nb"), or None."""
    if not isinstance(code, str):
        return None
    code = re.split(r"[-_]", code.strip().lower())[0]
    code = _ALIASES.get(code, code)
    return code if re.fullmatch(r"[a-z]{2}", code) else None


@lru_cache(maxsize=1)
def known_languages():
    """All languages that can be told apart, as a frozenset of ISO 639-1 codes."""
    folder = resources.files("langdetect") / "profiles"
    return frozenset(
        normalise(path.name) for path in folder.iterdir() if normalise(path.name)
    )


def scripts_of(language):
    """Names of the scripts a language is written in."""
    return _SCRIPT_OF.get(language, ("latin",))


def dominant_script(text):
    """(script, letters): the script most letters belong to, or (None, 0).

    Text that mixes Han characters with kana or hangul belongs to the latter.
    """
    if not _NOT_LATIN.search(text):
        letters = len(_SCRIPTS[0][1].findall(text))
        return ("latin", letters) if letters else (None, 0)
    counts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS}
    for other in ("kana", "hangul"):
        if counts[other] > 0.1 * counts["han"]:
            counts[other] += counts.pop("han", 0)
            break
    # a Han character says as much as two or three letters
    weighted = {
        name: count * (2.5 if name in ("han", "kana", "hangul") else 1)
        for name, count in counts.items()
    }
    best = max(weighted, key=weighted.get)
    return (best, counts[best]) if counts[best] else (None, 0)


def _plain_words(name, section=None):
    """The single words of a word file, as written and without accents."""
    if not (HERE / name).exists():
        return set()
    words = {
        word
        for title, _, group in read_words(name)
        for word in group
        if section in (None, title)
    }
    words = {word for word in words if word.lstrip("-").isalpha()}
    return words | set(map(fold, words))


class Detector:
    """Tells a fixed set of languages apart. Immutable once built, but for its cache.

    :param languages: sorted tuple of ISO 639-1 codes
    """

    CACHE = 100_000

    def __init__(self, languages):
        self.languages = tuple(code for code in languages if code not in _NO_PROFILE)
        self._grams = self._load_grams()
        self._common = self._load_common()
        self._neutral = frozenset(
            word for _, _, words in read_words("common/any.txt") for word in words
        )
        self._listed = frozenset(languages_in("common"))
        self._zero = (0.0,) * len(self.languages)
        self._cache = {}

    def _load_grams(self):
        """n-gram → log-probability per language."""
        factory = DetectorFactory()
        factory.set_seed(0)
        folder = resources.files("langdetect") / "profiles"
        for index, language in enumerate(self.languages):
            name = _PROFILE.get(language, language)
            profile = json.loads((folder / name).read_text(encoding="utf-8"))
            factory.add_profile(LangProfile(**profile), index, len(self.languages))
        folded = {}
        for gram, shares in factory.word_lang_prob_map.items():
            known = folded.get(gram.lower())
            if known:
                shares = [a + b for a, b in zip(known, shares, strict=True)]
            folded[gram.lower()] = shares
        return {
            gram: tuple(
                math.log(share + _SMOOTHING) / _NGRAM_OVERLAP for share in shares
            )
            for gram, shares in folded.items()
        }

    def _load_common(self):
        """Known word → log-odds per language."""
        common = {}
        for index, language in enumerate(self.languages):
            for folder, odds in _WORD_ODDS.items():
                name = f"{folder}/{language}.txt"
                everyday = _plain_words(name, "everyday")
                for word in _plain_words(name):
                    row = common.setdefault(word, [0.0] * len(self.languages))
                    surely = odds * (1 + (word in everyday))
                    row[index] = max(row[index], surely)
        for row in common.values():
            if sum(odds > 0 for odds in row) == 1:  # at home in one language only
                row[:] = [_ALONE * odds for odds in row]
        return common

    def _score_word(self, word):
        """Log-likelihood of a lower-case word per language."""
        if word in self._neutral:
            return self._zero
        for shorter in unstretched(word):
            word = shorter
            if word in self._common:
                break
        padded = f" {word} "
        found = [
            gram
            for size in (1, 2, 3)
            for start in range(len(padded) - size + 1)
            if (gram := self._grams.get(padded[start : start + size]))
        ]
        found += self._known_parts(word)
        if not found:
            return self._zero
        return tuple(map(sum, zip(*found, strict=True)))

    def _known_parts(self, word):
        """The log-odds of a listed word, else of its longest listed ending."""
        if word in self._common:
            return [self._common[word]]
        for size in range(min(_LONGEST_ENDING, len(word) - 2), 0, -1):
            odds = self._common.get("-" + word[-size:])
            if odds:
                return [tuple(_ENDING * odd for odd in odds)]
        return []

    def is_foreign(self, text, language):
        """Whether a text is hardly in the likeliest of the languages either.

        So it is when few of its words are known and its letters follow each other as
        they seldom do in the language.
        """
        words = [word for word in _WORD.findall(text.lower()) if word[0] != "#"]
        words = words[:_MAX_WORDS]
        if language not in self._listed or len(words) < _FOREIGN_WORDS:
            return False
        index, unknown = self.languages.index(language), self._zero
        known = sum(self._common.get(word, unknown)[index] > 0 for word in words)
        if known > _FOREIGN_SHARE * len(words):
            return False
        unseen = math.log(_SMOOTHING) / _NGRAM_OVERLAP
        fits = [
            found[index] if (found := self._grams.get(padded[at : at + 3])) else unseen
            for padded in (f" {word} " for word in words)
            for at in range(len(padded) - 2)
        ]
        return _NGRAM_OVERLAP * sum(fits) / len(fits) < _FOREIGN_FIT

    def probabilities(self, text):
        """Language → probability for a cleaned text; empty when nothing speaks."""
        cache = self._cache
        total = list(self._zero)
        for word in _WORD.findall(text.lower())[:_MAX_WORDS]:
            scores = cache.get(word)
            if scores is None:
                scores = self._score_word(word.lstrip("#"))
                if word[0] == "#":
                    scores = tuple(score * _HASHTAG for score in scores)
                if len(cache) >= self.CACHE:
                    cache.clear()
                cache[word] = scores
            total = list(map(add, total, scores))
        if not any(total):
            return {}
        best = max(total)
        likelihoods = [math.exp(score - best) for score in total]
        whole = sum(likelihoods)
        return {
            language: likelihood / whole
            for language, likelihood in zip(self.languages, likelihoods, strict=True)
        }


def detector(languages):
    """The shared `Detector` of a set of languages, built by the first who asks.

    Others wait for it: nobody ever sees one that is half loaded.
    """
    key = tuple(sorted(languages))
    found = _detectors.get(key)
    if found is None:
        with _lock:
            found = _detectors.get(key)
            if found is None:
                found = Detector(key)
                _detectors[key] = found
    return found


@lru_cache(maxsize=256)
def _candidates(languages, given):
    configured = {normalise(code) for code in languages or SHIPPED} | {given}
    return tuple(sorted(configured & known_languages()))


@lru_cache(maxsize=256)
def _written_in(candidates, script):
    return tuple(code for code in candidates if script in scripts_of(code))


@lru_cache(maxsize=1)
def _roman_hindi():
    """The Hindi words of `common/` in Latin letters."""
    return frozenset(word for word in _plain_words("common/hi.txt") if word.isascii())


def _is_roman_hindi(text):
    words = _WORD.findall(text.lower())[:_MAX_WORDS]
    known = [word for word in words if word in _roman_hindi()]
    shared = sum(word in _ROMAN_SHARED for word in words)
    enough = len(set(known)) >= _ROMAN_HINDI or (known and shared > 1)
    return enough and len(known) + shared >= _ROMAN_SHARE * len(words)


def _detect(text, candidates):
    """(language or None, confidence, letters) from the text alone."""
    script, letters = dominant_script(text)
    possible = _written_in(candidates, script)
    if not letters or not possible:
        return None, 0.0, letters
    if script in ("han", "kana", "hangul"):
        language = possible[-1] if script == "han" else possible[0]
        return language, min(0.99, 0.6 + letters / 10), letters
    if letters < 2:
        return None, 0.0, letters
    if script == "latin" and "hi" in candidates and _is_roman_hindi(text):
        return "hi", 0.9, letters
    if len(possible) == 1:
        if script == "latin" and detector(possible).is_foreign(text, possible[0]):
            return None, 0.0, letters
        return possible[0], min(0.99, 0.5 + letters / 20), letters
    probabilities = detector(possible).probabilities(text)
    if not probabilities:
        return None, 0.0, letters
    language = max(probabilities, key=probabilities.get)
    if script == "latin" and detector(possible).is_foreign(text, language):
        return None, 0.0, letters
    return language, probabilities[language], letters


def detect(text, language=None, languages=None):
    """The language of a text.

    :param text: the post as written
    :param language: what the network says it is; believed unless the text itself
        clearly says otherwise
    :param languages: the configured languages; the shipped ones when None
    :return: (ISO 639-1 code or None when there is too little to tell, confidence 0–1)
    """
    given = normalise(language)
    cleaned = without_addresses(plain(text))
    candidates = _candidates(tuple(languages or ()), given)
    found, confidence, letters = _detect(cleaned, candidates)
    if given is None:
        if confidence < MIN_CONFIDENCE:
            return None, round(confidence, 3)
        return found, round(confidence, 3)
    if found == given:
        return given, round(max(confidence, 0.9), 3)
    script, _letters = dominant_script(cleaned)
    contradicted = (script and script not in scripts_of(given)) or (
        confidence >= OVERRULE_CONFIDENCE and letters >= OVERRULE_LETTERS
    )
    if contradicted:
        return found, round(confidence, 3)
    return given, 0.7
