"""Triage: kind, service, group, tier, impact, urgency and priority, each with its reason.

Rules decide first and say so; what no rule decides is left as it was, with that as the stated reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tierline.desk.tickets.rules import MATRIX

from .words import BROKEN, GROUP, RELAXED, URGENT, WIDE, WISHES, found

TITLE_FACTOR = 2.0
"""A word in the title says twice as much as one in the text."""

KNOWN_ERROR_POINTS = 4.0
PRODUCT_POINTS = 3.0
NAME_POINTS = 2.0
THRESHOLD = 1.0
FRONTLINE = 1
READ_LIMIT = 4_000
"""Characters of text that are read: the matter is said at the beginning, the rest is quotes and logs."""


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A routing rule of the desk: any of its words points to a service, a group, or both."""

    id: int
    name: str
    words: tuple[str, ...]
    weight: float = 1.0
    service_id: int | None = None
    group_id: int | None = None


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A service of the catalogue. `product_keys` are the keys and names of its products, without case."""

    id: int
    key: str
    name: str
    group_id: int | None = None
    product_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A support group on its tier."""

    id: int
    key: str
    name: str
    tier: int


@dataclass(frozen=True, slots=True)
class KnownErrorHit:
    """A known error that fits; `tier` is the lowest tier allowed to apply its workaround."""

    reference: str
    service_id: int | None = None
    tier: int | None = None


@dataclass(frozen=True, slots=True)
class Learned:
    """What a learned model says of a ticket: the id or tier it leans to, with its chance of being right.

    It decides nothing below `threshold`. `name` is for people, `similar` the references of solved tickets like it.
    """

    subject: str
    value: int
    name: str
    score: float
    threshold: float
    version: int
    similar: tuple[str, ...] = ()

    @property
    def sure(self) -> bool:
        """Whether it may decide."""
        return self.score >= self.threshold

    @property
    def because(self) -> str:
        """The sentence for the receipt."""
        said = f"model {self.version} of the desk's own tickets: {self.score:.0%} sure"
        if not self.sure:
            needed = f"{self.threshold:.0%} are needed" if self.threshold <= 1 else "it was never right often enough"
            return f"{said} of {self.name}, {needed}: not followed"
        alike = f"; solved alike: {', '.join(self.similar)}" if self.similar else ""
        return f"{self.name} by {said}, {self.threshold:.0%} are needed{alike}"


@dataclass(frozen=True, slots=True)
class TriageFacts:
    """What triage knows of a ticket. `direct_tier` is the tier its contract reaches at once (usually 1)."""

    title: str
    text: str
    kind: str = "incident"
    impact: int = 3
    urgency: int = 2
    product_key: str = ""
    service_id: int | None = None
    known_errors: tuple[KnownErrorHit, ...] = ()
    direct_tier: int = FRONTLINE
    vip: bool = False
    learned: tuple[Learned, ...] = ()

    def learned_of(self, subject: str) -> Learned | None:
        """What the model of a subject says, if there is one."""
        return next((one for one in self.learned if one.subject == subject), None)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one thing was chosen; `points` is the weight it had in a choice, 0 where there was none."""

    what: str
    because: str
    points: float = 0.0


@dataclass(frozen=True, slots=True)
class Decision:
    """What triage proposes. `group_id` is None if the desk has no group on any reachable tier."""

    kind: str
    impact: int
    urgency: int
    priority: int
    tier: int
    service_id: int | None = None
    group_id: int | None = None
    reasons: tuple[Reason, ...] = field(default_factory=tuple)

    def receipt(self) -> dict[str, Any]:
        """The decision as JSON, for the timeline and for the page's "why"."""
        return asdict(self) | {"reasons": [asdict(reason) for reason in self.reasons]}


def triage(
    facts: TriageFacts,
    *,
    rules: Sequence[RuleRow] = (),
    services: Sequence[ServiceRow] = (),
    groups: Sequence[GroupRow] = (),
    matrix: Mapping[tuple[int, int], int] = MATRIX,
) -> Decision:
    """Decide where a ticket goes and how grave it is. Pure and deterministic: ties go to the lower id."""
    kind, why_kind = _kind(facts)
    impact, why_impact = _impact(facts)
    urgency, why_urgency = _urgency(facts, kind)
    service_id, group_votes, why_service = _service(facts, rules, services)
    tier, why_tier = _tier(facts)
    group_id, tier, why_group = _group(facts, group_votes, service_id, services, groups, tier)
    priority = matrix[impact, urgency]
    if facts.vip and priority > 1:
        priority_reason = Reason("priority", f"P{priority}; a VIP asks, the lead may raise it")
    else:
        priority_reason = Reason("priority", f"P{priority} by impact {impact} and urgency {urgency}")
    reasons = (why_kind, *why_service, why_tier, why_group, why_impact, why_urgency, priority_reason)
    return Decision(kind, impact, urgency, priority, tier, service_id, group_id, reasons)


def _both(facts: TriageFacts) -> str:
    return f"{facts.title}\n{facts.text[:READ_LIMIT]}"


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f"“{word.rstrip('*')}”" for word in words[:3])


def _kind(facts: TriageFacts) -> tuple[str, Reason]:
    if facts.kind not in {"incident", "request"}:
        return facts.kind, Reason("kind", f"opened as {facts.kind}")
    broken, wishes = found(BROKEN, _both(facts)), found(WISHES, _both(facts))
    if len(broken) == len(wishes):
        return facts.kind, Reason("kind", f"{facts.kind}, as it was opened: the words do not tell")
    kind, words = ("incident", broken) if len(broken) > len(wishes) else ("request", wishes)
    return kind, Reason("kind", f"{kind}: it says {_quoted(words)}", float(abs(len(broken) - len(wishes))))


def _impact(facts: TriageFacts) -> tuple[int, Reason]:
    for impact, phrases in ((1, WIDE), (2, GROUP)):
        words = found(phrases, _both(facts))
        if words:
            return impact, Reason("impact", f"{'wide' if impact == 1 else 'group'}: it says {_quoted(words)}")
    return facts.impact, Reason("impact", "as it was: nobody else is mentioned")


def _urgency(facts: TriageFacts, kind: str) -> tuple[int, Reason]:
    relaxed = found(RELAXED, _both(facts))
    if relaxed:
        return 3, Reason("urgency", f"low: it says {_quoted(relaxed)}")
    urgent = found(URGENT, _both(facts))
    if urgent:
        return 1, Reason("urgency", f"high: it says {_quoted(urgent)}")
    if kind == "request":
        return 3, Reason("urgency", "low: a request without a word of haste")
    return facts.urgency, Reason("urgency", "as it was: no word of haste or of leisure")


def _rule_points(rule: RuleRow, facts: TriageFacts) -> tuple[float, tuple[str, ...]]:
    in_title, in_text = found(rule.words, facts.title), found(rule.words, facts.text[:READ_LIMIT])
    words = tuple(dict.fromkeys((*in_title, *in_text)))
    points = sum(TITLE_FACTOR if word in in_title else 1.0 for word in words) * rule.weight
    return points, words


def _service(
    facts: TriageFacts, rules: Sequence[RuleRow], services: Sequence[ServiceRow]
) -> tuple[int | None, dict[int, float], list[Reason]]:
    votes: dict[int, float] = {}
    groups: dict[int, float] = {}
    said: dict[int, list[str]] = {}
    for rule in rules:
        points, words = _rule_points(rule, facts)
        if points and rule.group_id is not None:
            groups[rule.group_id] = groups.get(rule.group_id, 0.0) + points
        if points and rule.service_id is not None:
            votes[rule.service_id] = votes.get(rule.service_id, 0.0) + points
            said.setdefault(rule.service_id, []).append(f"rule “{rule.name}” found {_quoted(words)}")
    for service_id, points, because in _service_hints(facts, services):
        votes[service_id] = votes.get(service_id, 0.0) + points
        said.setdefault(service_id, []).append(because)
    return _elect(facts, votes, said, services, groups)


def _service_hints(facts: TriageFacts, services: Sequence[ServiceRow]) -> list[tuple[int, float, str]]:
    hints = [
        (hit.service_id, KNOWN_ERROR_POINTS, f"known error {hit.reference} matches")
        for hit in facts.known_errors
        if hit.service_id is not None
    ]
    for service in services:
        if facts.product_key and facts.product_key in service.product_keys:
            hints.append((service.id, PRODUCT_POINTS, f"it is about the product {facts.product_key}"))
        if found((service.name,), _both(facts)):
            hints.append((service.id, NAME_POINTS, f"it names {service.name}"))
    return hints


def _elect(
    facts: TriageFacts,
    votes: Mapping[int, float],
    said: Mapping[int, list[str]],
    services: Sequence[ServiceRow],
    groups: dict[int, float],
) -> tuple[int | None, dict[int, float], list[Reason]]:
    if facts.service_id is not None:
        return facts.service_id, groups, [Reason("service", "named when the ticket was opened")]
    best = max(votes, key=lambda one: (votes[one], -one), default=None)
    if best is None or votes[best] < THRESHOLD:
        return _learned_service(facts, services, groups)
    name = next((service.name for service in services if service.id == best), f"service {best}")
    reasons = [Reason("service", f"{name}: {'; '.join(said[best])}", votes[best])]
    others = sorted((one for one in votes if one != best), key=lambda one: (-votes[one], one))
    if others:
        second = next((service.name for service in services if service.id == others[0]), f"service {others[0]}")
        reasons.append(Reason("runner_up", f"{second} came second", votes[others[0]]))
    return best, groups, reasons


def _learned_service(
    facts: TriageFacts, services: Sequence[ServiceRow], groups: dict[int, float]
) -> tuple[int | None, dict[int, float], list[Reason]]:
    """Rules come first; where none points anywhere, the model decides if it is sure."""
    learned = facts.learned_of("service")
    silent = "no rule, product or known error points to a service"
    if learned is None:
        return None, groups, [Reason("service", silent)]
    if learned.sure and learned.value in {service.id for service in services}:
        return learned.value, groups, [Reason("service", learned.because, round(learned.score, 3))]
    return None, groups, [Reason("service", f"{silent}; {learned.because}", round(learned.score, 3))]


def _tier(facts: TriageFacts) -> tuple[int, Reason]:
    if facts.direct_tier > FRONTLINE:
        return facts.direct_tier, Reason("tier", f"the contract reaches tier {facts.direct_tier} directly")
    hit = next((hit for hit in facts.known_errors if (hit.tier or 0) > FRONTLINE), None)
    if hit is not None and hit.tier is not None:
        return hit.tier, Reason("tier", f"the workaround of {hit.reference} is for tier {hit.tier}")
    learned = facts.learned_of("tier")
    if learned is not None and learned.sure and learned.value > FRONTLINE:
        return learned.value, Reason("tier", learned.because, round(learned.score, 3))
    return FRONTLINE, Reason("tier", "frontline: nothing says it must start higher")


def _group(
    facts: TriageFacts,
    votes: Mapping[int, float],
    service_id: int | None,
    services: Sequence[ServiceRow],
    groups: Sequence[GroupRow],
    tier: int,
) -> tuple[int | None, int, Reason]:
    """The group on the wanted tier; failing that on the nearest lower one, and said so: never silently."""
    service = next((one for one in services if one.id == service_id), None)
    learned = facts.learned_of("group")
    for level in range(tier, FRONTLINE - 1, -1):
        here = sorted((group for group in groups if group.tier == level), key=lambda group: group.id)
        lower = f"tier {tier} has no group; " if level < tier else ""
        voted = max((one for one in here if one.id in votes), key=lambda one: (votes[one.id], -one.id), default=None)
        if voted is not None:
            return voted.id, level, Reason("group", f"{lower}{voted.name}: a rule names it", votes[voted.id])
        if learned is not None and learned.sure and learned.value in {one.id for one in here}:
            return learned.value, level, Reason("group", f"{lower}{learned.because}", round(learned.score, 3))
        own = next((one for one in here if service is not None and one.id == service.group_id), None)
        if own is not None:
            return (
                own.id,
                level,
                Reason("group", f"{lower}{own.name} supports {service.name if service else ''}"),
            )
        if here:
            why = "the only group there" if len(here) == 1 else "the first of its tier: no rule names a group"
            return here[0].id, level, Reason("group", f"{lower}{here[0].name}: {why}")
    return None, tier, Reason("group", "the desk has no group on tier 1 or the tier asked for")


def receiver(groups: Sequence[GroupRow], *, tier: int, preferred: Sequence[int]) -> tuple[int | None, str]:
    """Which group of a tier gets a hand-over, and why: the first preferred one, else the first at all."""
    here = {group.id: group for group in sorted(groups, key=lambda one: one.id) if group.tier == tier}
    for group_id in preferred:
        if group_id in here:
            return group_id, f"{here[group_id].name} supports this service"
    for group in here.values():
        return group.id, f"{group.name} is " + ("the only group there" if len(here) == 1 else "first of its tier")
    return None, f"the desk has no group on tier {tier}"
