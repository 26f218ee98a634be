"""Talking to the assistant, and saying on a request whether its answer helped."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tierline.core.kernel.errors import TierlineError
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import signed_in
from tierline.doors.web.portal import answers
from tierline.doors.web.portal.asker import asker
from tierline.doors.web.portal.forms import AskForm
from tierline.doors.web.portal.views.requests import ticket_of
from tierline.doors.web.render import page
from tierline.doors.web.said import refuse, say
from tierline.ladder.assistant import operations, queries
from tierline.ladder.assistant.models import Turn
from tierline.ladder.assistant.queries import Ledger
from tierline.ladder.assistant.rules import OutcomeClass

FULL = 1000  # units of the bar


@dataclass(frozen=True, kw_only=True)
class Part:
    """One class of the ledger: its words, its count, and its place on the bar."""

    key: str
    words: str
    count: int
    x: int
    width: int


@signed_in
@require_http_methods(["GET", "POST"])
def assistant(request: SignedInRequest) -> HttpResponse:
    """An empty page to begin on; what is sent begins a conversation."""
    if request.method == "POST":
        return _ask(request, None)
    return _page(request, draft=request.GET.get("text", "")[:1000])


@signed_in
@require_http_methods(["GET", "POST"])
def conversation(request: SignedInRequest, conversation_id: int) -> HttpResponse:
    """One's own conversation; what is sent goes on with it."""
    viewer = asker(request.actor)
    found, turns = queries.conversation(viewer, conversation_id)
    if request.method == "POST":
        return _ask(request, conversation_id)
    ticket = found.ticket.reference if found.ticket else ""
    return _page(request, conversation_id=found.pk, turns=turns, ended=found.ended, ticket=ticket)


@signed_in
@require_POST
def solved(request: SignedInRequest, conversation_id: int) -> HttpResponse:
    """The answer did it: no request is needed."""
    try:
        operations.solved(actor=asker(request.actor), conversation_id=conversation_id)
        say(request, _("Good to hear. Nothing else is needed."))
    except TierlineError as problem:
        refuse(request, problem)
    return HttpResponseRedirect(reverse("portal:conversation", args=[conversation_id]))


@signed_in
@require_POST
def pass_on(request: SignedInRequest, conversation_id: int) -> HttpResponse:
    """Make it a request that a person looks at, with everything said so far."""
    text = request.POST.get("text", "")
    ticket = operations.pass_on(actor=asker(request.actor), conversation_id=conversation_id, text=text)
    say(request, _("Passed on with everything you said. You do not repeat yourself."))
    return HttpResponseRedirect(reverse("portal:request", args=[ticket.reference]))


@signed_in
@require_POST
def verdict(request: SignedInRequest, reference: str) -> HttpResponse:
    """Whether the assistant's answer on a request helped; if not, a person takes over at once."""
    viewer = asker(request.actor)
    ticket = ticket_of(viewer, reference)
    try:
        if request.POST.get("verdict") == "yes":
            operations.confirm(actor=viewer, ticket_id=ticket.pk)
            say(request, _("Good to hear. Thank you for telling us."))
        else:
            operations.decline(actor=viewer, ticket_id=ticket.pk, text=request.POST.get("text", ""))
            say(request, _("Thank you. A person looks at it now, and sees what was tried."))
    except TierlineError as problem:
        refuse(request, problem)
    return HttpResponseRedirect(reverse("portal:request", args=[ticket.reference]))


def _ask(request: SignedInRequest, conversation_id: int | None) -> HttpResponse:
    form = AskForm(request.POST)
    if not form.is_valid():
        say(request, _("Write something first."), tone="bad")
        return HttpResponseRedirect(request.path)
    try:
        reply = operations.ask(
            actor=asker(request.actor), text=form.cleaned_data["text"], conversation_id=conversation_id
        )
    except TierlineError as problem:
        refuse(request, problem)
        return HttpResponseRedirect(request.path)
    address = reverse("portal:conversation", args=[reply.conversation_id])
    return HttpResponseRedirect(f"{address}#turn-{reply.turn_id}")


def _page(
    request: SignedInRequest,
    *,
    conversation_id: int | None = None,
    turns: Sequence[Turn] = (),
    ended: str = "",
    ticket: str = "",
    draft: str = "",
) -> HttpResponse:
    context = {
        "here": "portal:assistant",
        "conversation_id": conversation_id,
        "turns": answers.shown(turns),
        "said_by_me": "\n\n".join(turn.text for turn in turns if not turn.by_machine),
        "ended": ended,
        "ticket": ticket,
        "draft": draft,
        **_ledger(queries.ledger()),
    }
    return page(request, "portal/assistant.html", context)


def _ledger(ledger: Ledger) -> dict[str, object]:
    """The honest bar: every class with its width, adding up to the whole."""
    names = (
        ("k1", OutcomeClass.CONFIRMED, _("Confirmed by the person")),
        ("k2", OutcomeClass.VERIFIED, _("Verified in the system")),
        ("k3", OutcomeClass.SILENT, _("Silence, not counted")),
        ("k4", OutcomeClass.FAILED, _("Wrong or no help")),
        ("k5", OutcomeClass.HANDED_OVER, _("Passed on to a person")),
    )
    whole = sum(ledger.counts[one] for _key, one, _words in names)
    parts: list[Part] = []
    x = 0
    for key, one, words in names:
        width = round(ledger.counts[one] * FULL / whole) if whole else 0
        parts.append(Part(key=key, words=words, count=ledger.counts[one], x=x, width=width))
        x += width
    return {"ledger": parts, "ledger_total": whole}
