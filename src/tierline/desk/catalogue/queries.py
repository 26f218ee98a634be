"""Reads about services, products and entitlements."""

from datetime import date

from django.db.models import Q

from tierline.core.kernel.actors import Actor
from tierline.desk.people.models import Organisation

from .models import Product, Release, Service, ServiceContract, Vendor


def services(viewer: Actor) -> list[Service]:
    """The active services: every one for requesters to ask about and for agents to choose."""
    del viewer  # the names of services are no secret; their tickets are
    return list(Service.objects.select_related("desk", "group").filter(active=True).order_by("desk__name", "name"))


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
