"""Macros on a ticket: those that are offered, what one would say and do, and putting it on."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Query, Schema
from pydantic import AfterValidator, Field

from tierline.core.kernel.errors import NotFound
from tierline.core.kernel.text import clean, one_line, whole_number
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets import queries as tickets
from tierline.doors.api import versions
from tierline.doors.api.bearer import ApiRequest
from tierline.doors.api.bodies import only
from tierline.doors.api.repeats import Answer, once
from tierline.work.workflows import operations, queries
from tierline.work.workflows.queries import MacroOffer, MacroPreview
from tierline.work.workflows.rules.macros import TEXT_LIMIT, Then, dump_macro_steps

from .reading import named
from .routers import asks, tickets_router
from .shapes_in import Sent
from .shapes_out import TicketOut, ticket_out
from .writing import IF_MATCH, KEY

Said = Annotated[str, Field(max_length=TEXT_LIMIT), AfterValidator(clean)]


class MacroOut(Schema):
    """A macro that is offered on the ticket. `personal` ones are the caller's own, which nobody else sees.

    `reply` is for the requester, `note` for colleagues; both have their places put in.
    """

    id: int
    name: str
    version: int
    personal: bool
    reply: str
    note: str
    steps: dict[str, object] = Field(description="then, code, impact, urgency, service, group, facts, actions")
    does: list[str] = Field(description="Its actions in words")


class MacroList(Schema):
    """The macros that fit the ticket: the caller's own first, then by name."""

    items: list[MacroOut]


class MacroAsk(Schema):
    """`q` are words that a macro must hold."""

    q: Annotated[str, Field(max_length=200), AfterValidator(one_line)] = ""


class MacroSent(Sent):
    """What becomes of the macro's own words: null keeps them, an empty text says nothing."""

    reply: Said | None = None
    note: Said | None = None
    then: Then | None = None


def _id(given: str) -> int:
    """The id that an address names. Raises NotFound for anything else."""
    number = whole_number(given)
    if number is None:
        raise NotFound
    return number


def _out(one: MacroOffer, deeds: tuple[str, ...] = ()) -> MacroOut:
    return MacroOut(
        id=one.id,
        name=one.name,
        version=one.version,
        personal=one.personal,
        reply=one.reply,
        note=one.note,
        steps=dump_macro_steps(one.steps),
        does=list(deeds),
    )


@tickets_router.get(
    "/tickets/{reference}/macros",
    response=MacroList,
    summary="List the macros that fit a ticket",
    openapi_extra=asks(Right.TICKET_WORK),
)
def list_macros(request: ApiRequest, reference: str, ask: Query[MacroAsk]) -> MacroList:
    """Those of its desk whose conditions hold, for one of the caller's groups, and the caller's own."""
    only(request, MacroAsk.model_fields)
    require(request.auth, Right.TICKET_WORK)
    ticket = named(request.auth, reference)
    return MacroList(items=[_out(one) for one in queries.macros_offered(request.auth, ticket.pk, ask.q)])


@tickets_router.get(
    "/tickets/{reference}/macros/{macro_id}",
    response=MacroOut,
    summary="See what a macro would say and do on a ticket",
    openapi_extra=asks(Right.TICKET_WORK),
)
def preview_macro(request: ApiRequest, reference: str, macro_id: str) -> MacroOut:
    """With its places put in; nothing is touched."""
    require(request.auth, Right.TICKET_WORK)
    ticket = named(request.auth, reference)
    found: MacroPreview = queries.preview_macro(request.auth, ticket.pk, _id(macro_id))
    return _out(found, found.deeds)


@tickets_router.post(
    "/tickets/{reference}/macros/{macro_id}",
    response=TicketOut,
    summary="Put a macro on a ticket",
    openapi_extra=asks(Right.TICKET_WORK, parameters=[KEY, IF_MATCH]),
)
def apply_macro(request: ApiRequest, reference: str, macro_id: str, sent: MacroSent) -> HttpResponse:
    """All of it in one transaction, or nothing. 409 when a line of its note stands in the reply."""
    actor = request.auth
    require(actor, Right.TICKET_WORK)

    def run() -> Answer:
        ticket = named(actor, reference)
        operations.apply_macro(
            actor=actor,
            ticket_id=ticket.pk,
            macro_id=_id(macro_id),
            sent=operations.Sent(reply=sent.reply, note=sent.note, then=sent.then),
            seen_version=versions.seen(request, ticket),
        )
        now = tickets.page_row(actor, ticket.pk)
        return Answer(status=200, body=ticket_out(actor, now).model_dump(), headers={"ETag": versions.tag(now.version)})

    return once(request, [macro_id, sent.model_dump(mode="json")], run)
