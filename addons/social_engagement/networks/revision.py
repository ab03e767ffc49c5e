"""Which of two revisions of a post is the newer one. Networks differ in what they call
a revision: the moment of the edit, a number, or a digest that tells no order.
"""

from .payload import as_time


def is_newer(one: str, other: str) -> bool | None:
    """Whether the first revision of a post was made after the second; None when their
    names don't tell.

    A post without a revision was never edited: any other is newer.
    """
    if one == other or not one:
        return False
    if not other:
        return True
    for measure in (_number, as_time):
        first, second = measure(one), measure(other)
        if first is not None and second is not None:
            return first > second
    return None


def newest(posts: list) -> list:
    """One post of each external id: its newest revision, and where revisions don't tell
    the one that was delivered last.

    :param posts: :class:`.base.Post` in the order they were delivered
    """
    kept = {}
    for post in posts:
        before = kept.get(post.external_id)
        if not before or is_newer(post.revision, before.revision) is not False:
            kept[post.external_id] = post
    return list(kept.values())


def _number(revision) -> int | None:
    plain = revision.isascii() and revision.isdigit() and len(revision) <= 40
    return int(revision) if plain else None
