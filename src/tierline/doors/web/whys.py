"""Why a machine or a person decided: the reasons kept with an event, as a receipt.

The timeline is append-only, so entries of every earlier version stay. What is read here may have any shape that JSON
can have: whatever still says something is shown, the rest is left out, and nothing is ever an error.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from tierline.core.kernel.text import one_line
from tierline.doors.web.shapes import Receipt, ReceiptRow

REASONS_SHOWN = 12
SAID = 400  # characters of one reason


def receipt_of(why: object, title: str = "") -> Receipt | None:
    """Make a receipt of what was kept with a decision; None when it says nothing.

    Triage keeps ``reasons`` (what, because, points), an assignment keeps ``why`` (sentences), who was the next best
    (``runner_up``) and who was ruled out (``excluded``); a verb by hand keeps one ``reason``. A bare sentence or a
    list of them is a reason, too.
    """
    kept = why if isinstance(why, Mapping) else {"why": why}
    said = [
        *(_row(one, "what") for one in _listed(kept.get("reasons"))),
        *(_row(one, "") for one in (*_listed(kept.get("why")), kept.get("reason"))),
        *(_row(one, "name") for one in _listed(kept.get("excluded"))),
    ]
    rows = [row for row in said if row.words]
    if not rows:
        return None
    runner_up = _words(kept.get("runner_up"))
    note = _("Next best: %(name)s.") % {"name": runner_up} if runner_up else ""
    return Receipt(title or _("Because"), rows[:REASONS_SHOWN], note)


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _row(one: object, name: str) -> ReceiptRow:
    """One reason: an object with its sentence in ``because``, or the sentence itself."""
    if isinstance(one, Mapping):
        return ReceiptRow(_words(one.get(name)), _words(one.get("because")))
    return ReceiptRow("", _words(one))


def _words(value: object) -> str:
    """Print a sentence or a figure; what is neither has nothing to say to people."""
    plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    return one_line(str(value), SAID) if plain else ""
