"""The endpoint that has the views of a ticket's files made anew."""

from tierline.desk.people.rules import Right
from tierline.doors.api.bearer import ApiRequest
from tierline.work.diagnosis import operations as diagnosis

from .reading import named
from .routers import asks, tickets_router
from .shapes_out import EvidenceOut


@tickets_router.post(
    "/tickets/{reference}/evidence/rebuild",
    response=list[EvidenceOut],
    summary="Read the files of a ticket again by today's rules",
    openapi_extra=asks(Right.EVIDENCE_KEEP),
)
def rebuild(request: ApiRequest, reference: str) -> list[EvidenceOut]:
    """All that was made of the files is replaced at once; originals stay as they came.

    While one of the files is being read: 503 `evidence_read_elsewhere`.
    """
    ticket = named(request.auth, reference)
    done = diagnosis.rebuild_ticket(actor=request.auth, ticket_id=ticket.pk)
    return [EvidenceOut.from_orm(one) for one in done]
