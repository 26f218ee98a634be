"""Cases for those who work on their tickets: the case, its thread, its clock, what may go into a pack."""

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tierline.core.kernel import clock, storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people.rules import Right, require
from tierline.desk.sla import queries as sla
from tierline.desk.sla.rules import Book, Scope, due, elapsed
from tierline.desk.sla.rules.hours import always, stamp
from tierline.desk.tickets.models import Attachment
from tierline.ladder.vendors.models import Access, Case, CaseMessage, Pack, Turn
from tierline.ladder.vendors.rules import used
from tierline.work.diagnosis.queries import evidence_of

LISTED = 100
PREVIEWED = 30  # lines of each file


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClock:
    """How much of the underpinning contract the vendor has used, in open seconds; `target` None: nothing is promised.

    `due_at` is set while they have the case.
    """

    running: bool
    used: int
    target: int | None
    due_at: datetime | None

    @property
    def share(self) -> float:
        """The used part of the target; more than 1 when it is over."""
        return self.used / self.target if self.target else 0.0


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in a list, with the vendor's clock."""

    case: Case
    clock: CaseClock


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message of the thread with its files and the pack that went along."""

    id: int
    direction: str
    author: str
    text: str
    created_at: datetime
    files: tuple[Attachment, ...]
    pack: Pack | None


@dataclass(frozen=True, slots=True)
class Choice:
    """A file of the ticket that may go into a pack, or the reason why it may not."""

    id: int
    name: str
    sentence: str
    masked: int
    why_not: str


def case(viewer: Actor, case_id: int) -> Case:
    """One case of a ticket that the viewer sees from inside. Raises NotFound."""
    require(viewer, Right.CONSOLE)
    related = ("vendor__terms", "ticket__desk", "ticket__requester", "ticket__service", "product")
    found = Case.objects.inside(viewer).select_related(*related).filter(pk=case_id).first()
    if found is None:
        raise NotFound
    return found


def cases_of(viewer: Actor, ticket_id: int) -> list[CaseRow]:
    """The cases of one ticket, newest first."""
    require(viewer, Right.CONSOLE)
    return _rows(Case.objects.inside(viewer).filter(ticket_id=ticket_id).order_by("-pk"))


def listed(viewer: Actor, *, open_only: bool = True, limit: int = LISTED) -> list[CaseRow]:
    """Cases of all the tickets that the viewer may see: those that are open, longest with the vendor first."""
    require(viewer, Right.CONSOLE)
    found = Case.objects.inside(viewer)
    found = found.open() if open_only else found
    rows = _rows(found.order_by("-opened_at")[:limit])
    return sorted(rows, key=lambda row: (not row.clock.running, -row.clock.share, -row.case.pk))


def _rows(cases: Iterable[Case]) -> list[CaseRow]:
    found = list(cases.select_related("vendor", "ticket"))  # type: ignore[attr-defined]  # a QuerySet, cut or not
    turns: dict[int, list[tuple[datetime, datetime | None]]] = {one.pk: [] for one in found}
    for case_id, begin, end in Turn.objects.filter(case__in=list(turns)).values_list("case", "began_at", "ended_at"):
        turns[case_id].append((begin, end))
    book = sla.promised([]).book
    return [CaseRow(one, read_clock(one, turns[one.pk], book)) for one in found]


def clock_of(found: Case) -> CaseClock:
    """The vendor's clock in one case."""
    turns = Turn.objects.filter(case=found).order_by("pk").values_list("began_at", "ended_at")
    return read_clock(found, list(turns), sla.promised([]).book)


def read_clock(found: Case, turns: Sequence[tuple[datetime, datetime | None]], book: Book) -> CaseClock:
    """The clock of a case, told from the spans in which the vendor had it and what was promised at the opening."""
    ticket, now = found.ticket, clock.now()
    scope = Scope(desk_id=ticket.desk_id, service_id=ticket.service_id, kind=ticket.kind, vendor_id=found.vendor_id)
    promise = book.promise(book.era(stamp(found.opened_at)), scope, "underpinning", found.priority)
    hours = promise.version.hours if promise else always()
    running = any(end is None for _, end in turns)
    spent = used(turns, now, lambda begin, end: elapsed(hours, begin, end))
    target = promise.seconds if promise else None
    left = None if target is None or not running else target - spent
    return CaseClock(
        running=running,
        used=spent,
        target=target,
        due_at=due(hours, now, left) if left is not None and left > 0 else None,
    )


def thread(found: Case) -> list[Said]:
    """What was said in a case, oldest first, with its files, in two statements. The caller has asked for the case."""
    parts = list(CaseMessage.objects.filter(case=found).select_related("message", "pack").order_by("pk"))
    files: dict[int, list[Attachment]] = {}
    for file in Attachment.objects.filter(message__in=[one.message_id for one in parts]).order_by("pk"):
        files.setdefault(file.message_id, []).append(file)
    return [
        Said(
            id=one.message_id,
            direction=one.message.direction,
            author=one.message.author_label,
            text=one.message.text,
            created_at=one.message.created_at,
            files=tuple(files.get(one.message_id, ())),
            pack=one.pack,
        )
        for one in parts
    ]


def history(found: Case) -> list[TimelineEntry]:
    """What happened in a case, oldest first: its part of the ticket's timeline, also from before a merge."""
    entries = TimelineEntry.objects.filter(subject_kind="ticket", kind__startswith="vendor.", data__case_id=found.pk)
    tickets = {found.ticket_id, *CaseMessage.objects.filter(case=found).values_list("message__ticket", flat=True)}
    return list(entries.filter(subject_id__in=tickets).order_by("at", "pk"))


def links_of(found: Case) -> list[Access]:
    """The links that open this case's thread, newest first."""
    return list(Access.objects.filter(case=found).order_by("-pk"))


def choices(viewer: Actor, found: Case) -> list[Choice]:
    """The files of the ticket: those with a redacted form, and why the others may not leave the house."""
    rows = []
    for one in evidence_of(viewer, found.ticket_id):
        why = {"pending": "not read yet", "ready": ""}.get(one.state, one.reason)
        rows.append(Choice(one.id, one.name, one.sentence, sum(one.masked.values()), why))
    return rows


def packs_of(found: Case) -> list[Pack]:
    """The packs made in a case, newest first."""
    return list(Pack.objects.filter(case=found).order_by("-pk"))


def pack(viewer: Actor, pack_id: int) -> Pack:
    """One pack, for those who see its case. Raises NotFound."""
    found = Pack.objects.select_related("case").filter(pk=pack_id).first()
    if found is None:
        raise NotFound
    found.case = case(viewer, found.case_id)
    return found


def pack_lines(found: Pack) -> dict[str, list[str]]:
    """The first lines of each file in a pack: what the vendor would read."""
    with storage.open_blob(found.blob_id) as stream, zipfile.ZipFile(stream) as zipped:
        names = [one["name"] for one in found.manifest["files"]]
        return {name: _first_lines(zipped, name) for name in names}


def _first_lines(zipped: zipfile.ZipFile, name: str) -> list[str]:
    with zipped.open(name) as lines:
        read = (lines.readline(2_000) for _ in range(PREVIEWED))
        return [line.decode("utf-8", "replace").rstrip("\n") for line in read if line]
