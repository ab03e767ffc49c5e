"""Which of many texts fit a post, by the words they have in common."""

import math
import re
from collections import Counter

SHORTEST = 4  # letters of a word that says something
MAX_CHARS = 2000

_WORD = re.compile(r"[^\W\d_]{2,}")
_HAN = re.compile(r"[\u3400-\u9fff]")
_ADDRESS = re.compile(r"https?://\S+|@[\w.@-]+")


def rank(post, texts):
    """How well each text fits a post: the weight of the words they share, rare ones
    more, over the length of the text; 0 where they share none.

    :param post: str
    :param texts: list of str
    :return: list of floats in the order of ``texts``
    """
    wanted = _words(post)
    bags = [_words(text) for text in texts]
    known = Counter(word for bag in bags for word in bag)
    weights = {w: math.log(1 + len(bags) / known[w]) for w in wanted if known[w]}
    return [
        sum(weights[word] for word in bag & weights.keys()) / math.sqrt(len(bag) or 1)
        for bag in bags
    ]


def _words(text):
    """The words of a text in lower case; of Chinese, which sets no spaces, its pairs
    of characters. Endings are cut off, so that "parcels" is "parcel".
    """
    text = _ADDRESS.sub(" ", text[:MAX_CHARS]).lower()
    words = set()
    for word in _WORD.findall(text):
        if _HAN.search(word):
            words.update(word[at : at + 2] for at in range(len(word) - 1))
        elif len(word) >= SHORTEST:
            words.add(word[:6])
    return words
