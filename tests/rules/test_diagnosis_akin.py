"""Which files are of the same program, told by their names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.work.diagnosis.rules.compare import akin

HEALTHY = {
    1: "client-01.log",
    2: "client-02.log",
    3: "gateway-2026-11-20.log.gz",
    4: "vpn-client.txt",
    5: "vpn-dns.txt",
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("client.log", {1, 2}),
        ("CLIENT-log.zip", {1, 2}),
        ("client-anna-laptop.log", {1, 2}),
        ("gateway_03.log", {3}),
        ("gateway-2026-11-23T10-04.log.1.gz", {3}),
        ("logs/gateway.log", {3}),
        ("C:\\logs\\gateway.log", {3}),
        (".gateway.log", {3}),
        ("vpn-client-old.txt", {4}),
        ("vpn-other.txt", {4, 5}),
        ("postgres.log", set()),
        ("2026-11-23.log", set()),
        ("log.txt", set()),
        ("", set()),
        ("....", set()),
    ],
)
def test_files_named_alike_are_akin(name: str, expected: set[int]) -> None:
    assert akin(name, HEALTHY) == expected


def test_where_there_are_none_none_is_akin() -> None:
    assert akin("client.log", {}) == frozenset()


@given(st.text(max_size=60), st.dictionaries(st.integers(), st.text(max_size=60), max_size=5))
def test_any_name_is_compared(name: str, others: dict[int, str]) -> None:
    found = akin(name, others)
    assert found <= set(others)
    assert akin(name, others | {-1: name}) >= ({-1} if -1 in akin(name, {-1: name}) else set())
