"""Files and whole messages. Nothing that somebody sent is ever served as something a browser would run."""

from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from tierline.core.kernel import storage
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.rules import Right
from tierline.desk.tickets import queries as tickets
from tierline.desk.tickets.queries import MessageRow
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.said import refuse
from tierline.work.diagnosis import operations as diagnosis
from tierline.work.diagnosis import queries as diagnosis_queries
from tierline.work.diagnosis.errors import NotAsked

CHUNK = 64 * 1024
FOREIGN_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"


@require_GET
@needs(Right.EVIDENCE_READ)
def original(request: SignedInRequest, attachment_id: int) -> HttpResponseBase:
    """The file as it was sent; evidence only for those who may read it unmasked, and with an entry that says so."""
    try:
        found = diagnosis.hand_out(actor=request.actor, attachment_id=attachment_id)
    except NotAsked as refused:
        refuse(request, refused)
        asked = diagnosis_queries.original_of(request.actor, attachment_id)
        return HttpResponseRedirect(reverse("console:evidence", args=[asked.ticket.reference, refused.evidence_id]))
    source = storage.open_blob(found.blob_id)
    response = StreamingHttpResponse(iter(lambda: source.read(CHUNK), b""), content_type="application/octet-stream")
    response["Content-Length"] = str(found.size)
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=found.name) or "attachment"
    )
    response["Content-Security-Policy"] = FOREIGN_POLICY
    return response


@require_GET
@needs(Right.CONSOLE)
def message_text(request: SignedInRequest, number: int, message_id: int) -> HttpResponse:
    """All of a long message, as plain text."""
    return HttpResponse(_message(request, number, message_id).text, content_type="text/plain; charset=utf-8")


def _message(request: SignedInRequest, number: int, message_id: int) -> MessageRow:
    tickets.get(request.actor, number)
    found = [message for message in tickets.messages(request.actor, number) if message.id == message_id]
    if not found:
        raise NotFound
    return found[0]
