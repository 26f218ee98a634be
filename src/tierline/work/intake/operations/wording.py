"""What a desk says by itself when mail has arrived, in its own words."""

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import clean
from tierline.core.kernel.wording import complaint, fill
from tierline.desk.people.models import Desk
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets.models import Ticket
from tierline.work.intake.models import Acknowledgement
from tierline.work.intake.rules.wording import NAMES, USUAL

LONGEST = 4000  # characters


def set_acknowledgement(*, actor: Actor, desk_id: int, text: str) -> Acknowledgement:
    """Answer new mail of a desk with these words; with none, not at all.

    Raises Invalid for a place that stands for nothing, NotFound without the right or the desk.
    """
    _desk(actor, desk_id)
    if len(text) > LONGEST:
        raise Invalid({"text": f"At most {LONGEST} characters."})
    words = clean(text, limit=LONGEST).strip()
    if fault := complaint(words, NAMES):
        raise Invalid({"text": fault})
    values = {"text": words, "changed_by": actor.label, "changed_at": clock.now()}
    return Acknowledgement.objects.update_or_create(desk_id=desk_id, defaults=values)[0]


def reset_acknowledgement(*, actor: Actor, desk_id: int) -> None:
    """Answer with the usual words again. Raises NotFound without the right or the desk."""
    _desk(actor, desk_id)
    Acknowledgement.objects.filter(desk_id=desk_id).delete()


def acknowledgement_for(ticket: Ticket) -> str:
    """What the sender of this ticket's first mail is told; empty when the desk says nothing by itself."""
    own = Acknowledgement.objects.filter(desk_id=ticket.desk_id).values_list("text", flat=True).first()
    values = {"reference": ticket.reference, "name": ticket.requester.name, "desk": ticket.desk.name}
    return fill(USUAL if own is None else own, values)


def _desk(actor: Actor, desk_id: int) -> None:
    require(actor, Right.SETUP)
    if not Desk.objects.filter(pk=desk_id).exists():
        raise NotFound
