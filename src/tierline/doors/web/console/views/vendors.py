"""Vendors in the console: opening a case, its page with thread and packs, and how vendors keep their contracts."""

from collections.abc import Callable
from decimal import Decimal

from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tierline.core.kernel import storage
from tierline.core.kernel.errors import NotFound, TierlineError
from tierline.core.kernel.text import whole_number
from tierline.desk.people.rules import Right
from tierline.desk.tickets import queries as tickets
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.console import forms
from tierline.doors.web.console.pages import vendors as pages
from tierline.doors.web.console.posting import read
from tierline.doors.web.errors import status_of
from tierline.doors.web.gate import needs
from tierline.doors.web.render import page
from tierline.doors.web.said import say
from tierline.doors.web.shapes import Told
from tierline.ladder.vendors import operations, queries

Verb = Callable[[SignedInRequest, int], str]
MOST_FILES = 100
OVERRIDE = "override-"


@require_GET
@needs(Right.CONSOLE)
def index(request: SignedInRequest) -> HttpResponse:
    """Open cases, and how each vendor keeps the contract."""
    return page(request, "console/vendors.html", pages.index_page(request.actor))


@require_GET
@needs(Right.CONSOLE)
def pane(request: SignedInRequest, number: int) -> HttpResponse:
    """The cases of a ticket; asked for after its page, which need not wait."""
    tickets.get(request.actor, number)
    return page(request, "console/vendor_pane.html", {"rows": pages.pane_rows(request.actor, number)})


@require_http_methods(["GET", "POST"])
@needs(Right.ESCALATE)
def open_case(request: SignedInRequest, number: int) -> HttpResponse:
    """What the ladder demands and the contract grants, with the form; and opening."""
    refused: TierlineError | None = None
    if request.method == "POST":
        try:
            said = read(forms.CaseForm(request.POST))
            case = operations.open_case(
                actor=request.actor,
                ticket_id=number,
                vendor_id=said["vendor"],
                title=said["title"],
                question=said["question"],
                product_id=said["product"],
                reason=said["reason"],
                overrides=_overrides(request),
            )
            say(request, _("%(ref)s is open. Nothing was sent yet.") % {"ref": case.reference})
            return HttpResponseRedirect(reverse("console:case", args=[case.pk]))
        except NotFound:
            raise
        except TierlineError as problem:
            refused = problem
    context = pages.open_page(request.actor, number, question=request.POST.get("question", ""))
    context |= {"refused": _told(refused), "typed": request.POST, "gaps": getattr(refused, "gaps", ())}
    return page(request, "console/open_case.html", context, status=status_of(refused) if refused else 200)


def _overrides(request: SignedInRequest) -> dict[str, str]:
    given = ((name.removeprefix(OVERRIDE), value) for name, value in request.POST.items() if name.startswith(OVERRIDE))
    return {name: str(value) for name, value in given if str(value).strip()}


@require_GET
@needs(Right.CONSOLE)
def show(request: SignedInRequest, case_id: int) -> HttpResponse:
    """One case."""
    return draw(request, case_id)


def draw(
    request: SignedInRequest,
    case_id: int,
    *,
    refused: TierlineError | None = None,
    link: str = "",
    status: int = 200,
) -> HttpResponse:
    """The case; after a refusal with the reason and what was typed, after making a link with its address."""
    context = pages.case_page(request.actor, case_id)
    context |= {"refused": _told(refused), "typed": request.POST, "link": link}
    chosen = request.GET.get("pack", "") if request.method == "GET" else request.POST.get("pack", "")
    context["chosen_pack"] = whole_number(chosen)
    response = page(request, "console/case.html", context, status=status)
    if link:  # told once: no cache may tell it again
        response["Cache-Control"] = "no-store"
    return response


def case_verb(verb: Verb) -> Callable[..., HttpResponseBase]:
    """A verb of the case; a refusal shows the case again with what was typed."""

    @needs(Right.ESCALATE)
    def view(request: SignedInRequest, case_id: int) -> HttpResponseBase:
        try:
            sentence = verb(request, case_id)
        except NotFound:
            raise
        except TierlineError as refused:
            return draw(request, case_id, refused=refused, status=status_of(refused))
        say(request, sentence)
        return HttpResponseRedirect(reverse("console:case", args=[case_id]))

    return require_POST(view)


@case_verb
def send(request: SignedInRequest, case_id: int) -> str:
    """Ask the vendor."""
    said = read(forms.CaseWordsForm(request.POST))
    operations.send_to_vendor(
        actor=request.actor,
        case_id=case_id,
        text=said["text"],
        pack_id=said["pack"],
        attach=said["attach"],
        mail=not said["elsewhere"],
    )
    return _("Kept. The vendor's clock runs.") if said["elsewhere"] else _("Sent. The vendor's clock runs.")


@require_POST
@needs(Right.ESCALATE)
def make_pack(request: SignedInRequest, case_id: int) -> HttpResponseBase:
    """Put the ticked files into a pack, and show what the vendor would read."""
    numbers = [whole_number(value) for value in request.POST.getlist("file")[:MOST_FILES]]
    chosen = [number for number in numbers if number is not None]
    try:
        made = operations.make_pack(actor=request.actor, case_id=case_id, evidence_ids=chosen)
    except NotFound:
        raise
    except TierlineError as refused:
        return draw(request, case_id, refused=refused, status=status_of(refused))
    return HttpResponseRedirect(reverse("console:pack", args=[made.pk]))


@require_GET
@needs(Right.EVIDENCE_READ)
def pack(request: SignedInRequest, pack_id: int) -> HttpResponse:
    """The preview of a pack: its manifest, and the first lines of each file."""
    found = queries.pack(request.actor, pack_id)
    context = {"section": "vendors", "pack": found, "case": found.case, "lines": queries.pack_lines(found)}
    return page(request, "console/pack.html", context)


@require_GET
@needs(Right.EVIDENCE_READ)
def pack_file(request: SignedInRequest, pack_id: int) -> FileResponse:
    """The zip as the vendor gets it."""
    found = queries.pack(request.actor, pack_id)
    source = storage.open_blob(found.blob_id)
    return FileResponse(source, as_attachment=True, filename=found.name, content_type="application/zip")


@case_verb
def reference(request: SignedInRequest, case_id: int) -> str:
    """Keep what the vendor calls the case."""
    said = read(forms.CaseReferenceForm(request.POST))
    operations.set_reference(actor=request.actor, case_id=case_id, reference=said["reference"])
    return _("Kept. It stands in every mail of this case.")


@case_verb
def answered(request: SignedInRequest, case_id: int) -> str:
    """What a program of theirs sent last is an answer."""
    operations.vendor_answered(actor=request.actor, case_id=case_id)
    return _("Counted as their answer.")


@case_verb
def close(request: SignedInRequest, case_id: int) -> str:
    """Say what came of it."""
    said = read(forms.CloseCaseForm(request.POST))
    hours = said["hours"] or Decimal(0)
    operations.close_case(
        actor=request.actor, case_id=case_id, outcome=said["outcome"], words=said["words"], hours=hours
    )
    return _("The case is closed, and its links open nothing any more.")


@case_verb
def reopen(request: SignedInRequest, case_id: int) -> str:
    """Go on with it."""
    said = read(forms.ReasonForm(request.POST))
    operations.reopen_case(actor=request.actor, case_id=case_id, reason=said["reason"])
    return _("The case is open again.")


@require_POST
@needs(Right.ESCALATE)
def link(request: SignedInRequest, case_id: int) -> HttpResponseBase:
    """Make a link and show it once."""
    try:
        said = read(forms.CaseLinkForm(request.POST))
        _access, address = operations.make_link(actor=request.actor, case_id=case_id, **said)
    except NotFound:
        raise
    except TierlineError as refused:
        return draw(request, case_id, refused=refused, status=status_of(refused))
    return draw(request, case_id, link=address)


@require_POST
@needs(Right.ESCALATE)
def withdraw(request: SignedInRequest, case_id: int, access_id: int) -> HttpResponseBase:
    """End a link at once."""
    operations.withdraw_link(actor=request.actor, access_id=access_id)
    say(request, _("The link opens nothing any more."))
    return HttpResponseRedirect(reverse("console:case", args=[case_id]))


def _told(refused: TierlineError | None) -> Told | None:
    return Told(refused.message, "bad", refused.kept, refused.todo) if refused is not None else None
