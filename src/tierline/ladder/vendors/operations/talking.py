"""What is said between the desk and a vendor: the vendor's clock runs from each question to the next answer."""

from collections.abc import Iterable

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import clean, one_line
from tierline.core.timeline.rules import Audience
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.errors import NothingToSend
from tierline.desk.tickets.models import Message
from tierline.desk.tickets.operations import NewAttachment
from tierline.desk.tickets.operations.opening import keep_message
from tierline.desk.tickets.operations.writing import must_be_open
from tierline.desk.tickets.rules import Status, Waiting
from tierline.ladder.vendors import events
from tierline.ladder.vendors.errors import NoAddress
from tierline.ladder.vendors.models import Case, CaseMessage, Pack, Turn
from tierline.ladder.vendors.rules import REFERENCE_LIMIT, State, Verb, theirs

from .outgoing import mail_to_vendor
from .packs import as_attachment
from .writing import current, locked_case, move, note

REOPENED_BY_VENDOR = "the vendor wrote again"


def send_to_vendor(
    *, actor: Actor, case_id: int, text: str, pack_id: int | None = None, attach: bool = False, mail: bool = True
) -> Message:
    """Ask the vendor, by mail and on their page; their clock runs, and the ticket waits for them.

    With `pack_id` a pack of this case goes along: behind the link in the mail, or with `attach` in the mail itself.
    Without `mail` it was said elsewhere and is only kept. A ticket that waits for somebody else goes on doing so.
    Raises NothingToSend, NoAddress, WrongState and NotFound.
    """
    if not clean(text).strip():
        raise NothingToSend
    with transaction.atomic():
        case = locked_case(actor, case_id)
        must_be_open(case.ticket)
        if mail and not (hasattr(case.vendor, "terms") and case.vendor.terms.address):
            raise NoAddress
        pack = _pack(case, pack_id)
        move(case, Verb.SEND)
        message = _kept(case, text, actor, files=[as_attachment(pack)] if pack and attach else [])
        CaseMessage.objects.create(case=case, message=message, pack=pack)
        sent = events.SentToVendor(case_id=case.pk, vendor=case.vendor.name, message_id=message.pk, pack_id=pack_id)
        note(actor, case, sent)
        _their_turn(actor, case)
        case.save()
        if mail:
            mail_to_vendor(actor, case, message)
        return message


def receive_from_vendor(
    *,
    actor: Actor,
    case_id: int,
    author: str,
    text: str,
    channel: str = "portal",
    attachments: Iterable[NewAttachment] = (),
    html: str = "",
    message_id: str = "",
    automatic: bool = False,
) -> Message:
    """The vendor wrote: kept in the case's thread, and nowhere else. It is the desk's turn again.

    A closed case is opened again. What a program of theirs said (`automatic`) is kept, but it is no answer: their
    clock runs on. Raises NothingToSend and NotFound.
    """
    files = list(attachments)
    if not (clean(text).strip() or files):
        raise NothingToSend
    with transaction.atomic():
        case = locked_case(actor, case_id)
        _follow(actor, case)
        message = keep_message(
            case.ticket,
            text,
            author_id=None,
            author_label=one_line(f"{case.vendor.name}, {author}" if author else case.vendor.name),
            audience=Audience.VENDOR,
            direction="in",
            channel=channel,
            html=html,
            message_id=message_id,
            attachments=files,
        )
        CaseMessage.objects.create(case=case, message=message)
        received = events.ReceivedFromVendor(
            case_id=case.pk, vendor=case.vendor.name, message_id=message.pk, channel=channel, attachments=len(files)
        )
        note(actor, case, received)
        if not automatic:
            _our_turn(actor, case)
        case.save()
        return message


def vendor_answered(*, actor: Actor, case_id: int) -> Case:
    """What the vendor said last is an answer after all, although a program sent it. Raises Invalid and NotFound."""
    with transaction.atomic():
        case = locked_case(actor, case_id)
        last = CaseMessage.objects.filter(case=case).order_by("-pk").select_related("message").first()
        if last is None or last.message.direction != "in" or case.state != State.WITH_VENDOR:
            raise Invalid({"case": "There is no answer that was not counted."})
        _our_turn(actor, case)
        case.save()
        return case


def vendor_solved(*, actor: Actor, case_id: int) -> Case:
    """The vendor says that it is solved; the desk looks and closes it, or asks again. Raises WrongState, NotFound."""
    with transaction.atomic():
        case = locked_case(actor, case_id)
        _follow(actor, case)
        if case.state == State.WITH_VENDOR:
            _our_turn(actor, case)
        move(case, Verb.SOLVE)
        case.solved_at = clock.now()
        case.save()
        note(actor, case, events.VendorSolved(case_id=case.pk, vendor=case.vendor.name))
        return case


def set_reference(*, actor: Actor, case_id: int, reference: str) -> Case:
    """What the vendor calls this case; mail that names it finds the case. Nothing happens for the same one.

    Raises Invalid without one, or when another open case of the vendor has it, and NotFound.
    """
    wanted = one_line(reference, REFERENCE_LIMIT)
    if not wanted:
        raise Invalid({"reference": "Type the number that the vendor gave."})
    with transaction.atomic():
        case = locked_case(actor, case_id)
        same = Case.objects.filter(vendor=case.vendor, their_reference__iexact=wanted).exclude(pk=case.pk)
        taken = same.first()
        if taken is not None:
            raise Invalid({"reference": f"{taken} has this number already."})
        if case.their_reference != wanted:
            _learn(actor, case, wanted)
            case.save()
        return case


def learn_reference(actor: Actor, case: Case, *texts: str) -> None:
    """Take the vendor's own token out of what they wrote, when the case has none yet."""
    pattern = case.vendor.terms.reference_pattern if hasattr(case.vendor, "terms") else ""
    found = next(filter(None, (theirs(pattern, text) for text in texts)), "")
    if found and not case.their_reference:
        _learn(actor, case, found)
        case.save(update_fields=["their_reference"])


def _learn(actor: Actor, case: Case, reference: str) -> None:
    case.their_reference = reference
    note(actor, case, events.ReferenceLearned(case_id=case.pk, vendor=case.vendor.name, reference=reference))


def _kept(case: Case, text: str, actor: Actor, *, files: Iterable[NewAttachment]) -> Message:
    return keep_message(
        case.ticket,
        text,
        author_id=actor.person_id,
        author_label=actor.label,
        by_machine=actor.is_machine,
        audience=Audience.VENDOR,
        direction="out",
        channel=case.ticket.channel,
        attachments=files,
    )


def _pack(case: Case, pack_id: int | None) -> Pack | None:
    pack = Pack.objects.filter(pk=pack_id, case=case).first() if pack_id is not None else None
    if pack is None and pack_id is not None:
        raise NotFound
    return pack


def _their_turn(actor: Actor, case: Case) -> None:
    now = clock.now()
    case.sent_at, case.solved_at = case.sent_at or now, None
    if not Turn.objects.filter(case=case, ended_at__isnull=True).exists():
        Turn.objects.create(case=case, began_at=now)
    if case.ticket.status != Status.WAITING:  # without a word: requesters read why a ticket waits
        tickets.wait_for(actor=actor, ticket_id=case.ticket_id, whom=Waiting.VENDOR, vendor_id=case.vendor_id)
        case.ticket.refresh_from_db()


def _our_turn(actor: Actor, case: Case) -> None:
    now, was_closed = clock.now(), not case.is_open
    move(case, Verb.RECEIVE)
    case.answered_at = case.answered_at or (now if case.sent_at else None)
    if was_closed:
        reopen_row(actor, case, REOPENED_BY_VENDOR)
    end_turn(actor, case)


def reopen_row(actor: Actor, case: Case, reason: str) -> None:
    """Take back how a case ended, and count that."""
    case.closed_at = case.solved_at = None
    case.outcome = ""
    case.reopened += 1
    note(actor, case, events.CaseReopened(case_id=case.pk, vendor=case.vendor.name, reason=reason))


def end_turn(actor: Actor, case: Case) -> None:
    """Stop the vendor's clock; the ticket waits no longer, unless it waits for another case."""
    Turn.objects.filter(case=case, ended_at__isnull=True).update(ended_at=clock.now())
    waits = case.ticket.status == Status.WAITING and case.ticket.waiting_for == Waiting.VENDOR
    elsewhere = Turn.objects.filter(case__ticket=case.ticket, ended_at__isnull=True)
    if waits and not elsewhere.exists():
        tickets.resume(actor=actor, ticket_id=case.ticket_id)
        case.ticket.refresh_from_db()


def _follow(actor: Actor, case: Case) -> None:
    """Go on in the ticket that the case's ticket was merged into."""
    if case.ticket.merged_into_id is None:
        return
    before, case.ticket = case.ticket_id, current(case.ticket)
    case.save(update_fields=["ticket"])
    note(actor, case, events.CaseMoved(case_id=case.pk, vendor=case.vendor.name, from_id=before))


def follow_merge(*, actor: Actor, ticket_id: int) -> int:
    """Reaction to a merge: the cases of the merged ticket go on in the other one. Safe to repeat."""
    cases = list(
        Case.objects.filter(ticket_id=ticket_id, ticket__merged_into__isnull=False).values_list("pk", flat=True)
    )
    for case_id in cases:
        with transaction.atomic():
            _follow(actor, locked_case(actor, case_id))
    return len(cases)
