"""A mail as it came: formatted, in a frame that loads nothing from anywhere, or whole with all that it quotes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tierline.core.kernel.errors import NotFound
from tierline.desk.people.rules import Right, may
from tierline.desk.tickets import queries as tickets
from tierline.doors.web import labels
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.console import mail_frame
from tierline.doors.web.console.views.ticket import verb
from tierline.doors.web.gate import needs
from tierline.doors.web.render import page
from tierline.doors.web.shapes import Tone
from tierline.work.intake import operations
from tierline.work.intake import queries as intake
from tierline.work.intake.models import OutboundMessage, State


@require_GET
@needs(Right.CONSOLE)
def message_html(request: SignedInRequest, number: int, message_id: int) -> HttpResponse:
    """A mail as it was formatted. Pictures of other servers come only when this very view is asked for them."""
    _text, cleaned = _said(request, number, message_id)
    files = [one for one in tickets.attachments(request.actor, number) if one.message_id == message_id]
    response = HttpResponse(mail_frame.document(cleaned, files), content_type="text/html; charset=utf-8")
    asked = request.GET.get("pictures") == "yes"
    response["Content-Security-Policy"] = mail_frame.POLICY_WITH_PICTURES if asked else mail_frame.POLICY
    response["Referrer-Policy"] = "no-referrer"
    return response


@verb()
def confirm_sender(request: SignedInRequest, number: int) -> str:
    """Vouch for a sender in doubt: the ticket becomes theirs."""
    claimed, remember = request.POST.get("claimed", ""), request.POST.get("remember", "")
    operations.confirm_sender(actor=request.actor, ticket_id=number, claimed=claimed, remember=remember)
    return _("It is %(address)s. Answers are mailed from now on.") % {"address": claimed}


@verb()
def settle_forward(request: SignedInRequest, number: int) -> str:
    """Say whose request a forwarded mail is."""
    whose = request.POST.get("whose", "")
    ticket = operations.settle_forward(actor=request.actor, ticket_id=number, whose=whose)
    return _("It is the request of %(name)s now.") % {"name": ticket.requester.name}


@verb()
def send_again(request: SignedInRequest, number: int) -> str:
    """Try a mail once more that failed, waits or was held back."""
    operations.send_again(actor=request.actor, outbound_id=_mail_of(request, number))
    return _("The mail is queued again.")


@verb()
def withdraw(request: SignedInRequest, number: int) -> str:
    """Do not send a mail that has not left."""
    operations.withdraw(actor=request.actor, outbound_id=_mail_of(request, number))
    return _("The mail is not sent.")


def _mail_of(request: SignedInRequest, number: int) -> int:
    """The mail that is meant, if it is one of this ticket. Raises NotFound."""
    asked = request.POST.get("mail", "")
    mails = {str(one.pk): one.pk for one in intake.sent_mail(request.actor, number)}
    if asked not in mails:
        raise NotFound
    return mails[asked]


@require_GET
@needs(Right.CONSOLE)
def message_whole(request: SignedInRequest, number: int, message_id: int) -> HttpResponse:
    """All words of the mail, those that it quotes included, as plain text."""
    shown, _html = _said(request, number, message_id)
    text = intake.whole_text(request.actor, message_id) or shown
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Content-Security-Policy"] = mail_frame.POLICY
    return response


@require_GET
@needs(Right.CONSOLE)
def message_sent(request: SignedInRequest, number: int, message_id: int) -> HttpResponse:
    """The way of each mail that was made of a message: to whom, how far it is, what a server said."""
    ticket = tickets.get(request.actor, number)
    mails = [Sent.of(one) for one in intake.sent_mail(request.actor, number) if one.message_id == message_id]
    context = {"section": "queue", "ticket": ticket, "mails": mails, "may_act": may(request.actor, Right.TICKET_WORK)}
    return page(request, "console/sent.html", context, block="rows")


@dataclass(frozen=True)
class Sent:
    """One mail in words."""

    pk: int
    recipient: str
    words: str
    tone: Tone
    attempts: int
    last_error: str
    sent_at: datetime | None
    next_at: datetime | None
    stuck: bool
    mail_id: str

    @classmethod
    def of(cls, mail: OutboundMessage) -> Self:
        tones: dict[str, Tone] = {State.SENT: "good", State.FAILED: "bad", State.QUEUED: ""}
        return cls(
            pk=mail.pk,
            recipient=mail.recipient,
            words=labels.mail_state(mail.state),
            tone=tones.get(mail.state, "warn"),
            attempts=mail.attempts,
            last_error=mail.last_error,
            sent_at=mail.sent_at,
            next_at=mail.next_at,
            stuck=mail.state in (State.FAILED, State.HELD) or (mail.state == State.QUEUED and mail.attempts > 0),
            mail_id=mail.mail_id,
        )


def _said(request: SignedInRequest, number: int, message_id: int) -> tuple[str, str]:
    """The text and the cleaned HTML of a message that the agent may read. Raises NotFound."""
    tickets.get(request.actor, number)
    for message in tickets.messages(request.actor, number):
        if message.id == message_id:
            return message.text, message.html
    raise NotFound
