"""What a post is about: word lists per language, and suggestions for new ones.

`topics/` holds the lists that ship, as a manager would write them: words, stems with
``*``, phrases with ``_``.
"""

import math
from collections import Counter

from .text import fold, plain, without_addresses
from .vocabulary import Vocabulary, cut
from .words import languages_in, read_words

LANGUAGES = languages_in("topics")
#: The topics that ship, in the order in which they are shown.
NAMES = {
    "delivery": "Delivery",
    "billing": "Billing",
    "fault": "Fault",
    "cancellation": "Cancellation",
    "price": "Price",
    "praise": "Praise",
    "press": "Press",
    "job": "Jobs",
    "data_protection": "Data protection",
    "safety": "Safety",
}

_MIN_POSTS = 3
_SHORTEST = 3


def default_topics():
    """The topics that ship.

    :return: topic → language → list of words, in the order of `NAMES`
    """
    found = {name: {} for name in NAMES}
    for language in LANGUAGES:
        for name, _weight, words in read_words(f"topics/{language}.txt"):
            found[name].setdefault(language, []).extend(words)
    return found


class Matcher:
    """Finds topics in posts. Build one for a set of word lists and keep it.

    :param topics: topic (any hashable, such as a record id) → language → list of words;
        the words under the language None count in every language. A phrase may be
        written with blanks or ``_``. `topics` keeps which topics there are.
    """

    def __init__(self, topics):
        self._topics = dict(topics)
        self.topics = frozenset(self._topics)
        self._keys = {str(index): topic for index, topic in enumerate(self._topics)}
        self._vocabularies = {}

    def _vocabulary(self, language):
        found = self._vocabularies.get(language)
        if found is None:
            sections = []
            for key, topic in self._keys.items():
                words = self._topics[topic]
                chosen = [*words.get(language, ()), *words.get(None, ())]
                chosen = ["_".join(word.split()) for word in chosen if word.strip()]
                sections.append((key, 1.0, chosen))
            found = self._vocabularies[language] = Vocabulary(sections, language)
        return found

    def match(self, text, language):
        """The topics of a post, the best supported first.

        :return: list of (topic, [words found]); a hashtag counts as its word
        """
        words = cut(without_addresses(plain(text)), language)
        found = {}
        for start, length, tags in self._vocabulary(language).scan(words):
            for key in tags:
                joined = ("" if language == "zh" else " ").join(
                    words[start : start + length]
                )
                found.setdefault(self._keys[key], []).append(joined)
        return sorted(found.items(), key=lambda item: -len(set(item[1])))


def _stop_words(language):
    if language not in languages_in("common"):
        return frozenset()
    listed = [*read_words(f"common/{language}.txt"), *read_words("common/any.txt")]
    return frozenset(fold(word) for _, _, words in listed for word in words)


def _terms(text, language, stop):
    """The single words and word pairs of a post, each once."""
    words = cut(without_addresses(plain(text)), language)
    if language == "zh":
        pairs = zip(words, words[1:], strict=False)
        return {
            first + second
            for first, second in pairs
            if "\u4e00" <= first <= "\u9fff" and "\u4e00" <= second <= "\u9fff"
        }
    good = [
        len(word) >= _SHORTEST and word[0].isalpha() and word not in stop
        for word in words
    ]
    found = {word for word, ok in zip(words, good, strict=True) if ok}
    for index in range(len(words) - 1):
        if good[index] and good[index + 1]:
            found.add(f"{words[index]} {words[index + 1]}")
    return found


def suggest(recent, earlier=(), known=(), limit=20):
    """Words that many recent posts share and earlier ones did not.

    Ranked by the log-likelihood ratio of a term's share of the recent against the
    earlier posts (Dunning 1993); without earlier posts by how many posts have it.

    :param recent, earlier: iterables of (text, language)
    :param known: words already listed under a topic, which are left out
    :return: list of (term, language, number of recent posts with it)
    """
    known = {fold(word.rstrip("*").replace("_", " ")) for word in known}
    now, before, sizes, stops = Counter(), Counter(), [0, 0], {}
    for side, posts, counts in ((0, recent, now), (1, earlier, before)):
        for text, language in posts:
            sizes[side] += 1
            if language not in stops:
                stops[language] = _stop_words(language)
            for term in _terms(text, language, stops[language]):
                counts[term, language] += 1
    ranked = []
    for (term, language), count in now.items():
        if count < _MIN_POSTS or term in known:
            continue
        weight = _surprise(count, sizes[0], before[term, language], sizes[1])
        if weight > 0:
            ranked.append((weight, count, term, language))
    ranked.sort(key=lambda entry: (-entry[0], entry[2]))
    return [(term, language, count) for _w, count, term, language in ranked[:limit]]


def _surprise(count, size, earlier, earlier_size):
    """Log-likelihood ratio, negative when the term has become rarer."""
    if not earlier_size:
        return float(count)
    share = (count + earlier) / (size + earlier_size)
    expected, expected_earlier = share * size, share * earlier_size
    weight = count * math.log(count / expected)
    if earlier:
        weight += earlier * math.log(earlier / expected_earlier)
    return 2 * weight if count > expected else -2 * weight
