"""Behind a trusted proxy the caller is the caller, for limits and schemes; without the setting nothing is believed."""

import ipaddress
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from tests.support.desk import SmallDesk, small_desk
from tests.support.held import held
from tierline.desk.people.models import SignInAttempt
from tierline.doors.web.proxies import TrustedProxies

OURS = (ipaddress.ip_network("127.0.0.1/32"),)
desk = held(small_desk)


def seen(settings: Any, trusted: tuple[Any, ...], **headers: str) -> tuple[str, bool]:
    settings.TIERLINE_TRUSTED_PROXIES = trusted
    found: list[HttpRequest] = []

    def answer(request: HttpRequest) -> HttpResponse:
        found.append(request)
        return HttpResponse()

    TrustedProxies(answer)(RequestFactory().get("/", headers=headers))
    return found[0].META["REMOTE_ADDR"], found[0].is_secure()


FORWARDED = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}


@pytest.mark.parametrize(
    ("trusted", "headers", "found"),
    [
        ((), FORWARDED, ("127.0.0.1", False)),
        ((ipaddress.ip_network("10.0.0.0/8"),), FORWARDED, ("127.0.0.1", False)),
        (OURS, FORWARDED, ("203.0.113.7", True)),
        (OURS, {"X-Forwarded-For": "203.0.113.7"}, ("203.0.113.7", False)),
        (OURS, {"X-Forwarded-Proto": "http"}, ("127.0.0.1", False)),
    ],
)
def test_who_calls_and_by_which_scheme(
    settings: Any, trusted: tuple[Any, ...], headers: dict[str, str], found: tuple[str, bool]
) -> None:
    assert seen(settings, trusted, **headers) == found


@pytest.mark.django_db
@pytest.mark.parametrize(("trusted", "noted"), [((), {"127.0.0.1"}), (OURS, {"203.0.113.7", "203.0.113.8"})])
def test_tries_to_sign_in_count_for_the_caller(
    settings: Any, desk: SmallDesk, trusted: tuple[Any, ...], noted: set[str]
) -> None:
    settings.TIERLINE_TRUSTED_PROXIES = trusted
    for caller in ("203.0.113.7", "203.0.113.8"):
        given = {"email": desk.lead.email, "password": "wrong"}
        Client().post("/sign-in", given, headers={"X-Forwarded-For": f"9.9.9.9, {caller}"})
    assert set(SignInAttempt.objects.values_list("remote", flat=True)) == noted
