"""The rate card: what one ticket costs at each tier, and where the figure comes from."""

from decimal import Decimal, InvalidOperation

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tierline.core.kernel.errors import Invalid
from tierline.core.kernel.text import whole_number
from tierline.desk.people.rules import Right, may, require
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.reports.frame import report_page
from tierline.doors.web.said import say
from tierline.insight.economics import operations, queries


@needs(Right.INSIGHT_READ)
@require_http_methods(["GET", "POST"])
def rates(request: SignedInRequest) -> HttpResponse:
    """Read the card; those who set up the desk may change it."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        require(request.actor, Right.SETUP)
        try:
            set_from(request)
        except Invalid as problem:
            errors = problem.fields
        else:
            say(request, _("Saved. Every figure counts with it from now on."))
            return HttpResponseRedirect(reverse("insights:rates"))
    context = {
        "card": queries.rate_card(request.actor),
        "may_change": may(request.actor, Right.SETUP),
        "errors": errors,
        "posted": request.POST,
    }
    response = report_page(request, "reports/rates.html", "insights:rates", context)
    response.status_code = 422 if errors else 200
    return response


def set_from(request: SignedInRequest) -> None:
    """Set the rate that the form says. Raises Invalid."""
    try:
        amount = Decimal(request.POST.get("amount", "").strip().replace(",", "."))
    except InvalidOperation as problem:
        raise Invalid({"amount": _("Give an amount, for example 22.50.")}) from problem
    tier, year = (whole_number(request.POST.get(name, "")) for name in ("tier", "year"))
    if tier is None or year is None:
        raise Invalid({"year": _("Give a year.")})
    operations.set_rate(
        actor=request.actor,
        amount=amount,
        tier=tier,
        year=year,
        currency=request.POST.get("currency", ""),
        source=request.POST.get("source", ""),
    )
