"""The log reader: one redacted file with its strip, its templates and its lines.

Moments are shown as the file writes them (as UTC where it names no zone), so that what is said agrees with the lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.rules import Right, may
from tierline.desk.tickets import queries as tickets
from tierline.doors.web import labels
from tierline.doors.web.console.pages.addresses import addresses_of
from tierline.doors.web.console.pages.log_lines import LINE_CHARS, Piece, log_lines, pieces
from tierline.doors.web.console.pages.why_healthy import why_these
from tierline.doors.web.shapes import Bar
from tierline.doors.web.words import number
from tierline.work.alerts import queries as alerts
from tierline.work.diagnosis import operations
from tierline.work.diagnosis import queries as diagnosis
from tierline.work.diagnosis.queries import BurstRow, EvidenceRow, Lane, Line, Strip, TemplateRow
from tierline.work.diagnosis.rules.skew import words

LINES_SHOWN, LINES_BEFORE = 120, 12
TEMPLATES_SHOWN = 80
_BURSTS_SHOWN = 3
_SLICES_TOLD = 24  # rows of the table that tells the strip
_ROUGHLY = 10  # from here on averages are told without a fraction


def strip_bars(strip: Strip, *, most: int = 120) -> list[Bar]:
    """Make bars of the strip, joined until at most ``most`` are left; a burst keeps its colour, errors are a part."""
    if not strip.buckets:
        return []
    step = -(-len(strip.buckets) // most)
    bars = []
    for at in range(0, len(strip.buckets), step):
        group = strip.buckets[at : at + step]
        tone = "hot" if any(b.burst for b in group) else ""
        lines, errors = sum(b.lines for b in group), sum(b.errors for b in group)
        start = datetime.fromtimestamp(group[0].start, UTC)
        first = next((b.line for b in group if b.line), 0)
        href = f"?line={first}#l-{first}" if first else ""
        bars.append(Bar(f"{start:%H:%M:%S}", lines, counted(lines, errors), href, tone, min(errors, lines)))
    return bars


def counted(lines: int, errors: int) -> str:
    """Say how many lines, and how many of them are errors."""
    said = ngettext("%(n)s line", "%(n)s lines", lines) % {"n": number(lines)}
    if not errors:
        return said
    of_them = ngettext("%(n)s of them an error", "%(n)s of them errors", errors) % {"n": number(errors)}
    return f"{said}, {of_them}"


def new_on(strip: Strip, new: list[TemplateRow]) -> list[tuple[float, int]]:
    """Where on a strip templates that no healthy file has came first: the share of its width, and the line."""
    starts = [(bucket.line, at) for at, bucket in enumerate(strip.buckets) if bucket.line]
    found = []
    for line in sorted({one.first_line for one in new}):
        before = max((at for first, at in starts if first <= line), default=None)
        if before is not None:
            found.append(((before + 0.4) / len(strip.buckets), line))
    return found


def burst_words(burst: BurstRow) -> tuple[str, int]:
    """Say a burst, and the line it begins with."""
    start, end = (datetime.fromtimestamp(one, UTC) for one in (burst.start, burst.end))
    said = _("burst %(start)s to %(end)s, %(times)s times the usual rate")
    return said % {"start": f"{start:%H:%M:%S}", "end": f"{end:%H:%M:%S}", "times": number(burst.times, 1)}, burst.line


def evidence_page(
    viewer: Actor,
    ticket_id: int,
    evidence_id: int,
    *,
    start: int,
    every_template: bool,
    unmasked: bool = False,
    folds: bool = True,
    other: int = 0,
    whole: bool = True,
) -> dict[str, Any]:
    """Everything the log reader shows; without masks only while somebody who asked may.

    What is not `whole` has the lines alone. Raises NotFound.
    """
    ticket = tickets.get(viewer, ticket_id)
    rows = diagnosis.evidence_of(viewer, ticket_id)
    row = next((one for one in rows if one.id == evidence_id), None)
    if row is None:
        raise NotFound
    ready = row.details and (row.state == "ready" or row.progress is not None)
    templates = diagnosis.templates_of(viewer, evidence_id) if ready else []
    differing = [one for one in templates if one.kind != "usual"]
    strip = diagnosis.strip_of(viewer, evidence_id) if whole and ready else Strip((), 0)
    errors = [one.line for one in strip.buckets if one.errors and one.line]
    first = first_line(start, differing, row, errors)
    asked = diagnosis.unmasking_of(viewer, evidence_id) if ready else None
    bare = unmasked and asked is not None
    found = shown_lines(viewer, evidence_id, first, bare=bare) if ready else []
    return {
        "section": "queue",
        "ticket": ticket,
        "row": row,
        "others": [one for one in rows if one.id != evidence_id],
        "shown": ready,
        "reading": progress_words(row),
        "templates": shown_templates(templates, differing, compared=row.compared_with > 0, every=every_template),
        "gone": [(pieces(one.template[:LINE_CHARS]), healthy_words(one.healthy)) for one in row.gone],
        "differing": len(differing),
        "usual": len(templates) - len(differing),
        "every_template": every_template,
        **printed(found, row, differing, first, errors, folds=folds and not bare),
        "masked_total": sum(row.masked.values()),
        "masked_classes": masked_classes(row),
        "LINES_BEFORE": LINES_BEFORE,
        "LINES_SHOWN": LINES_SHOWN,
        "may_unmask": row.state == "ready" and row.details and diagnosis.may_unmask(viewer, ticket_id),
        "may_work": may(viewer, Right.PROBLEM_WORK, desk_id=ticket.desk_id),
        "ended": diagnosis.unmasking_ended(viewer, evidence_id) if unmasked and asked is None else None,
        "may_keep": whole and may(viewer, Right.EVIDENCE_KEEP, desk_id=ticket.desk_id),
        "history": diagnosis.retention_history(viewer, evidence_id) if whole and row.details else [],
        "retention": labels.RETENTION,
        "asked": asked,
        "bare": bare,
        "clocks": clock_words(row, rows),
        "whole": whole,
        **(beside_the_lines(viewer, row, ticket_id, other, templates, strip) if whole and ready else NOTHING_BESIDE),
    }


def printed(
    found: list[Line], row: EvidenceRow, differing: list[TemplateRow], first: int, errors: list[int], *, folds: bool
) -> dict[str, Any]:
    """The lines ready to print, and the hits before and after them; `errors` are hits where nothing differs.

    Without a healthy file nothing is folded.
    """
    hits = {one.first_line for one in differing}
    folds = folds and row.compared_with > 0
    lines = log_lines(found, differing=[one.template for one in differing], firsts=hits, folds=folds)
    told = hits | {one.line for one in row.traces} | {line.number for line in lines if line.mark not in {"", "err"}}
    told = told or set(errors)
    begins = {one.first: one.name for one in row.files} if len(row.files) > 1 else {}
    begins |= {0: ""} if begins else {}
    before, after = beside_hit(told, first)
    return {
        "lines": lines,
        "first": first,
        "hit_before": before,
        "hit_after": after,
        "last_shown": lines[-1].number if lines else 0,
        "begins": begins,
        "within": begins[max((line for line in begins if line <= first), default=0)] if begins else "",
    }


def beside_hit(told: set[int], first: int) -> tuple[int, int]:
    """The hits before and after the one that a page beginning with `first` is about; 0 where there is none.

    Of lines one after another the first stands for all.
    """
    here, stops = first + LINES_BEFORE, {number for number in told if number - 1 not in told}
    return max((n for n in stops if n < here), default=0), min((n for n in stops if n > here), default=0)


NOTHING_BESIDE: dict[str, Any] = {
    "bars": [], "slices": [], "news": [], "bursts": [], "sentence": [], "lanes": [], "marks": [], "matches": [],
    "tried": 0, "addresses": {}, "beside": None, "why_these": None,
}  # fmt: skip


def beside_the_lines(
    viewer: Actor, row: EvidenceRow, ticket_id: int, other: int, templates: list[TemplateRow], strip: Strip
) -> dict[str, Any]:
    """What a whole page shows besides its lines: the sentence, the strip, other files, known errors."""
    lanes, marks = around(viewer, row.id)
    return {
        "bars": strip_bars(strip),
        "slices": strip_bars(strip, most=_SLICES_TOLD),
        "addresses": addresses_of(viewer, row.id, templates),
        "news": new_on(strip, [one for one in templates if one.kind == "new"]),
        "bursts": [burst_words(one) for one in strip.bursts[:_BURSTS_SHOWN]],
        "sentence": diagnosis.sentence_parts(viewer, row.id),
        "lanes": lanes,
        "marks": marks,
        "matches": diagnosis.matches_of(viewer, ticket_id),
        "tried": diagnosis.matchers_in_force(),
        "beside": diagnosis.beside(viewer, row.id, other) if row.state == "ready" else None,
        "why_these": why_these(viewer, row) if row.compared_with and row.state == "ready" else None,
    }


def progress_words(row: EvidenceRow) -> dict[str, Any] | None:
    """How far reading is, in words; None for a file that is read, or refused."""
    if row.state != "pending":
        return None
    if row.progress is None:
        return {"share": 0.0, "words": _("This file is about to be read.")}
    percent, until = int(row.progress.share * 100), row.progress.until
    if until is None:
        words_ = _("%(percent)s %% read; %(lines)s lines are here.")
    else:
        words_ = _("%(percent)s %% read; lines up to %(until)s are here.")
    at = "" if until is None else f"{datetime.fromtimestamp(until, UTC):%H:%M:%S}"
    said = words_ % {"percent": percent, "lines": number(row.progress.lines), "until": at}
    return {"share": row.progress.share, "words": said}


def masked_classes(row: EvidenceRow) -> list[tuple[str, int, int]]:
    """What was masked, the most frequent first: class, how often, and the first line where it was (0: not known)."""
    most = sorted(row.masked.items(), key=lambda one: (-one[1], one[0]))
    return [(name, count, row.masked_at.get(name, 0)) for name, count in most]


def clock_words(row: EvidenceRow, rows: Sequence[EvidenceRow]) -> list[str]:
    """Say how far the clocks are apart: this file's against the ticket's first or those that differ, and inside."""
    against = [(row.skew, row.skew_to)] if row.skew else []
    against += [(-one.skew, one.name) for one in rows if one.skew and one.skew_to == row.name and one.id != row.id]
    said = [_("clock %(by)s against %(name)s") % {"by": words(by), "name": name} for by, name in against]
    first = row.files[0].name if row.files else ""
    return said + [
        _("%(name)s: clock %(by)s against %(first)s") % {"name": one.name, "by": words(one.skew), "first": first}
        for one in row.files
        if one.skew
    ]


@dataclass(frozen=True)
class AlertMark:
    """An alert on a strip: where (0 to 1), when, what, how bad, and its ticket."""

    share: float
    at: datetime
    title: str
    severity: str
    reference: str


def around(viewer: Actor, evidence_id: int) -> tuple[list[tuple[Lane, list[Bar]]], list[AlertMark]]:
    """What else happened in the stretch of the strip: the ticket's other files, and what monitoring said."""
    stretch = diagnosis.true_time(viewer, evidence_id)
    if stretch is None:
        return [], []
    start, end, ahead = stretch
    whole = (end - start).total_seconds()
    marks = [
        AlertMark(
            (one.starts_at - start).total_seconds() / whole,
            one.starts_at + timedelta(seconds=ahead),
            one.title,
            one.severity,
            one.group.ticket.reference,
        )
        for one in alerts.alerts_between(viewer, start, end)
    ]
    lanes = [(lane, [Bar("", count) for count in lane.counts]) for lane in diagnosis.lanes_beside(viewer, evidence_id)]
    return lanes, marks


def shown_lines(viewer: Actor, evidence_id: int, first: int, *, bare: bool) -> list[Line]:
    """The lines of one page; bare ones are put on the timeline before they are shown."""
    if not bare:
        return diagnosis.redacted_lines(viewer, evidence_id, first, LINES_SHOWN)
    texts = operations.unmask(actor=viewer, evidence_id=evidence_id, start=first, limit=LINES_SHOWN)
    return [Line(number, text) for number, text in enumerate(texts, first)]


def first_line(start: int, differing: list[TemplateRow], row: EvidenceRow, errors: list[int]) -> int:
    """The line to begin with: the asked one, else a little before the first stack trace, what differs, or an error."""
    if start > 0:
        return min(start, max(row.lines, 1))
    interesting = [trace.line for trace in row.traces] or [one.first_line for one in differing] or errors
    return max(1, min(interesting, default=1) - LINES_BEFORE)


@dataclass(frozen=True)
class TemplateLine:
    """A template ready to print."""

    kind: str
    words: str
    pieces: list[Piece]
    count: int
    first_line: int
    spark: list[tuple[int, int]]
    healthy: str
    id: str


def healthy_words(usual: float | None) -> str:
    """How often a form of line comes in a healthy file, as shortly as it can be said."""
    if usual is None:
        return "-"
    return number(usual, 0 if usual == int(usual) or usual >= _ROUGHLY else 1)


def spark_bars(when: str) -> list[tuple[int, int]]:
    """The bars of when a form of line came: place and height (1 to 9), those that are empty left out."""
    return [(at, int(figure)) for at, figure in enumerate(when) if figure != "0"]


def shown_templates(
    templates: list[TemplateRow], differing: list[TemplateRow], *, compared: bool, every: bool
) -> list[TemplateLine]:
    """The templates that differ; all of them (bounded) when asked for, or when nothing differs.

    Without a healthy file to compare with, nothing is called usual: the rarest forms come first.
    """
    names = {"new": _("new"), "rare": _("rare"), "usual": _("usual"), "seen": _("seen")}
    chosen = templates if every or not differing else differing
    if not compared:
        chosen = sorted(chosen, key=lambda one: (one.count, one.first_line))
    return [
        TemplateLine(
            kind,
            names[kind],
            pieces(one.template[:LINE_CHARS]),
            one.count,
            one.first_line,
            spark_bars(one.when),
            healthy_words(one.healthy),
            one.template_id,
        )
        for one in chosen[:TEMPLATES_SHOWN]
        for kind in ("seen" if one.kind == "usual" and not compared else one.kind,)
    ]
