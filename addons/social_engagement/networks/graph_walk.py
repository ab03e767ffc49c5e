"""Reading what Meta's Graph API only gives newest first and two levels deep: the
comments of posts, the messages of conversations.

A walk begins at the newest and goes down to its ``floor``; ``since`` moves only when it
has arrived there, so a crash in between loses nothing, and pages may overlap. Once an
hour a walk goes down a whole week: what was edited, what arrived late and what stands
deep down in long threads is found then.

The cursor between walks is ``{"since", "swept"}``, in a walk also ``{"floor", "began",
"after" (page of the outer level), "rest" ([[outer id, page of its inner level], …])}``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from .base import NetworkError, Reason
from .graph_nodes import after, data, node
from .payload import as_id, as_time

BACKFILL = timedelta(days=7)  # how far the first walk and the hourly ones go down
OVERLAP = timedelta(minutes=15)  # clocks differ, and lists are a little behind
SWEEP = timedelta(hours=1)

Read = Callable[[str, dict], dict]


@dataclass(frozen=True)
class Edge:
    """What is walked: ``path`` lists the outer objects; ``inner``, where there is one,
    is the edge of each that lists what is wanted.

    ``reach``: how much older than the floor an outer object may be and still have
    something new inside. ``inner_params``: modifiers of the inner edge.
    """

    path: str
    fields: str
    time: str
    limit: int = 50
    params: Mapping[str, str] = field(default_factory=dict)
    reach: timedelta = timedelta()
    inner: str = ""
    inner_fields: str = ""
    inner_time: str = ""
    inner_limit: int = 50
    inner_params: Mapping[str, str] = field(default_factory=dict)

    def expanded(self) -> str:
        """The ``fields`` that bring the first inner page along (field expansion)."""
        if not self.inner:
            return self.fields
        modifiers = "".join(f".{k}({v})" for k, v in self.inner_params.items())
        inner = f"{self.inner}{modifiers}.limit({self.inner_limit})"
        return f"{self.fields},{inner}{{{self.inner_fields}}}"


@dataclass
class Step:
    """One page of a walk: new outer objects, and what is new inside of any, each beside
    its outer object (of which a later page knows the id only). What is no object is
    passed on, to be shown as broken.
    """

    outer: list
    inner: list[tuple[dict, object]]
    cursor: dict
    more: bool


def walk(
    read: Read, cursor: dict, edge: Edge, page: Callable[[int], int] = int
) -> Step:
    """The next page after ``cursor``.

    :param read: ``(path, params)`` → the JSON object there
    :param page: how many to ask for at once, of how many usually
    """
    edge = replace(edge, limit=page(edge.limit), inner_limit=page(edge.inner_limit))
    state = _begun(cursor)
    read_page = _inner_page if state["rest"] else _outer_page
    try:
        outer, inner = read_page(read, state, edge)
    except NetworkError as error:
        if "after" not in state or not _is_stale(error):
            raise
        # the place of the next page is gone: walk again from the top
        kept = {"since": state["since"], "swept": state["swept"]}
        return Step([], [], kept, False)
    if state["rest"] or "after" in state:
        return Step(outer, inner, state, True)
    done = {"since": state["began"], "swept": state["swept"]}
    return Step(outer, inner, done, False)


def now() -> datetime:
    return datetime.now(timezone.utc)


def _begun(cursor):
    """The walk a cursor is in the middle of, or a new one."""
    floor = as_time(cursor.get("floor"))
    if floor and as_time(cursor.get("began")):
        return {**cursor, "rest": [list(entry) for entry in cursor.get("rest", ())]}
    moment = now()
    since = as_time(cursor.get("since")) or moment - BACKFILL
    swept = as_time(cursor.get("swept"))
    floor = since - OVERLAP
    if not swept or moment - swept >= SWEEP:
        swept = moment
        floor = min(floor, moment - BACKFILL)
    times = {"since": since, "swept": swept, "floor": floor, "began": moment}
    return {name: value.isoformat() for name, value in times.items()} | {"rest": []}


def _outer_page(read, state, edge):
    floor = as_time(state["floor"])
    params = {"fields": edge.expanded(), "limit": edge.limit, **edge.params}
    if "after" in state:
        params["after"] = state["after"]
    answer = read(edge.path, params)
    objects = data(answer)
    state.pop("after", None)
    following = after(answer)
    if following and _reaches_down(objects, edge.time, floor - edge.reach):
        state["after"] = following
    inner = []
    for outer in objects:
        page = outer.get(edge.inner) if edge.inner and isinstance(outer, dict) else None
        if isinstance(page, dict):
            inner += _inside(outer, page, edge, floor)
            if place := _goes_on(page, edge, floor):
                state["rest"].append([as_id(outer.get("id")), place])
    return [o for o in objects if _is_new(o, edge.time, floor)], inner


def _inner_page(read, state, edge):
    floor = as_time(state["floor"])
    identifier, place = state["rest"][0]
    params = {"fields": edge.inner_fields, "limit": edge.inner_limit, "after": place}
    try:
        answer = read(node(identifier, edge.inner), params | dict(edge.inner_params))
    except NetworkError as error:
        if error.reason != Reason.NOT_FOUND and not _is_stale(error):
            raise
        state["rest"].pop(0)  # deleted meanwhile
        return [], []
    inner = _inside({"id": identifier}, {"data": data(answer)}, edge, floor)
    if following := _goes_on(answer, edge, floor):
        state["rest"][0][1] = following
    else:
        state["rest"].pop(0)
    return [], inner


def _inside(outer, page, edge, floor) -> Iterator[tuple[dict, object]]:
    """What is new on a page of an outer object, replies to it among that."""
    nodes = page.get("data")
    for found in nodes if isinstance(nodes, list) else ():
        replies = found.get("replies") if isinstance(found, dict) else None
        replies = replies.get("data") if isinstance(replies, dict) else None
        for entry in (found, *(replies if isinstance(replies, list) else ())):
            if _is_new(entry, edge.inner_time, floor):
                yield outer, entry


def _goes_on(page, edge, floor):
    """The place of the next page inside an outer object, if it is wanted."""
    nodes = page.get("data")
    nodes = nodes if isinstance(nodes, list) else []
    return after(page) if _reaches_down(nodes, edge.inner_time, floor) else ""


def _is_new(entry, name, floor):
    moment = as_time(entry.get(name)) if isinstance(entry, dict) else None
    return moment is None or moment >= floor


def _reaches_down(entries, name, floor):
    """Whether there may be something at or above the floor behind a page."""
    return bool(entries) and _is_new(entries[-1], name, floor)


def _is_stale(error):
    """Whether a page's place is not known any more (#100, invalid parameter)."""
    return error.reason == Reason.REFUSED and error.code.split("/")[0] == "100"
