"""How often something may happen: a fixed window, counted in this process.

Every web process counts for itself, so that N processes let through N times as much. That is enough to keep one
runaway script from starving everybody else, and costs no statement.
"""

import threading
from dataclasses import dataclass, field

from . import clock


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands in the window: how many more they may, and the seconds until it starts again."""

    limit: int
    left: int
    seconds: int
    allowed: bool


@dataclass(slots=True)
class Window:
    """At most `limit` times in `seconds`, for each key. Windows start at whole multiples of their length."""

    limit: int
    seconds: int
    _counts: dict[object, int] = field(default_factory=dict)
    _current: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, key: object) -> Standing:
        """One more for `key`. What is over the limit is not allowed and does not count."""
        now = int(clock.now().timestamp())
        window = now // self.seconds
        with self._lock:
            if window != self._current:
                self._counts, self._current = {}, window
            used = self._counts.get(key, 0)
            allowed = used < self.limit
            if allowed:
                self._counts[key] = used = used + 1
        return Standing(self.limit, self.limit - used, self.seconds - now % self.seconds, allowed)
