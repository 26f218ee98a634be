"""Who is asking: every request gets one `actor`, a request id, and the person's language and time zone."""

import re
import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from tierline.core.kernel import ids
from tierline.core.kernel.actors import Actor
from tierline.desk.people.models import Person
from tierline.desk.people.queries import actor_for, with_rights
from tierline.doors.web.errors import page_for

VISITOR = "visitor"
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class SignedInRequest(HttpRequest):
    """A request behind the sign-in: for type checks of views only."""

    actor: Actor
    request_id: str
    csp_nonce: str
    user: Person


class PersonBackend(ModelBackend):
    """Passwords as Django checks them; whoever is signed in comes with their rights, in one statement a request."""

    def get_user(self, user_id: int) -> Person | None:
        """The person of a session; None when they may not sign in any more."""
        person = with_rights(user_id)
        return person if person is not None and self.user_can_authenticate(person) else None


class ActorMiddleware:
    """Puts `request.actor` and `request.request_id` there before any view runs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = request_id_of(request)
        request.request_id = request_id  # type: ignore[attr-defined] # the house's own attribute
        person = request.user
        if not isinstance(person, Person):
            request.actor = Actor(label=VISITOR, request_id=request_id)  # type: ignore[attr-defined]
            return self._answer(request, request_id)
        request.actor = actor_for(person, request_id=request_id)  # type: ignore[attr-defined]
        language = person.locale if person.locale in dict(settings.LANGUAGES) else translation.get_language()
        with translation.override(language), timezone.override(zone_of(person.timezone)):
            return self._answer(request, request_id)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """An error of the house becomes its page; everything else goes on to Django."""
        return page_for(request, problem)

    def _answer(self, request: HttpRequest, request_id: str) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("X-Request-ID", request_id)
        return response


def request_id_of(request: HttpRequest) -> str:
    """The id a proxy gave this request, when it is harmless to print; else a new one."""
    given = request.headers.get("X-Request-ID", "")
    return given if REQUEST_ID.fullmatch(given) else ids.request_id()


def zone_of(name: str) -> zoneinfo.ZoneInfo:
    """The person's time zone; an unknown name falls back to UTC rather than failing every page."""
    try:
        return zoneinfo.ZoneInfo(name or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")
