"""Desks, organisations, persons, support groups on their tiers, and how people come in."""

from datetime import datetime
from typing import ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from tierline.core.kernel.actors import WORKERS
from tierline.desk.people.rules import Role, Tier

ROLES = [(role.value, role.name.title()) for role in Role]
TIERS = [(tier.value, tier.name.replace("_", " ").title()) for tier in Tier]


class Desk(models.Model):
    """IT, HR or customer support. The tickets of a confidential desk do not exist for the others."""

    key = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=[("it", "IT"), ("hr", "HR"), ("customer", "Customer support")])
    confidential = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class Organisation(models.Model):
    """A customer or a part of the own house. `version` counts its own timeline: what was agreed, and by whom."""

    timeline_kind: ClassVar[str] = "organisation"

    name = models.CharField(max_length=120, unique=True)
    domain = models.CharField(max_length=120, blank=True, default="", help_text="Mail domain, for new requesters.")
    account_manager = models.ForeignKey("Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(Lower("domain"), name="organisation_by_domain")]

    def __str__(self) -> str:
        return self.name


class SupportGroup(models.Model):
    """A support group stands on exactly one tier of one desk. `version` counts its timeline: who planned on-call."""

    timeline_kind: ClassVar[str] = "group"

    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="groups")
    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    tier = models.PositiveSmallIntegerField(choices=TIERS)
    email = models.EmailField(blank=True, default="")
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=0)
    members: "models.ManyToManyField[Person, Membership]" = models.ManyToManyField(
        "Person", through="Membership", related_name="groups"
    )

    class Meta:
        constraints = [models.CheckConstraint(name="group_tier_0_to_4", condition=Q(tier__range=(0, 4)))]

    def __str__(self) -> str:
        return self.name


class PersonQuerySet(models.QuerySet["Person"]):
    def staff(self) -> Self:
        """Everyone who works on tickets, on all desks or on one."""
        return self.filter(Q(roles__overlap=sorted(WORKERS)) | ~Q(desk_roles=[]), is_active=True)

    def with_address(self, email: str) -> Self:
        return self.filter(email=email.strip().lower())


class PersonManager(BaseUserManager["Person"]):
    """Django's sign-in asks for a person by address, whatever its case."""

    def get_queryset(self) -> PersonQuerySet:
        return PersonQuerySet(self.model, using=self._db)

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get_queryset().get(email=(username or "").strip().lower())

    def staff(self) -> PersonQuerySet:
        return self.get_queryset().staff()

    def with_address(self, email: str) -> PersonQuerySet:
        return self.get_queryset().with_address(email)


class Person(AbstractBaseUser):
    """A human being, known by e-mail address, which is kept in lower case.

    Without a usable password they can be helped but cannot sign in. `version` counts the person's own timeline, which
    tells who changed their roles, skills, certificates and working time.
    """

    timeline_kind: ClassVar[str] = "person"

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120)
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="people"
    )
    roles = ArrayField(models.CharField(max_length=20, choices=ROLES), default=list)
    desk_roles = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, help_text="Roles for one desk: role:desk."
    )
    job_title = models.CharField(max_length=120, blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")
    locale = models.CharField(max_length=10, default="en")
    timezone = models.CharField(max_length=60, default="UTC")
    theme = models.CharField(max_length=6, default="system", choices=[(t, t) for t in ("system", "light", "dark")])
    vip = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    mail_failed_at = models.DateTimeField(null=True, blank=True, help_text="Set when mail to this address bounced.")
    capacity = models.PositiveSmallIntegerField(default=20, help_text="Open tickets at the same time.")
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=0)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    objects = PersonManager()

    class Meta:
        constraints = [models.CheckConstraint(name="person_address_is_lower_case", condition=Q(email=Lower("email")))]
        indexes = [models.Index(fields=["name"], name="person_search_by_name")]

    def __str__(self) -> str:
        return self.name or self.email


class Membership(models.Model):
    """A person works in a support group."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    group = models.ForeignKey(SupportGroup, on_delete=models.CASCADE, related_name="memberships")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "group"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.group_id}"


class SignInAttempt(models.Model):
    """A failed sign-in, kept long enough to slow down guessing."""

    address = models.CharField(max_length=254)
    remote = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["address", "remote", "at"], name="sign_in_attempt_recent")]

    def __str__(self) -> str:
        return self.address


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self, at: datetime) -> Self:
        """Neither revoked nor expired at the moment `at`, of a person who may come in."""
        lasting = Q(expires_at__isnull=True) | Q(expires_at__gt=at)
        return self.filter(lasting, revoked_at__isnull=True, person__is_active=True)


class ApiToken(models.Model):
    """A key with which a program acts as a person. Only the SHA-256 of the random secret is kept.

    `last_used_at` is coarse: it moves at most once an hour.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = ApiTokenQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} of {self.person_id}"
