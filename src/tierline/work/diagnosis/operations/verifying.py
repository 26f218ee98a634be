"""Whether originals are what they were when they came: each is read to its end and its hash is taken anew."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from tierline.core.kernel import storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound, TierlineError
from tierline.desk.people.rules import Right, holding
from tierline.work.diagnosis.models import Evidence

_CHUNK = 1024 * 1024  # bytes
GOOD, CHANGED, MISSING, REMOVED = "good", "changed", "missing", "removed"


@dataclass(frozen=True, slots=True)
class Verified:
    """One original: `state` is good, changed, missing, or removed when its time was over."""

    evidence_id: int
    reference: str
    name: str
    sha256: str
    state: str


def verify(*, actor: Actor, ticket_id: int | None = None) -> Iterator[Verified]:
    """Look at the originals of a ticket, or at all of them, one after the other. Nothing is changed.

    Raises NotFound without the right, and for a ticket that is not there.
    """
    actor = holding(actor, Right.EVIDENCE_READ)
    seen = Evidence.objects.visible_to(actor).select_related("ticket").order_by("pk")
    if ticket_id is not None:
        seen = seen.filter(ticket_id=ticket_id)
        if not seen.exists():
            raise NotFound
    for one in seen.only("name", "sha256", "original_id", "original_removed_at", "ticket__kind").iterator(100):
        yield Verified(one.pk, one.ticket.reference, one.name, one.sha256, _state(one))


def _state(evidence: Evidence) -> str:
    if evidence.original_removed_at is not None:
        return REMOVED
    digest = hashlib.sha256()
    try:
        with storage.open_blob(evidence.original_id) as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except (TierlineError, OSError):
        return MISSING
    return GOOD if digest.hexdigest() == evidence.sha256 else CHANGED
