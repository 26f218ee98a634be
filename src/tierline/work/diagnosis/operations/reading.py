"""Collect a file as evidence, and read it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from tierline.core.kernel import clock, storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.kernel.models import Blob
from tierline.desk.catalogue.models import Product
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets import queries as ticket_queries
from tierline.work.diagnosis.errors import ReadElsewhere
from tierline.work.diagnosis.events import EvidenceAnalysed
from tierline.work.diagnosis.models import Evidence, EvidenceTemplate
from tierline.work.diagnosis.rules.compare import Difference, Healthy, compare

from .aligning import align
from .baselines import healthy_for
from .process import reading

MOST_TEMPLATES = 5_000


def collect(*, actor: Actor, ticket_id: int, attachment_id: int) -> Evidence:
    """Take an attached file as evidence; a second time gives the same one. Raises NotFound."""
    actor = holding(actor, Right.EVIDENCE_READ)
    attachment = ticket_queries.attachment(actor, attachment_id)
    if attachment.ticket_id != ticket_id:
        raise NotFound
    evidence, _ = Evidence.objects.get_or_create(
        attachment=attachment,
        defaults={
            "ticket_id": ticket_id,
            "original_id": attachment.blob_id,
            "name": attachment.name,
            "collected_at": clock.now(),
        },
    )
    return evidence


def analyse(*, actor: Actor, evidence_id: int) -> Evidence:
    """Read the file in a bounded process and keep what it showed; a refusal is an outcome too.

    The original stays as it came. Reading again replaces what the last reading showed. Raises NotFound, and
    ReadElsewhere while another examination reads the same file.
    """
    actor = holding(actor, Right.EVIDENCE_READ)
    with transaction.atomic():
        return _read(actor, _claimed(actor, evidence_id))


def analyse_if_new(*, actor: Actor, evidence_id: int) -> Evidence:
    """Read the file unless it was read before. Raises as `analyse` does."""
    actor = holding(actor, Right.EVIDENCE_READ)
    with transaction.atomic():
        evidence = _claimed(actor, evidence_id)
        return _read(actor, evidence) if evidence.state == "pending" else evidence


def _claimed(actor: Actor, evidence_id: int) -> Evidence:
    """The evidence, locked while it is read: the lock ends with the transaction, even when its process dies."""
    found = Evidence.objects.visible_to(actor).filter(pk=evidence_id)
    free = found.select_related("ticket__requester", "ticket__organisation", "original").select_for_update(
        skip_locked=True, of=("self",)
    )
    evidence = free.first()
    if evidence is None:
        raise ReadElsewhere if found.exists() else NotFound
    return evidence


def _read(actor: Actor, evidence: Evidence) -> Evidence:
    file = evidence.original
    with reading(sha256=file.pk, size=file.size, name=evidence.name, task=_task(evidence)) as outcome:
        if outcome.report is None:
            return _keep(actor, evidence, {"state": "refused", "reason": outcome.reason}, None)
        redacted = None
        if outcome.report["state"] == "ready":
            with outcome.target.open("rb") as text:
                redacted = storage.put(text)
        return _keep(actor, evidence, outcome.report, redacted)


def _task(evidence: Evidence) -> dict[str, Any]:
    ticket = evidence.ticket
    return {
        "names": [ticket.requester.name],
        "companies": [ticket.organisation.name] if ticket.organisation else [],
        "products": list(Product.objects.order_by("pk").values_list("name", flat=True)[:200]),
        "year": ticket.opened_at.year,
    }


def _keep(actor: Actor, evidence: Evidence, report: Mapping[str, Any], redacted: Blob | None) -> Evidence:
    healthy = healthy_for(evidence.ticket, report.get("facts", {}))
    found = list(report.get("templates", ()))[:MOST_TEMPLATES]
    difference = compare({one["id"]: one["count"] for one in found}, healthy)
    _fill(evidence, report, redacted, healthy, difference)
    evidence.save()
    evidence.templates.all().delete()
    EvidenceTemplate.objects.bulk_create([_template(evidence, one, difference) for one in found], 1_000)
    align(evidence.ticket_id)
    evidence.refresh_from_db(fields=["sentence", "skew", "skew_to"])
    told = _event(evidence, len(found), len(difference.new))
    tickets.note_event(actor=actor, ticket_id=evidence.ticket_id, payload=told)
    return evidence


def _fill(
    evidence: Evidence, report: Mapping[str, Any], redacted: Blob | None, healthy: Healthy, difference: Difference
) -> None:
    evidence.state, evidence.reason = report["state"], report["reason"]
    evidence.redacted = redacted
    evidence.analysed_at = clock.now()
    for name, empty in (("format", ""), ("size", 0), ("lines", 0)):
        setattr(evidence, name, report.get(name, empty))
    for name in ("traces", "buckets", "bursts", "offsets", "files"):
        setattr(evidence, name, report.get(name, []))
    evidence.marks, evidence.skew, evidence.skew_to = report.get("marks", {}), 0, ""
    evidence.masked, evidence.facts = report.get("masked", {}), report.get("facts", {})
    evidence.fingerprints = [trace["fingerprint"] for trace in evidence.traces]
    evidence.started_at, evidence.ended_at = _moment(report.get("started")), _moment(report.get("ended"))
    evidence.compared_with = healthy.bundles
    evidence.gone = [{"id": key, "text": healthy.texts.get(key, "")} for key in sorted(difference.gone)]


def _template(evidence: Evidence, one: Mapping[str, Any], difference: Difference) -> EvidenceTemplate:
    return EvidenceTemplate(
        evidence=evidence,
        template_id=one["id"],
        template=one["text"],
        count=one["count"],
        first_line=one["first"],
        is_new=one["id"] in difference.new,
        is_rare=one["id"] in difference.rare,
    )


def _event(evidence: Evidence, templates: int, new: int) -> EvidenceAnalysed:
    return EvidenceAnalysed(
        evidence_id=evidence.pk,
        attachment_id=evidence.attachment_id,
        name=evidence.name,
        state=evidence.state,
        sentence=evidence.sentence,
        reason=evidence.reason,
        lines=evidence.lines,
        templates=templates,
        new_templates=new,
        masked=sum(evidence.masked.values()),
        fingerprints=list(evidence.fingerprints[:20]),
    )


def _moment(second: int | None) -> datetime | None:
    return None if second is None else datetime.fromtimestamp(second, UTC)
