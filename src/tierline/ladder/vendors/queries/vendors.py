"""Vendors as such: what was agreed, what a new case would meet, and how they keep their contract."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.catalogue.models import Vendor
from tierline.desk.people.rules import Right, require
from tierline.desk.sla import queries as sla
from tierline.desk.sla.rules import Book, Scope, elapsed
from tierline.desk.sla.rules.hours import always, stamp
from tierline.ladder.vendors.models import Case, Terms, Turn
from tierline.ladder.vendors.rules import CaseTimes, Entitlement, Gap, Outcome, Score, gaps, score

from .cases import read_clock

SOLVED = {Outcome.SOLVED, Outcome.WORKAROUND}


@dataclass(frozen=True, slots=True)
class VendorRow:
    """A vendor with what was agreed (None: nothing yet) and what is left of it."""

    vendor: Vendor
    terms: Terms | None
    granted: Entitlement

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What would stand against any case today; which product it is about decides the rest."""
        found = gaps(self.granted, product_id=None, today=clock.now().date())
        return tuple(gap for gap in found if gap != Gap.NOT_COVERED)


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A vendor's figures over the cases that the viewer may see."""

    vendor: Vendor
    currency: str
    score: Score


def vendors(viewer: Actor) -> list[VendorRow]:
    """Every active vendor by name, with their terms."""
    require(viewer, Right.CONSOLE)
    return [_row(one) for one in Vendor.objects.filter(active=True).select_related("terms").order_by("name")]


def vendor(viewer: Actor, vendor_id: int) -> VendorRow:
    """One vendor. Raises NotFound."""
    require(viewer, Right.CONSOLE)
    found = Vendor.objects.filter(pk=vendor_id, active=True).select_related("terms").first()
    if found is None:
        raise NotFound
    return _row(found)


def _row(one: Vendor) -> VendorRow:
    terms = one.terms if hasattr(one, "terms") else None
    return VendorRow(one, terms, terms.entitlement() if terms else Entitlement())


def opening(row: VendorRow, product_id: int | None) -> tuple[Gap, ...]:
    """What the contract does not cover of a case about a product, today."""
    return gaps(row.granted, product_id=product_id, today=clock.now().date())


def overridden_since(viewer: Actor, since: datetime) -> list[Case]:
    """The cases that somebody opened although something was missing, newest first: the report of overrides."""
    require(viewer, Right.INSIGHT_READ)
    found = Case.objects.inside(viewer).filter(opened_at__gte=since).exclude(gaps=[], overrides={})
    return list(found.select_related("vendor", "ticket").order_by("-opened_at"))


def scorecards(viewer: Actor, since: datetime) -> list[Scorecard]:
    """Each vendor's cases since a moment in figures, by name; in four statements."""
    require(viewer, Right.INSIGHT_READ)
    found = Case.objects.inside(viewer).filter(opened_at__gte=since).select_related("vendor__terms", "ticket")
    cases = list(found.order_by("vendor__name", "pk"))
    turns: dict[int, list[tuple[datetime, datetime | None]]] = {one.pk: [] for one in cases}
    for case_id, begin, end in Turn.objects.filter(case__in=list(turns)).values_list("case", "began_at", "ended_at"):
        turns[case_id].append((begin, end))
    book = sla.promised([]).book
    by_vendor: dict[int, list[Case]] = {}
    for one in cases:
        by_vendor.setdefault(one.vendor_id, []).append(one)
    return [_card(group, turns, book) for group in by_vendor.values()]


def _card(cases: list[Case], turns: dict[int, list[tuple[datetime, datetime | None]]], book: Book) -> Scorecard:
    times = [_times(one, turns[one.pk], book) for one in cases]
    return Scorecard(cases[0].vendor, cases[0].currency, score(times))


def _times(one: Case, turns: Iterable[tuple[datetime, datetime | None]], book: Book) -> CaseTimes:
    spans = sorted(turns, key=lambda span: span[0])
    used = read_clock(one, spans, book)
    first = spans[0] if spans else None
    answered = None
    if first is not None and first[1] is not None and one.answered_at is not None:
        minutes = one.vendor.terms.answer_minutes if hasattr(one.vendor, "terms") else None
        answered = (_open_seconds(one, book, first[0], first[1]), minutes * 60 if minutes else None)
    return CaseTimes(
        first_answer=answered,
        solution=(used.used, used.target) if one.outcome in SOLVED else None,
        answered=one.answered_at is not None,
        closed=not one.is_open,
        solved=one.outcome in SOLVED,
        reopened=one.reopened,
        cost=one.cost,
    )


def _open_seconds(one: Case, book: Book, begin: datetime, end: datetime) -> int:
    scope = Scope(desk_id=one.ticket.desk_id, kind=one.ticket.kind, vendor_id=one.vendor_id)
    promise = book.promise(book.era(stamp(one.opened_at)), scope, "underpinning", one.priority)
    return elapsed(promise.version.hours if promise else always(), begin, end)
