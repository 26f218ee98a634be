"""The status page: public words only. What is read here is all that can reach it."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.rules import reference
from tierline.ladder.major.models import MajorIncident, Subscription, Update
from tierline.ladder.major.rules import ACTIVE, State

LISTED = 20


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """Public words and when they were said."""

    step: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPage:
    """What requesters read of one major incident, newest words first. `own` is the reader's own request in it."""

    id: int
    title: str
    state: State
    service: str
    since: datetime
    next_by: datetime | None
    updates: tuple[StatusUpdate, ...] = ()
    subscribed: bool = False
    own: str = ""

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE


_FIELDS = ("pk", "public_title", "state", "ticket__service__name", "declared_at", "next_update_at")


def statuses(viewer: Actor) -> list[StatusPage]:
    """What disturbs at the moment, newest first, without its words: one statement."""
    found = MajorIncident.objects.on_status_page_of(viewer).active().order_by("-declared_at")
    return [_page(*row) for row in found.values_list(*_FIELDS)[:LISTED]]


def status(viewer: Actor, major_id: int) -> StatusPage:
    """One status page with its history, in four statements. Raises NotFound."""
    row = MajorIncident.objects.on_status_page_of(viewer).filter(pk=major_id).values_list(*_FIELDS).first()
    if row is None:
        raise NotFound
    said = Update.objects.public().filter(major_id=major_id).order_by("-pk").values_list("step", "text", "at")
    person = viewer.person_id or 0
    subscribed = Subscription.objects.filter(major_id=major_id, person_id=person).exists()
    return _page(
        *row, updates=tuple(StatusUpdate(*one) for one in said), subscribed=subscribed, own=_own(viewer, major_id)
    )


def status_address(major: MajorIncident) -> str:
    """Where its status page is."""
    return f"{settings.TIERLINE_URL}/status/{major.pk}"


def _own(viewer: Actor, major_id: int) -> str:
    mine = Ticket.objects.filter(
        Q(major_part__major_id=major_id) | Q(major=major_id), requester_id=viewer.person_id or 0
    )
    found = mine.order_by("pk").values_list("kind", "pk").first()
    return reference(*found) if found else ""


def _page(
    pk: int,
    title: str,
    state: str,
    service: str | None,
    since: datetime,
    next_by: datetime | None,
    *,
    updates: tuple[StatusUpdate, ...] = (),
    subscribed: bool = False,
    own: str = "",
) -> StatusPage:
    return StatusPage(
        id=pk,
        title=title,
        state=State(state),
        service=service or "",
        since=since,
        next_by=next_by,
        updates=updates,
        subscribed=subscribed,
        own=own,
    )
