"""Collect a file as evidence, and read it."""

from collections import Counter
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
from tierline.work.diagnosis.errors import NotReadable, ReadElsewhere
from tierline.work.diagnosis.events import EvidenceAnalysed
from tierline.work.diagnosis.models import Evidence, EvidenceTemplate
from tierline.work.diagnosis.queries import healthy_for
from tierline.work.diagnosis.queries.unfinished import MOST_TEMPLATES, fill, folder_of, template_rows
from tierline.work.diagnosis.rules.compare import Difference, compare

from .aligning import align
from .detecting import detectors_in_force
from .naming import keep_names, known_to
from .process import reading
from .retaining import default_of


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
            "sha256": attachment.blob_id,
            "retention": default_of(attachment.ticket.desk_id),
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
    free = found.select_related("ticket__requester", "ticket__organisation", "original", "redacted").select_for_update(
        skip_locked=True,
        of=("self",),
        no_key=True,  # rows that refer to it may come meanwhile
    )
    evidence = free.first()
    if evidence is None:
        raise ReadElsewhere if found.exists() else NotFound
    return evidence


def read_again(actor: Actor, evidence_id: int) -> Evidence:
    """Read a file by today's rules, in the caller's transaction, with no entry of its own. Raises as `analyse` does.

    Where the original is gone its redacted text is read once more: what a stricter rule finds goes there, too.
    """
    evidence = _claimed(actor, evidence_id)
    if evidence.original_removed_at is not None and evidence.redacted is None:
        return evidence
    report, redacted = _what_it_shows(evidence)
    if evidence.original_removed_at is not None:
        report["masked"] = dict(Counter(evidence.masked) + Counter(report.get("masked", {})))
        report["reason"] = report["reason"] or evidence.reason
    _keep(evidence, report, redacted)
    return evidence


def _read(actor: Actor, evidence: Evidence) -> Evidence:
    if evidence.original_removed_at is not None:
        raise NotReadable(f"{evidence.name}: the original was removed, and cannot be read again.")
    report, redacted = _what_it_shows(evidence)
    found, difference = _keep(evidence, report, redacted)
    told = _event(evidence, found, len(difference.new))
    tickets.note_event(actor=actor, ticket_id=evidence.ticket_id, payload=told)
    return evidence


def _what_it_shows(evidence: Evidence) -> tuple[dict[str, Any], Blob | None]:
    """The report on a file and its redacted text, with the names that all files of the ticket share.

    Read once more when another file gave names meanwhile: one number must not stand for two secrets.
    """
    file = evidence.original if evidence.original_removed_at is None else evidence.redacted
    folder = folder_of(evidence.pk)
    while file is not None:
        known = known_to(evidence.ticket)
        task = {**known.task, **detectors_in_force(), **_task(evidence)}
        with reading(sha256=file.pk, size=file.size, name=evidence.name, task=task, folder=folder) as outcome:
            if outcome.report is None:
                return {"state": "refused", "reason": outcome.reason}, None
            if outcome.report["state"] != "ready":
                return outcome.report, None
            if keep_names(evidence.ticket_id, known, outcome.report["names"]):
                with outcome.target.open("rb") as text:
                    return outcome.report, storage.put(text)
    raise NotFound


def _task(evidence: Evidence) -> dict[str, Any]:
    return {
        "products": list(Product.objects.order_by("pk").values_list("name", flat=True)[:200]),
        "year": evidence.collected_at.year,
        "until": int(evidence.collected_at.timestamp()),
    }


def _keep(evidence: Evidence, report: Mapping[str, Any], redacted: Blob | None) -> tuple[int, Difference]:
    """Put what a file shows in the place of what it showed before; how many templates, and how they differ."""
    before = evidence.redacted_id
    healthy = healthy_for(evidence.ticket, report.get("facts", {}), evidence.name)
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
    if before is not None and before != evidence.redacted_id:
        storage.drop(before)
    return len(found), difference


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
