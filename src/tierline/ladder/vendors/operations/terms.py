"""What was agreed with a vendor."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import one_line
from tierline.desk.catalogue.models import Product, Vendor
from tierline.desk.people.rules import Right, require
from tierline.ladder.vendors.models import Terms
from tierline.ladder.vendors.rules import address_fault, pattern_fault

MOST_SENDERS = 50
LARGEST = Decimal("99999999.99")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What a form says of a vendor; as `Terms`. `products` are their ids."""

    address: str = ""
    senders: tuple[str, ...] = ()
    reference_pattern: str = ""
    number: str = ""
    valid_until: date | None = None
    cases: int | None = None
    products: tuple[int, ...] = ()
    answer_minutes: int | None = None
    cost_per_case: Decimal = Decimal(0)
    cost_per_hour: Decimal = Decimal(0)
    currency: str = "EUR"


def set_terms(*, actor: Actor, vendor_id: int, agreed: Agreed) -> Terms:
    """Write down what was agreed; cases that are open keep what they cost. Raises Invalid and NotFound."""
    require(actor, Right.SETUP)
    wrong = _faults(agreed)
    if wrong:
        raise Invalid(wrong)
    with transaction.atomic():
        vendor = Vendor.objects.select_for_update().filter(pk=vendor_id).first()
        if vendor is None:
            raise NotFound
        terms = Terms.objects.filter(vendor=vendor).first() or Terms(vendor=vendor)
        terms.address = agreed.address.strip().lower()
        terms.senders = _each(agreed.senders)
        terms.reference_pattern = agreed.reference_pattern.strip()
        terms.number = one_line(agreed.number, 60)
        terms.valid_until, terms.cases = agreed.valid_until, agreed.cases
        terms.answer_minutes = agreed.answer_minutes
        terms.cost_per_case, terms.cost_per_hour = agreed.cost_per_case, agreed.cost_per_hour
        terms.currency = agreed.currency.strip().upper()
        terms.changed_by, terms.changed_at = actor.label, clock.now()
        terms.save()
        terms.products.set(Product.objects.filter(pk__in=agreed.products))
        return terms


def _each(senders: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(one.strip().lower() for one in senders if one.strip()))


def _faults(agreed: Agreed) -> dict[str, str]:
    wrong = {
        "address": _mail_fault(agreed.address.strip()),
        "senders": next(filter(None, map(address_fault, _each(agreed.senders))), ""),
        "reference_pattern": pattern_fault(agreed.reference_pattern.strip()),
        "currency": "" if _is_currency(agreed.currency.strip()) else "A currency has three letters, such as EUR.",
    }
    if len(agreed.senders) > MOST_SENDERS:
        wrong["senders"] = f"At most {MOST_SENDERS} addresses. Write @domain for all of a domain."
    for name in ("cost_per_case", "cost_per_hour"):
        if not 0 <= getattr(agreed, name) <= LARGEST:
            wrong[name] = "A cost is 0 or more."
    wrong["products"] = _missing(agreed.products)
    return {name: words for name, words in wrong.items() if words}


def _mail_fault(address: str) -> str:
    try:
        validate_email(address) if address else None
    except ValidationError:
        return "This is no mail address."
    return ""


def _is_currency(text: str) -> bool:
    return len(text) == 3 and text.isascii() and text.isalpha()  # noqa: PLR2004 (ISO 4217)


def _missing(products: Collection[int]) -> str:
    there = Product.objects.filter(pk__in=products).count()
    return "" if there == len(set(products)) else "Choose products of the list."
