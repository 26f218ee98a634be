"""What the ticket page shows, composed from the rooms' queries. No ORM, no rules."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import TierlineError
from tierline.core.kernel.kinds import may_hold_logs
from tierline.core.kernel.text import one_line
from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.rules import ERASED
from tierline.desk.catalogue import queries as catalogue
from tierline.desk.people.rules import Right, may
from tierline.desk.sla.rules import Metric, Reading
from tierline.desk.tickets import queries as tickets
from tierline.desk.tickets.models import Draft
from tierline.desk.tickets.queries import DraftRow, MessageRow, PageRow
from tierline.doors.web import labels, words
from tierline.doors.web.console import owed, rail
from tierline.doors.web.console.kept import number_of
from tierline.doors.web.console.pages.clocks import chain_words, clock_rows
from tierline.doors.web.console.pages.queue import TITLE_SHOWN, ticket_folder
from tierline.doors.web.console.stream import ITEMS_SHOWN, stream
from tierline.doors.web.shapes import Clock, Receipt, ReceiptRow, Rung, Told
from tierline.work.diagnosis import queries as diagnosis

LIST_ROWS = 20


def ticket_page(
    viewer: Actor,
    number: int,
    *,
    seen_version: int | None = None,
    everything: bool = False,
    typed: Mapping[str, str] | None = None,
    problem: TierlineError | None = None,
) -> dict[str, Any]:
    """Everything the ticket page shows at once: seven statements. The next step's details come as their own piece.

    After a refusal ``typed`` is what the form said and ``problem`` why it was refused; what happened since
    ``seen_version`` is marked.
    """
    now = clock.now()
    ticket = tickets.page_row(viewer, number)
    entries = tickets.timeline(viewer, number)
    messages = tickets.messages(viewer, number)
    items = stream(messages, entries, seen_version=seen_version)
    pages_of_files = evidence_links(entries)
    unread = being_read(viewer, number, messages, pages_of_files)
    readings = tickets.clocks_of(ticket, now, entries)
    drafts = tickets.drafts_of(viewer, number)
    hidden = 0 if everything else max(len(items) - ITEMS_SHOWN, 0)
    return {
        "section": "queue",
        "ticket": ticket,
        "items": items[hidden:],
        "hidden": hidden,
        "rungs": ticket_rungs(ticket, viewer, entries, readings, now),
        "clocks": clock_rows(readings, now),
        "clock_said": clock_words(readings, now),
        "chain": chain_words(readings, now),
        "rated": rated(entries),
        "open_for": words.span((ticket.resolved_at or now) - ticket.opened_at),
        "list_rows": side_list(viewer, ticket, now),
        "other_drafts": [draft for draft in drafts if draft.person_id != viewer.person_id],
        "evidence_by_file": pages_of_files | {file: evidence for file, (evidence, _share) in unread.items()},
        "read_so_far": {file: share for file, (_evidence, share) in unread.items()},
        "facts_line": facts_line(ticket),
        "priority_why": priority_receipt(ticket),
        "vouchable": doubted_addresses(entries),
        "may_learn": may(viewer, Right.QUARANTINE),
        "yours": ticket.assignee_id is not None and ticket.assignee_id == viewer.person_id,
        "lead": lead_words(ticket, viewer),
        "may_declare": may(viewer, Right.MAJOR_INCIDENT) and ticket.kind == "incident",
        "vendors": [(one.pk, one.name) for one in catalogue.vendors(viewer)] if ticket.is_open else [],
        **writing(viewer, drafts, typed, problem),
    }


def doubted_addresses(entries: Sequence[TimelineEntry]) -> set[str]:
    """The addresses that somebody claims on this ticket and for whom nobody has vouched yet."""
    doubted: set[str] = set()
    for entry in entries:
        if entry.kind in ("intake.sender_unverified", "intake.sender_confirmed"):
            claimed = {str(entry.data.get("claimed", ""))} - {"", ERASED}
            doubted = doubted | claimed if entry.kind == "intake.sender_unverified" else doubted - claimed
    return doubted


def rated(entries: Sequence[TimelineEntry]) -> int | None:
    """The requester's last score, from 1 to 5; None while there is none."""
    scores = [number_of(entry.data, "score") for entry in entries if entry.kind == "survey.answered"]
    return scores[-1] if scores else None


def writing(
    viewer: Actor, drafts: list[DraftRow], typed: Mapping[str, str] | None, problem: TierlineError | None
) -> dict[str, Any]:
    """What stands in the composer: what was just refused, else one's draft; and the reason of a refusal."""
    own = next((draft for draft in drafts if draft.person_id == viewer.person_id), None)
    refused = typed is not None and "audience" in typed
    seen = typed.get("seen_version", "") if typed is not None and problem is None else ""  # what was shown stays shown
    if refused and typed is not None:
        text, audience = typed.get("text", ""), typed.get("audience", "")
    else:
        text, audience = (own.text, own.audience) if own is not None else ("", "")
    return {
        "write": {"text": text, "audience": audience, "seen_version": seen},
        "draft_said": draft_words(own),
        "typed": typed or {},
        "problem": Told(problem.message, "bad", problem.kept, problem.todo) if problem is not None else None,
        "problem_form": "write" if refused else "next",
    }


@dataclass(frozen=True, slots=True)
class Beside:
    """A ticket in the list beside the one that is open."""

    id: int
    href: str
    title: str
    tier: int
    tried: tuple[int, ...]
    requester: str
    clock: Clock | None


def side_list(viewer: Actor, ticket: PageRow, now: datetime) -> list[Beside]:
    """The list beside the ticket: one's own tickets, or those of one's groups."""
    view = "mine" if ticket.assignee_id is not None and ticket.assignee_id == viewer.person_id else "group"
    return [
        Beside(
            id=row.id,
            href=f"{ticket_folder()}{row.reference}",
            title=one_line(row.title, TITLE_SHOWN),
            tier=row.tier,
            tried=tuple(row.tiers_tried),
            requester=owed.from_words(row),
            clock=owed.clock_of(row, now),
        )
        for row in tickets.beside(viewer, view, limit=LIST_ROWS)
    ]


def clock_words(readings: Mapping[Metric, Reading], now: datetime) -> str:
    """The clock that is due next, for the head of the next-step pane."""
    metric, reading = tickets.next_due(dict(readings))
    if metric is None or reading is None or reading.due_at is None:
        return ""
    return _("due %(when)s") % {"when": words.when(reading.due_at, now)}


def facts_line(ticket: PageRow) -> str:
    """The environment in a few words: product, version, system."""
    known = [ticket.service or ""]
    known += [str(ticket.facts.get(key, "")) for key in ("product", "version", "os")]
    return ", ".join(value for value in known if value)


def ticket_rungs(
    ticket: PageRow, viewer: Actor, entries: list[Any], readings: Mapping[Metric, Reading], now: datetime
) -> list[Rung]:
    """Draw the rail of a ticket."""
    tier_clock = readings.get(Metric.TIER)
    running = tier_clock is not None and tier_clock.stopped_at is None
    said = ""
    if tier_clock is not None and running:
        used, target = words.span(tier_clock.used), words.span(tier_clock.target)
        said = _("OLA: %(used)s of %(target)s") % {"used": used, "target": target}
    place = rail.Place(
        tier=ticket.tier if ticket.is_open or ticket.resolved_tier is None else ticket.resolved_tier,
        tried=ticket.tiers_tried,
        offered=ticket.offered_tier,
        is_open=ticket.is_open,
        owner=owner_words(ticket, viewer),
        share=tier_clock.share / 100 if tier_clock is not None and running else None,
        share_words=said,
    )
    return rail.rungs(place, entries, now)


def owner_words(ticket: PageRow, viewer: Actor) -> str:
    """Say who has the ticket."""
    if ticket.assignee is None:
        return ticket.group or ""
    yours = ticket.assignee_id == viewer.person_id
    return _("%(name)s (you)") % {"name": ticket.assignee} if yours else ticket.assignee


def being_read(
    viewer: Actor, number: int, messages: Iterable[MessageRow], read: Container[int]
) -> dict[int, tuple[int, float]]:
    """The evidence page of each file that is being read, and how far that is (0 to 1); asks only where one may be."""
    files = (file for message in messages for file in message.files if file.id not in read)
    asked = may(viewer, Right.EVIDENCE_READ) and any(may_hold_logs(file.name, file.content_type) for file in files)
    return diagnosis.being_read(viewer, number) if asked else {}


def evidence_links(entries: list[Any]) -> dict[int, int]:
    """Give the evidence page of each attachment that was read: attachment id to evidence id."""
    found = {}
    for entry in entries:
        attachment, evidence = number_of(entry.data, "attachment_id"), number_of(entry.data, "evidence_id")
        if entry.kind.startswith("evidence.") and attachment and evidence:
            found[attachment] = evidence
    return found


def priority_receipt(ticket: PageRow) -> Receipt:
    """Explain a priority by the matrix."""
    rows = [
        ReceiptRow(str(ticket.impact), _("impact: %(name)s") % {"name": labels.impact(ticket.impact)}),
        ReceiptRow(str(ticket.urgency), _("urgency: %(name)s") % {"name": labels.urgency(ticket.urgency)}),
        ReceiptRow(f"P{ticket.priority}", _("by the ITIL matrix, unless somebody gave a reason"), total=True),
    ]
    return Receipt(_("P%(level)s, because") % {"level": ticket.priority}, rows)


def lead_words(ticket: PageRow, viewer: Actor) -> str:
    """Say the next step in one sentence: the first rule that fits wins."""
    owner = ticket.assignee or ""
    sentences = [
        (ticket.merged_into_id is not None, _("This goes on in ticket %(n)s.") % {"n": ticket.merged_into_id}),
        (not ticket.is_open, _("Solved on tier %(n)s. What did it teach?") % {"n": ticket.resolved_tier}),
        (ticket.offered_tier is not None, _("Tier %(n)s has to answer the hand-over.") % {"n": ticket.offered_tier}),
        (ticket.group_id is None, _("Nobody owns it yet: give it to a group.")),
        (ticket.assignee_id is None, _("Take it, then follow the next step.")),
        (ticket.assignee_id != viewer.person_id, _("%(name)s has it. Help with a note.") % {"name": owner}),
        (ticket.status == "waiting", _("It waits for %(whom)s.") % {"whom": labels.waiting(ticket.waiting_for)}),
        (ticket.last_word == "requester", _("Answer %(name)s, then go on.") % {"name": ticket.requester}),
        (True, _("Go on: runbook, evidence, or the next tier.")),
    ]
    return next(sentence for holds, sentence in sentences if holds)


def draft_words(draft: Draft | DraftRow | None) -> str:
    """Say when a draft was saved."""
    return _("Draft saved %(time)s") % {"time": words.clock_time(draft.saved_at)} if draft is not None else ""
