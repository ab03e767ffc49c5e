"""The figures an accuracy is given in."""

import bisect
import math


def share(hits):
    """Percentage of true values."""
    hits = list(hits)
    return 100 * sum(hits) / len(hits) if hits else 0.0


def macro_f1(pairs, labels):
    """Mean over the labels of F1, in percent, of (true, predicted) pairs."""
    total = 0.0
    for label in labels:
        right = sum(true == label == guess for true, guess in pairs)
        wrong = sum((true == label) != (guess == label) for true, guess in pairs)
        total += 2 * right / (2 * right + wrong) if right else 0.0
    return 100 * total / len(labels)


def auc(positive, negative):
    """Chance 0–1 that a positive value is above a negative one; ties count half."""
    negative = sorted(negative)
    below = sum(
        (bisect.bisect_left(negative, value) + bisect.bisect_right(negative, value)) / 2
        for value in positive
    )
    return below / len(positive) / len(negative)


def r_squared(xs, ys):
    """Share of the variance of ys a straight line over xs explains."""
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    both = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    spread_x = math.fsum((x - mean_x) ** 2 for x in xs)
    spread_y = math.fsum((y - mean_y) ** 2 for y in ys)
    return both * both / (spread_x * spread_y)
