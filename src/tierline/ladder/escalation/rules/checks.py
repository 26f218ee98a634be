"""The machine checks of an escalation contract: one function a kind of item."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from .evidence import LogPiece, Reproduction, TicketEvidence

SYMPTOM_WORDS = 6
"""Fewer words than this do not say what happens, only that something does."""

QUESTION_WORDS = 4
"""Fewer words than this are not a question an expert can answer."""

LOG_WINDOW_HOURS = 24
"""A log covers the incident if it has lines from at most this long before the ticket was opened."""

IMPACT_WORDS = {1: "wide", 2: "group", 3: "person"}
URGENCY_WORDS = {1: "high", 2: "medium", 3: "low"}
OUTCOME_FACTS = frozenset({"tried", "ruled_out", "suspected_component", "affected_people"})
"""Facts about the work, not about the environment."""


class ItemKind(StrEnum):
    """What a contract item asks for."""

    SYMPTOM = "symptom"
    ENVIRONMENT = "environment"
    TRIED = "tried"
    LOG = "log"
    REPRODUCTION = "reproduction"
    KNOWLEDGE = "knowledge"
    IMPACT = "impact"
    QUESTION = "question"
    COMPONENT = "component"
    RULED_OUT = "ruled_out"
    FACT = "fact"


class State(StrEnum):
    """How far an item is. Only `ready` opens the way up; `partial` says that a start is made."""

    READY = "ready"
    PARTIAL = "partial"
    MISSING = "missing"


class Collect(StrEnum):
    """Who can fill a gap, and by which deed: the page offers the matching button."""

    ASK_REQUESTER = "ask_requester"
    RUNBOOK = "start_runbook"
    LAB = "run_recipe"
    KNOWLEDGE = "search_knowledge"
    CLASSIFY = "classify"
    FACT = "record_fact"
    WRITE = "write"
    NOTHING = ""


@dataclass(frozen=True, slots=True)
class ContractItem:
    """One line of a contract. `only_for` lists ticket kinds; empty means every kind.

    Options by kind: environment `facts` [keys], log `hours` before opening, reproduction `level` written|run,
    fact `fact` key, symptom and question `words`.
    """

    key: str
    kind: ItemKind
    label: str
    required: bool = True
    only_for: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ItemState:
    """What the check of one item found, in words for the agent, and how the gap can be filled."""

    key: str
    label: str
    state: State
    detail: str
    collect: Collect = Collect.NOTHING
    required: bool = True


Finding = tuple[State, str, Collect]


def _ready(detail: str) -> Finding:
    return State.READY, detail, Collect.NOTHING


def check(item: ContractItem, evidence: TicketEvidence) -> ItemState:
    """Judge one item against what the ticket holds."""
    state, detail, collect = CHECKS[item.kind](item, evidence)
    return ItemState(
        key=item.key, label=item.label, state=state, detail=detail, collect=collect, required=item.required
    )


def _symptom(item: ContractItem, evidence: TicketEvidence) -> Finding:
    words = len(evidence.symptom.split())
    if not words:
        return State.MISSING, "The requester has not described it yet", Collect.ASK_REQUESTER
    if words < int(item.options.get("words", SYMPTOM_WORDS)):
        return State.PARTIAL, f"Only {words} words: {evidence.symptom.strip()[:80]}", Collect.ASK_REQUESTER
    return _ready(f"{words} words by the requester")


def missing_facts(item: ContractItem, evidence: TicketEvidence) -> tuple[str, ...]:
    """The facts this item names and the ticket lacks; `version` is always among those asked for."""
    wanted = ("version", *(str(key) for key in item.options.get("facts", ()) if key != "version"))
    return tuple(key for key in wanted if not _fact(evidence, key))


def _fact(evidence: TicketEvidence, key: str) -> str:
    """A fact by key; a version may be the release of the ticket, `version` or any `…_version` fact."""
    if key != "version":
        return evidence.facts.get(key, "").strip()
    versions = (value for name, value in evidence.facts.items() if name.endswith("_version"))
    return evidence.version or evidence.facts.get("version", "").strip() or next(versions, "")


def _environment(item: ContractItem, evidence: TicketEvidence) -> Finding:
    lacking = missing_facts(item, evidence)
    known = {key: value for key, value in evidence.facts.items() if value and key not in OUTCOME_FACTS}
    if not lacking:
        shown = " ".join(part for part in (evidence.product, _fact(evidence, "version")) if part)
        return _ready(", ".join([shown, *(value for value in known.values() if value not in shown)][:4]))
    state = State.PARTIAL if known or evidence.product else State.MISSING
    return state, "Not known: " + ", ".join(key.replace("_", " ") for key in lacking), Collect.ASK_REQUESTER


def _tried(_: ContractItem, evidence: TicketEvidence) -> Finding:
    done = [run for run in evidence.runs if run.state == "done"]
    if done:
        return _ready("; ".join(f"{run.title}, {run.done} of {run.total} steps" for run in done))
    if evidence.runs:
        run = evidence.runs[0]
        return State.PARTIAL, f"{run.title}: {run.done} of {run.total} steps, {run.state}", Collect.RUNBOOK
    said = evidence.facts.get("tried", "").strip()
    if said:
        return State.PARTIAL, f"No runbook yet; the requester tried: {said[:80]}", Collect.RUNBOOK
    return State.MISSING, "No runbook was worked through", Collect.RUNBOOK


def covers(log: LogPiece, opened_at: datetime, hours: int) -> bool:
    """True if the log has lines inside the incident's window.

    The window begins `hours` before the reported moment of the fault (or the opening, when nobody named one)
    and has no end: a fault that goes on may be logged later.
    """
    if log.last_at is None:
        return False
    return log.last_at >= (log.incident_at or opened_at) - timedelta(hours=hours)


def _log(item: ContractItem, evidence: TicketEvidence) -> Finding:
    if not evidence.logs:
        return State.MISSING, "No log is attached", Collect.ASK_REQUESTER
    masked = [log for log in evidence.logs if log.redacted]
    if not masked:
        return State.PARTIAL, f"{evidence.logs[0].name} is not redacted yet", Collect.NOTHING
    hours = int(item.options.get("hours", LOG_WINDOW_HOURS))
    fitting = [log for log in masked if covers(log, evidence.opened_at, hours)]
    if fitting:
        return _ready("; ".join(f"{log.name}, masked" for log in fitting[:3]))
    if all(log.last_at is None for log in masked):
        return State.PARTIAL, f"{masked[0].name} has no time stamps", Collect.ASK_REQUESTER
    return State.PARTIAL, f"{masked[0].name} ends before the incident", Collect.ASK_REQUESTER


def _reproduction(item: ContractItem, evidence: TicketEvidence) -> Finding:
    if not evidence.reproductions:
        return State.MISSING, "No steps to reproduce are written", Collect.LAB
    best = max(evidence.reproductions, key=lambda one: (one.runs > 0, one.reproduced))
    if best.runs:
        return _ready(reproduction_words(best))
    if item.options.get("level", "written") == "run":
        return State.PARTIAL, f"{best.title}: written, not run", Collect.LAB
    return _ready(reproduction_words(best))


def reproduction_words(one: Reproduction) -> str:
    """For example "Recipe R-77: 3 of 3 on 5.2.1"."""
    if not one.runs:
        return f"{one.title}: written, not run yet"
    where = f" on {one.version}" if one.version else ""
    return f"{one.title}: {one.reproduced} of {one.runs}{where}"


def _knowledge(_: ContractItem, evidence: TicketEvidence) -> Finding:
    if not evidence.knowledge:
        return State.MISSING, "No article or known error was tried", Collect.KNOWLEDGE
    explained = [one for one in evidence.knowledge if one.outcome]
    if explained:
        return _ready("; ".join(f"{one.reference} {one.outcome}" for one in explained[:3]))
    return State.PARTIAL, f"{evidence.knowledge[0].reference}: say why it did not help", Collect.KNOWLEDGE


def _impact(_: ContractItem, evidence: TicketEvidence) -> Finding:
    words = f"Impact {IMPACT_WORDS.get(evidence.impact, '?')}, urgency {URGENCY_WORDS.get(evidence.urgency, '?')}"
    if evidence.classified:
        return _ready(words)
    return State.PARTIAL, f"{words}: preset, nobody has judged it", Collect.CLASSIFY


def _question(item: ContractItem, evidence: TicketEvidence) -> Finding:
    words = len(evidence.question.split())
    if not words:
        return State.MISSING, "What exactly should they answer?", Collect.WRITE
    if words < int(item.options.get("words", QUESTION_WORDS)):
        return State.PARTIAL, "Too short to be answered", Collect.WRITE
    return _ready(evidence.question.strip()[:120])


def _component(_: ContractItem, evidence: TicketEvidence) -> Finding:
    if evidence.component:
        return _ready(f"Suspected: {evidence.component}")
    return State.MISSING, "No component is suspected yet", Collect.FACT


def _ruled_out(_: ContractItem, evidence: TicketEvidence) -> Finding:
    if evidence.ruled_out:
        return _ready(f"{len(evidence.ruled_out)}: " + "; ".join(evidence.ruled_out[:3]))
    return State.MISSING, "Nothing is ruled out yet", Collect.RUNBOOK


def _named_fact(item: ContractItem, evidence: TicketEvidence) -> Finding:
    value = _fact(evidence, str(item.options.get("fact", item.key)))
    if value:
        return _ready(value[:120])
    return State.MISSING, f"{item.label} is not known", Collect.FACT


CHECKS: dict[ItemKind, Callable[[ContractItem, TicketEvidence], Finding]] = {
    ItemKind.SYMPTOM: _symptom,
    ItemKind.ENVIRONMENT: _environment,
    ItemKind.TRIED: _tried,
    ItemKind.LOG: _log,
    ItemKind.REPRODUCTION: _reproduction,
    ItemKind.KNOWLEDGE: _knowledge,
    ItemKind.IMPACT: _impact,
    ItemKind.QUESTION: _question,
    ItemKind.COMPONENT: _component,
    ItemKind.RULED_OUT: _ruled_out,
    ItemKind.FACT: _named_fact,
}
