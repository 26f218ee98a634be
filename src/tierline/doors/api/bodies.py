"""What is sent to this door, read within bounds."""

from collections.abc import Iterable
from typing import TypeVar

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from ninja.parser import Parser
from ninja.types import DictStrAny
from pydantic import BaseModel, ValidationError

from tierline.core.kernel import storage, strict_json
from tierline.core.kernel.errors import Invalid
from tierline.desk.tickets.operations import NewAttachment

from .errors import BodyTooLarge, LengthRequired

JSON_LIMIT = 5 * 1024 * 1024  # bytes: a million characters of text, and their escapes
_Shape = TypeVar("_Shape", bound=BaseModel)


class StrictParser(Parser):
    """JSON within `JSON_LIMIT`, and with one reading only."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        """The JSON value. Raises BodyTooLarge and Invalid."""
        if len(request.body) > JSON_LIMIT:
            raise BodyTooLarge(f"This is over {JSON_LIMIT // 1024**2} MB of JSON.")
        return strict_json.read(request.body)  # type: ignore[no-any-return]  # the framework checks it next


def json_or_upload(request: HttpRequest, shape: type[_Shape], part: str) -> tuple[_Shape, list[NewAttachment]]:
    """A JSON body, or `multipart/form-data`: a part of this name with the same JSON, and files named `attachments`.

    Raises Invalid, BodyTooLarge, LengthRequired, and what `storage.uploads` refuses: by the length alone before a body
    is read.
    """
    if request.content_type != "multipart/form-data":
        return read_as(shape, StrictParser().parse_body(request)), []
    if not request.META.get("CONTENT_LENGTH"):
        raise LengthRequired
    if objection := storage.uploads.objection(int(request.META["CONTENT_LENGTH"])):
        raise objection
    extra = (set(request.POST) - {part}) | (set(request.FILES) - {"attachments"})
    if refused := storage.uploads.refusal(request):
        raise refused
    if extra:
        raise Invalid(dict.fromkeys(extra, "There is no such part."))
    described = read_as(shape, strict_json.read(request.POST.get(part, "{}")))
    return described, _attachments(request.FILES.getlist("attachments"))


def read_as(shape: type[_Shape], value: object) -> _Shape:
    """`value` as the shape. Raises Invalid with one sentence for each field."""
    try:
        return shape.model_validate(value)
    except ValidationError as problem:
        faults = problem.errors(include_url=False, include_context=False, include_input=False)
        where = ((".".join(str(part) for part in fault["loc"]) or "body", fault["msg"]) for fault in faults)
        raise Invalid(dict(where)) from problem


def _attachments(files: Iterable[UploadedFile]) -> list[NewAttachment]:
    return [
        NewAttachment(name=file.name or "attachment", content_type=file.content_type or "", content=_content(file))
        for file in files
    ]


def _content(file: UploadedFile) -> bytes | storage.Written:
    return file.written if isinstance(file, storage.uploads.StoredUpload) else file.read()


def fingerprints(attachments: Iterable[NewAttachment]) -> list[list[str]]:
    """What makes two uploads the same: name, type and SHA-256 of each file."""
    return [[new.name, new.content_type, new.sha256] for new in attachments]


def only(request: HttpRequest, names: Iterable[str]) -> None:
    """Raise Invalid for a query parameter that is not one of `names`: a misspelt filter must not show everything."""
    unknown = set(request.GET) - set(names)
    if unknown:
        raise Invalid(dict.fromkeys(unknown, "There is no such parameter."))
