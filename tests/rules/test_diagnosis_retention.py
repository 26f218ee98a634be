"""When an original may go, and when never."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.work.diagnosis.rules.retention import Retention, kept_until, may_go

CAME = datetime(2026, 1, 10, 9, 0, tzinfo=UTC)
FREE = {"ticket_open": False, "unmasking": False, "was_read": True}


@pytest.mark.parametrize(
    ("retention", "days"), [("ticket", None), ("legal-hold", None), ("90-days", 90), ("1-year", 365)]
)
def test_what_ends_by_itself(retention: str, days: int | None) -> None:
    assert kept_until(retention, CAME) == (None if days is None else CAME + timedelta(days=days))


@pytest.mark.parametrize(
    ("retention", "after", "goes"),
    [("90-days", 89, False), ("90-days", 90, True), ("1-year", 364, False), ("1-year", 365, True),
     ("ticket", 10_000, False), ("legal-hold", 10_000, False)],
)  # fmt: skip
def test_it_goes_when_its_time_is_over(retention: str, after: int, goes: bool) -> None:
    assert may_go(retention, CAME, CAME + timedelta(days=after), **FREE) is goes


@given(st.sampled_from(list(Retention)), st.integers(0, 4_000), st.booleans(), st.booleans(), st.booleans())
def test_nothing_goes_while_something_stands_against_it(
    retention: Retention, days: int, ticket_open: bool, unmasking: bool, was_read: bool
) -> None:
    goes = may_go(
        retention,
        CAME,
        CAME + timedelta(days=days),
        ticket_open=ticket_open,
        unmasking=unmasking,
        was_read=was_read,
    )
    assert not (goes and (ticket_open or unmasking or not was_read))
    assert not (goes and retention in {Retention.TICKET, Retention.LEGAL_HOLD})
