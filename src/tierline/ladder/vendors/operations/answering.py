"""What somebody at the vendor does by a link: answer with files, give their own reference, call it solved."""

from collections.abc import Iterable

from django.db import transaction

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.text import clean, one_line
from tierline.desk.tickets.errors import NothingToSend
from tierline.desk.tickets.operations import NewAttachment
from tierline.ladder.vendors.models import Access

from .links import by_id, note_use
from .talking import receive_from_vendor, set_reference, vendor_solved


def answer_by_link(
    *,
    actor: Actor,
    access: Access,
    text: str,
    attachments: Iterable[NewAttachment] = (),
    reference: str = "",
    solved: bool = False,
) -> None:
    """Everything that one form of the vendor's page says, or nothing of it.

    Raises NothingToSend when it says nothing, Invalid for a reference that another case has, WrongState and NotFound.
    """
    files, given = list(attachments), one_line(reference)
    says = bool(clean(text).strip() or files)
    if not (says or given or solved):
        raise NothingToSend
    with transaction.atomic():
        found = by_id(access.pk)  # asked again: it may have been withdrawn while the page was open
        if given and given != found.case.their_reference:
            set_reference(actor=actor, case_id=found.case_id, reference=given)
            note_use(actor=actor, access=found, use="reference", what=given)
        if says:
            receive_from_vendor(
                actor=actor, case_id=found.case_id, author=found.recipient, text=text, attachments=files
            )
            note_use(actor=actor, access=found, use="answer")
        if solved:
            vendor_solved(actor=actor, case_id=found.case_id)
            note_use(actor=actor, access=found, use="solved")
