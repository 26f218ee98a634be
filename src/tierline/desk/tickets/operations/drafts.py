"""Nothing typed is lost: drafts on the server, and who is looking."""

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.kernel.text import clean
from tierline.core.timeline.rules import Audience
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets.models import Draft, Presence
from tierline.desk.tickets.queries import get


def save_draft(*, actor: Actor, ticket_id: int, text: str, audience: Audience = Audience.REQUESTER) -> Draft | None:
    """Keep what somebody has typed so far; an empty text removes it. Raises NotFound."""
    actor = holding(actor, Right.TICKET_WORK)
    ticket = get(actor, ticket_id)
    if not clean(text).strip():
        discard_draft(actor=actor, ticket_id=ticket_id)
        return None
    draft, _ = Draft.objects.update_or_create(
        ticket=ticket,
        person_id=actor.person_id,
        defaults={"text": clean(text), "audience": Audience(audience), "saved_at": clock.now()},
    )
    return draft


def discard_draft(*, actor: Actor, ticket_id: int) -> None:
    """Throw one's own draft away."""
    Draft.objects.filter(ticket_id=ticket_id, person_id=actor.person_id or 0).delete()


def take_over_draft(*, actor: Actor, draft_id: int) -> Draft:
    """Go on with a colleague's draft; an own one on the same ticket is put in front of it. Raises NotFound."""
    actor = holding(actor, Right.TICKET_WORK)
    with transaction.atomic():
        draft = Draft.objects.select_for_update().filter(pk=draft_id).first()
        if draft is None:
            raise NotFound
        get(actor, draft.ticket_id)
        own = (
            Draft.objects.filter(ticket_id=draft.ticket_id, person_id=actor.person_id or 0).exclude(pk=draft.pk).first()
        )
        if own is not None:
            draft.text = f"{own.text}\n\n{draft.text}"
            if own.audience == Audience.INTERNAL:  # what was meant for agents never slips into an answer
                draft.audience = own.audience
            own.delete()
        draft.person_id, draft.saved_at = actor.person_id or 0, clock.now()
        draft.save()
        return draft


def here(*, actor: Actor, ticket_id: int, writing: bool = False) -> None:
    """Say that somebody looks at a ticket now, or writes. Raises NotFound."""
    actor = holding(actor, Right.TICKET_WORK if writing else Right.CONSOLE)
    get(actor, ticket_id)
    Presence.objects.update_or_create(
        ticket_id=ticket_id, person_id=actor.person_id, defaults={"writing": writing, "seen_at": clock.now()}
    )
