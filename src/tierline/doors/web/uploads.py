"""Uploaded files on their way to a ticket: why some were refused, and those that were taken as the room takes them."""

from collections.abc import Callable, Iterable
from threading import BoundedSemaphore

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tierline.core.kernel import storage
from tierline.core.kernel.errors import Invalid
from tierline.core.kernel.storage import uploads
from tierline.desk.tickets.operations import NewAttachment
from tierline.doors.web import words

AT_ONCE = 4  # large requests that one process takes at once; the other threads go on answering pages
GO = "X-Tierline-Go"
_LARGE = 1024 * 1024  # bytes
_REDIRECTS = (301, 302, 303)


def attachments_of(request: HttpRequest, files: Iterable[UploadedFile]) -> list[NewAttachment]:
    """The files of a form; name and size are judged by the tickets room. Raises Invalid when some were not taken."""
    if refused := refusal(request):
        raise Invalid({"attachments": refused})
    return [
        NewAttachment(name=file.name or "attachment", content_type=file.content_type or "", content=_content(file))
        for file in files
    ]


def _content(file: UploadedFile) -> bytes | storage.Written:
    return file.written if isinstance(file, uploads.StoredUpload) else file.read()


def is_whole(request: HttpRequest, form: Form, field: str) -> bool:
    """Whether a form may be acted on: it is valid and its files are all there; else its field says why not."""
    valid, refused = form.is_valid(), refusal(request)
    if refused:
        form.errors.pop(field, None)
        form.add_error(field if field in form.fields else None, refused)
    return valid and not refused


def refusal(request: HttpRequest) -> str:
    """Why files of this request were not taken, in a sentence; empty when all were."""
    found = uploads.refusal(request)
    if found is None:
        return ""
    known = {
        "too_large": _("That is larger than %(size)s. Pack it (zip, gz) or send the part around the fault.")
        % {"size": words.size(largest(request))},
        "no_room": _("There is no room for this file at the moment. Tell us about it without the file."),
        "upload_interrupted": _("The file did not arrive whole. Send it once more."),
    }
    return known.get(found.code, found.for_people())


def largest(request: HttpRequest) -> int:
    """Bytes that somebody may send at once: a file, and all files of one form."""
    limit: int = settings.TIERLINE_UPLOAD_LIMIT
    return limit if request.user.is_authenticated else min(limit, uploads.BY_STRANGERS)


class LargeBodies:
    """Large requests take turns, so that slow ones never keep all threads from answering pages.

    A script that sends a form and shows how far it is (`upload.js`) is told where to go instead of being led there:
    what is said once is then read by a person.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._places = BoundedSemaphore(AT_ONCE)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, or say that others send large files at the moment."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) <= _LARGE:
            return self._answer(request)
        if not self._places.acquire(blocking=False):
            return _busy()
        try:
            return self._answer(request)
        finally:
            uploads.abandon(request)
            self._places.release()

    def _answer(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.headers.get("X-Tierline-Upload") and response.status_code in _REDIRECTS:
            response.status_code = 204
            response[GO] = response["Location"]
            del response["Location"]
        return response


def _busy() -> HttpResponse:
    said = _("Several large files are being sent at the moment. Send yours in a minute.")
    return HttpResponse(said, status=503, content_type="text/plain; charset=utf-8", headers={"Retry-After": "60"})
