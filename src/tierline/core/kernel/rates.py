"""How often something may happen in a fixed window, counted in this process (`Window`) or in all (`SharedWindow`).

With a `Window` every web process counts for itself, so that N processes let through N times as much. That is enough to
keep one runaway script from starving everybody else, and costs no statement. A `SharedWindow` costs one statement, and
holds over all processes and machines of a desk.
"""

import hashlib
import threading
from dataclasses import dataclass, field

from django.db import connection

from . import clock
from .models import Tally


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


# One statement, so that two processes never both see room for the last one; what is over the limit counts once.
_COUNT = """
INSERT INTO kernel_tally AS kept (key, ends_at, used) VALUES (%(key)s, %(ends_at)s, 1)
ON CONFLICT (key) DO UPDATE SET
    used = CASE WHEN kept.ends_at = excluded.ends_at THEN least(kept.used, %(limit)s) + 1 ELSE 1 END,
    ends_at = excluded.ends_at
RETURNING used
"""
_FORGOTTEN_AFTER = 3600  # seconds


@dataclass(frozen=True, slots=True)
class SharedWindow:
    """At most `limit` times in `seconds`, for each key, in all processes of the desk together.

    Of a key only a digest is kept. The table is not logged: after a crash of the database the windows are empty.
    """

    name: str
    limit: int
    seconds: int

    def count(self, key: str) -> Standing:
        """One more for `key`. What is over the limit is not allowed and does not count."""
        now = int(clock.now().timestamp())
        ends_at = now - now % self.seconds + self.seconds
        digest = hashlib.sha256(f"{self.name}\0{key}".encode("utf-8", "replace")).hexdigest()
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, {"key": digest, "ends_at": ends_at, "limit": self.limit})
            used: int = cursor.fetchone()[0]
        return Standing(self.limit, max(0, self.limit - used), ends_at - now, used <= self.limit)


def forget_old() -> int:
    """Forget the windows that are over; returns how many."""
    forgotten, _ = Tally.objects.filter(ends_at__lt=int(clock.now().timestamp()) - _FORGOTTEN_AFTER).delete()
    return forgotten
