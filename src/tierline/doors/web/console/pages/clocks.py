"""The clocks of a ticket for people: how they stand, and the receipt of each due time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from tierline.desk.sla.rules import Metric, Reading
from tierline.doors.web import labels, words
from tierline.doors.web.console import owed
from tierline.doors.web.shapes import Clock, Receipt, ReceiptRow, Tone


@dataclass(frozen=True)
class ClockRow:
    """A clock of the ticket with the receipt of its due time."""

    label: str
    clock: Clock
    why: Receipt


def clock_rows(readings: Mapping[Metric, Reading], now: datetime) -> list[ClockRow]:
    """Make the clocks of a ticket, each with its derivation."""
    return [
        ClockRow(labels.metric(metric), reading_clock(metric, reading, now), receipt_of(reading, now))
        for metric, reading in readings.items()
    ]


def reading_clock(metric: Metric, reading: Reading, now: datetime) -> Clock:
    """Say how one clock stands."""
    label, share = labels.metric(metric), reading.share / 100
    if reading.state == "met":
        used, target = words.span(reading.used), words.span(reading.target)
        return Clock(
            label, _("met in %(used)s of %(target)s") % {"used": used, "target": target}, share, "good", finished=True
        )
    if reading.state == "paused":
        return Clock(label, _("rests, %(used)s used") % {"used": words.span(reading.used)}, share, "hold")
    over = reading.used - reading.target
    if over > 0:
        return Clock(
            label, _("%(time)s over") % {"time": words.span(over)}, 1, "bad", finished=reading.stopped_at is not None
        )
    tone: Tone = "warn" if reading.share >= owed.WARN_SHARE else ""
    left = reading.due_at - now if reading.due_at is not None else None
    return Clock(label, _("%(time)s left") % {"time": words.span(left)}, share, tone)


def receipt_of(reading: Reading, now: datetime) -> Receipt:
    """Print the derivation of a due time, line by line."""
    title = (
        _("Due %(when)s, because") % {"when": words.when(reading.due_at, now)}
        if reading.due_at is not None
        else _("No due time while it rests")
    )
    lines = reading.derivation
    rows = [ReceiptRow(line.amount, line.text, total=line is lines[-1]) for line in lines]
    return Receipt(title, rows, _("Only open hours count; waiting for somebody outside is left out."))
