"""Vendors: how each is reached, what the contract grants and what a case costs."""

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tierline.core.kernel.errors import TierlineError
from tierline.desk.catalogue import operations as catalogue
from tierline.desk.catalogue import queries as catalogue_queries
from tierline.desk.people.rules import Right
from tierline.desk.sla.operations import slug
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.said import say
from tierline.doors.web.setup.frame import setup_page, show, status_for
from tierline.doors.web.setup.vendor_forms import TermsForm, VendorForm, typed_before
from tierline.ladder.vendors import operations, queries

PLACE = "setup:vendors"


@needs(Right.SETUP)
@require_http_methods(["GET", "POST"])
def vendors(request: SignedInRequest) -> HttpResponse:
    """All vendors, and the form for a new one."""
    form = VendorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        try:
            made = catalogue.create_vendor(actor=request.actor, key=slug(name), name=name)
        except TierlineError as problem:
            show(form, problem)
        else:
            say(request, _("%(name)s is there. Write down what was agreed.") % {"name": made.name})
            return HttpResponseRedirect(reverse("setup:vendor", args=[made.pk]))
    context = {"vendors": queries.vendors(request.actor), "form": form}
    return setup_page(request, "setup/vendors.html", PLACE, context, status=status_for(form))


@needs(Right.SETUP)
@require_http_methods(["GET", "POST"])
def vendor(request: SignedInRequest, vendor_id: int) -> HttpResponse:
    """What was agreed with one vendor."""
    found = queries.vendor(request.actor, vendor_id)
    products = [(one.pk, one.name) for one in catalogue_queries.products(request.actor)]
    form = TermsForm(request.POST or None, products=products, initial=typed_before(found.terms))
    if request.method == "POST" and form.is_valid():
        try:
            operations.set_terms(actor=request.actor, vendor_id=vendor_id, agreed=form.agreed)
        except TierlineError as problem:
            show(form, problem)
        else:
            say(request, _("Saved. Cases that are open keep what they cost."))
            return HttpResponseRedirect(reverse("setup:vendor", args=[vendor_id]))
    return setup_page(request, "setup/vendor.html", PLACE, {"row": found, "form": form}, status=status_for(form))
