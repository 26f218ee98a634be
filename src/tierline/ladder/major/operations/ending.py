"""Standing down: the last words, and what becomes of the parts."""

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.timeline.rules import Audience
from tierline.ladder.major.events import StoodDown
from tierline.ladder.major.models import MajorIncident
from tierline.ladder.major.rules import State, Step

from .updating import publish
from .writing import locked, must_be_active, note


def stand_down(*, actor: Actor, major_id: int, text: str, resolve_children: bool) -> MajorIncident:
    """It is over: say so in public words. Parts are resolved with it or stay open; each of their people is told once.

    The ticket that carries it stays open, for its own solution. Raises Invalid without words, WrongState, NotFound.
    """
    with transaction.atomic():
        major = locked(actor, major_id)
        must_be_active(major)
        now = clock.now()
        major.state, major.stood_down_at, major.resolves = State.STOOD_DOWN, now, resolve_children
        publish(actor, major, text, audience=Audience.REQUESTER, step=Step.STOOD_DOWN)
        seconds = int((now - major.ticket.opened_at).total_seconds())
        note(actor, major, StoodDown(major_id=major.pk, seconds=seconds, resolves=resolve_children))
        return major
