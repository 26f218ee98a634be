"""Why a machine or a person decided: the reasons kept with an event, as a receipt."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from tierline.doors.web.shapes import Receipt, ReceiptRow

REASONS_SHOWN = 12


def receipt_of(why: Mapping[str, Any], title: str = "") -> Receipt | None:
    """Make a receipt of what routing keeps with a decision; None when nothing is kept.

    Triage keeps ``reasons`` (what, because, points), an assignment keeps ``why`` (sentences), who was the next best
    (``runner_up``) and who was ruled out (``excluded``); a verb by hand keeps one ``reason``.
    """
    rows = [*_reasons(why), *_sentences(why), *_excluded(why)]
    if not rows:
        return None
    runner_up = str(why.get("runner_up") or "")
    note = _("Next best: %(name)s.") % {"name": runner_up} if runner_up else ""
    return Receipt(title or _("Because"), rows[:REASONS_SHOWN], note)


def _reasons(why: Mapping[str, Any]) -> list[ReceiptRow]:
    return [ReceiptRow(str(one["what"]), str(one["because"])) for one in why.get("reasons", ())]


def _sentences(why: Mapping[str, Any]) -> list[ReceiptRow]:
    said = [str(one) for one in why.get("why", ())]
    by_hand = str(why.get("reason", ""))
    return [ReceiptRow("", sentence) for sentence in (*said, by_hand) if sentence]


def _excluded(why: Mapping[str, Any]) -> list[ReceiptRow]:
    return [ReceiptRow(str(one["name"]), str(one["because"])) for one in why.get("excluded", ())]
