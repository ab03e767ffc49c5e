"""Eight threads make the first call in a new process; prints "right" if all are.

Run by `run.py` in twenty processes: what is built on first use must never be seen half
built.
"""

import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "addons" / "social_engagement"))

from analysis import analyse  # noqa: E402  the path comes first

POSTS = [
    ("Where is my parcel? I have been waiting for two weeks.", "en", True),
    ("Wo bleibt mein Paket? Ich warte seit zwei Wochen.", "de", True),
    ("Où est mon colis ? Je l'attends depuis dix jours.", "fr", True),
    ("¿Dónde está mi pedido? Llevo esperando dos semanas.", "es", True),
    ("Cadê meu pedido? Estou esperando há duas semanas.", "pt", True),
    ("Grazie mille, tutto perfetto, ottimo servizio", "it", False),
    ("Super bedankt, alles goed geregeld, top team", "nl", False),
    ("非常感谢，问题都解决了，服务很好", "zh", False),
]


def main():
    """Let eight threads loose at once and compare."""
    start = threading.Barrier(len(POSTS))
    answers = {}

    def call(index):
        text, _language, _wanted = POSTS[index]
        start.wait()
        answers[index] = analyse(text)

    threads = [threading.Thread(target=call, args=(i,)) for i in range(len(POSTS))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    right = all(
        index in answers
        and answers[index].language == language
        and (answers[index].needs_answer >= 0.5) == wanted
        and answers[index].sentiment is not None
        for index, (_text, language, wanted) in enumerate(POSTS)
    )
    print("right" if right else f"wrong: {answers}")


if __name__ == "__main__":
    main()
