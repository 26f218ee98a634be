"""A mail as it came: formatted, in a frame that loads nothing from anywhere, or whole with all that it quotes."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from tierline.core.kernel.errors import NotFound
from tierline.desk.people.rules import Right
from tierline.desk.tickets import queries as tickets
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.console import mail_frame
from tierline.doors.web.gate import needs
from tierline.work.intake import queries as intake


@require_GET
@needs(Right.CONSOLE)
def message_html(request: SignedInRequest, number: int, message_id: int) -> HttpResponse:
    """A mail as it was formatted. Pictures of other servers come only when this very view is asked for them."""
    _, cleaned = _said(request, number, message_id)
    files = [one for one in tickets.attachments(request.actor, number) if one.message_id == message_id]
    response = HttpResponse(mail_frame.document(cleaned, files), content_type="text/html; charset=utf-8")
    asked = request.GET.get("pictures") == "yes"
    response["Content-Security-Policy"] = mail_frame.POLICY_WITH_PICTURES if asked else mail_frame.POLICY
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_GET
@needs(Right.CONSOLE)
def message_whole(request: SignedInRequest, number: int, message_id: int) -> HttpResponse:
    """All words of the mail, those that it quotes included, as plain text."""
    shown, _ = _said(request, number, message_id)
    text = intake.whole_text(request.actor, message_id) or shown
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Content-Security-Policy"] = mail_frame.POLICY
    return response


def _said(request: SignedInRequest, number: int, message_id: int) -> tuple[str, str]:
    """The text and the cleaned HTML of a message that the agent may read. Raises NotFound."""
    tickets.get(request.actor, number)
    for message in tickets.messages(request.actor, number):
        if message.id == message_id:
            return message.text, message.html
    raise NotFound
