"""The sentence that says what a file shows, and which lines each part of it is about."""

from dataclasses import dataclass

from tierline.core.kernel.actors import Actor
from tierline.work.diagnosis.models import Evidence, EvidenceTemplate
from tierline.work.diagnosis.rules.sentence import Sentence

from .compared import readable
from .unfinished import templates_so_far, with_findings


@dataclass(frozen=True, slots=True)
class SentencePart:
    """Words of the sentence, what they are `about`, and the first line that shows it (0: none)."""

    text: str
    about: str
    line: int


def sentence_parts(viewer: Actor, evidence_id: int) -> list[SentencePart]:
    """The sentence of a file, part by part. Raises NotFound."""
    evidence = with_findings(readable(viewer, evidence_id))
    rows = templates_so_far(evidence) if evidence.state == "pending" else list(evidence.templates.all())
    lines = _lines(evidence, rows)
    return [SentencePart(part.text, part.about, lines.get(part.about, 0)) for part in _sentence(evidence, rows).parts()]


def sentence_of(evidence: Evidence) -> Sentence:
    """What a file that was read says."""
    return _sentence(evidence, list(evidence.templates.defer("template")))


def _sentence(evidence: Evidence, rows: list[EvidenceTemplate]) -> Sentence:
    return Sentence(
        started=None if evidence.started_at is None else int(evidence.started_at.timestamp()),
        ended=None if evidence.ended_at is None else int(evidence.ended_at.timestamp()),
        lines=evidence.lines,
        templates=len(rows),
        new=sum(row.is_new for row in rows),
        compared=evidence.compared_with > 0,
        bursts=len(evidence.bursts),
        traces=len(evidence.traces),
        masked=evidence.masked,
        clock=evidence.skew or _inside(evidence)["skew"],
        errors=sum(bucket["errors"] for bucket in evidence.buckets),
    )


def _inside(evidence: Evidence) -> dict[str, int]:
    """Of the bundle's own files the one whose clock is furthest from the first's."""
    return max(evidence.files, key=lambda one: abs(one["skew"]), default={"skew": 0, "first": 1})


def _lines(evidence: Evidence, rows: list[EvidenceTemplate]) -> dict[str, int]:
    """The first line that shows what a part of the sentence is about."""
    new = [row.first_line for row in rows if row.is_new]
    begins = [bucket.get("line", 0) for bucket in evidence.buckets]
    with_errors = [bucket.get("line", 0) for bucket in evidence.buckets if bucket["errors"]]
    return {
        "when": min((line for line in begins if line), default=1),
        "templates": 1,
        "new": min(new, default=0),
        "errors": next((line for line in with_errors if line), 0),
        "bursts": evidence.bursts[0].get("line", 0) if evidence.bursts else 0,
        "traces": min((trace["line"] for trace in evidence.traces), default=0),
        "clock": 1 if evidence.skew else _inside(evidence)["first"],
        "masked": min(evidence.masked_at.values(), default=0),
    }
