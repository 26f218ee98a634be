"""The clocks of a ticket for people: how they stand, the chain of promises, and the receipt of each due time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.desk.sla.rules import NEVER, Metric, Reading, Segment, span
from tierline.desk.sla.rules import Clock as State
from tierline.desk.tickets import queries as tickets
from tierline.doors.web import labels, words
from tierline.doors.web.console import owed
from tierline.doors.web.shapes import Clock, Receipt, ReceiptRow, Tone

SEGMENTS_SHOWN = 12  # a ticket that came and went for weeks has more; the first are summed up then


@dataclass(frozen=True)
class ClockRow:
    """A clock of the ticket with the receipt of its due time."""

    label: str
    clock: Clock
    why: Receipt


def clocks_page(viewer: Actor, number: int) -> dict[str, Any]:
    """The clocks of a ticket alone: behind each due time in a list. Raises NotFound."""
    now = clock.now()
    ticket = tickets.page_row(viewer, number)
    readings = tickets.clocks_of(ticket, now, tickets.timeline(viewer, number))
    metric, reading = tickets.next_due(readings)
    return {
        "section": "queue",
        "ticket": ticket,
        "clocks": clock_rows(readings, now),
        "chain": chain_words(readings, now),
        "label": label_of(metric, reading) if metric is not None and reading is not None else "",
        "first": receipt_of(reading, now) if reading is not None else None,
    }


def clock_rows(readings: Mapping[Metric, Reading], now: datetime) -> list[ClockRow]:
    """Make the clocks of a ticket, each with its derivation."""
    return [
        ClockRow(label_of(metric, reading), reading_clock(metric, reading, now), receipt_of(reading, now))
        for metric, reading in readings.items()
    ]


def label_of(metric: Metric, reading: Reading) -> str:
    """Name a clock, with the tier whose time it is."""
    if reading.tier is not None and metric is Metric.TIER:
        return _("Tier %(tier)s, OLA") % {"tier": reading.tier}
    return labels.metric(metric)


def chain_words(readings: Mapping[Metric, Reading], now: datetime) -> str:
    """Say the chain in one line: until when the desk, its tier and its vendor each have. Empty when nothing runs."""
    said = []
    for metric, sentence in (
        (Metric.RESOLUTION, _("SLA due %(when)s")),
        (Metric.TIER, _("tier %(tier)s's share (OLA) until %(when)s")),
        (Metric.ACCEPTANCE, _("tier %(tier)s answers until %(when)s")),
        (Metric.UNDERPINNING, _("the vendor's until %(when)s")),
    ):
        reading = readings.get(metric)
        if reading is not None and reading.stopped_at is None and reading.due_at is not None:
            said.append(sentence % {"when": words.when(reading.due_at, now), "tier": reading.tier})
    return "; ".join(said)


def reading_clock(metric: Metric, reading: Reading, now: datetime) -> Clock:
    """Say how one clock stands."""
    label, share = label_of(metric, reading), reading.share / 100
    if reading.state == State.MET:
        used, target = words.span(reading.used), words.span(reading.target)
        return Clock(
            label, _("met in %(used)s of %(target)s") % {"used": used, "target": target}, share, "good", finished=True
        )
    if reading.state == State.PAUSED:
        return Clock(label, _("rests, %(used)s used") % {"used": words.span(reading.used)}, share, "hold")
    if reading.state == State.BREACHED:
        end = reading.stopped_at or now
        over = (end - reading.due_at).total_seconds() if reading.due_at is not None else 0
        return Clock(
            label, _("%(time)s over") % {"time": words.span(over)}, 1, "bad", finished=reading.stopped_at is not None
        )
    tone: Tone = "warn" if reading.warns or reading.share >= owed.WARN_SHARE else ""
    left = reading.due_at - now if reading.due_at is not None else None
    return Clock(label, _("%(time)s left") % {"time": words.span(left)}, share, tone)


def receipt_of(reading: Reading, now: datetime) -> Receipt:
    """Print the derivation of a due time: what was used under which policy, and what is left of the target."""
    rows = [ReceiptRow(words.when(reading.started_at, now), _("started"))] if reading.started_at is not None else []
    rows += [_segment_row(one, now) for one in _told(reading.segments)]
    rows.append(ReceiptRow(span(reading.target), _target_words(reading)))
    if reading.due_at is not None:
        left = max(reading.target - reading.used, 0)
        if reading.state == State.RUNNING:
            rows.append(ReceiptRow(span(left), _("left, in open hours")))
        due = _("due, %(zone)s") % {"zone": reading.zone}
        rows.append(ReceiptRow(words.when(reading.due_at, now), due, total=True))
    else:
        rows[-1] = replace(rows[-1], total=True)
    return Receipt(_title(reading, now), rows, _definition(reading))


def _title(reading: Reading, now: datetime) -> str:
    if reading.due_at is not None:
        return _("Due %(when)s, because") % {"when": words.when(reading.due_at, now)}
    if reading.stopped_at is not None:
        return _("Met %(when)s, because") % {"when": words.when(reading.stopped_at, now)}
    return _("No due time while it rests")


def _definition(reading: Reading) -> str:
    held = reading.segments[-1].promise if reading.segments else None
    if held is None or reading.stopped_at is not None:
        return _("Only open hours count. Time that was used is kept when a policy changes.")
    name = held.version.label
    return _("%(policy)s holds now. Only open hours count, and time that was used is kept.") % {"policy": name}


def _target_words(reading: Reading) -> str:
    held = reading.segments[-1].promise if reading.segments else None
    return _("target by %(policy)s") % {"policy": held.version.label} if held is not None else _("target")


def _segment_row(one: Segment, now: datetime) -> ReceiptRow:
    times = {"begin": words.when(one.begin_at, now), "end": words.when(one.end_at, now)}
    if one.promise is None:
        return ReceiptRow("\N{EN DASH}", _("%(begin)s to %(end)s: nothing was promised") % times)
    if one.rests == NEVER:
        return ReceiptRow("\N{EN DASH}", _("%(begin)s to %(end)s: the desk's turn, not the vendor's") % times)
    if one.rests:
        whom = {"whom": labels.waiting(one.rests)}
        return ReceiptRow("\N{EN DASH}", _("%(begin)s to %(end)s: rests, it waits for %(whom)s") % (times | whom))
    policy = {"policy": one.promise.version.label}
    return ReceiptRow(span(one.seconds), _("%(begin)s to %(end)s: used under %(policy)s") % (times | policy))


def _told(segments: Iterable[Segment]) -> list[Segment]:
    """Segments as people tell them: neighbours under one version are one, and nothing of no length."""
    found: list[Segment] = []
    for one in segments:
        if one.start == one.end:
            continue
        last = found[-1] if found else None
        if last is not None and _kind(last) == _kind(one):
            found[-1] = replace(last, end=one.end, used=last.used + one.used)
        else:
            found.append(one)
    return found[-SEGMENTS_SHOWN:]


def _kind(one: Segment) -> tuple[str, str]:
    return (one.promise.version.label if one.promise is not None else "", one.rests)
