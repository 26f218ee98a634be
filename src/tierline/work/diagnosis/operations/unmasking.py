"""Reading an original without redaction: a right, a reason, and an entry on the timeline."""

from django.db import transaction

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import one_line
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Attachment
from tierline.work.diagnosis.errors import NotReadable
from tierline.work.diagnosis.events import EvidenceUnmasked
from tierline.work.diagnosis.models import Evidence
from tierline.work.diagnosis.queries import is_evidence, original_of

from .process import reading
from .reading import collect

MOST_LINES = 500
DOWNLOADED = "The original file was downloaded."


def unmask(*, actor: Actor, evidence_id: int, start: int, limit: int, reason: str) -> list[str]:
    """Lines of the original (`start` counts from 1, at most 500), recorded before they are shown.

    Raises NotFound without the right, Invalid without a reason, NotReadable when the file cannot be read.
    """
    actor = holding(actor, Right.EVIDENCE_UNMASK)
    evidence = Evidence.objects.visible_to(actor).select_related("original").filter(pk=evidence_id).first()
    if evidence is None:
        raise NotFound
    why = one_line(reason, 300)
    if not why:
        raise Invalid({"reason": "Say why you need to read it unmasked."})
    first, count = max(1, start), max(1, min(limit, MOST_LINES))
    file = evidence.original
    task = {"names": [], "products": [], "year": 1970, "lines": [first, count]}
    with reading(sha256=file.pk, size=file.size, name=evidence.name, task=task) as outcome:
        if outcome.report is None:
            raise NotReadable(f"{evidence.name}: {outcome.reason}.")
        lines = [str(line) for line in outcome.report["lines"]]
    payload = EvidenceUnmasked(evidence_id=evidence.pk, start=first, count=len(lines), reason=why)
    tickets.note_event(actor=actor, ticket_id=evidence.ticket_id, payload=payload)
    return lines


def hand_out(*, actor: Actor, attachment_id: int) -> Attachment:
    """A file as it was sent; for evidence this is recorded like reading it unmasked.

    Raises NotFound, and what `tickets.checked` raises of a virus scanner.
    """
    found = tickets.checked(original_of(actor, attachment_id))
    if is_evidence(found):
        with transaction.atomic():
            evidence = collect(actor=actor, ticket_id=found.ticket_id, attachment_id=found.pk)
            payload = EvidenceUnmasked(evidence_id=evidence.pk, start=1, count=evidence.lines, reason=DOWNLOADED)
            tickets.note_event(actor=actor, ticket_id=found.ticket_id, payload=payload)
    return found
