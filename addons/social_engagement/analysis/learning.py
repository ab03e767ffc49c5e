"""A small model of a company's own, learnt from the labels its agents give.

Multinomial logistic regression over words, word pairs and pieces of words, and over
what the rules find, so that a few hundred labels already help. Plain Python: it trains
on 2,000 posts in seconds and serialises to JSON. The pieces are hashed: a stored model
contains no customer's words.

The same for any task: mood, need of an answer, topic, language. What a model is worth
is measured on labels it has not seen, against the rules on the same posts; `predict`
answers None until it is better.
"""

import json
import math
import random
import re
import zlib
from collections import Counter
from dataclasses import dataclass, field
from operator import mul

from . import language as languages_of
from . import needs_answer, sentiment
from .text import names, plain, without_addresses
from .vocabulary import cut

VERSION = 3
#: Fewer labels than this, in total or of one kind, are not learnt from.
MIN_EXAMPLES, MIN_PER_LABEL = 40, 5
#: The newest examples used, so that a training stays short.
MAX_EXAMPLES = 5000

_BUCKETS = 1 << 20
_FOLDS = 3
_EPOCHS = 10
_RATE = 0.5
_RIDGE = 1.0  # the usual C: how much the labels may pull against the ridge
_FACTS = 0.25  # facts are few and strong
_MOOD_STEPS = (-0.7, -0.4, -0.1, 0.1, 0.3, 0.5, 0.7)
_MIN_FOUND = 2  # a piece seen in one post only teaches nothing
_MAX_PIECES = 700
_BALANCE = 0.75  # 0 leaves rare labels rare, 1 weighs all labels alike
_BETTER_BY = 0.5  # ÷ √labels: with few, a small lead is chance

_SENTIMENT = {
    **dict.fromkeys(("negative", "neg", "negativ", "-1"), "negative"),
    **dict.fromkeys(("neutral", "neu"), "neutral"),
    **dict.fromkeys(("positive", "pos", "positiv"), "positive"),
}
_ANSWER = {
    **dict.fromkeys(("1", "true", "yes", "answer", "answered", "needs_answer"), True),
    **dict.fromkeys(
        ("0", "false", "no", "none", "no_answer", "unanswered", "ignore"), False
    ),
}


def _hash(piece):
    return zlib.crc32(piece.encode("utf-8", "ignore")) % _BUCKETS


def _facts(text, code):
    """What the rules find, piece → value 0–1.5 (mood −2…2): mood, cues, shape."""
    mood = sentiment.score(text, code).value
    facts = needs_answer.features(text, code, mood)
    words = cut(without_addresses(text), code)
    if mood is not None:
        weights = [weight for _start, _word, weight in sentiment.weigh(words, code)]
        facts["mood"] = 2 * mood
        facts["good"] = min(1.5, sum(w for w in weights if w > 0) / 3)
        facts["bad"] = min(1.5, -sum(w for w in weights if w < 0) / 4)
        facts |= {f"mood over {step}": 1.0 for step in _MOOD_STEPS if mood > step}
    letters = sum(map(str.isalpha, text))
    facts["length"] = min(1.5, len(words) / 20)
    facts["exclaims"] = min(1.0, text.count("!") / 2)
    facts["shouts"] = float(sum(map(str.isupper, text)) > 0.4 * max(8, letters))
    return {_hash(f"fact {name}"): value for name, value in facts.items() if value}


def _word_pieces(words):
    for word in words:
        yield f"w {word}"
        padded = f" {word} "
        for size in (3, 4, 5):
            for start in range(len(padded) - size + 1):
                yield padded[start : start + size]
    for first, second in zip(words, words[1:], strict=False):
        yield f"p {first} {second}"


@dataclass
class Row:
    """A post as numbers: `pieces` are hashed and unweighted, `facts` piece → value."""

    pieces: list
    facts: dict


def row_of(text, language):
    """The `Row` of a post in a language (or None)."""
    text = plain(text)
    words = cut(without_addresses(text), language)[:200]
    words = [re.sub(r"(.)\1{2,}", r"\1\1", word) for word in words]
    found = dict.fromkeys(_hash(f"@ {name.lower()}") for name in names(text))
    found |= dict.fromkeys(map(_hash, _word_pieces(words)))
    return Row(list(found)[:_MAX_PIECES], _facts(text, language))


def macro_f1(pairs, weights=None):
    """Macro-F1 (0–1) over (true label, predicted label) pairs, each counting 1 or as
    much as `weights` say.
    """
    pairs = list(pairs)
    weights = [1.0] * len(pairs) if weights is None else weights
    labels = {true for true, _predicted in pairs}
    total = 0.0
    for label in labels:
        hits, wrong = 0.0, 0.0
        for (true, guess), weight in zip(pairs, weights, strict=True):
            if true == label == guess:
                hits += weight
            elif (true == label) != (guess == label):
                wrong += weight
        total += 2 * hits / (2 * hits + wrong) if hits else 0.0
    return total / len(labels) if labels else 0.0


class _Regression:
    """Multinomial logistic regression over rows, by stochastic gradient descent.

    Pieces are weighted by inverse document frequency and by how unevenly the labels
    have them (the log-count ratio of Wang and Manning 2012), and brought to length 1;
    facts stand beside them at `_FACTS` of their value.
    """

    def __init__(self, labels):
        self.labels = list(labels)
        self.scales = {}  # piece → weight
        self.weights = [{} for _label in self.labels]
        self.bias = [0.0] * len(self.labels)

    def _numbers(self, row):
        """(places, values) of a row, places being the known pieces."""
        known = [piece for piece in row.pieces if piece in self.scales]
        values = [self.scales[piece] for piece in known]
        length = math.sqrt(sum(value * value for value in values)) or 1.0
        values = [value / length for value in values]
        values += [value * _FACTS for value in row.facts.values()]
        return known + list(row.facts), values

    def fit(self, rows, answers, weights):
        """Learn from rows, the indices of their labels and how much each counts."""
        self.scales = _scales(rows, answers, len(self.labels))
        numbered = [self._numbers(row) for row in rows]
        place = {}
        for known, _values in numbered:
            for piece in known:
                place.setdefault(piece, len(place))
        numbered = [
            ([place[piece] for piece in known], values) for known, values in numbered
        ]
        dense = self._descend(numbered, answers, weights, len(place))
        self.weights = [
            {
                piece: round(weights[index], 3)
                for piece, index in place.items()
                if abs(weights[index]) >= 0.005
            }
            for weights in dense
        ]
        kept = set().union(*self.weights)
        self.scales = {p: scale for p, scale in self.scales.items() if p in kept}
        return self

    def _descend(self, rows, answers, heed, width):
        """Weights per label. Each is stored divided by `shrink`, which is the ridge."""
        size, shrink = len(self.labels), 1.0
        weights = [[0.0] * width for _label in range(size)]
        costs = _costs(answers, size)
        order = list(range(len(rows)))
        shuffle = random.Random(0)
        ridge = 1 / (_RIDGE * len(rows))
        step = 0
        for _epoch in range(_EPOCHS):
            shuffle.shuffle(order)
            for index in order:
                places, values = rows[index]
                answer = answers[index]
                cost = costs[answer] * heed[index]
                shares = _softmax(
                    [
                        bias
                        + shrink
                        * sum(map(mul, map(column.__getitem__, places), values))
                        for bias, column in zip(self.bias, weights, strict=True)
                    ]
                )
                rate = _RATE / (1 + _RATE * ridge * step)
                step += 1
                shrink *= 1 - rate * ridge
                for label, share in enumerate(shares):
                    error = rate * cost * (share - (label == answer))
                    self.bias[label] -= 0.1 * error
                    if abs(error) > 1e-4:
                        column, change = weights[label], error / shrink
                        for place, value in zip(places, values, strict=True):
                            column[place] -= change * value
        return [[weight * shrink for weight in column] for column in weights]

    def probabilities(self, row):
        """Label → probability for a row."""
        places, values = self._numbers(row)
        sums = [
            bias
            + sum(
                weights.get(place, 0.0) * value
                for place, value in zip(places, values, strict=True)
            )
            for bias, weights in zip(self.bias, self.weights, strict=True)
        ]
        return dict(zip(self.labels, _softmax(sums), strict=True))

    def predict(self, row):
        """The likeliest label for a row."""
        shares = self.probabilities(row)
        return max(shares, key=shares.get)


def _scales(rows, answers, size):
    """Piece → weight of the pieces that more than one row has."""
    found = Counter(piece for row in rows for piece in row.pieces)
    by_label = [Counter() for _label in range(size)]
    for row, answer in zip(rows, answers, strict=True):
        by_label[answer].update(row.pieces)
    sizes = [answers.count(label) for label in range(size)]
    scales = {}
    for piece, count in found.items():
        if count >= _MIN_FOUND:
            unevenness = max(
                abs(
                    math.log(
                        (having[piece] + 1)
                        / (mine + 2)
                        * (len(rows) - mine + 2)
                        / (count - having[piece] + 1)
                    )
                )
                for having, mine in zip(by_label, sizes, strict=True)
            )
            rarity = math.log((1 + len(rows)) / (1 + count)) + 1
            scales[piece] = round(rarity * (0.5 + unevenness), 3)
    return scales


def _costs(answers, size):
    """How much a mistake on each label costs: rare labels weigh more."""
    counts = [max(1, answers.count(label)) for label in range(size)]
    return [(len(answers) / size / count) ** _BALANCE for count in counts]


def _softmax(sums):
    best = max(sums)
    powers = [math.exp(value - best) for value in sums]
    whole = sum(powers)
    return [power / whole for power in powers]


@dataclass
class Model:
    """A trained model with what it is worth.

    `model_score` and `rules_score` are macro-F1 0–1 on labels not learnt from;
    `examples` is how many labels there were; `reason` says why it is not used, if so.
    """

    labels: list = field(default_factory=list)
    examples: int = 0
    model_score: float | None = None
    rules_score: float | None = None
    reason: str | None = None
    regression: _Regression | None = None

    @property
    def beats_rules(self):
        """Whether predictions are given at all."""
        return self.regression is not None and self.reason is None

    def predict(self, text, language=None):
        """The label of a post, or None while the rules are as good or better."""
        if not self.beats_rules:
            return None
        return self.regression.predict(row_of(text, language))

    def probabilities(self, text, language=None):
        """Label → probability 0–1; empty while the rules are as good or better."""
        return self.shares(row_of(text, language)) if self.beats_rules else {}

    def shares(self, row):
        """`probabilities` of a `Row`, for whoever asks several models of one post."""
        return self.regression.probabilities(row) if self.beats_rules else {}

    def to_json(self):
        """The model as a JSON string, for `from_json`."""
        stored = {
            "version": VERSION,
            "labels": self.labels,
            "examples": self.examples,
            "model_score": self.model_score,
            "rules_score": self.rules_score,
            "reason": self.reason,
        }
        if self.beats_rules:
            stored["bias"] = [round(bias, 4) for bias in self.regression.bias]
            stored["scales"] = [
                list(self.regression.scales),
                list(self.regression.scales.values()),
            ]
            stored["weights"] = [
                [list(weights), list(weights.values())]
                for weights in self.regression.weights
            ]
        return json.dumps(stored, separators=(",", ":"))

    @classmethod
    def from_json(cls, text):
        """The model of a `to_json` string; one of another version, or one that cannot
        be read, predicts nothing.
        """
        try:
            return cls._read(json.loads(text))
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            return cls(reason="what was stored of it cannot be read")

    @classmethod
    def _read(cls, stored):
        """The model of what `to_json` stored; raises when it is not whole."""
        model = cls(
            labels=stored["labels"],
            examples=stored["examples"],
            model_score=stored["model_score"],
            rules_score=stored["rules_score"],
            reason=stored["reason"],
        )
        if stored["version"] != VERSION:
            model.reason = "it was trained by an earlier version"
        elif "weights" in stored:
            regression = _Regression(model.labels)
            regression.bias = stored["bias"]
            regression.scales = dict(zip(*stored["scales"], strict=True))
            regression.weights = [
                dict(zip(found, weights, strict=True))
                for found, weights in stored["weights"]
            ]
            numbers = [
                *regression.bias,
                *regression.scales.values(),
                *(n for column in regression.weights for n in column.values()),
            ]
            sizes = {len(model.labels), len(regression.bias), len(regression.weights)}
            if len(sizes) > 1 or 0 in sizes or not all(map(math.isfinite, numbers)):
                raise ValueError("labels and weights do not fit together")
            model.regression = regression
        return model


def _named(label):
    return str(label).strip().lower()


def rules_for(labels):
    """The rules that answer the task a set of labels belongs to, or None.

    :return: function (text, language) → one of the labels, or None
    """
    names = {_named(label): label for label in labels}
    if names.keys() <= _SENTIMENT.keys():
        to_label = {_SENTIMENT[name]: label for name, label in names.items()}
        return lambda text, language: to_label.get(
            sentiment.score(text, language).label
        )
    if names.keys() <= _ANSWER.keys():
        to_label = {_ANSWER[name]: label for name, label in names.items()}

        def answer(text, language):
            mood = sentiment.score(text, language).value
            need = needs_answer.score(text, language, mood).value
            return to_label.get(need >= 0.5)

        return answer
    if names.keys() <= languages_of.known_languages() | {"zh"}:
        return lambda text, language: languages_of.detect(text, None, tuple(names))[0]
    return None


def _held_out(rows, answers, weights, labels):
    """A guess for every row by a model that has not seen it."""
    order = list(range(len(rows)))
    random.Random(1).shuffle(order)
    guesses = [None] * len(rows)
    for fold_number in range(_FOLDS):
        seen = [
            i for position, i in enumerate(order) if position % _FOLDS != fold_number
        ]
        regression = _Regression(labels).fit(
            [rows[i] for i in seen],
            [answers[i] for i in seen],
            [weights[i] for i in seen],
        )
        for i in order[fold_number::_FOLDS]:
            guesses[i] = regression.predict(rows[i])
    return guesses


def train(examples, rules=None):
    """A model of labelled posts.

    :param examples: list of (text, language, label) or (text, language, label, weight),
        oldest first; language may be None. A weight of 0.3 counts a label as 0.3 of one
        without: in learning, and in measuring what the model and the rules are worth
    :param rules: function (text, language) → label or None, what the model must beat;
        found from the labels when not given, and without any "always the most frequent
        label" is to be beaten
    :return: `Model`
    """
    examples = list(examples)[-MAX_EXAMPLES:]
    counts = Counter(example[2] for example in examples)
    examples = [each for each in examples if counts[each[2]] >= MIN_PER_LABEL]
    truths = [example[2] for example in examples]
    weights = [example[3] if len(example) > 3 else 1.0 for example in examples]
    counts = Counter(truths)
    labels = sorted(counts, key=_named)
    model = Model(labels=labels, examples=len(examples))
    if len(labels) < 2 or len(examples) < MIN_EXAMPLES:
        model.reason = "there are too few labels to learn from"
        return model
    posts = [
        (text, language or languages_of.detect(text)[0])
        for text, language, *_rest in examples
    ]
    rows = [row_of(text, language) for text, language in posts]
    answers = [labels.index(label) for label in truths]
    most = counts.most_common(1)[0][0]
    rules = rules or rules_for(labels) or (lambda text, language: most)
    by_rules = [rules(text, language) for text, language in posts]
    by_model = _held_out(rows, answers, weights, labels)
    model.rules_score = round(macro_f1(zip(truths, by_rules, strict=True), weights), 4)
    model.model_score = round(macro_f1(zip(truths, by_model, strict=True), weights), 4)
    lead = model.model_score - _BETTER_BY / math.sqrt(len(rows))
    if lead < model.rules_score:
        model.reason = "the rules are as good on labels it has not seen"
        return model
    if lead < 1 / len(labels):
        model.reason = "it does no better than chance on labels it has not seen"
        return model
    model.regression = _Regression(labels).fit(rows, answers, weights)
    return model
