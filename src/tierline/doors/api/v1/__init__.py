"""Version 1 of the API. `api.urls` goes into the project's addresses."""

from typing import NoReturn

from tierline.core.kernel.errors import NotFound
from tierline.doors.api import problems
from tierline.doors.api.bearer import ApiRequest, Bearer
from tierline.doors.api.bodies import StrictParser

# Endpoints register themselves when they are imported.
from . import (  # noqa: F401 (see above)
    evidence,
    files,
    finding,
    known_errors,
    macros,
    policies,
    reading,
    satisfaction,
    whys,
    writing,
)
from .document import Api
from .routers import (
    anything_else,
    finding_router,
    known_errors_router,
    policies_router,
    satisfaction_router,
    tickets_router,
)

api = Api(
    title="Tierline",
    version="1",
    description="The verbs of the desk, for programs. Authorization: Bearer <token>.",
    urls_namespace="api",
    openapi_url="/openapi.json",
    docs_url=None,
    auth=Bearer(),
    parser=StrictParser(),
)
problems.install(api)

_EVERY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


@anything_else.api_operation(_EVERY_METHOD, "/", include_in_schema=False)
def nothing_at_the_root(request: ApiRequest) -> NoReturn:
    """The address that all others begin with stands for nothing itself."""
    del request
    raise NotFound


@anything_else.api_operation(_EVERY_METHOD, "/{path:rest}", include_in_schema=False)
def nothing_here(request: ApiRequest, rest: str) -> NoReturn:
    """Every other address: the same answer as for a thing that is not there."""
    del request, rest
    raise NotFound


for part in (
    tickets_router,
    finding_router,
    known_errors_router,
    policies_router,
    satisfaction_router,
    anything_else,
):
    api.add_router("", part)
