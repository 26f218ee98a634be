"""How long originals are kept: a class for each file, a default for each desk, and the nightly removal."""

from django.db import transaction
from django.db.models import Q

from tierline.core.kernel import clock, storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import one_line
from tierline.desk.people.models import Desk
from tierline.desk.people.rules import Right, holding, require
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.work.diagnosis.errors import AlreadyRemoved
from tierline.work.diagnosis.events import OriginalRemoved, RetentionChanged
from tierline.work.diagnosis.models import Evidence, RetentionDefault, TicketNames, Unmasking
from tierline.work.diagnosis.rules.retention import LASTS, USUAL, Retention, may_go

MOST_AT_ONCE = 500  # originals that one run of the job removes


def default_of(desk_id: int) -> str:
    """The class of retention that a new file of a desk gets."""
    row = RetentionDefault.objects.filter(pk=desk_id).first()
    return row.retention if row else USUAL


def set_default(*, actor: Actor, desk_id: int, retention: str) -> RetentionDefault:
    """Choose the class for files that come to a desk from now on. Raises NotFound and Invalid."""
    require(actor, Right.DESK_SETUP, desk_id=desk_id)
    chosen = _known(retention)
    if not Desk.objects.filter(pk=desk_id).exists():
        raise NotFound
    row, _ = RetentionDefault.objects.update_or_create(
        pk=desk_id, defaults={"retention": chosen, "changed_by": actor.label, "changed_at": clock.now()}
    )
    return row


def retain(*, actor: Actor, evidence_id: int, retention: str, reason: str) -> Evidence:
    """Give one file another class of retention, with a reason that stays on the timeline.

    Raises NotFound without the right, Invalid without a reason or a known class, AlreadyRemoved.
    """
    actor = holding(actor, Right.EVIDENCE_KEEP)
    chosen, why = _known(retention), one_line(reason, 300)
    if not why:
        raise Invalid({"reason": "Say why it is kept so long."})
    with transaction.atomic():
        seen = Evidence.objects.visible_to(actor).select_for_update(of=("self",))
        evidence = seen.filter(pk=evidence_id).first()
        if evidence is None:
            raise NotFound
        if evidence.original_removed_at is not None:
            raise AlreadyRemoved(f"The original of {evidence.name} was removed already.")
        if evidence.retention != chosen:
            before, evidence.retention = evidence.retention, chosen
            evidence.save(update_fields=["retention"])
            told = RetentionChanged(
                evidence_id=evidence.pk, name=evidence.name, before=before, after=chosen, reason=why
            )
            tickets.note_event(actor=actor, ticket_id=evidence.ticket_id, payload=told)
    return evidence


def remove_due(*, actor: Actor, limit: int = MOST_AT_ONCE) -> int:
    """Remove the originals whose time is over; returns how many. Each by itself: what was done stays done."""
    if not actor.is_machine:
        raise NotFound
    now = clock.now()
    over = Q()
    for retention, lasts in LASTS.items():
        over |= Q(retention=retention, collected_at__lte=now - lasts)
    waiting = Evidence.objects.filter(over, original_removed_at=None).exclude(state="pending")
    closed = waiting.exclude(ticket__in=Ticket.objects.open().values("pk"))
    ids = list(closed.order_by("collected_at", "pk").values_list("pk", flat=True)[:limit])
    return sum(_remove(actor, evidence_id) for evidence_id in ids)


def _remove(actor: Actor, evidence_id: int) -> bool:
    """Remove one original, if nothing stands against it now."""
    now = clock.now()
    with transaction.atomic():
        found = Evidence.objects.select_for_update(of=("self",), skip_locked=True).select_related("ticket")
        evidence = found.filter(pk=evidence_id, original_removed_at=None).first()
        if evidence is None or not may_go(
            evidence.retention,
            evidence.collected_at,
            now,
            ticket_open=evidence.ticket.is_open,
            unmasking=Unmasking.objects.filter(evidence_id=evidence_id, ends_at__gt=now).exists(),
            was_read=evidence.state != "pending",
        ):
            return False
        sha256 = tickets.remove_bytes(actor=actor, attachment_id=evidence.attachment_id)
        evidence.original, evidence.original_removed_at = storage.put(b""), now
        evidence.save(update_fields=["original", "original_removed_at"])
        if not Evidence.objects.filter(ticket_id=evidence.ticket_id, original_removed_at=None).exists():
            TicketNames.objects.filter(pk=evidence.ticket_id).delete()
        told = OriginalRemoved(
            evidence_id=evidence.pk,
            attachment_id=evidence.attachment_id,
            name=evidence.name,
            retention=evidence.retention,
            sha256=sha256,
        )
        tickets.note_event(actor=actor, ticket_id=evidence.ticket_id, payload=told)
        storage.drop(sha256)
    return True


def _known(retention: str) -> Retention:
    try:
        return Retention(retention)
    except ValueError:
        raise Invalid({"retention": f"Choose one of {', '.join(Retention)}."}) from None
