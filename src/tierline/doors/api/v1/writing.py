"""Endpoints that change tickets: each is one verb of a room.

`If-Match` with the ticket's ETag makes a change conditional: 412 when something happened since.
"""

from typing import Any

from django.http import HttpResponse

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid
from tierline.desk.catalogue import queries as catalogue
from tierline.desk.catalogue.models import Service
from tierline.desk.people import operations as people
from tierline.desk.people.models import Person
from tierline.desk.people.queries import members, person
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets import queries
from tierline.desk.tickets.models import Message
from tierline.doors.api import versions
from tierline.doors.api.bearer import ApiRequest
from tierline.doors.api.bodies import fingerprints, json_or_upload
from tierline.doors.api.repeats import Answer, once
from tierline.ladder.escalation import operations as escalation

from .reading import group_id, named
from .routers import asks, tickets_router
from .shapes_in import NewMessage, NewTicket, Owner, Question, Solved
from .shapes_out import HandoverOut, MessageOut, TicketOut, message_out, ticket_out

CHANNEL = "api"

_FILES = {"type": "array", "items": {"type": "string", "format": "binary"}}


def _json_or_files(shape: str, part: str) -> dict[str, Any]:
    """The body of a request that may bring files, for the document."""
    described = {"$ref": f"#/components/schemas/{shape}"}
    upload = {
        "schema": {
            "type": "object",
            "required": [part],
            "properties": {part: described, "attachments": _FILES},
            "additionalProperties": False,
        },
        "encoding": {part: {"contentType": "application/json"}},
    }
    content = {"application/json": {"schema": described}, "multipart/form-data": upload}
    return {"requestBody": {"required": True, "content": content}}


KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 255},
    "description": "The same key with the same request gets the same answer for 24 hours, and nothing happens twice.",
}
IF_MATCH: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "The ETag of the ticket as you know it: 412 when something happened since.",
}


@tickets_router.post(
    "/tickets",
    response={201: TicketOut},
    summary="Open a ticket",
    openapi_extra=asks(Right.REQUEST_OPEN, **_json_or_files("NewTicket", "ticket"), parameters=[KEY]),
)
def open_ticket(request: ApiRequest) -> HttpResponse:
    """As JSON, or as multipart with a part `ticket` (the same JSON) and files named `attachments`."""
    new, files = json_or_upload(request, NewTicket, "ticket")

    def run() -> Answer:
        ticket = tickets.open_ticket(
            actor=request.auth,
            requester=_requester(request.auth, new.requester),
            title=new.title,
            text=new.text,
            kind=new.kind,
            channel=CHANNEL,
            service=_service(request.auth, new.service),
            facts=new.facts,
            impact=new.impact,
            urgency=new.urgency,
            attachments=files,
        )
        headers = {"ETag": versions.tag(ticket.version), "Location": f"/api/v1/tickets/{ticket.reference}"}
        body = ticket_out(request.auth, queries.page_row(request.auth, ticket.pk)).model_dump()
        return Answer(status=201, body=body, headers=headers)

    return once(request, [new.model_dump(mode="json"), fingerprints(files)], run)


def _requester(actor: Actor, address: str | None) -> Person:
    """Oneself, or whom a colleague names. Raises NotFound when a requester asks for somebody else."""
    myself = person(actor, actor.person_id or 0)
    if address is None or address.lower() == myself.email:
        return myself
    require(actor, Right.TICKET_WORK)
    return people.ensure_requester(actor=actor, email=address)


def _service(actor: Actor, key: str | None) -> Service | None:
    if key is None:
        return None
    found = next((service for service in catalogue.services(actor) if service.key == key), None)
    if found is None:
        raise Invalid({"service": f"There is no service {key}."})
    return found


@tickets_router.post(
    "/tickets/{reference}/messages",
    response={201: MessageOut},
    summary="Reply to the requester, or leave a note for colleagues",
    openapi_extra=asks(Right.REQUEST_OPEN, **_json_or_files("NewMessage", "message"), parameters=[KEY, IF_MATCH]),
)
def add_message(request: ApiRequest, reference: str) -> HttpResponse:
    """Who asked for the ticket writes to the desk; everybody else on the desk answers the requester.

    As JSON, or as multipart with a part `message` (the same JSON) and files named `attachments`.
    """
    new, files = json_or_upload(request, NewMessage, "message")

    def run() -> Answer:
        message = _said(request, reference, new, files)
        now = queries.get(request.auth, message.ticket_id)
        said = queries.messages(request.auth, message.ticket_id, after=message.pk - 1, limit=1)[0]
        body = message_out(said).model_dump()
        return Answer(status=201, body=body, headers={"ETag": versions.tag(now.version)})

    return once(request, [new.model_dump(mode="json"), fingerprints(files)], run)


def _said(request: ApiRequest, reference: str, new: NewMessage, files: list[tickets.NewAttachment]) -> Message:
    actor = request.auth
    ticket = named(actor, reference)
    seen = versions.seen(request, ticket)
    if new.kind == "note":
        return tickets.add_note(actor=actor, ticket_id=ticket.pk, text=new.text, seen_version=seen, attachments=files)
    if actor.is_requester or actor.person_id == ticket.requester_id:
        author = person(actor, actor.person_id or 0)
        return tickets.receive_message(
            actor=actor, ticket_id=ticket.pk, author=author, text=new.text, channel=CHANNEL, attachments=files
        )
    return tickets.reply(
        actor=actor, ticket_id=ticket.pk, text=new.text, wait=new.wait, seen_version=seen, attachments=files
    )


@tickets_router.post(
    "/tickets/{reference}/resolve",
    response=TicketOut,
    summary="Resolve a ticket",
    openapi_extra=asks(Right.TICKET_WORK, parameters=[IF_MATCH]),
)
def resolve(request: ApiRequest, reference: str, solved: Solved, response: HttpResponse) -> TicketOut:
    """The tier that resolved it is the one where it stands."""
    ticket = named(request.auth, reference)
    tickets.resolve(
        actor=request.auth,
        ticket_id=ticket.pk,
        resolution=solved.resolution,
        code=solved.code,
        text=solved.text,
        level_one_capable=solved.level_one_capable,
        seen_version=versions.seen(request, ticket),
    )
    return _as_it_is(request, ticket.pk, response)


@tickets_router.post(
    "/tickets/{reference}/assign",
    response=TicketOut,
    summary="Make a group, and perhaps a person in it, the owner",
    openapi_extra=asks(Right.TICKET_WORK, parameters=[IF_MATCH]),
)
def assign(request: ApiRequest, reference: str, owner: Owner, response: HttpResponse) -> TicketOut:
    """The tier becomes the group's. Names of groups are at `/groups`; a person is named by e-mail address."""
    actor = request.auth
    require(actor, Right.TICKET_WORK)
    ticket = named(actor, reference)
    group = group_id(actor, owner.group)
    tickets.assign(
        actor=actor,
        ticket_id=ticket.pk,
        group_id=group,
        person_id=_member(actor, group, owner.person) if owner.person else None,
        why={"reason": owner.reason or "assigned through the API"},
        seen_version=versions.seen(request, ticket),
    )
    return _as_it_is(request, ticket.pk, response)


def _member(actor: Actor, group: int, address: str) -> int:
    found = next((one for one in members(actor, group) if one.email == address.lower()), None)
    if found is None:
        raise Invalid({"person": f"{address} does not work in this group."})
    return found.pk


@tickets_router.post(
    "/tickets/{reference}/escalate",
    response={201: HandoverOut},
    summary="Ask a higher tier under its contract",
    openapi_extra=asks(Right.ESCALATE, parameters=[IF_MATCH]),
)
def escalate(request: ApiRequest, reference: str, question: Question) -> HandoverOut:
    """409 with the list `missing` when the contract is not fulfilled; each item says how it can be filled."""
    actor = request.auth
    require(actor, Right.ESCALATE)
    ticket = named(actor, reference)
    handover = escalation.escalate(
        actor=actor,
        ticket_id=ticket.pk,
        to_tier=question.to_tier,
        question=question.question,
        group_id=group_id(actor, question.group) if question.group else None,
        mode=question.mode,
        overrides=question.overrides,
        seen_version=versions.seen(request, ticket),
    )
    return HandoverOut(
        reference=handover.reference,
        ticket=ticket.reference,
        state=handover.state,
        mode=handover.mode,
        from_tier=handover.from_tier,
        to_tier=handover.to_tier,
        group=handover.to_group.name,
        question=handover.question,
        overrides=handover.overrides,
    )


def _as_it_is(request: ApiRequest, ticket_id: int, response: HttpResponse) -> TicketOut:
    ticket = queries.page_row(request.auth, ticket_id)
    response["ETag"] = versions.tag(ticket.version)
    return ticket_out(request.auth, ticket)
