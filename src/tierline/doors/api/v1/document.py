"""The OpenAPI 3.1 document, made from the endpoints themselves."""

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.types import DictStrAny

from tierline.doors.api.bearer import rate_headers
from tierline.doors.api.problems import MEDIA_TYPE

from .shapes_in import NewMessage, NewTicket
from .shapes_out import Problem

REFS = "#/components/schemas/{model}"
_EXPLAINED = {
    "401": "No token, or one that does not count",
    "404": "There is no such thing, or it is not for you to see",
    "422": "Something sent cannot be taken; `fields` says what",
    "429": "Too many requests with this token; see Retry-After",
}
_EXPLAINED_WRITES = {
    "409": "A rule of the house says no; for a missing item, `missing` lists them",
    "412": "Something happened to the ticket since the version in If-Match",
    "413": "More than one request may carry",
}


class Api(NinjaAPI):
    """The framework's API with the house's document and headers."""

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:
        """What an endpoint's answer starts from: it is for one reader and goes stale at once."""
        response = super().create_temporal_response(request)
        for name, value in {"Cache-Control": "private, no-cache", **rate_headers(request)}.items():
            response[name] = value
        return response

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: DictStrAny | None = None
    ) -> OpenAPISchema:
        """The document, made once in a process: the endpoints do not change."""
        return _document(self, path_prefix or self.get_root_path(path_params or {}))


@cache
def _document(api: Api, path_prefix: str) -> OpenAPISchema:
    document = NinjaAPI.get_openapi_schema(api, path_prefix=path_prefix)
    for shape in (NewTicket, NewMessage, Problem):
        described = shape.model_json_schema(ref_template=REFS)
        document["components"]["schemas"].update(described.pop("$defs", {}))
        document["components"]["schemas"][shape.__name__] = described
    for methods in document["paths"].values():
        for method, operation in methods.items():
            operation["responses"].update(_problems(writes=method != "get"))
    return document


def _problems(*, writes: bool) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": REFS.format(model="Problem")}}}
    explained = _EXPLAINED | (_EXPLAINED_WRITES if writes else {})
    return {status: {"description": words, "content": content} for status, words in sorted(explained.items())}
