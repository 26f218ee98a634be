"""Collect a file as evidence, and read it."""

from collections.abc import Mapping
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
from tierline.work.diagnosis.queries import healthy_for
from tierline.work.diagnosis.queries.unfinished import MOST_TEMPLATES, fill, folder_of, template_rows
from tierline.work.diagnosis.rules.compare import compare

from .aligning import align
from .process import reading


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
        skip_locked=True,
        of=("self",),
        no_key=True,  # rows that refer to it may come meanwhile
    )
    evidence = free.first()
    if evidence is None:
        raise ReadElsewhere if found.exists() else NotFound
    return evidence


def _read(actor: Actor, evidence: Evidence) -> Evidence:
    file = evidence.original
    folder = folder_of(evidence.pk)
    with reading(sha256=file.pk, size=file.size, name=evidence.name, task=_task(evidence), folder=folder) as outcome:
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
    evidence.state, evidence.reason = report["state"], report["reason"]
    evidence.redacted, evidence.analysed_at = redacted, clock.now()
    fill(evidence, report, healthy)
    evidence.gone = [
        {"id": key, "text": healthy.texts.get(key, ""), "healthy": healthy.usual(key)}
        for key in sorted(difference.gone)
    ]
    evidence.save()
    evidence.templates.all().delete()
    EvidenceTemplate.objects.bulk_create(template_rows(evidence, found, healthy, difference), 1_000)
    align(evidence.ticket_id)
    evidence.refresh_from_db(fields=["sentence", "skew", "skew_to"])
    told = _event(evidence, len(found), len(difference.new))
    tickets.note_event(actor=actor, ticket_id=evidence.ticket_id, payload=told)
    return evidence


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
