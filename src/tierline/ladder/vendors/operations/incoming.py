"""Mail of vendors: by our signed address, by the message that it answers, or by a reference alone."""

from django.db.models import Q

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.text import one_line
from tierline.core.plugins.contracts import ArrivedMail, MailRead
from tierline.desk.tickets.operations import NewAttachment
from tierline.ladder.vendors.models import Case, CaseMessage, Terms
from tierline.ladder.vendors.rules import ours, theirs, writes_for

from .talking import learn_reference, receive_from_vendor

NO_WORDS = "(no text)"


def mail_senders() -> frozenset[str]:
    """Every address and `@domain` from which some vendor writes."""
    terms = Terms.objects.filter(vendor__active=True).only("address", "senders")
    return frozenset().union(*(one.known_senders for one in terms))


def take_mail(*, actor: Actor, mail: ArrivedMail) -> MailRead:
    """Keep a vendor's mail in the case that it belongs to; what belongs to none is left to the desk.

    A reference alone counts only from an address of that very vendor, and not when the mail server says that the mail
    is not theirs.
    """
    case = _answered(mail) or _named(mail)
    if case is None:
        return MailRead(taken=False, why="it belongs to no case of this vendor")
    speaker = actor.for_person(one_line(f"{case.vendor.name}, {mail.sender}"))
    message = receive_from_vendor(
        actor=speaker,
        case_id=case.pk,
        author=mail.sender,
        text=mail.reply or mail.text or NO_WORDS,
        channel="mail",
        attachments=[_file(one) for one in mail.files],
        html=mail.html,
        message_id=mail.message_id if len(mail.message_id) <= 400 else "",  # noqa: PLR2004 (the column's width)
        automatic=mail.automatic,
    )
    case.refresh_from_db()
    case.ticket = message.ticket
    learn_reference(speaker, case, mail.subject, mail.text)
    return MailRead(taken=True, why=f"{case.vendor.name}, {case.reference}", ticket_id=message.ticket_id)


def _file(one: tuple[str, str, bytes]) -> NewAttachment:
    name, content_type, content = one
    return NewAttachment(name=name, content_type=content_type, content=content)


def _answered(mail: ArrivedMail) -> Case | None:
    """The case of the message that this mail answers; nobody can make up its address or its id."""
    if not mail.answers:
        return None
    said = CaseMessage.objects.filter(message__in=mail.answers).select_related("case__vendor__terms")
    by_message = {one.message_id: one.case for one in said}
    return next((by_message[one] for one in mail.answers if one in by_message), None)


def _named(mail: ArrivedMail) -> Case | None:
    """The case that the subject names by our reference or by theirs, for an address of that vendor."""
    if mail.doubted:
        return None
    number = ours(mail.subject)
    for terms in Terms.objects.filter(vendor__active=True).select_related("vendor"):
        if not writes_for(mail.sender, terms.known_senders):
            continue
        token = theirs(terms.reference_pattern, mail.subject)
        wanted = Q(pk=number or 0) | (Q(their_reference__iexact=token) if token else Q(pk=0))
        cases = Case.objects.filter(wanted, vendor=terms.vendor).select_related("vendor__terms")
        found = sorted(cases, key=lambda one: (one.pk != number, not one.is_open, -one.pk))
        if found:
            return found[0]
    return None
