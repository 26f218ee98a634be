"""Everything a contract may ask about, frozen at one moment and free of Django."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any, TypeVar

T = TypeVar("T")
SYMPTOM_LIMIT = 4_000
"""Characters of the requester's words that a hand-over sheet keeps."""


@dataclass(frozen=True, slots=True)
class TriedStep:
    """One runbook step and what came of it, in words."""

    text: str
    result: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class RunbookResult:
    """A runbook on this ticket: `state` is running, done or stopped."""

    title: str
    state: str
    done: int
    total: int
    tier: int = 1
    steps: tuple[TriedStep, ...] = ()
    ruled_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LogPiece:
    """A log of the evidence vault; the moments are those of its first and last line, if it has any."""

    name: str
    redacted: bool
    first_at: datetime | None = None
    last_at: datetime | None = None
    summary: str = ""
    reference: str = ""
    incident_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A recipe of the lab. `reproduced` of `runs` showed the fault; `runs` is 0 while it is only written."""

    title: str
    steps: tuple[str, ...] = ()
    runs: int = 0
    reproduced: int = 0
    version: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class KnowledgeTried:
    """An article or known error that was tried, and why it did not end the matter (empty: nobody said)."""

    reference: str
    title: str
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class TicketEvidence:
    """A ticket as a contract sees it. Impact and urgency follow ITIL: 1 is the gravest, 3 the mildest."""

    reference: str
    kind: str
    title: str
    tier: int
    opened_at: datetime
    impact: int
    urgency: int
    classified: bool = False
    symptom: str = ""
    product: str = ""
    version: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    runs: tuple[RunbookResult, ...] = ()
    logs: tuple[LogPiece, ...] = ()
    reproductions: tuple[Reproduction, ...] = ()
    knowledge: tuple[KnowledgeTried, ...] = ()
    component: str = ""
    ruled_out: tuple[str, ...] = ()
    question: str = ""


def freeze(evidence: TicketEvidence) -> dict[str, Any]:
    """The evidence as JSON for a hand-over sheet: moments become ISO 8601 text, long words are bounded."""
    data: dict[str, Any] = jsonable(asdict(evidence))
    data["symptom"] = evidence.symptom[:SYMPTOM_LIMIT]
    return data


def jsonable(value: Any) -> Any:  # noqa: ANN401 - any JSON value in, any JSON value out
    """The same value made of dicts, lists, text, numbers and None only."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    return value


def thaw(data: Mapping[str, Any]) -> TicketEvidence:
    """The evidence of a hand-over sheet as it was when `freeze` wrote it, but for what was cut.

    Sheets outlive versions of this class: what a sheet does not know is empty, what is not known any more is left out.
    """
    return _made(
        TicketEvidence,
        data,
        opened_at=datetime.fromisoformat(data["opened_at"]),
        runs=tuple(_run(one) for one in data.get("runs", ())),
        logs=tuple(_log(one) for one in data.get("logs", ())),
        reproductions=tuple(
            _made(Reproduction, one, steps=tuple(one.get("steps", ()))) for one in data.get("reproductions", ())
        ),
        knowledge=tuple(_made(KnowledgeTried, one) for one in data.get("knowledge", ())),
        ruled_out=tuple(data.get("ruled_out", ())),
    )


def _run(data: Mapping[str, Any]) -> RunbookResult:
    steps = tuple(_made(TriedStep, one) for one in data.get("steps", ()))
    return _made(RunbookResult, data, steps=steps, ruled_out=tuple(data.get("ruled_out", ())))


def _log(data: Mapping[str, Any]) -> LogPiece:
    moments = {name: data.get(name) for name in ("first_at", "last_at", "incident_at")}
    return _made(
        LogPiece, data, **{name: datetime.fromisoformat(text) if text else None for name, text in moments.items()}
    )


def _made(kind: type[T], data: Mapping[str, Any], **known: Any) -> T:  # noqa: ANN401 (values of many fields)
    names = {one.name for one in fields(kind)}  # type: ignore[arg-type] # all of them are dataclasses
    return kind(**({name: value for name, value in data.items() if name in names} | known))
