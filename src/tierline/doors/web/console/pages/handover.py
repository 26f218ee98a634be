"""What the hand-over sheet shows: the frozen evidence, and the way of the ticket beside it."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.sla.rules import Metric
from tierline.desk.tickets import queries as tickets
from tierline.doors.web import labels
from tierline.doors.web.console import rail
from tierline.doors.web.console.pages.clocks import chain_words, reading_clock, receipt_of
from tierline.doors.web.shapes import Line, Rung
from tierline.ladder.escalation import queries as escalation
from tierline.ladder.escalation.models import Handover
from tierline.ladder.escalation.rules.checks import OUTCOME_FACTS
from tierline.work.diagnosis import queries as diagnosis

REASONS = ("missing_information", "wrong_group", "known_error_exists", "not_reproducible", "other")


def handover_page(viewer: Actor, handover_id: int) -> dict[str, Any]:
    """Everything the sheet shows. What was frozen is printed as it was; only the rail is of now. Raises NotFound."""
    now = clock.now()
    found = escalation.handover(viewer, handover_id)
    entries = tickets.timeline(viewer, found.ticket_id)
    evidence = found.sheet["evidence"]
    readings = tickets.clocks_of(found.ticket, now, entries)
    tier_clock = readings.get(Metric.TIER)
    return {
        "section": "queue",
        "handover": found,
        "ticket": found.ticket,
        "sheet": found.sheet,
        "evidence": evidence,
        "opened": datetime.fromisoformat(evidence["opened_at"]),
        "facts": [(k.replace("_", " "), v) for k, v in evidence["facts"].items() if k not in OUTCOME_FACTS],
        "tried": tried_of(evidence),
        "files": diagnosis.evidence_of(viewer, found.ticket_id),
        "pending": found.state == "pending",
        "decides": found.state == "pending" and found.to_group_id in viewer.group_ids,
        "rungs": rungs_of(found, entries, now),
        "clock": reading_clock(Metric.TIER, tier_clock, now) if tier_clock is not None else None,
        "clock_why": receipt_of(tier_clock, now) if tier_clock is not None else None,
        "chain": chain_words(readings, now),
        "bounce_options": [(code, labels.bounce(code)) for code in REASONS],
        "handover_state": labels.handover(found.state),
    }


def rungs_of(found: Handover, entries: list[TimelineEntry], now: datetime) -> list[Rung]:
    """The rail of the ticket; while the question waits, the asked tier is the one to look at."""
    ticket = found.ticket
    place = rail.Place(
        tier=ticket.tier,
        tried=ticket.tiers_tried,
        offered=ticket.offered_tier,
        is_open=ticket.is_open,
        owner=found.asked_label if found.state == "pending" else rail.last_owner(ticket.tier, entries, now),
    )
    drawn = rail.rungs(place, entries, now)
    if found.state != "pending":
        return drawn
    group = Line(found.to_group.name)
    return [Rung(r.tier, "now", _("to accept"), [group]) if r.tier == found.to_tier else as_done(r) for r in drawn]


def as_done(rung: Rung) -> Rung:
    """A rung below the asked tier is behind the question."""
    return Rung(rung.tier, "done", rung.remark, rung.lines) if rung.state == "now" else rung


def tried_of(evidence: dict[str, Any]) -> list[tuple[int, str, str]]:
    """What was tried: tier, what, and what it showed."""
    rows = [(0, f"{one['reference']} {one['title']}", one["outcome"]) for one in evidence["knowledge"]]
    for run in evidence["runs"]:
        rows.extend((run["tier"], step["text"], step["result"]) for step in run["steps"])
    return rows
