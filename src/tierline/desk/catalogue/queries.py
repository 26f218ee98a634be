"""Reads about services, products and entitlements."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.models import Organisation, Person
from tierline.desk.people.rules import Right, require

from .models import Product, Release, Service, ServiceContract, Vendor


def services(viewer: Actor) -> list[Service]:
    """The active services: every one for requesters to ask about and for agents to choose."""
    del viewer  # the names of services are no secret; their tickets are
    return list(Service.objects.select_related("desk", "group").filter(active=True).order_by("desk__name", "name"))


def every_service(viewer: Actor) -> list[Service]:
    """All services, those at rest too, for set-up."""
    require(viewer, Right.SETUP)
    return list(Service.objects.select_related("desk", "group").order_by("desk__name", "-active", "name"))


def service(viewer: Actor, service_id: int) -> Service:
    """One service with its desk and group, for set-up. Raises NotFound."""
    require(viewer, Right.SETUP)
    found = Service.objects.select_related("desk", "group").filter(pk=service_id).first()
    if found is None:
        raise NotFound
    return found


def vendors(viewer: Actor) -> list[Vendor]:
    """The vendors whom tickets may wait for, by name."""
    del viewer  # as for services
    return list(Vendor.objects.filter(active=True).order_by("name"))


def plans() -> list[str]:
    """Every plan that some contract names, in order."""
    return list(ServiceContract.objects.order_by("plan").values_list("plan", flat=True).distinct())


def products(viewer: Actor) -> list[Product]:
    """All products by name."""
    del viewer
    return list(Product.objects.select_related("service").order_by("name"))


def releases(viewer: Actor, product_id: int) -> list[Release]:
    """The releases of a product, oldest first."""
    del viewer
    return list(Release.objects.filter(product_id=product_id).in_order())


def contract_of(organisation: Organisation | None, on: date) -> ServiceContract | None:
    """The entitlement of an organisation on a day; the newest counts."""
    if organisation is None:
        return None
    running = Q(ends_on__isnull=True) | Q(ends_on__gte=on)
    return ServiceContract.objects.filter(running, organisation=organisation, starts_on__lte=on).order_by("-pk").first()


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """An organisation with its contract of today, and how many people belong to it."""

    organisation: Organisation
    contract: ServiceContract | None
    people: int


def organisation_rows(viewer: Actor, on: date) -> list[OrganisationRow]:
    """All organisations by name, for those who set the desk up; in two statements."""
    require(viewer, Right.SETUP)
    found = Organisation.objects.select_related("account_manager").annotate(members=Count("people")).order_by("name")
    running = Q(ends_on__isnull=True) | Q(ends_on__gte=on)
    newest = ServiceContract.objects.filter(running, starts_on__lte=on).order_by("organisation_id", "-pk")
    contracts = {one.organisation_id: one for one in newest.distinct("organisation_id")}
    return [OrganisationRow(one, contracts.get(one.pk), one.members) for one in found]


def organisation(viewer: Actor, organisation_id: int) -> Organisation:
    """One organisation. Raises NotFound."""
    require(viewer, Right.SETUP)
    found = Organisation.objects.select_related("account_manager").filter(pk=organisation_id).first()
    if found is None:
        raise NotFound
    return found


def contracts_of(viewer: Actor, organisation_id: int) -> list[ServiceContract]:
    """Every contract that an organisation had and has, the newest first."""
    require(viewer, Right.SETUP)
    return list(ServiceContract.objects.filter(organisation_id=organisation_id).order_by("-pk"))


def named_manager(organisation_id: int | None, on: date) -> Person | None:
    """The account manager whom an organisation's contract of a day names to its people; None for nobody."""
    if organisation_id is None:
        return None
    contract = contract_of(Organisation(pk=organisation_id), on)
    if contract is None or not contract.names_manager:
        return None
    found = Organisation.objects.select_related("account_manager").get(pk=organisation_id).account_manager
    return found if found is not None and found.is_active else None
