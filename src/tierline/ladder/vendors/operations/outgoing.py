"""Mail to vendors: in the case's own thread, with the vendor's own reference and a link of its own."""

from tierline.core.kernel.actors import Actor
from tierline.desk.tickets.models import Message
from tierline.ladder.vendors.models import Case, CaseMessage
from tierline.ladder.vendors.rules import LINK_DAYS, mail_subject
from tierline.work.intake import operations as intake
from tierline.work.intake.models import OutboundMessage

from .links import new_link

_THREAD = 20
_BELOW = """\
--
{reference}. Answer this mail and it reaches us{named}.
Read the thread, fetch files and answer on a page: {link}
This address is yours alone and holds for {days} days."""


def mail_to_vendor(actor: Actor, case: Case, message: Message) -> OutboundMessage:
    """Queue a message of a locked case; each mail carries a link of its own, legible nowhere but there."""
    address = case.vendor.terms.address
    _access, link = new_link(actor, case, address)
    named = "" if case.their_reference else "; with your own number in the subject, we keep it"
    below = _BELOW.format(reference=case.reference, named=named, link=intake.sealed(link), days=LINK_DAYS)
    return intake.queue_message(
        actor=actor,
        message=message,
        recipient=address,
        subject=mail_subject(case.title, case.reference, case.their_reference),
        below=below,
        thread=_thread(case),
    )


def _thread(case: Case) -> list[str]:
    """The message ids of the case's mail so far, oldest first."""
    said = CaseMessage.objects.filter(case=case).order_by("-pk").values_list("message_id", flat=True)[:_THREAD]
    here = list(said)
    went = OutboundMessage.objects.filter(message__in=here).values_list("message_id", "mail_id")
    came = Message.objects.filter(pk__in=here, direction="in").exclude(message_id="").values_list("pk", "message_id")
    return [mail_id for _, mail_id in sorted([*went, *came])]
