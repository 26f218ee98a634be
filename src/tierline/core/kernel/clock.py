"""The one clock of the house, so that time can be simulated for tests and for the demo company."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_simulated: ContextVar[datetime | None] = ContextVar("tierline_clock", default=None)


def now() -> datetime:
    """The current moment in UTC, or the simulated one inside `at`."""
    return _simulated.get() or datetime.now(UTC)  # noqa: TID251 (the one place that may ask the system)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Everything inside happens at `moment` (must be aware)."""
    if moment.tzinfo is None:
        raise ValueError("a simulated moment needs a time zone")
    token = _simulated.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _simulated.reset(token)
