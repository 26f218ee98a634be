"""The form of what was agreed with a vendor."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from tierline.ladder.vendors.models import Terms
from tierline.ladder.vendors.operations import Agreed

HOUR = 60  # minutes
MOST_HOURS = 24 * 365


class VendorForm(forms.Form):
    """A new vendor."""

    name = forms.CharField(label=_("Name"), max_length=80)


class TermsForm(forms.Form):
    """How a vendor is reached, what their contract grants, and what it costs."""

    address = forms.EmailField(label=_("Support address"), required=False, help_text=_("Where mail of a case goes."))
    senders = forms.CharField(
        label=_("Further senders"),
        required=False,
        widget=forms.Textarea,
        help_text=_("Addresses or @domain, one in a line. A mail that only names a case counts from these alone."),
    )
    reference_pattern = forms.CharField(
        label=_("How they number cases"),
        required=False,
        max_length=40,
        help_text=_("# stands for digits, @ for letters and digits: SR-#"),
    )
    number = forms.CharField(label=_("Contract number"), required=False, max_length=60)
    valid_until = forms.DateField(
        label=_("Valid until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    cases = forms.IntegerField(
        label=_("Cases in it"), required=False, min_value=0, max_value=100_000, help_text=_("Empty: any number.")
    )
    products = forms.TypedMultipleChoiceField(
        label=_("Products it covers"), required=False, coerce=int, help_text=_("None chosen: all of them.")
    )
    answer_hours = forms.DecimalField(
        label=_("First answer within hours"), required=False, min_value=0, max_value=MOST_HOURS, decimal_places=1
    )
    cost_per_case = forms.DecimalField(label=_("A case costs"), required=False, min_value=0, decimal_places=2)
    cost_per_hour = forms.DecimalField(label=_("An hour costs"), required=False, min_value=0, decimal_places=2)
    currency = forms.CharField(label=_("Currency"), max_length=3, initial="EUR")

    def __init__(
        self,
        data: MultiValueDict[str, str] | None = None,
        *,
        products: Sequence[tuple[int, str]],
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        chosen = self.fields["products"]
        if isinstance(chosen, forms.TypedMultipleChoiceField):
            chosen.choices = list(products)

    @property
    def agreed(self) -> Agreed:
        """What the valid form says."""
        said = self.cleaned_data
        hours = said["answer_hours"]
        return Agreed(
            address=said["address"],
            senders=tuple(said["senders"].split()),
            reference_pattern=said["reference_pattern"],
            number=said["number"],
            valid_until=said["valid_until"],
            cases=said["cases"],
            products=tuple(said["products"]),
            answer_minutes=int(hours * HOUR) if hours else None,
            cost_per_case=said["cost_per_case"] or Decimal(0),
            cost_per_hour=said["cost_per_hour"] or Decimal(0),
            currency=said["currency"],
        )


def typed_before(terms: Terms | None) -> dict[str, Any]:
    """What the form shows of the terms as they are."""
    if terms is None:
        return {}
    names = ("address", "reference_pattern", "number", "valid_until", "cases", "cost_per_case", "cost_per_hour")
    values = {name: getattr(terms, name) for name in (*names, "currency")}
    minutes = terms.answer_minutes
    return {
        **values,
        "senders": "\n".join(terms.senders),
        "products": [one.pk for one in terms.products.all()],
        "answer_hours": Decimal(minutes) / HOUR if minutes else None,
        "valid_until": terms.valid_until.isoformat() if terms.valid_until else "",
    }
