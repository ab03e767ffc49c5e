"""Finding the words of the word files in a text, with their sections and weights."""

import re
from functools import lru_cache

from .text import RECENT, fold, is_word, tokens, unstretched

_CACHE = 50_000
_SHORTEST_STEM = 2

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
    """The folded tokens of a cleaned text: words, emoji, emoticons, sentence marks.

    Chinese comes as single characters and its networks' ``[emoji]`` names. In other
    languages than English what stands before an apostrophe is a word of its own.
    """
    if language == "zh":
        return tuple(_HAN_TOKEN.findall(text.lower())[:1500])
    folded = fold(text)
    if language == "ar":
        folded = _arabic(folded)
    elif language != "en":
        folded = re.sub(r"(?<=\w)'(?=\w)", " ", folded)
    return tuple(tokens(folded))


class Vocabulary:
    """The words of one language with their sections.

    :param sections: list of (section, weight, words) as `read_words` gives them
    :param language: decides how words are cut and which variants are tried
    """

    def __init__(self, sections, language):
        self.language = language
        self._exact, self._stems, self._phrases = {}, {}, {}
        for section, weight, words in sections:
            for word in words:
                self._add(word, section, weight)
        for phrases in self._phrases.values():
            phrases.sort(key=lambda phrase: -len(phrase[0]))
        self._cache = {}

    def _add(self, word, section, weight):
        stem = word.endswith("*") and len(word) > 1
        parts = []
        for part in word.rstrip("*" if stem else "").split("_"):
            emoticon = not any(map(str.isalnum, part))
            parts += [fold(part)] if emoticon else cut(part, self.language)
        if not parts:
            return
        if len(parts) > 1:
            following = (tuple(parts[1:]), stem, section, weight)
            self._phrases.setdefault(parts[0], []).append(following)
            return
        table = self._stems if stem else self._exact
        table.setdefault(parts[0], {}).setdefault(section, weight)

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
        variants = [token, *unstretched(token)]
        if self.language == "ar":
            variants = [each for word in variants for each in _arabic_variants(word)]
        for word in variants:
            found = dict(self._exact.get(word, ()))
            for end in range(len(word), _SHORTEST_STEM - 1, -1):
                for section, weight in self._stems.get(word[:end], {}).items():
                    found.setdefault(section, weight)
            if found:
                return found
        return {}

    def _emoticon(self, token):
        """A repeated sign counts as the sign: ":)))" is ":)", "😂😂" comes apart."""
        for shorter in unstretched(token):
            if shorter in self._exact:
                return self._exact[shorter]
        return {}

    def _phrase_at(self, words, start):
        for rest, stem, section, weight in self._phrases[words[start]]:
            window = words[start + 1 : start + 1 + len(rest)]
            if window == rest or (
                stem
                and len(window) == len(rest)
                and window[:-1] == rest[:-1]
                and window[-1].startswith(rest[-1])
            ):
                return 1 + len(rest), {section: weight}
        return 1, None

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
            if found:
                hits.append((start, length, found))
            start += length
        return hits
