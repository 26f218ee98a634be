"""What the pages of vendor cases show, composed from the rooms' queries. No ORM, no rules."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.desk.catalogue import queries as catalogue
from tierline.desk.people.rules import Right, may
from tierline.desk.tickets import queries as tickets
from tierline.doors.web import labels, words
from tierline.doors.web.shapes import Clock, Tone
from tierline.ladder.escalation import queries as escalation
from tierline.ladder.vendors import queries
from tierline.ladder.vendors.models import Case
from tierline.ladder.vendors.queries import CaseClock
from tierline.ladder.vendors.rules import Outcome, State, Verb, fits

TOP = 4
COUNTED_DAYS = 365
NEAR = 0.75
"""From this share of the contract's time on, it is near its end."""


def index_page(viewer: Actor) -> dict[str, Any]:
    """Open cases, how each vendor keeps the contract, and what was opened without cover."""
    since = clock.now() - timedelta(days=COUNTED_DAYS)
    counts = may(viewer, Right.INSIGHT_READ)
    return {
        "section": "vendors",
        "rows": [(row.case, case_clock(row.clock)) for row in queries.listed(viewer)],
        "cards": queries.scorecards(viewer, since) if counts else [],
        "overridden": queries.overridden_since(viewer, since) if counts else [],
        "days": COUNTED_DAYS,
        "may_set_up": may(viewer, Right.SETUP),
    }


def pane_rows(viewer: Actor, number: int) -> list[tuple[Case, Clock | None]]:
    """The cases of one ticket, with the vendor's clock in words."""
    return [(row.case, case_clock(row.clock)) for row in queries.cases_of(viewer, number)]


def open_page(viewer: Actor, number: int, *, question: str) -> dict[str, Any]:
    """The form with what the ladder demands and what each contract grants. Raises NotFound."""
    ticket = tickets.get(viewer, number)
    state = escalation.contract_state(viewer, number, TOP, question=question)
    named = str(ticket.facts.get("product", "")).casefold()
    products, rows = catalogue.products(viewer), queries.vendors(viewer)
    return {
        "section": "queue",
        "ticket": ticket,
        "vendors": rows,
        "vendor_options": [(row.vendor.pk, row.vendor.name) for row in rows],
        "products": [(one.pk, one.name) for one in products],
        "product": next((one.pk for one in products if one.name.casefold() == named), ""),
        "contract": state,
        "title": f"{ticket.service.name}: " if ticket.service else "",
        "may_override": may(viewer, Right.ESCALATION_OVERRIDE, desk_id=ticket.desk_id),
    }


def case_page(viewer: Actor, case_id: int) -> dict[str, Any]:
    """One case: its thread, its clock, what may go into a pack, its links and its history. Raises NotFound."""
    case = queries.case(viewer, case_id)
    thread, packs = queries.thread(case), queries.packs_of(case)
    state = State(case.state)
    works = may(viewer, Right.ESCALATE, desk_id=case.ticket.desk_id)
    return {
        "section": "vendors",
        "case": case,
        "address": case.vendor.terms.address if hasattr(case.vendor, "terms") else "",
        "thread": thread,
        "clock": case_clock(queries.clock_of(case)),
        "choices": queries.choices(viewer, case),
        "packs": packs,
        "pack_options": [(one.pk, one.name) for one in packs],
        "links": queries.links_of(case),
        "history": queries.history(case),
        "works": works,
        "may_send": works and fits(state, Verb.SEND) and case.ticket.is_open,
        "may_close": works and fits(state, Verb.CLOSE),
        "may_reopen": works and fits(state, Verb.REOPEN),
        "not_counted": works and state == State.WITH_VENDOR and bool(thread) and thread[-1].direction == "in",
        "outcome_options": [(one.value, labels.case(one.value)) for one in Outcome],
        "now_at": clock.now(),
    }


def case_clock(found: CaseClock) -> Clock | None:
    """Say how the vendor's clock stands; nothing before the first question."""
    if not found.running and not found.used:
        return None
    spent = words.span(found.used)
    if found.target is None:
        return Clock(_("Vendor"), _("%(used)s so far") % {"used": spent}, tone="" if found.running else "hold")
    target = words.span(found.target)
    if found.share > 1:
        over = words.span(found.used - found.target)
        return Clock(
            _("Vendor"), _("over by %(span)s") % {"span": over}, found.share, "bad", finished=not found.running
        )
    said = {"used": spent, "target": target, "left": words.span(found.target - found.used)}
    if not found.running:
        return Clock(_("Vendor"), _("rests, %(used)s of %(target)s used") % said, found.share, "hold")
    tone: Tone = "warn" if found.share >= NEAR else "good"
    return Clock(_("Vendor"), _("%(left)s left of %(target)s") % said, found.share, tone)
