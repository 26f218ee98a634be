"""My requests: the list, and one request followed from the first word to "that did it"."""

from urllib.parse import quote, urlencode

from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tierline.core.kernel import clock, storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound, TierlineError
from tierline.desk.tickets import operations, queries
from tierline.desk.tickets.queries import OWN, PageRow
from tierline.desk.tickets.rules import number_in
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import signed_in
from tierline.doors.web.portal import pages, words
from tierline.doors.web.portal.asker import asker
from tierline.doors.web.portal.forms import AnswerForm, CallForm, ChallengeForm, RatingForm, errors_of
from tierline.doors.web.portal.logs import logs
from tierline.doors.web.portal.views.send import UNPROCESSABLE
from tierline.doors.web.render import page
from tierline.doors.web.said import refuse, say
from tierline.doors.web.shapes import Pager
from tierline.doors.web.uploads import attachments_of, is_whole
from tierline.ladder.escalation import operations as escalation
from tierline.ladder.escalation.queries import challenge_of
from tierline.work.field.queries import next_visit
from tierline.work.surveys import operations as surveys
from tierline.work.surveys.queries import rating_of


@signed_in
@require_safe
def requests(request: SignedInRequest) -> HttpResponse:
    """What I asked for."""
    show = request.GET.get("show", "open")
    show = show if show in OWN else "open"
    after = request.GET.get("after", "")
    cards, following = pages.my_cards(asker(request.actor), show, after=after)
    shown = Pager(
        len(cards),
        next_href=f"?{urlencode({'show': show, 'after': following.word()})}" if following else "",
        first_href=f"?{urlencode({'show': show})}" if after else "",
    )
    context = {"here": "portal:requests", "cards": cards, "show": show, "pages": shown}
    return page(request, "portal/requests.html", context)


@signed_in
@require_safe
def one(request: SignedInRequest, reference: str) -> HttpResponse:
    """One request: its state in plain words, its way, and everything said so far."""
    return _draw(request, ticket_of(asker(request.actor), reference))


def _draw(request: SignedInRequest, ticket: PageRow, *, answer: AnswerForm | None = None) -> HttpResponse:
    """The page of a request; with an `answer` that could not be taken, what was typed and why not."""
    viewer = asker(request.actor)
    messages = queries.messages(viewer, ticket.pk)
    # The way up is no secret to its requester, only the words inside it are: tier and moment are taken, nothing else.
    entries = queries.timeline(Actor.machine("portal"), ticket.pk)
    climbed = pages.moves(entries)
    talk = pages.climbs(climbed) + pages.conversation(ticket, messages, entries)
    now, zone = clock.now(), timezone.get_current_timezone()
    proposal = pages.proposal(viewer, ticket, messages)
    sent = logs(viewer, ticket, messages)
    told, rating = pages.resolution(ticket, messages), rating_of(viewer, ticket)
    context = {
        "here": "portal:requests",
        "card": pages.card(ticket, resolution=told, has_answer=proposal is not None),
        "sent": words.moment(ticket.opened_at, now=now, zone=zone),
        "question": None if proposal else pages.question(ticket, messages),
        "talk": sorted(talk, key=lambda one: one.at, reverse=True),
        "rungs": pages.rail(ticket, climbed),
        "logs": sent,
        "logs_unread": any(log.share is not None for log in sent),
        "proposal": proposal,
        "challenge": challenge_of(viewer, ticket.pk),
        "visit": next_visit(viewer, ticket.pk) if ticket.is_open else None,
        "rating": rating,
        "rating_form": RatingForm(initial={"score": rating.score, "comment": rating.comment}) if rating else None,
        "answer": answer,
    }
    return page(request, "portal/request.html", context, status=UNPROCESSABLE if answer else 200)


@signed_in
@require_POST
def answer(request: SignedInRequest, reference: str) -> HttpResponse:
    """Write on a request, with files or without."""
    viewer = asker(request.actor)
    ticket = ticket_of(viewer, reference)
    form = AnswerForm(request.POST, request.FILES)
    if not is_whole(request, form, "uploads"):
        return _draw(request, ticket, answer=form)
    operations.receive_message(
        actor=viewer,
        ticket_id=ticket.pk,
        author=request.user,
        text=form.cleaned_data["text"],
        attachments=attachments_of(request, form.cleaned_data["uploads"]),
    )
    say(request, _("Thank you. Everybody who works on it reads this."))
    return _back(ticket)


@signed_in
@require_POST
def verdict(request: SignedInRequest, reference: str) -> HttpResponse:
    """Did that do it? Yes closes the request, no opens it again with the same people."""
    viewer = asker(request.actor)
    ticket = ticket_of(viewer, reference)
    try:
        if request.POST.get("verdict") == "yes":
            operations.confirm(actor=viewer, ticket_id=ticket.pk)
            say(request, _("Good to hear. Thank you for telling us."))
        else:
            operations.reopen(actor=viewer, ticket_id=ticket.pk, reason=_("The requester says it is still there."))
            say(request, _("It is open again, with the same people. Tell us below what you see now."))
    except TierlineError as problem:
        refuse(request, problem)
    return _back(ticket)


@signed_in
@require_POST
def challenge(request: SignedInRequest, reference: str) -> HttpResponse:
    """Ask whoever answers for the desk to look at how this goes."""
    viewer = asker(request.actor)
    ticket = ticket_of(viewer, reference)
    form = ChallengeForm(request.POST)
    if not form.is_valid():
        say(request, _("Tell us in your words what we should look at."), tone="bad")
        return _back(ticket)
    try:
        escalation.challenge(actor=viewer, ticket_id=ticket.pk, reason=form.cleaned_data["reason"])
        say(request, _("Thank you. Whoever answers for this desk looks at it and answers here."))
    except TierlineError as problem:
        refuse(request, problem)
    return _back(ticket)


@signed_in
@require_POST
def rate(request: SignedInRequest, reference: str) -> HttpResponse:
    """Say how it went, or change what one said."""
    viewer = asker(request.actor)
    ticket = ticket_of(viewer, reference)
    form = RatingForm(request.POST)
    if not form.is_valid():
        say(request, errors_of(form), tone="bad")
        return _back(ticket)
    try:
        surveys.rate(actor=viewer, ticket_id=ticket.pk, **form.cleaned_data)
        say(request, _("Thank you. The people who worked on it read your answer."))
    except TierlineError as problem:
        refuse(request, problem)
    return _back(ticket)


@signed_in
@require_POST
def call(request: SignedInRequest, reference: str) -> HttpResponse:
    """Ask to be called about this request."""
    viewer = asker(request.actor)
    ticket = ticket_of(viewer, reference)
    form = CallForm(request.POST)
    if not form.is_valid():
        say(request, _("Tell us the number to call."), tone="bad")
        return _back(ticket)
    text = _("Please call me: %(phone)s") % form.cleaned_data
    operations.receive_message(actor=viewer, ticket_id=ticket.pk, author=request.user, text=text)
    say(request, _("Somebody calls you. They have all of this in front of them."))
    return _back(ticket)


@signed_in
@require_safe
def file(request: SignedInRequest, reference: str, attachment_id: int) -> FileResponse:
    """A file of one's own request, always as a download and never as something a browser runs."""
    viewer = asker(request.actor)
    ticket = ticket_of(viewer, reference)
    found = queries.attachment(viewer, attachment_id)
    if found.ticket_id != ticket.pk:
        raise NotFound
    response = FileResponse(
        storage.open_blob(operations.checked(found).blob_id), content_type="application/octet-stream"
    )
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.name)}"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Content-Length"] = str(found.size)
    return response


@signed_in
@require_POST
def share(request: SignedInRequest, reference: str, attachment_id: int) -> HttpResponse:
    """Let those who read along have a log that I sent, or not any more."""
    viewer = asker(request.actor)
    ticket = ticket_of(viewer, reference)
    if queries.attachment(viewer, attachment_id).ticket_id != ticket.pk:
        raise NotFound
    shared = request.POST.get("shared") == "yes"
    operations.share_file(actor=viewer, attachment_id=attachment_id, shared=shared)
    if shared:
        say(request, _("Those who read along with you can download it now."))
    else:
        say(request, _("Only you and those who help you have it now."))
    return _back(ticket)


def ticket_of(viewer: Actor, reference: str) -> PageRow:
    """The viewer's ticket with this reference. Raises NotFound, also for one of somebody else."""
    number = number_in(reference)
    if number is None:
        raise NotFound
    return queries.page_row(viewer, number)


def _back(ticket: PageRow) -> HttpResponse:
    return HttpResponseRedirect(reverse("portal:request", args=[ticket.reference]))
