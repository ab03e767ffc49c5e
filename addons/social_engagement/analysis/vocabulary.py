"""Finding the words of the word files in a text, with their sections and weights."""

import re
from functools import lru_cache
from itertools import chain, product

from .text import RECENT, fold, is_word, lowered, tokens, unstretched

_CACHE = 50_000
_NOTHING = {}
_SPELT_TWICE = 4  # parts of a phrase, from the first, that are found without accents
#: The section of words that only an entry of just that spelling catches.
EXCEPT = "except"
_OPPOSITES = {"positive": "negative", "negative": "positive"}
_UMLAUTS = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue"}

_ARABIC_LETTERS = str.maketrans("أإآٱىةؤئ", "ااااي" + "هوي")
_ARABIC_PREFIX = re.compile(r"^(?:وال|بال|فال|كال|لل|ال|و|ف|ب|ل|ك|س)(?=.{3})")
_ARABIC_SUFFIX = re.compile(r"(?<=.{3})(?:كم|هم|ها|نا|ين|ون|ات|ان|ني|ه|ي|ك|ا|و)$")
_ARABIC_MARKS = re.compile("[\u064b-\u0652\u0670\u0640]")
_HAN_TOKEN = re.compile(
    r"\[[^\[\]\s]{1,8}\]|[A-Za-z0-9]+|[!?！？]+|[.,;:。，；：、…]|[^\s\w]|\w"
)


def _arabic(word):
    return _ARABIC_MARKS.sub("", word).translate(_ARABIC_LETTERS)


def _arabic_variants(word):
    """A word without its article, conjunction and pronoun endings."""
    bare = _ARABIC_PREFIX.sub("", word)
    barer = _ARABIC_PREFIX.sub("", bare)
    found = [word, bare, barer]
    found += [_ARABIC_SUFFIX.sub("", each) for each in found]
    return found


@lru_cache(maxsize=RECENT)
def cut(text, language):
    """The lower-case tokens of a cleaned text: words, emoji, emoticons, sentence marks.

    Accents stay. Chinese comes as single characters and its networks' ``[emoji]``
    names. In other languages than English what stands before an apostrophe is a word
    of its own.
    """
    if language == "zh":
        return tuple(_HAN_TOKEN.findall(text.lower())[:1500])
    text = lowered(text)
    if language == "ar":
        text = _arabic(text)
    elif language != "en":
        text = re.sub(r"(?<=\w)'(?=\w)", " ", text)
    if language == "it":
        text = text.replace("é", "è")  # few keep the two apart
    return tuple(tokens(text))


def hasty(token, language):
    """How people write a word without the accents on its letters."""
    if language == "de":
        return token.translate(_UMLAUTS)
    return fold(token)


def _ends(stems):
    """The first two letters of stems → their lengths, the longest first: most words
    begin like none of them.
    """
    lengths = {}
    for stem in stems:
        if len(stem) > 1:
            lengths.setdefault(stem[:2], set()).add(len(stem))
    return {start: sorted(found, reverse=True) for start, found in lengths.items()}


class Vocabulary:
    """The words of one language with their sections.

    A word with accents is found without them as well, unless that is a word of its own
    ("tué", "tue"): those stand in the section ``except``, beside other words that an
    entry with a star must not catch. In German an umlaut becomes two letters, never
    another one.

    :param sections: list of (section, weight, words) as `read_words` gives them
    :param language: decides how words are cut and which variants are tried
    """

    def __init__(self, sections, language):
        self.language = language
        self._exact, self._stems, self._phrases = {}, {}, {}
        self._hasty_exact, self._hasty_stems = {}, {}
        self._except, self._except_stems = set(), ()
        for section, weight, words in sections:
            for word in words:
                self._add(word, section, weight)
        for by_second in self._phrases.values():
            for phrases in by_second.values():
                phrases.sort(key=lambda phrase: -len(phrase[0]))
        self._ends = _ends(self._stems)
        self._hasty_ends = _ends(self._hasty_stems)
        self._hasty = bool(self._hasty_exact or self._hasty_stems)
        self._cache = {}

    def _parts(self, word):
        """The tokens of an entry without its star."""
        parts = []
        for part in word.split("_"):
            emoticon = not any(map(str.isalnum, part))
            parts += [fold(part)] if emoticon else cut(part, self.language)
        return parts

    def _add(self, word, section, weight):
        stem = word.endswith("*") and len(word) > 1
        parts = self._parts(word.rstrip("*") if stem else word)
        if not parts:
            return
        if len(parts) > 1:
            self._add_phrase(parts, stem, section, weight)
            return
        if section == EXCEPT:
            if stem:
                self._except_stems += (parts[0],)
            else:
                self._except.add(parts[0])
            return
        table = self._stems if stem else self._exact
        table.setdefault(parts[0], {}).setdefault(section, weight)
        bare = hasty(parts[0], self.language)
        if bare != parts[0]:
            table = self._hasty_stems if stem else self._hasty_exact
            table.setdefault(bare, {}).setdefault(section, weight)

    def _add_phrase(self, parts, stem, section, weight):
        """A phrase, each of its accents written or left out."""
        spellings = [
            (part, bare)
            if (bare := hasty(part, self.language)) != part and place < _SPELT_TWICE
            else (part,)
            for place, part in enumerate(parts)
        ]
        for first, *rest in product(*spellings):
            following = (tuple(rest), stem, section, weight)
            second = None if stem and len(rest) == 1 else rest[0]  # None: any
            by_second = self._phrases.setdefault(first, {})
            by_second.setdefault(second, []).append(following)

    def tags(self, token):
        """Section → weight of one token; the longest match of each section counts."""
        found = self._cache.get(token)
        if found is None:
            found = self._look_up(token)
            if len(self._cache) >= _CACHE:
                self._cache.clear()
            self._cache[token] = found
        return found

    def _look_up(self, token):
        if self.language == "zh" or not is_word(token):
            return self._exact.get(token) or self._emoticon(token)
        if self._is_except(token):
            return dict(self._exact.get(token, ()))
        variants = [token, *unstretched(token)]
        if self.language == "ar":
            variants = [each for word in variants for each in _arabic_variants(word)]
        for word in variants:
            found = self._look_in(self._exact, self._stems, self._ends, word)
            if not found and self._hasty and not self._is_except(word):
                found = self._look_in(
                    self._hasty_exact, self._hasty_stems, self._hasty_ends, word
                )
            if found:
                return found
        return _NOTHING

    def _look_in(self, exact, stems, ends, word):
        """Section → weight in one table of words and one of stems.

        :param ends: of :func:`_ends`
        """
        found = dict(exact.get(word, ()))
        lengths = ends.get(word[:2])
        if not lengths or self._is_except(word):
            return found
        for end in lengths:
            for section, weight in stems.get(word[:end], _NOTHING).items():
                if _OPPOSITES.get(section) not in found:  # "problemlos" is no problem
                    found.setdefault(section, weight)
        return found

    def _is_except(self, word):
        """Whether only an entry spelt just like the word may catch it."""
        return word in self._except or word.startswith(self._except_stems)

    def _emoticon(self, token):
        """A repeated sign counts as the sign: ":)))" is ":)", "😂😂" comes apart."""
        for shorter in unstretched(token):
            if shorter in self._exact:
                return self._exact[shorter]
        return {}

    def _phrase_at(self, words, start):
        """(length, section → weight) of the longest phrase that starts there."""
        length, found = 1, None
        by_second = self._phrases[words[start]]
        second = words[start + 1] if start + 1 < len(words) else None
        for rest, stem, section, weight in chain(
            by_second.get(second, ()), by_second.get(None, ())
        ):
            if found and len(rest) + 1 < length:
                continue
            window = words[start + 1 : start + 1 + len(rest)]
            if window == rest or (
                stem
                and len(window) == len(rest)
                and window[:-1] == rest[:-1]
                and window[-1].startswith(rest[-1])
            ):
                length = 1 + len(rest)
                found = found or {}
                found.setdefault(section, weight)
        return length, found

    def scan(self, words):
        """What is found among tokens.

        :param words: tuple of tokens, as `cut` gives them
        :return: list of (start, length, section → weight); phrases win over their words
        """
        hits, start, cache, phrases = [], 0, self._cache, self._phrases
        while start < len(words):
            word, length, found = words[start], 1, None
            if word in phrases:
                length, found = self._phrase_at(words, start)
            if found is None:
                found = cache.get(word)
                if found is None:
                    found = self.tags(word)
            if found and EXCEPT not in found:
                hits.append((start, length, found))
            start += length
        return hits
