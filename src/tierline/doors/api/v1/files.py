"""The endpoint that hands out files, by the rules of the pages that do."""

from django.http import FileResponse
from django.utils.http import content_disposition_header

from tierline.core.kernel import storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.rules import Audience
from tierline.desk.people.rules import Right
from tierline.desk.tickets import operations, queries
from tierline.desk.tickets.models import Attachment
from tierline.desk.tickets.queries import PageRow
from tierline.doors.api.bearer import ApiRequest, rate_headers
from tierline.work.diagnosis import operations as diagnosis

from .reading import named
from .routers import asks, tickets_router

BYTES = "application/octet-stream"
SAFE = {"Cache-Control": "private, no-cache", "Content-Security-Policy": "default-src 'none'; sandbox"}
_ANSWER = {"description": "The bytes as they were sent", "content": {BYTES: {"schema": {"type": "string"}}}}


@tickets_router.get(
    "/tickets/{reference}/attachments/{attachment_id}",
    summary="Download a file as it was sent",
    openapi_extra=asks(Right.REQUEST_OPEN, responses={200: _ANSWER}),
)
def download(request: ApiRequest, reference: str, attachment_id: int) -> FileResponse:
    """Always as bytes, never with a type that a browser would run.

    Requesters get what is addressed to them; a log that somebody else sent only once it was shared. Staff get logs
    and archives only with the right to read them unmasked, while the time lasts that asking on the evidence page gave
    (else 409 `unmasking_not_asked`); it is recorded. What the virus scanner objects to: 409 `infected`.
    """
    found = _handed_out(request.auth, named(request.auth, reference), attachment_id)
    response = FileResponse(storage.open_blob(found.blob_id), content_type=BYTES)
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=found.name) or "attachment"
    )
    response["Content-Length"] = str(found.size)
    for name, value in {**SAFE, **rate_headers(request)}.items():
        response[name] = value
    return response


def _handed_out(viewer: Actor, ticket: PageRow, attachment_id: int) -> Attachment:
    """What was said to a requester on their own request like the portal, everything else like the console."""
    found = queries.attachment(viewer, attachment_id)
    if found.ticket_id != ticket.pk:
        raise NotFound
    addressed = ticket.requester_id == viewer.person_id and found.message.audience == Audience.REQUESTER
    own = addressed and (not found.apart or found.message.author_id == viewer.person_id)
    if viewer.is_agent and not own:
        return diagnosis.hand_out(actor=viewer, attachment_id=attachment_id)
    return operations.checked(found)
