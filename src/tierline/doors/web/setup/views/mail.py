"""Mail: whether it comes in and goes out, what nobody could place, and what did not arrive."""

from dataclasses import dataclass, replace

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, TierlineError
from tierline.desk.people.rules import Right, may
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.said import refuse, say
from tierline.doors.web.setup.frame import UNPROCESSABLE, setup_page, show, status_for
from tierline.doors.web.setup.mail_forms import LearnForm, ReleaseForm
from tierline.doors.web.setup.mail_words import state_of
from tierline.doors.web.shapes import Tone
from tierline.work.intake import operations, queries
from tierline.work.intake.models import Mailbox, Outcome, State
from tierline.work.intake.operations import identity, smtp
from tierline.work.intake.operations.quarantine import why

PLACE = "setup:mail"


@dataclass(frozen=True)
class Line:
    """One outcome or state with its count."""

    words: str
    count: int
    code: str = ""


@dataclass(frozen=True)
class BoxLine:
    """One mailbox in the list."""

    mailbox: Mailbox
    state: str
    tone: Tone


@dataclass(frozen=True)
class Words:
    """What a desk answers to new mail, as its form shows it."""

    desk_id: int
    desk: str
    text: str
    error: str = ""


@needs(Right.QUARANTINE)
@require_safe
def mail(request: SignedInRequest) -> HttpResponse:
    """Incoming and outgoing mail in figures; mailboxes; the quarantine and its rules; what waits and did not arrive."""
    return _page(request)


def _page(request: SignedInRequest, refused: Words | None = None) -> HttpResponse:
    viewer = request.actor
    may_set_up = may(viewer, Right.SETUP)
    incoming, outgoing = queries.outcomes(viewer), queries.outgoing_states(viewer)
    context = {
        "headline": headline(
            incoming.get(Outcome.QUARANTINED, 0), outgoing.get(State.FAILED, 0), outgoing.get(State.HELD, 0)
        ),
        "server": server_words(),
        "address": identity.desk_address().email,
        "may_set_up": may_set_up,
        "acknowledgements": _acknowledgements(viewer, refused) if may_set_up else [],
        "mailboxes": [BoxLine(one, *state_of(one)) for one in queries.mailboxes(viewer)],
        "incoming": [Line(str(one.label), incoming.get(one.value, 0), one.value) for one in Outcome],
        "unfinished": incoming.get("", 0),
        "piped": queries.piped(viewer),
        "outgoing": [Line(str(one.label), outgoing.get(one.value, 0)) for one in State],
        "quarantine": queries.quarantine(viewer),
        "rules": queries.learned_rules(viewer),
        "trusted": queries.trusted_senders(viewer),
        "waiting": queries.waiting_mail(viewer),
        "waiting_count": outgoing.get(State.QUEUED, 0),
        "stuck_count": outgoing.get(State.FAILED, 0) + outgoing.get(State.HELD, 0),
        "held_for_a_server": queries.held_for_a_server(viewer) if smtp.is_set_up() else 0,
        "undelivered": queries.undelivered(viewer),
    }
    return setup_page(request, "setup/mail.html", PLACE, context, status=UNPROCESSABLE if refused else 200)


def _acknowledgements(viewer: Actor, refused: Words | None) -> list[Words]:
    """What each desk answers; what was typed and refused stays where it was typed."""
    kept = [Words(desk.pk, desk.name, text) for desk, text in queries.acknowledgements(viewer)]
    return [
        replace(one, text=refused.text, error=refused.error) if refused and one.desk_id == refused.desk_id else one
        for one in kept
    ]


@needs(Right.QUARANTINE)
@require_http_methods(["GET", "POST"])
def message(request: SignedInRequest, message_id: int) -> HttpResponse:
    """One message in quarantine: why it is there, what it says, and the verbs that get it out."""
    found, start = queries.quarantined(request.actor, message_id)
    form = ReleaseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            received = operations.release(
                actor=request.actor, inbound_id=message_id, sender=form.cleaned_data["sender"]
            )
        except TierlineError as problem:
            show(form, problem)
        else:
            tell(request, received)
            return HttpResponseRedirect(reverse(PLACE))
    context = {
        "message": found,
        "shown": queries.readable(request.actor, message_id),
        "start": start.decode("utf-8", "replace"),
        "form": form,
        "learn": LearnForm(),
    }
    return setup_page(request, "setup/quarantined.html", PLACE, context, status=status_for(form))


@needs(Right.QUARANTINE)
@require_safe
def original(request: SignedInRequest, message_id: int) -> HttpResponse:
    """The message as it arrived, as a file."""
    content = queries.quarantined_original(request.actor, message_id)
    return as_file(content, message_id)


def as_file(content: bytes, message_id: int) -> HttpResponse:
    """A mail to be kept, never to be opened here."""
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="message-{message_id}.eml"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@needs(Right.QUARANTINE)
@require_POST
def learn(request: SignedInRequest, message_id: int) -> HttpResponse:
    """Decide messages like this one from now on."""
    form = LearnForm(request.POST)
    target = reverse("setup:quarantined", args=[message_id])
    if form.is_valid():
        try:
            rule = operations.learn(actor=request.actor, inbound_id=message_id, **form.cleaned_data)
        except TierlineError as problem:
            refuse(request, problem)
            return HttpResponseRedirect(target)
        say(request, _("From now on: %(why)s.") % {"why": why(rule)})
        return HttpResponseRedirect(reverse(PLACE))
    return HttpResponseRedirect(target)


@needs(Right.QUARANTINE)
@require_POST
def delete(request: SignedInRequest, message_id: int) -> HttpResponse:
    """Delete a message in quarantine for good."""
    try:
        operations.discard(actor=request.actor, inbound_id=message_id)
    except TierlineError as problem:
        refuse(request, problem)
    else:
        say(request, _("The message is deleted."), kept=_("That it came, and who deleted it, stays known."))
    return HttpResponseRedirect(reverse(PLACE))


@needs(Right.QUARANTINE)
@require_POST
def forget(request: SignedInRequest, rule_id: int) -> HttpResponse:
    """Forget a rule that was learned."""
    operations.unlearn(actor=request.actor, rule_id=rule_id)
    say(request, _("The rule is forgotten."), kept=_("What it has decided stays decided."))
    return HttpResponseRedirect(reverse(PLACE))


@needs(Right.QUARANTINE)
@require_POST
def distrust(request: SignedInRequest, rule_id: int) -> HttpResponse:
    """Believe a sender no longer without the mail server's word."""
    operations.distrust(actor=request.actor, rule_id=rule_id)
    say(request, _("The mail server decides again."), kept=_("What was believed stays so."))
    return HttpResponseRedirect(reverse(PLACE))


@needs(Right.QUARANTINE)
@require_POST
def send_again(request: SignedInRequest, outbound_id: int) -> HttpResponse:
    """Queue a mail once more that failed or was held back."""
    try:
        operations.send_again(actor=request.actor, outbound_id=outbound_id)
    except TierlineError as problem:
        refuse(request, problem)
    else:
        say(request, _("It is queued again."))
    return HttpResponseRedirect(reverse(PLACE))


@needs(Right.QUARANTINE)
@require_POST
def withdraw(request: SignedInRequest, outbound_id: int) -> HttpResponse:
    """Do not send a mail that waits, failed or was held back."""
    try:
        operations.withdraw(actor=request.actor, outbound_id=outbound_id)
    except TierlineError as problem:
        refuse(request, problem)
    else:
        say(request, _("It is not sent."), kept=_("The log of its ticket keeps that."))
    return HttpResponseRedirect(reverse(PLACE))


@needs(Right.QUARANTINE)
@require_POST
def send_held(request: SignedInRequest) -> HttpResponse:
    """Send what was held because there was no server."""
    done = operations.send_held(actor=request.actor)
    say(request, ngettext("%(n)s mail is queued.", "%(n)s mails are queued.", done) % {"n": done})
    return HttpResponseRedirect(reverse(PLACE))


@needs(Right.SETUP)
@require_POST
def words(request: SignedInRequest, desk_id: int) -> HttpResponse:
    """Change what a desk answers to new mail, or go back to the usual words."""
    text = request.POST.get("text", "").replace("\r\n", "\n")
    try:
        if "usual" in request.POST:
            operations.reset_acknowledgement(actor=request.actor, desk_id=desk_id)
        else:
            operations.set_acknowledgement(actor=request.actor, desk_id=desk_id, text=text)
    except Invalid as problem:
        return _page(request, Words(desk_id, "", text, " ".join(problem.fields.values())))
    say(request, _("From the next new mail on."))
    return HttpResponseRedirect(reverse(PLACE))


def tell(request: SignedInRequest, received: operations.Received) -> None:
    if received.outcome == Outcome.QUARANTINED:
        say(request, _("It is still in quarantine."), tone="warn", todo=received.reason)
        return
    words = str(Outcome(received.outcome).label)
    say(request, f"{words}: {received.ticket}" if received.ticket else words)


def headline(waiting: int, failed: int, held: int = 0) -> str:
    """The page's conclusion in one sentence."""
    if not waiting and not failed:
        if held:
            told = ngettext("%(n)s mail is held back.", "%(n)s mails are held back.", held) % {"n": held}
            return _("Every message that came has found its place; %(told)s") % {"told": told}
        return _("Every message has found its place.")
    kept = ngettext("%(n)s message waits in quarantine", "%(n)s messages wait in quarantine", waiting) % {"n": waiting}
    lost = ngettext("%(n)s could not be delivered", "%(n)s could not be delivered", failed) % {"n": failed}
    return f"{kept}, {lost}."


def server_words() -> str:
    """The outgoing server, without its password."""
    server = smtp.current()
    if server is None:
        return _("No server is set: mails are kept and not sent.")
    return f"{server.host}:{server.port}"
