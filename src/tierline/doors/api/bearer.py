"""Who is asking: `Authorization: Bearer <token>` (RFC 6750), and how often they may.

No cookie counts here, so another site's page can do nothing in a reader's name and no CSRF token is needed.
"""

from django.http import HttpRequest
from ninja.security import HttpBearer

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.rates import Standing, Window
from tierline.desk.people import operations as people

from .errors import TooManyRequests

EACH_MINUTE = Window(limit=600, seconds=60)


class ApiRequest(HttpRequest):
    """A request behind the token: for type checks of endpoints only."""

    auth: Actor
    request_id: str
    standing: Standing


class Bearer(HttpBearer):
    """A person's API token."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        """The person behind the token, as an actor. Raises UnknownToken and TooManyRequests."""
        actor, token_id = people.admit_by_token(secret=token, request_id=getattr(request, "request_id", ""))
        standing = EACH_MINUTE.count(token_id)
        request.standing = standing  # type: ignore[attr-defined] # the door's own attribute
        if not standing.allowed:
            raise TooManyRequests(standing)
        return actor


def rate_headers(request: HttpRequest) -> dict[str, str]:
    """How much of the minute is left (draft-ietf-httpapi-ratelimit-headers); nothing before the token is known."""
    standing: Standing | None = getattr(request, "standing", None)
    if standing is None:
        return {}
    return {
        "RateLimit-Policy": f'"token";q={standing.limit};w={EACH_MINUTE.seconds}',
        "RateLimit": f'"token";r={standing.left};t={standing.seconds}',
    }
