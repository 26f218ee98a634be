"""How a case ends, and that it may begin again."""

from decimal import Decimal

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid
from tierline.core.kernel.text import one_line
from tierline.ladder.vendors.events import CaseClosed, CostBooked
from tierline.ladder.vendors.models import Access, Case
from tierline.ladder.vendors.rules import Outcome, Verb

from .talking import end_turn, reopen_row
from .writing import locked_case, move, note

MOST_HOURS = Decimal(9999)
CENT = Decimal("0.01")


def close_case(
    *, actor: Actor, case_id: int, outcome: Outcome | str, words: str = "", hours: Decimal = Decimal(0)
) -> Case:
    """Say what came of it. `hours` are what the vendor charges for besides, at the contract's rate.

    Its links open nothing any more. Raises Invalid, WrongState and NotFound.
    """
    wrong = {} if outcome in set(Outcome) else {"outcome": "Say what came of it."}
    if not 0 <= hours <= MOST_HOURS:
        wrong["hours"] = "Hours are 0 or more."
    if wrong:
        raise Invalid(wrong)
    with transaction.atomic():
        case = locked_case(actor, case_id)
        move(case, Verb.CLOSE)
        case.closed_at, case.outcome = clock.now(), Outcome(outcome)
        end_turn(actor, case)
        if hours:
            _book(actor, case, hours)
        case.save()
        Access.objects.usable(clock.now()).filter(case=case).update(withdrawn_at=clock.now())
        note(
            actor,
            case,
            CaseClosed(case_id=case.pk, vendor=case.vendor.name, outcome=case.outcome, words=one_line(words, 500)),
        )
        return case


def _book(actor: Actor, case: Case, hours: Decimal) -> None:
    rate = case.vendor.terms.cost_per_hour if hasattr(case.vendor, "terms") else Decimal(0)
    amount = (hours * rate).quantize(CENT)
    case.hours += hours
    case.hours_cost += amount
    booked = CostBooked(
        case_id=case.pk, vendor=case.vendor.name, amount=str(amount), currency=case.currency, hours=str(hours)
    )
    note(actor, case, booked)


def reopen_case(*, actor: Actor, case_id: int, reason: str) -> Case:
    """Go on with a case that was closed, or that the vendor calls solved and is not. Raises Invalid, WrongState."""
    why = one_line(reason, 500)
    if not why:
        raise Invalid({"reason": "Say why it goes on."})
    with transaction.atomic():
        case = locked_case(actor, case_id)
        move(case, Verb.REOPEN)
        reopen_row(actor, case, why)
        case.save()
        return case
