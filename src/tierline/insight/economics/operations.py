"""The one verb of economics: keep the rate card."""

from decimal import Decimal

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid
from tierline.core.kernel.text import one_line
from tierline.desk.people.rules import Right, require

from .models import Rate
from .rules import CENT, DEFAULTS


def set_rate(*, actor: Actor, tier: int, amount: Decimal, currency: str, source: str, year: int) -> Rate:
    """Say what a ticket costs at a tier, and where the figure comes from. Raises Invalid and NotFound."""
    require(actor, Right.SETUP)
    wrong = _wrong(tier, amount, currency, source)
    if wrong:
        raise Invalid(wrong)
    values = {
        "amount": amount.quantize(CENT),
        "currency": currency.upper(),
        "source": one_line(source, 120),
        "year": year,
        "changed_at": clock.now(),
    }
    with transaction.atomic():
        rate, _ = Rate.objects.update_or_create(tier=tier, defaults=values)
        return rate


def _wrong(tier: int, amount: Decimal, currency: str, source: str) -> dict[str, str]:
    wrong = {}
    if tier not in DEFAULTS:
        wrong["tier"] = "Tiers run from 0 to 4."
    if not amount.is_finite() or not 0 <= amount < Decimal(10**8):
        wrong["amount"] = "Give an amount from 0 up."
    if len(currency) != len("EUR") or not currency.isalpha():
        wrong["currency"] = "Use a code of three letters, such as EUR."
    if not source.strip():
        wrong["source"] = "Say where the figure comes from."
    return wrong
