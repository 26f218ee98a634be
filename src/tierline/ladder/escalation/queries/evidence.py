"""Everything a contract may ask of a ticket, gathered in one statement."""

from collections.abc import Mapping
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import JSONObject
from django.utils.dateparse import parse_datetime

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.rules import Audience
from tierline.desk.tickets.models import Message, Ticket
from tierline.ladder.escalation.rules.evidence import (
    SYMPTOM_LIMIT,
    KnowledgeTried,
    LogPiece,
    Reproduction,
    RunbookResult,
    TicketEvidence,
    TriedStep,
)
from tierline.work.diagnosis.models import Evidence, Match
from tierline.work.knowledge.models import ArticleLink
from tierline.work.lab.models import LabRun, Recipe, RunState
from tierline.work.workflows.models import RunbookRun
from tierline.work.workflows.queries import RESULT_WORDS
from tierline.work.workflows.rules.steps import outcome, parse_results, parse_steps

WORDS_READ = 5
"""So many messages of the requester are read for the symptom, oldest first."""

CLASSIFIED = "ticket.classified"
SEARCHED = "assistant.handed_over"
"""Tier 0 says why it hands over; its room stands above this one, so that only the timeline tells."""


def gather(viewer: Actor, ticket_id: int, *, question: str = "") -> tuple[TicketEvidence, int | None]:
    """(evidence, id of the service) of a ticket that the viewer may see. Raises NotFound."""
    row = _annotated(Ticket.objects.visible_to(viewer)).filter(pk=ticket_id).first()
    if row is None:
        raise NotFound
    return _evidence(row, question), row.service_id


def _annotated(tickets: QuerySet[Ticket]) -> QuerySet[Any]:
    here: dict[str, Any] = {"ticket": OuterRef("pk")}
    entries = TimelineEntry.objects.filter(subject_kind="ticket", subject_id=OuterRef("pk"))
    return tickets.annotate(
        said=ArraySubquery(
            Message.objects.filter(**here, direction="in", audience=Audience.REQUESTER)
            .order_by("id")
            .values("text")[:WORDS_READ]
        ),
        classified=Exists(entries.filter(kind=CLASSIFIED)),
        searched=ArraySubquery(
            entries.filter(kind=SEARCHED).order_by("seq").annotate(reason=KT("data__reason")).values("reason")
        ),
        matched=ArraySubquery(
            Match.objects.filter(**here)
            .order_by("-score", "id")
            .values(json=JSONObject(ref="matcher__ref", title="matcher__title", score="score"))
        ),
        logs_here=ArraySubquery(
            Evidence.objects.filter(**here)
            .exclude(state="refused")
            .order_by("id")
            .values(
                json=JSONObject(
                    id="pk",
                    name="name",
                    state="state",
                    sentence="sentence",
                    first="started_at",
                    last="ended_at",
                )
            )
        ),
        tried_runs=ArraySubquery(
            RunbookRun.objects.filter(**here)
            .order_by("id")
            .values(
                json=JSONObject(
                    title="runbook__title",
                    steps="runbook__steps",
                    state="state",
                    results="results",
                    tier="tier",
                )
            )
        ),
        linked=ArraySubquery(
            ArticleLink.objects.filter(**here)
            .exclude(how="flagged")
            .order_by("id")
            .values(
                json=JSONObject(id="article_id", title="article__title", helped="helped", comment="comment", how="how")
            )
        ),
        recipes_here=ArraySubquery(_recipes(here)),
    )


def _recipes(here: Mapping[str, Any]) -> QuerySet[Any]:
    runs = (
        LabRun.objects.filter(recipe=OuterRef("pk"), state=RunState.DONE)
        .exclude(verdict="blocked")
        .order_by("-reproduced", "-id")
        .values(json=JSONObject(asked="asked", reproduced="reproduced", version="release_version"))[:1]
    )
    return (
        Recipe.objects.filter(**here)
        .order_by("id")
        .values(
            json=JSONObject(
                id="pk",
                title="title",
                command=F("spec__command"),
                best=Subquery(runs),
            )
        )
    )


def _evidence(row: Any, question: str) -> TicketEvidence:  # noqa: ANN401 (a Ticket with the annotations above)
    facts = {str(key): str(value) for key, value in row.facts.items()}
    runs = tuple(_run(data) for data in row.tried_runs)
    named = [part.strip() for part in facts.get("ruled_out", "").split(";") if part.strip()]
    ruled_out = dict.fromkeys([*(cause for run in runs for cause in run.ruled_out), *named])
    return TicketEvidence(
        reference=row.reference,
        kind=row.kind,
        title=row.title,
        tier=row.tier,
        opened_at=row.opened_at,
        impact=row.impact,
        urgency=row.urgency,
        classified=row.classified,
        symptom="\n\n".join(text.strip() for text in row.said if text.strip())[:SYMPTOM_LIMIT],
        product=facts.get("product", ""),
        version=facts.get("version", ""),
        facts=facts,
        runs=runs,
        logs=tuple(_log(data) for data in row.logs_here),
        reproductions=tuple(_reproduction(data) for data in row.recipes_here),
        knowledge=(
            *(_article(data) for data in row.linked),
            *(_known_error(data) for data in row.matched),
            *(
                KnowledgeTried("Tier 0:", "Search of articles and known errors", str(reason))
                for reason in row.searched
                if reason
            ),
        ),
        component=facts.get("suspected_component") or facts.get("component", ""),
        ruled_out=tuple(ruled_out),
        question=question.strip(),
    )


def _run(data: Mapping[str, Any]) -> RunbookResult:
    steps, results = parse_steps(data["steps"]), parse_results(data["results"])
    said = outcome(steps, results)
    return RunbookResult(
        title=data["title"],
        state=data["state"],
        done=said.done,
        total=said.total,
        tier=data["tier"],
        steps=tuple(
            TriedStep(step.text, RESULT_WORDS[results[step.key].result], results[step.key].note)
            for step in steps
            if step.key in results
        ),
        ruled_out=said.ruled_out,
    )


def _article(data: Mapping[str, Any]) -> KnowledgeTried:
    outcomes = {False: "did not help", True: "helped in part"}
    return KnowledgeTried(
        reference=f"KB-{data['id']}",
        title=data["title"],
        outcome=data["comment"] or outcomes.get(data["helped"], ""),
    )


def _known_error(data: Mapping[str, Any]) -> KnowledgeTried:
    return KnowledgeTried(data["ref"], data["title"], f"matches at {data['score']:.2f}")


def _log(data: Mapping[str, Any]) -> LogPiece:
    return LogPiece(
        name=data["name"],
        redacted=data["state"] == "ready",
        first_at=parse_datetime(data["first"]) if data["first"] else None,
        last_at=parse_datetime(data["last"]) if data["last"] else None,
        summary=data["sentence"],
        reference=str(data["id"]),
    )


def _reproduction(data: Mapping[str, Any]) -> Reproduction:
    best = data["best"] or {}
    command = data["command"] or []
    return Reproduction(
        title=f"R-{data['id']} {data['title']}",
        steps=(" ".join(str(part) for part in command),) if command else (),
        runs=best.get("asked", 0),
        reproduced=best.get("reproduced", 0),
        version=best.get("version", ""),
        reference=f"R-{data['id']}",
    )
