"""The verbs on services, products, releases and entitlements."""

from datetime import date

from django.db import IntegrityError, transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import one_line
from tierline.core.timeline.operations import record
from tierline.core.timeline.rules import Payload
from tierline.desk.people.models import Desk, Organisation, SupportGroup
from tierline.desk.people.rules import Right, require

from .errors import KeyInUse
from .events import ContractAgreed, ContractEnded
from .models import Component, Product, Release, Service, ServiceContract, Vendor


def create_service(
    *, actor: Actor, desk: Desk, key: str, name: str, group: SupportGroup | None = None, critical: bool = False
) -> Service:
    """A service of a desk; `critical`: its failure for a group is a major incident. Raises KeyInUse."""
    require(actor, Right.SETUP)
    try:
        with transaction.atomic():
            return Service.objects.create(desk=desk, key=key, name=one_line(name, 80), group=group, critical=critical)
    except IntegrityError as problem:
        raise KeyInUse from problem


def change_service(
    *, actor: Actor, service_id: int, name: str, group: SupportGroup | None, critical: bool, active: bool
) -> Service:
    """Name it anew, say who looks first, whether its failure is a major incident, and whether it can be asked about.

    Its desk stays. Raises Invalid for no name or a group of another desk, and NotFound.
    """
    require(actor, Right.SETUP)
    with transaction.atomic():
        service = Service.objects.select_for_update().filter(pk=service_id).first()
        if service is None:
            raise NotFound
        called = one_line(name, 80)
        if not called:
            raise Invalid({"name": "A service needs a name."})
        if group is not None and group.desk_id != service.desk_id:
            raise Invalid({"group": f"{group.name} belongs to another desk."})
        service.name, service.group, service.critical, service.active = called, group, critical, active
        service.save(update_fields=["name", "group", "critical", "active"])
        return service


def create_vendor(*, actor: Actor, key: str, name: str) -> Vendor:
    """Somebody outside whom tickets may wait for. Raises KeyInUse."""
    require(actor, Right.SETUP)
    try:
        with transaction.atomic():
            return Vendor.objects.create(key=key, name=one_line(name, 80))
    except IntegrityError as problem:
        raise KeyInUse from problem


def create_product(
    *,
    actor: Actor,
    key: str,
    name: str,
    service: Service | None = None,
    vendor: str = "",
    components: tuple[str, ...] = (),
) -> Product:
    """A product with its components. Raises KeyInUse."""
    require(actor, Right.SETUP)
    try:
        with transaction.atomic():
            product = Product.objects.create(key=key, name=one_line(name, 80), service=service, vendor=vendor)
            Component.objects.bulk_create(Component(product=product, key=part, name=part) for part in components)
            return product
    except IntegrityError as problem:
        raise KeyInUse from problem


def add_release(*, actor: Actor, product: Product, version: str, released_on: date | None = None) -> Release:
    """A version of a product; naming it twice gives the same one. Raises Invalid for a version without a number."""
    require(actor, Right.SETUP)
    release = Release.new(product=product, version=one_line(version, 40))
    if not release.ordinal:
        raise Invalid({"version": "A version needs a number, for example 5.2.1."})
    known = Release.objects.filter(product=product, version=release.version).first()
    if known is not None:
        return known
    release.released_on = released_on or clock.now().date()
    release.save(force_insert=True)
    return release


def agree_contract(
    *,
    actor: Actor,
    organisation: Organisation,
    plan: str,
    direct_tier: int = 0,
    around_the_clock: bool = False,
    names_manager: bool = False,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> ServiceContract:
    """What an organisation is entitled to from a day on, today unless said otherwise; the newest that runs counts.

    Raises Invalid for a direct tier outside 0 to 3, no plan, or an end before the beginning.
    """
    require(actor, Right.SETUP)
    begin = starts_on or clock.now().date()
    if direct_tier not in range(4):
        raise Invalid({"direct_tier": "A contract may open tiers 0 to 3."})
    if not one_line(plan, 40):
        raise Invalid({"plan": "A contract needs a plan."})
    if ends_on is not None and ends_on < begin:
        raise Invalid({"ends_on": "A contract cannot end before it begins."})
    with transaction.atomic():
        locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
        made = ServiceContract.objects.create(
            organisation=locked,
            plan=one_line(plan, 40),
            direct_tier=direct_tier,
            around_the_clock=around_the_clock,
            names_manager=names_manager,
            starts_on=begin,
            ends_on=ends_on,
        )
        payload = ContractAgreed(
            contract_id=made.pk,
            plan=made.plan,
            direct_tier=direct_tier,
            around_the_clock=around_the_clock,
            names_manager=names_manager,
            starts_on=begin.isoformat(),
            ends_on=ends_on.isoformat() if ends_on else "",
        )
        _note(locked, payload, actor=actor)
        return made


def end_contract(*, actor: Actor, contract_id: int, ends_on: date) -> ServiceContract:
    """Let a contract end with a day. Raises NotFound, and Invalid for a day before its beginning."""
    require(actor, Right.SETUP)
    with transaction.atomic():
        found = ServiceContract.objects.select_for_update().filter(pk=contract_id).first()
        if found is None:
            raise NotFound
        if ends_on < found.starts_on:
            raise Invalid({"ends_on": "A contract cannot end before it begins."})
        found.ends_on = ends_on
        found.save(update_fields=["ends_on"])
        payload = ContractEnded(contract_id=found.pk, plan=found.plan, ends_on=ends_on.isoformat())
        _note(Organisation.objects.select_for_update().get(pk=found.organisation_id), payload, actor=actor)
        return found


def _note(organisation: Organisation, payload: Payload, *, actor: Actor) -> None:
    """Record an event on a locked organisation's timeline."""
    record(organisation, payload=payload, actor=actor)
    organisation.save(update_fields=["version"])
