"""Visits and remote help as rules: slots, their words, and addresses that cannot lead astray."""

from datetime import UTC, datetime, timedelta
from string import ascii_lowercase
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.core.kernel.errors import Invalid
from tierline.work.field.rules import (
    LONGEST,
    SCHEMES,
    Slot,
    UnknownValue,
    checked_template,
    filled,
    in_words,
    names_in,
    slot,
)

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
GOOD = "https://help.example/session?ticket={ticket}&host={fact.host}"


def between(start: float, end: float) -> Slot:
    return Slot(NOW + start * HOUR, NOW + end * HOUR)


@pytest.mark.parametrize(
    ("first", "second", "meet"),
    [
        ((0, 1), (1, 2), False),
        ((0, 1), (0.99, 2), True),
        ((0, 3), (1, 2), True),
        ((1, 2), (0, 3), True),
        ((0, 1), (5, 6), False),
        ((0, 1), (0, 1), True),
    ],
)
def test_two_visits_of_one_person(first: tuple[float, float], second: tuple[float, float], meet: bool) -> None:
    assert between(*first).meets(between(*second)) is meet
    assert between(*second).meets(between(*first)) is meet


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [(2, 2, "ends_at"), (2, 1, "ends_at"), (1, 17.1, "ends_at"), (-2, -1, "starts_at"), (-2, 0, "starts_at")],
)
def test_a_time_that_is_none(start: float, end: float, field: str) -> None:
    with pytest.raises(Invalid) as wrong:
        slot(NOW + start * HOUR, NOW + end * HOUR, now=NOW)
    assert set(wrong.value.fields) == {field}


@pytest.mark.parametrize(("start", "end"), [(0, 1), (-1, 0.5), (1, 17), (1000, 1001)])
def test_a_time_that_is_one(start: float, end: float) -> None:
    made = slot(NOW + start * HOUR, NOW + end * HOUR, now=NOW)
    assert made.ends_at - made.starts_at <= LONGEST


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("UTC", "Tuesday 1 December 2026, 09:00 to 10:30 (UTC)"),
        ("Europe/Oslo", "Tuesday 1 December 2026, 10:00 to 11:30 (Europe/Oslo)"),
        ("Asia/Tokyo", "Tuesday 1 December 2026, 18:00 to 19:30 (Asia/Tokyo)"),
        ("Pacific/Kiritimati", "Tuesday 1 December 2026, 23:00 to Wednesday 2 December, 00:30 (Pacific/Kiritimati)"),
    ],
)
def test_the_words_are_in_the_reader_s_zone(zone: str, words: str) -> None:
    assert in_words(between(0, 1.5), zone) == words


def test_an_address_is_filled_and_encoded() -> None:
    got = filled(GOOD, {"ticket": "INC-1", "fact.host": "a b&c=d/../#x"})
    assert parse_qs(urlsplit(got).query) == {"ticket": ["INC-1"], "host": ["a b&c=d/../#x"]}


@pytest.mark.parametrize("values", [{}, {"ticket": "INC-1"}, {"ticket": "INC-1", "fact.host": "  "}])
def test_what_the_ticket_does_not_say_is_named(values: dict[str, str]) -> None:
    with pytest.raises(UnknownValue) as unknown:
        filled(GOOD, values)
    assert ("ticket" if "ticket" not in values else "host") in unknown.value.for_people()


@pytest.mark.parametrize(
    "template", [GOOD, "https://x.example/", *(f"{one}:{{fact.host}}" for one in sorted(SCHEMES - {"https"}))]
)
def test_good_addresses(template: str) -> None:
    assert checked_template(f"  {template} ") == template


@pytest.mark.parametrize(
    "template",
    [
        "",
        "   ",
        "help.example/{ticket}",
        "http://help.example/{ticket}",
        "javascript:alert({ticket})",
        "JAVASCRIPT:alert(1)",
        "data:text/html,{ticket}",
        "file:///etc/{ticket}",
        "//help.example/{ticket}",
        "https://{fact.host}/",
        "https://{fact.host}.help.example/",
        "https://good.example@evil.example/",
        "https:///path",
        "https://help.example/{ticket",
        "https://help.example/{}",
        "https://help.example/{0}",
        "https://help.example/{ticket!r}",
        "https://help.example/{ticket:>10}",
        "https://help.example/{ticket.__class__}",
        "https://help.example/{password}",
        "https://help.example/{fact.Host}",
        "https://help.example/{fact.}",
        "https://help.example/a b",
        "https://help.example/\n{ticket}",
        "https://help.example/" + "x" * 500,
    ],
)
def test_addresses_that_could_lead_astray(template: str) -> None:
    with pytest.raises(Invalid) as wrong:
        checked_template(template)
    assert set(wrong.value.fields) == {"template"}


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_is_filled_in_scheme_and_host_stay(ticket: str, host: str) -> None:
    try:
        got = filled(GOOD, {"ticket": ticket, "fact.host": host})
    except UnknownValue:
        assert not ticket.strip() or not host.strip()
        return
    parts = urlsplit(got)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "help.example", "/session")
    assert parse_qs(parts.query, keep_blank_values=True).keys() == {"ticket", "host"}


@given(st.text(max_size=80))
def test_any_text_is_taken_or_refused_in_words(template: str) -> None:
    try:
        good = checked_template(template)
    except Invalid:
        return  # in words, as the cases above show
    assert urlsplit(good).scheme in SCHEMES


@given(st.lists(st.text(ascii_lowercase, min_size=1, max_size=8), max_size=4))
def test_the_names_of_a_template(facts: list[str]) -> None:
    template = "https://h.example/" + "/".join(f"{{fact.{one}}}" for one in facts)
    assert names_in(template) == tuple(f"fact.{one}" for one in facts)
