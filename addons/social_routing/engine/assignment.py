"""Who takes a case, and for everybody else the reason why not.

A reason is a tuple: its code, then its figures. Codes of those who can't take the case
now: ``language`` (asked for), ``skill`` (skill, level asked for, and had), ``absent``,
``off_hours``, ``offline``, ``full`` (load, capacity). Codes of those who could have:
``known_customer`` (somebody else looked after the customer before), ``match`` (own,
best), ``load`` (own, least; shares of the capacity), ``idle`` (somebody waited longer);
and ``free``, who could while it is given to nobody.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

LASTING = ("language", "skill")  # what waiting does not change
FREE = ("free",)
NEVER = float("-inf")
SLACK = 1e-9  # weights like 0.1 don't add up exactly


@dataclass(slots=True)
class Agent:
    """Somebody who can be given work.

    :param away: why not now: "absent" | "off_hours" | "offline", or "" when at work
    :param skills: skill → level 0–100
    :param languages: ISO 639-1 codes
    :param last_assigned: seconds of any clock; ``NEVER`` when not yet
    """

    key: object
    capacity: float
    load: float = 0.0
    away: str = ""
    skills: Mapping = field(default_factory=dict)
    languages: Collection = ()
    last_assigned: float = NEVER

    def take(self, demand, moment):
        self.load += demand.weight
        self.last_assigned = moment


@dataclass(frozen=True, slots=True)
class Demand:
    """What a case asks of the one who takes it.

    :param weight: how much of a capacity it takes
    :param required: skill → least level 0–100
    :param preferred: skill → level at which it counts in full
    :param language: ISO 639-1, or None; a must when ``language_required``, else a plus
    :param social_skill: the skill that counts the more, the more influential the author
    :param influence: 0–100
    :param known_agent: key of who looked after the customer before
    """

    weight: float = 1.0
    required: Mapping = field(default_factory=dict)
    preferred: Mapping = field(default_factory=dict)
    language: str | None = None
    language_required: bool = False
    social_skill: object = None
    influence: float = 0.0
    known_agent: object = None


@dataclass(frozen=True)
class Assignment:
    """``agent`` is None when nobody can: then ``missing`` says what is. ``why`` is the
    reason for the chosen one, ``considered`` a list of (key, reason) of all others.
    """

    agent: Agent | None
    why: tuple
    considered: list
    missing: list


def assign(demand, agents):
    """The best match, then the least loaded, then who waited longest for work.

    :param demand: :class:`Demand`
    :param agents: list of :class:`Agent`; none is changed
    :return: :class:`Assignment`
    """
    considered, fit = [], []
    for agent in agents:
        if reason := _obstacle(demand, agent):
            considered.append((agent.key, reason))
        else:
            fit.append((match(demand, agent), agent))
    if not fit:
        return Assignment(None, (), considered, _missing(considered))
    known = [agent for _points, agent in fit if agent.key == demand.known_agent]
    if known:
        chosen, why = known[0], ("known_customer",)
        considered += [(agent.key, why) for _p, agent in fit if agent is not chosen]
        return Assignment(chosen, why, considered, [])
    best = max(points for points, _agent in fit)
    shares = [(_share(agent), agent) for points, agent in fit if points == best]
    least = min(share for share, _agent in shares)
    loaded_least = [agent for share, agent in shares if share == least]
    chosen = min(loaded_least, key=lambda agent: agent.last_assigned)
    considered += [
        (agent.key, ("match", points, best)) for points, agent in fit if points < best
    ]
    considered += [
        (agent.key, ("load", share, least) if share > least else ("idle",))
        for share, agent in shares
        if agent is not chosen
    ]
    return Assignment(chosen, _why(fit, shares, loaded_least), considered, [])


def taken(demand, taker, agents):
    """A case that an agent took out of the queue: who chose was the agent.

    :param demand: :class:`Demand`
    :param taker: :class:`Agent`
    :param agents: list of the other :class:`Agent` it could have gone to
    :return: :class:`Assignment`
    """
    return Assignment(taker, ("taken",), unassigned(demand, agents).considered, [])


def unassigned(demand, agents):
    """How it stands with a case that waits: what keeps each agent from it.

    :param demand: :class:`Demand`
    :param agents: list of :class:`Agent`
    :return: :class:`Assignment` without agent; ``missing`` may say how many are free
    """
    standing = [(a.key, _obstacle(demand, a) or FREE) for a in agents]
    return Assignment(None, (), standing, _missing(standing))


def match(demand, agent):
    """How well an agent fits: a point for each preferred skill and the language, and up
    to one for skill with social media, by the author's influence. Tenths: smaller
    differences are left to the load.
    """
    points = 0.0
    if demand.preferred:
        for skill, level in demand.preferred.items():
            points += min(1.0, agent.skills.get(skill, 0) / max(1, level))
    if demand.language in agent.languages:
        points += 1.0
    if demand.social_skill:
        skilled = agent.skills.get(demand.social_skill, 0) / 100
        points += demand.influence / 100 * skilled
    return round(points, 1)


def _share(agent):
    return round(agent.load / agent.capacity, 3)


def _obstacle(demand, agent):
    if demand.language_required and demand.language not in agent.languages:
        return ("language", demand.language)
    if demand.required:
        for skill, level in demand.required.items():
            if agent.skills.get(skill, 0) < level or skill not in agent.skills:
                return ("skill", skill, level, agent.skills.get(skill, 0))
    if agent.away:
        return (agent.away,)
    if agent.load + demand.weight > agent.capacity + SLACK or agent.capacity <= 0:
        return ("full", agent.load, agent.capacity)
    return None


def _why(fit, matching, loaded_least):
    if len(fit) == 1:
        return ("only",)
    if len(matching) == 1:
        return ("match",)
    return ("load",) if len(loaded_least) == 1 else ("idle",)


def _missing(considered):
    """What would have to change: the skill or language that everybody lacks, else how
    many of the able are away or full.

    :return: list of tuples: ``("nobody",)``, ``("language", code)``, ``("skill", skill,
        level)``, or ``("absent" | "off_hours" | "offline" | "full" | "free", how
        many)``
    """
    if not considered:
        return [("nobody",)]
    reasons = [reason for _key, reason in considered]
    able = [reason for reason in reasons if reason[0] not in LASTING]
    if able:
        return list(Counter(reason[0] for reason in able).items())
    return list(dict.fromkeys(reason[:3] for reason in reasons))
