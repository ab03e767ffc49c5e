"""How long understanding a post takes: POSTS posts in one batch, on one core.

The posts are the labelled ones of $SOCIAL_DATA (else ../shared/data beside the
repository), and made-up ones where there are none. Prints one JSON line; ``ratio`` is
the allowed millisecond ÷ the median of processor time a post.

usage: script/test bench analysis
environment: POSTS, how many
"""

import json
import os
import random
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "addons" / "social_engagement")]

from analysis import analyse_batch  # noqa: E402  the path comes first

POSTS = int(os.environ.get("POSTS", 10_000))
DATA = Path(os.environ.get("SOCIAL_DATA") or ROOT.parent / "shared" / "data")
LABELLED = DATA / "sentiment_tweets_dev.tsv"
WORDS = (
    "where is my parcel the order should arrive today please help thanks great awful "
    "wo bleibt die Bestellung sehr gut danke où est mon colis merci dónde está mi "
    "pedido"
).split()


def texts():
    """The posts, in any order but always the same."""
    rng = random.Random(1)
    if LABELLED.exists():
        lines = LABELLED.read_text(encoding="utf-8").splitlines()[1:]
        found = [line.split("\t")[3] for line in lines]
        rng.shuffle(found)
        return (found * (POSTS // len(found) + 1))[:POSTS]
    return [" ".join(rng.choices(WORDS, k=rng.randint(4, 30))) for _ in range(POSTS)]


def main():
    """Times the whole batch, and each post of another run for the median."""
    batch = [(text, None) for text in texts()]
    analyse_batch(batch[:100])  # the word files are read once a process
    started = time.process_time()
    found = analyse_batch(batch)
    whole = time.process_time() - started
    if len(found) != POSTS:
        raise SystemExit(f"{len(found)} answers for {POSTS} posts")
    each = []
    for post in batch:
        started = time.process_time()
        analyse_batch([post])
        each.append(1000 * (time.process_time() - started))
    median = statistics.median(each)
    print(
        json.dumps(
            {
                "bench": "analysis",
                "ratio": round(1 / median, 1),
                "posts": POSTS,
                "ms_median": round(median, 3),
                "ms_mean_of_batch": round(1000 * whole / POSTS, 3),
            }
        )
    )


if __name__ == "__main__":
    main()
