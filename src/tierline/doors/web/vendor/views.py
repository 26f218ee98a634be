"""The vendor's door: a link opens the thread of one case and nothing else.

The token stands in the address of one page only, which says nothing and links nowhere. A press on its button trades it
for an entry in the session; every page asks anew whether the link may still be used. To all other doors of the house
somebody who came in here is a stranger.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tierline.core.kernel import storage
from tierline.core.kernel.errors import Invalid, NotFound, TierlineError
from tierline.desk.tickets import operations as tickets
from tierline.doors.web.errors import status_of
from tierline.doors.web.render import page
from tierline.doors.web.said import say
from tierline.doors.web.shapes import Told
from tierline.doors.web.uploads import attachments_of, is_whole
from tierline.doors.web.vendor.forms import VendorAnswerForm
from tierline.ladder.vendors import operations, queries
from tierline.ladder.vendors.models import Access

LINK = "a vendor's link"
"""What these pages ask in place of a right (`config.access`)."""

OPENED = "vendor_links"  # the ids of the links that this browser came in with
MOST_OPENED = 20
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Access, P], HttpResponseBase]


def unseen(response: HttpResponseBase) -> HttpResponseBase:
    """Nothing of the address goes to other sites, and no machine keeps or lists the page.

    Not `no-referrer`: with it a browser sends `Origin: null`, and the forms of these pages would be taken for forged.
    """
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@never_cache
@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest, token: str) -> HttpResponseBase:
    """GET says nothing and changes nothing (mail scanners follow links); POST comes in."""
    access = operations.by_token(token)
    if request.method != "POST":
        return unseen(page(request, "vendor/enter.html", {"here": ""}))
    operations.note_use(actor=operations.actor_of(access), access=access, use="enter")
    opened = [one for one in request.session.get(OPENED, []) if one != access.pk]
    request.session.cycle_key()
    request.session[OPENED] = [*opened, access.pk][-MOST_OPENED:]
    return unseen(HttpResponseRedirect(reverse("vendor:case", args=[access.pk])))


enter.right = LINK  # type: ignore[attr-defined]  # as the others


def by_link(view: View[P]) -> Callable[Concatenate[HttpRequest, int, P], HttpResponseBase]:
    """A page of one link, for the browser that came in with it, as long as the link may be used."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, access_id: int, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if access_id not in request.session.get(OPENED, []):
            raise NotFound
        return unseen(view(request, operations.by_id(access_id), *args, **kwargs))

    guarded.right = LINK  # type: ignore[attr-defined]  # read by the access matrix
    return cast("Callable[Concatenate[HttpRequest, int, P], HttpResponseBase]", guarded)


@require_safe
@by_link
def show(request: HttpRequest, access: Access) -> HttpResponse:
    """The thread."""
    operations.note_use(actor=operations.actor_of(access), access=access, use="read")
    return _draw(request, access)


def _draw(
    request: HttpRequest, access: Access, *, refused: TierlineError | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "here": "",
        "access": access,
        "case": access.case,
        "thread": queries.thread_for(access),
        "refused": Told(refused.message, "bad", refused.kept, refused.todo) if refused else None,
        "typed": request.POST,
    }
    return page(request, "vendor/case.html", context, status=status)


@require_POST
@by_link
def answer(request: HttpRequest, access: Access) -> HttpResponse:
    """Answer with files, give the vendor's own reference, or call it solved."""
    form = VendorAnswerForm(request.POST, request.FILES)
    try:
        if not is_whole(request, form, "uploads"):
            raise Invalid({name: " ".join(map(str, errors)) for name, errors in form.errors.items()})
        operations.answer_by_link(
            actor=operations.actor_of(access),
            access=access,
            text=form.cleaned_data["text"],
            attachments=attachments_of(request, form.cleaned_data["uploads"]),
            reference=form.cleaned_data["reference"],
            solved=form.cleaned_data["then"] == "solved",
        )
    except NotFound:
        raise
    except TierlineError as problem:
        return _draw(request, access, refused=problem, status=status_of(problem))
    say(request, _("It has arrived."))
    return HttpResponseRedirect(reverse("vendor:case", args=[access.pk]))


@require_safe
@by_link
def pack(request: HttpRequest, access: Access, pack_id: int) -> FileResponse:
    """A pack that was sent."""
    del request
    found = queries.pack_for(access, pack_id)
    operations.note_use(actor=operations.actor_of(access), access=access, use="pack", what=found.name)
    return _download(found.blob_id, found.name, found.size)


@require_safe
@by_link
def file(request: HttpRequest, access: Access, attachment_id: int) -> FileResponse:
    """A file of the thread."""
    del request
    found = tickets.checked(queries.file_for(access, attachment_id))
    operations.note_use(actor=operations.actor_of(access), access=access, use="file", what=found.name)
    return _download(found.blob_id, found.name, found.size)


def _download(sha256: str, name: str, size: int) -> FileResponse:
    """Always a download, and never something that a browser runs."""
    response = FileResponse(storage.open_blob(sha256), content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Content-Length"] = str(size)
    return response
