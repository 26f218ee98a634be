"""Endpoints that read tickets."""

from django.http import HttpResponse
from ninja import Query

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.desk.catalogue import queries as catalogue
from tierline.desk.people import queries as people
from tierline.desk.people.rules import Right
from tierline.desk.tickets import queries as tickets
from tierline.desk.tickets.queries import Cursor, PageRow, QueueFilter
from tierline.desk.tickets.rules import number_in
from tierline.doors.api import versions
from tierline.doors.api.bearer import ApiRequest
from tierline.doors.api.bodies import only

from .routers import asks, tickets_router
from .shapes_in import PageAsk, QueueAsk
from .shapes_out import (
    MessagePage,
    TicketOut,
    TicketPage,
    TimelinePage,
    entry_out,
    message_out,
    own_out,
    row_out,
    ticket_out,
)


@tickets_router.get(
    "/tickets", response=TicketPage, summary="List tickets, a page at a time", openapi_extra=asks(Right.REQUEST_OPEN)
)
def list_tickets(request: ApiRequest, ask: Query[QueueAsk]) -> TicketPage:
    """Open tickets by priority, then the oldest first; resolved ones by the newest resolution."""
    only(request, QueueAsk.model_fields)
    viewer = request.auth
    view = ask.view or ("group" if viewer.is_agent else "own")
    if view == "own":
        return _own(viewer, ask)
    wanted = QueueFilter(
        view=view,
        group_id=group_id(viewer, ask.group) if ask.group else None,
        tier=ask.tier,
        priority=ask.priority,
        service_id=service_id(viewer, ask.service) if ask.service else None,
    )
    rows, following = tickets.queue(viewer, wanted, after=cursor_of(ask.cursor), limit=ask.limit)
    return TicketPage(items=[row_out(viewer, row) for row in rows], next=following.word() if following else None)


def _own(viewer: Actor, ask: QueueAsk) -> TicketPage:
    given = ask.model_dump(exclude={"view", "limit", "cursor"}, exclude_none=True)
    if given:
        raise Invalid(dict.fromkeys(given, "This narrows a queue, not the view own."))
    own, following = tickets.own_requests(viewer, after=cursor_of(ask.cursor), limit=ask.limit)
    return TicketPage(items=[own_out(row) for row in own], next=following.word() if following else None)


def cursor_of(word: str | None) -> Cursor | None:
    """The position that `next` of the page before stands for. Raises Invalid for any other word."""
    if not word:
        return None
    cursor = Cursor.read(word)
    if cursor is None or cursor.at.tzinfo is None:
        raise Invalid({"cursor": "Send `next` of the page before as it was."})
    return cursor


@tickets_router.get(
    "/tickets/{reference}", response=TicketOut, summary="Read one ticket", openapi_extra=asks(Right.REQUEST_OPEN)
)
def read_ticket(request: ApiRequest, reference: str, response: HttpResponse) -> TicketOut | HttpResponse:
    """By reference (`INC-20418`) or number. The ETag is the version; If-None-Match answers 304 while it is the same."""
    ticket = named(request.auth, reference)
    etag = versions.tag(ticket.version)
    if versions.fresh(request, ticket.version):
        return HttpResponse(status=304, headers={"ETag": etag})
    response["ETag"] = etag
    return ticket_out(request.auth, ticket)


@tickets_router.get(
    "/tickets/{reference}/messages",
    response=MessagePage,
    summary="Read what was said on a ticket",
    openapi_extra=asks(Right.REQUEST_OPEN),
)
def read_messages(request: ApiRequest, reference: str, ask: Query[PageAsk]) -> MessagePage:
    """Oldest first, with the names and sizes of attached files. Requesters read what is addressed to them."""
    only(request, PageAsk.model_fields)
    ticket = named(request.auth, reference)
    found = tickets.messages(request.auth, ticket.pk, after=ask.cursor, limit=ask.limit + 1)
    page = found[: ask.limit]
    more = page[-1].id if len(found) > ask.limit else None
    return MessagePage(items=[message_out(message) for message in page], next=more)


@tickets_router.get(
    "/tickets/{reference}/timeline",
    response=TimelinePage,
    summary="Read what happened to a ticket",
    openapi_extra=asks(Right.REQUEST_OPEN),
)
def read_timeline(request: ApiRequest, reference: str, ask: Query[PageAsk]) -> TimelinePage:
    """Oldest first. Requesters see what is addressed to them, without the entries' data."""
    only(request, PageAsk.model_fields)
    ticket = named(request.auth, reference)
    found = tickets.timeline(request.auth, ticket.pk, after=ask.cursor, limit=ask.limit + 1)
    page = found[: ask.limit]
    more = page[-1].seq if len(found) > ask.limit else None
    return TimelinePage(items=[entry_out(request.auth, entry, ticket.desk_id) for entry in page], next=more)


def named(viewer: Actor, reference: str) -> PageRow:
    """The ticket with this reference or number. Raises NotFound."""
    number = number_in(reference)
    if number is None:
        raise NotFound
    return tickets.page_row(viewer, number)


def group_id(viewer: Actor, key: str) -> int:
    """The id of a support group by its short name. Raises NotFound for those who do not work here, else Invalid."""
    found = next((group for group in people.groups(viewer) if group.key == key and group.active), None)
    if found is None:
        raise Invalid({"group": f"There is no group {key}."})
    return found.id


def service_id(viewer: Actor, key: str) -> int:
    """The id of an active service by its short name. Raises Invalid."""
    found = next((service for service in catalogue.services(viewer) if service.key == key), None)
    if found is None:
        raise Invalid({"service": f"There is no service {key}."})
    return found.pk
