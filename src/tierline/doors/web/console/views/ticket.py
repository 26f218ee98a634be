"""The ticket page and the verbs of its conversation."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tierline.core.kernel.errors import Invalid, NotFound, TierlineError
from tierline.core.kernel.text import whole_number
from tierline.core.timeline.rules import Audience
from tierline.desk.people.rules import Right, may
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets import queries
from tierline.desk.tickets.models import Draft
from tierline.desk.tickets.operations import NewAttachment
from tierline.desk.tickets.rules import Kind, Resolution, Waiting, number_in
from tierline.doors.web import labels
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.console import forms
from tierline.doors.web.console.pages import ticket as pages
from tierline.doors.web.console.pages.macros import chosen_of, composed, own_draft, typed_words
from tierline.doors.web.console.pages.step import step_page
from tierline.doors.web.console.posting import Verb, View, read, ticket_verb
from tierline.doors.web.gate import needs
from tierline.doors.web.render import page
from tierline.doors.web.shapes import Here, Told
from tierline.doors.web.uploads import attachments_of
from tierline.work.workflows import operations as workflows
from tierline.work.workflows.rules.macros import Then


def draw(
    request: SignedInRequest,
    number: int,
    *,
    problem: TierlineError | None = None,
    typed: Mapping[str, str] | None = None,
    told: Told | None = None,
    status: int = 200,
    step: bool = False,
    block: str = "",
) -> HttpResponse:
    """The ticket page; after a refusal with what was typed, the reason, and what happened since.

    For htmx alone `block` of it; `told` is said in the composer.
    """
    seen = str((typed or {}).get("seen_version", ""))
    context = pages.ticket_page(
        request.actor,
        number,
        seen_version=whole_number(seen) if problem is not None else None,
        everything="all" in request.GET,
        typed=typed,
        problem=problem,
    )
    context |= {"macro": chosen_of(request.actor, number, typed), "told": told}
    if step:
        context |= {"step": True, **step_page(request.actor, number, typed=typed)}
    return page(request, "console/ticket.html", context, block=block, status=status)


@require_GET
@needs(Right.CONSOLE)
def show(request: SignedInRequest, number: int) -> HttpResponse:
    """One ticket: list, conversation, next step; with `?macro=` that macro stands in the composer, not sent."""
    return draw(request, number, typed=_linked_macro(request, number))


def _linked_macro(request: SignedInRequest, number: int) -> dict[str, str] | None:
    """What stands in the composer by a link to a macro; None without one, or for one that is not offered."""
    macro_id = whole_number(request.GET.get("macro", ""))
    if macro_id is None or not may(request.actor, Right.TICKET_WORK):
        return None
    try:
        typed = own_draft(request.actor, number) | {"applied": str(macro_id)}  # once in it, it is not put in again
        return composed(request.actor, number, typed, macro_id)
    except NotFound:
        return None


def verb(right: Right = Right.TICKET_WORK) -> Callable[[Verb], View]:
    """A verb of the ticket page."""
    return ticket_verb(right, draw)


@verb()
def write(request: SignedInRequest, number: int) -> str:
    """Send a reply or keep a note."""
    said = read(forms.WriteForm(request.POST, request.FILES))
    files = attachments_of(request, said["attachments"])
    if said["applied"]:
        return write_with_macro(request, number, said, files)
    if said["then"] == Then.RESOLVE:
        raise Invalid({"then": _("Choose what happens then.")})
    common = {"actor": request.actor, "ticket_id": number, "text": said["text"], "seen_version": said["seen_version"]}
    if said["audience"] == Audience.INTERNAL:
        tickets.add_note(**common, attachments=files)
        return _("Noted, for agents only.")
    tickets.reply(**common, wait=said["then"] == "wait", attachments=files)
    return _("Sent.") if said["then"] != "wait" else _("Sent. The ticket waits for the answer.")


def write_with_macro(request: SignedInRequest, number: int, said: dict[str, Any], files: list[NewAttachment]) -> str:
    """Send what stands in the composer together with what the chosen macro does, as one step or not at all."""
    words = typed_words({name: said[name] for name in ("text", "note", "audience")})
    workflows.apply_macro(
        actor=request.actor,
        ticket_id=number,
        macro_id=said["applied"],
        sent=workflows.Sent(reply=words.reply, note=words.note, then=Then(said["then"] or Then.KEEP)),
        seen_version=said["seen_version"],
        attachments=files,
    )
    return _("Sent, with everything the macro does.") if words.reply.strip() else _("Done, as the macro says.")


@verb()
def take(request: SignedInRequest, number: int) -> str:
    """Take the ticket oneself."""
    tickets.take(actor=request.actor, ticket_id=number, seen_version=seen(request))
    return _("It is yours.")


@verb()
def release(request: SignedInRequest, number: int) -> str:
    """Give it back to the group."""
    tickets.release(actor=request.actor, ticket_id=number)
    return _("It is back with the group.")


@verb()
def assign(request: SignedInRequest, number: int) -> str:
    """Give it to a group, and perhaps a person of it."""
    said = read(forms.AssignForm(request.POST))
    ticket = tickets.assign(
        actor=request.actor,
        ticket_id=number,
        group_id=said["group"],
        person_id=said["person"],
        seen_version=said["seen_version"],
        why={"reason": "assigned by hand"},
    )
    return _("Tier %(tier)s has it now.") % {"tier": ticket.tier}


@verb()
def classify(request: SignedInRequest, number: int) -> str:
    """Say how many are affected and how soon it hurts."""
    said = read(forms.ClassifyForm(request.POST))
    ticket = tickets.classify(
        actor=request.actor,
        ticket_id=number,
        impact=said["impact"],
        urgency=said["urgency"],
        service_id=said["service"],
        priority=said["priority"],
        reason=said["reason"],
        kind=Kind(request.POST["kind"]) if request.POST.get("kind") in set(Kind) else None,
        seen_version=said["seen_version"],
    )
    return _("Priority %(level)s.") % {"level": ticket.priority}


@verb()
def wait(request: SignedInRequest, number: int) -> str:
    """Wait for somebody outside the group."""
    said = read(forms.WaitForm(request.POST))
    tickets.wait_for(
        actor=request.actor,
        ticket_id=number,
        whom=Waiting(said["whom"]),
        reason=said["reason"],
        vendor_id=said["vendor"],
        seen_version=said["seen_version"],
    )
    return _("It waits for %(whom)s.") % {"whom": labels.waiting(said["whom"])}


@verb()
def resume(request: SignedInRequest, number: int) -> str:
    """Go on with a waiting ticket."""
    tickets.resume(actor=request.actor, ticket_id=number)
    return _("It goes on; its clocks run.")


@verb()
def resolve(request: SignedInRequest, number: int) -> str:
    """Resolve it, with words for the requester and the solution for colleagues."""
    said = read(forms.ResolveForm(request.POST))
    tickets.resolve(
        actor=request.actor,
        ticket_id=number,
        resolution=said["resolution"],
        text=said["text"],
        code=Resolution(said["code"]),
        level_one_capable=said["level_one_capable"],
        seen_version=said["seen_version"],
    )
    return _("Resolved. The requester is told.") if said["text"].strip() else _("Resolved.")


@verb()
def reopen(request: SignedInRequest, number: int) -> str:
    """Open a resolved ticket again."""
    tickets.reopen(actor=request.actor, ticket_id=number, reason=read(forms.ReasonForm(request.POST))["reason"])
    return _("It is open again, with those who had it.")


@verb(Right.TICKET_MERGE)
def merge(request: SignedInRequest, number: int) -> str:
    """Go on with this ticket in another one."""
    into = number_in(read(forms.MergeForm(request.POST))["into"])
    target = queries.get(request.actor, into or 0)
    tickets.merge(actor=request.actor, ticket_id=number, into_id=target.pk)
    return _("It goes on in %(reference)s.") % {"reference": target.reference}


@verb()
def fact(request: SignedInRequest, number: int) -> str:
    """Record one fact about the environment."""
    said = read(forms.FactForm(request.POST))
    name = said["name"].strip().lower().replace(" ", "_")
    entry = tickets.record_facts(actor=request.actor, ticket_id=number, facts={name: said["value"]}, source="agent")
    return _("Noted.") if entry is not None else _("That was known already.")


@require_POST
@needs(Right.TICKET_WORK)
def draft(request: SignedInRequest, number: int) -> HttpResponse:
    """Keep what is being typed, and tell colleagues that somebody writes; answers with the words that say so."""
    kept = keep_draft(request, number)
    tickets.here(actor=request.actor, ticket_id=number, writing=kept is not None)
    return HttpResponse(pages.draft_words(kept), content_type="text/plain; charset=utf-8")


def keep_draft(request: SignedInRequest, number: int) -> Draft | None:
    """What stands in the composer, as a draft."""
    audience = Audience.INTERNAL if request.POST.get("audience") == Audience.INTERNAL else Audience.REQUESTER
    return tickets.save_draft(
        actor=request.actor, ticket_id=number, text=request.POST.get("text", ""), audience=audience
    )


@verb()
def take_over(request: SignedInRequest, number: int) -> str:
    """Go on with a colleague's draft; what one has typed oneself is put in front of it."""
    chosen = read(forms.DraftForm(request.POST))["draft"]
    theirs = next((one for one in queries.drafts_of(request.actor, number) if one.id == chosen), None)
    if theirs is None:
        raise NotFound
    keep_draft(request, number)
    tickets.take_over_draft(actor=request.actor, draft_id=theirs.id)
    return _("The draft of %(name)s is yours now.") % {"name": theirs.person}


@require_POST
@needs(Right.TICKET_WORK)
def presence(request: SignedInRequest, number: int) -> HttpResponse:
    """Say that one looks at the ticket or writes on it, and who else does."""
    tickets.here(actor=request.actor, ticket_id=number, writing=bool(request.POST.get("writing")))
    others = [Here(str(one.person), one.writing) for one in queries.others_here(request.actor, number)]
    present = sorted(others, key=lambda one: (not one.writing, one.name))
    return page(request, "console/presence.html", {"present": present})


def seen(request: SignedInRequest) -> int | None:
    """The version the form was made from."""
    value: int | None = read(forms.Seen(request.POST))["seen_version"]
    return value
