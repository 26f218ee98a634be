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
OTHERWISE_SHOWN = 4
EXCLUDED_SHOWN = 8
SAID = 400  # characters of one reason


def receipt_of(why: object, title: str = "") -> Receipt | None:
    """Make a receipt of what was kept with a decision; None when it says nothing.

    Triage keeps ``reasons`` (what, because, points). An assignment keeps ``why`` (sentences), its ``points`` with
    their sum, the ``mentor`` of a stretch, who it would have been without a rule (``otherwise``), who was the next
    best (``runner_up``) and who was ruled out (``excluded``). A verb by hand keeps one ``reason``. A bare sentence or
    a list of them is a reason, too.
    """
    kept = why if isinstance(why, Mapping) else {"why": why}
    points = _points(kept)
    said = [
        *(_row(one, "what") for one in _listed(kept.get("reasons"))),
        *(_row(one, "") for one in (*_listed(kept.get("why")), kept.get("reason"))),
    ]
    counted = {row.words for row in points}
    rows = [row for row in said if row.words and row.words not in counted and not _is_next(row.words)][:REASONS_SHOWN]
    rows += [*points, *_mentor(kept), *_otherwise(kept), *_excluded(kept)]
    if not rows:
        return None
    runner_up = _words(kept.get("runner_up"))
    note = _("Next best: %(name)s.") % {"name": runner_up} if runner_up else ""
    name = _words(kept.get("name"))
    asked = _("Why %(name)s?") % {"name": name} if name and points else _("Because")
    return Receipt(title or asked, rows, note)


def _points(kept: Mapping[str, Any]) -> list[ReceiptRow]:
    """What spoke for and against somebody: fewer points are better. The last line is their sum."""
    told = [one for one in _listed(kept.get("points")) if isinstance(one, Mapping) and _whole(one.get("points"))]
    rows = [ReceiptRow(signed(one["points"]), words) for one in told if (words := _words(one.get("because")))]
    if not rows:
        return []
    total: Any = kept.get("total")
    shown = signed(total) if _whole(total) else ""
    return [*rows, ReceiptRow(shown, _("points in all; fewest win"), total=True)]


def _mentor(kept: Mapping[str, Any]) -> list[ReceiptRow]:
    mentor = _words(kept.get("mentor"))
    return [ReceiptRow(_("mentor"), _("%(name)s teaches the skill and is there") % {"name": mentor})] if mentor else []


def _otherwise(kept: Mapping[str, Any]) -> list[ReceiptRow]:
    """Who it would have been without each rule that changed the outcome."""
    told = [words for one in _listed(kept.get("otherwise")) if (words := _words(one))]
    return [ReceiptRow(_("otherwise") if n == 0 else "", words) for n, words in enumerate(told[:OTHERWISE_SHOWN])]


def _excluded(kept: Mapping[str, Any]) -> list[ReceiptRow]:
    found = [row for one in _listed(kept.get("excluded")) if (row := _row(one, "name")).words]
    more = len(found) - EXCLUDED_SHOWN
    last = [ReceiptRow("", _("and %(n)s more who could not") % {"n": more})] if more > 0 else []
    return [*found[:EXCLUDED_SHOWN], *last]


def _is_next(words: str) -> bool:
    """The sentence about who is next stands under the receipt already."""
    return words.startswith("next would be ") or words == "nobody else could"


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def signed(points: int) -> str:
    """Points with their sign; a true minus, as in print."""
    return f"\N{MINUS SIGN}{-points}" if points < 0 else f"+{points}" if points else "0"


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
