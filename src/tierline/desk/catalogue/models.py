"""What the desk supports and under which contract: services, products, releases, entitlements."""

from datetime import date
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tierline.desk.people.models import Desk, Organisation, Person, SupportGroup

from .rules import release_ordinal


class Service(models.Model):
    """Something people use and ask about. `group` gets its tickets first."""

    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="services")
    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    group = models.ForeignKey(SupportGroup, null=True, blank=True, on_delete=models.SET_NULL, related_name="services")
    owner = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    critical = models.BooleanField(default=False, help_text="When it fails for a group, it is a major incident.")
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Vendor(models.Model):
    """Somebody outside on whom a service depends, by an underpinning contract. Their time is a clock of its own."""

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """A thing with versions, made here or bought."""

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    service = models.ForeignKey(Service, null=True, blank=True, on_delete=models.SET_NULL, related_name="products")
    vendor = models.CharField(max_length=80, blank=True, default="")

    def __str__(self) -> str:
        return self.name


class ReleaseQuerySet(models.QuerySet["Release"]):
    def in_order(self) -> Self:
        """Oldest first, by version number, not by text."""
        return self.order_by("ordinal", "version")


class Release(models.Model):
    """One version of a product. `ordinal` sorts 5.10 after 5.9."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="releases")
    version = models.CharField(max_length=40)
    ordinal = ArrayField(models.IntegerField(), default=list)
    released_on = models.DateField(null=True, blank=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "version"], name="release_once")]

    def __str__(self) -> str:
        return f"{self.product_id} {self.version}"

    @classmethod
    def new(cls, *, product: Product, version: str) -> Self:
        """An unsaved release with its place in the order."""
        return cls(product=product, version=version, ordinal=release_ordinal(version))


class Component(models.Model):
    """A part of a product that can be at fault."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="components")
    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "key"], name="component_once")]

    def __str__(self) -> str:
        return self.name


class ServiceContract(models.Model):
    """What an organisation is entitled to: plan, hours, and the highest tier it may reach directly.

    A new agreement is a new row, and the newest that runs counts.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="contracts")
    plan = models.CharField(max_length=40)
    around_the_clock = models.BooleanField(default=False)
    direct_tier = models.PositiveSmallIntegerField(default=0, help_text="0: starts with self-service.")
    starts_on = models.DateField()
    ends_on: "models.DateField[date | None, date | None]" = models.DateField(null=True, blank=True)
    names_manager = models.BooleanField(default=False, help_text="The portal names the account manager to its people.")

    class Meta:
        constraints = [
            models.CheckConstraint(name="contract_direct_tier_0_to_3", condition=Q(direct_tier__range=(0, 3)))
        ]

    def __str__(self) -> str:
        return f"{self.plan} for {self.organisation_id}"
