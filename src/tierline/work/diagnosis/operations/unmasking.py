"""Reading an original without masks: a right, a reason, a time that ends, and an entry for each reading."""

from datetime import timedelta

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import one_line
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Attachment
from tierline.work.diagnosis.errors import NotAsked, NotReadable
from tierline.work.diagnosis.events import EvidenceUnmasked, UnmaskingAsked
from tierline.work.diagnosis.models import Evidence, Unmasking
from tierline.work.diagnosis.queries import is_evidence, original_of, unmasking_of

from .process import reading
from .reading import collect

MOST_LINES = 500
LASTS = timedelta(minutes=15)
DOWNLOADED = "The original file was downloaded."


def ask_to_unmask(*, actor: Actor, evidence_id: int, reason: str) -> Unmasking:
    """Begin a time in which this person may read the original; asking again begins it anew.

    Raises NotFound without the right, and for machines; Invalid without a reason.
    """
    actor = holding(actor, Right.EVIDENCE_UNMASK)
    evidence = _evidence(actor, evidence_id)
    if actor.person_id is None:
        raise NotFound
    why = one_line(reason, 300)
    if not why:
        raise Invalid({"reason": "Say why you need to read it unmasked."})
    _must_be_here(evidence)
    with transaction.atomic():
        now = clock.now()
        _end(actor, evidence)
        made = Unmasking.objects.create(
            evidence=evidence, person_id=actor.person_id, reason=why, asked_at=now, ends_at=now + LASTS
        )
        minutes = int(LASTS.total_seconds()) // 60
        asked = UnmaskingAsked(evidence_id=evidence.pk, name=evidence.name, minutes=minutes, reason=why)
        tickets.note_event(actor=actor, ticket_id=evidence.ticket_id, payload=asked)
    return made


def end_unmasking(*, actor: Actor, evidence_id: int) -> None:
    """Mask it again before the time is over. Raises NotFound."""
    actor = holding(actor, Right.EVIDENCE_UNMASK)
    _end(actor, _evidence(actor, evidence_id))


def unmask(*, actor: Actor, evidence_id: int, start: int, limit: int) -> list[str]:
    """Lines of the original (`start` counts from 1, at most 500), recorded before they are shown.

    Raises NotFound without the right, NotAsked before asking and when the time is over, NotReadable when the file
    cannot be read.
    """
    actor = holding(actor, Right.EVIDENCE_UNMASK)
    evidence = _evidence(actor, evidence_id)
    asked = _asked(actor, evidence)
    _must_be_here(evidence)
    first, count = max(1, start), max(1, min(limit, MOST_LINES))
    file = evidence.original
    task = {"lines": [first, count]}
    with reading(sha256=file.pk, size=file.size, name=evidence.name, task=task) as outcome:
        if outcome.report is None:
            raise NotReadable(f"{evidence.name}: {outcome.reason}.")
        lines = [str(line) for line in outcome.report["lines"]]
    payload = EvidenceUnmasked(evidence_id=evidence.pk, start=first, count=len(lines), reason=asked.reason)
    tickets.note_event(actor=actor, ticket_id=evidence.ticket_id, payload=payload)
    return lines


def hand_out(*, actor: Actor, attachment_id: int) -> Attachment:
    """A file as it was sent; evidence only after asking, and recorded like reading it unmasked.

    Raises NotFound, NotAsked, and what `tickets.checked` raises of a virus scanner.
    """
    found = tickets.checked(original_of(actor, attachment_id))
    if is_evidence(found):
        evidence = collect(actor=actor, ticket_id=found.ticket_id, attachment_id=found.pk)
        asked = _asked(actor, evidence)
        payload = EvidenceUnmasked(
            evidence_id=evidence.pk, start=1, count=evidence.lines, reason=f"{asked.reason} ({DOWNLOADED})"
        )
        tickets.note_event(actor=actor, ticket_id=found.ticket_id, payload=payload)
    return found


def _evidence(actor: Actor, evidence_id: int) -> Evidence:
    found = Evidence.objects.visible_to(actor).select_related("original").filter(pk=evidence_id).first()
    if found is None:
        raise NotFound
    return found


def _must_be_here(evidence: Evidence) -> None:
    if evidence.original_removed_at is not None:
        raise NotReadable(f"{evidence.name}: the original was removed on {evidence.original_removed_at:%d %b %Y}.")


def _asked(actor: Actor, evidence: Evidence) -> Unmasking:
    asked = unmasking_of(actor, evidence.pk)
    if asked is None:
        raise NotAsked(evidence.pk)
    return asked


def _end(actor: Actor, evidence: Evidence) -> None:
    if actor.person_id is None:
        return
    running = Unmasking.objects.filter(evidence=evidence, person_id=actor.person_id, ends_at__gt=clock.now())
    running.update(ends_at=clock.now())
