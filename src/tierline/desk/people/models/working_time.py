"""When people work: the week's shifts, days that differ, absences with deputies, and on-call rotations."""

from datetime import date, datetime
from typing import Self

from django.db import models
from django.db.models import F, Q

from .accounts import Person, SupportGroup


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def covering(self, moment: datetime) -> Self:
        return self.filter(starts_at__lte=moment, ends_at__gt=moment)

    def within(self, start: datetime, end: datetime) -> Self:
        """Those that touch the time between two moments."""
        return self.filter(starts_at__lt=end, ends_at__gt=start)


class Absence(models.Model):
    """Away from `starts_at` up to, not including, `ends_at`; the deputy stands in."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="absences")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=20, default="leave")
    deputy = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="deputy_for")

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="absence_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(name="absence_deputy_is_another", condition=~Q(deputy=F("person"))),
        ]
        indexes = [models.Index(fields=["ends_at", "starts_at"], name="absence_at_a_moment")]

    def __str__(self) -> str:
        return f"{self.person_id} away"


class Shift(models.Model):
    """When a person works in a week: weekday 0 is Monday; minutes count from midnight in the person's time zone.

    A shift that ends past 1440 runs into the next day.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="shifts")
    weekday = models.PositiveSmallIntegerField()
    from_minute = models.PositiveSmallIntegerField()
    to_minute = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="shift_begins_on_its_day_and_lasts_a_day_at_most",
                condition=Q(
                    weekday__lte=6,
                    from_minute__lt=1440,
                    to_minute__gt=F("from_minute"),
                    to_minute__lte=F("from_minute") + 1440,
                ),
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} on {self.weekday}"


class DatedShift(models.Model):
    """What a person works on one day instead of the week's pattern; without minutes the day is free."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="dated_shifts")
    day: "models.DateField[date, date]" = models.DateField()
    from_minute = models.PositiveSmallIntegerField(null=True)
    to_minute = models.PositiveSmallIntegerField(null=True)
    note = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="dated_shift_is_free_or_lasts_a_day_at_most",
                condition=Q(from_minute__isnull=True, to_minute__isnull=True)
                | Q(from_minute__lt=1440, to_minute__gt=F("from_minute"), to_minute__lte=F("from_minute") + 1440),
            )
        ]
        indexes = [models.Index(fields=["day", "person"], name="dated_shift_of_a_day")]

    def __str__(self) -> str:
        return f"{self.person_id} on {self.day}"


class OnCallRotation(models.Model):
    """Who answers out of hours for a group: its people in turn, each for `days` days from `first_at` on."""

    group = models.ForeignKey(SupportGroup, on_delete=models.CASCADE, related_name="rotations")
    name = models.CharField(max_length=80)
    timezone = models.CharField(max_length=60, default="UTC")
    first_at = models.DateTimeField()
    days = models.PositiveSmallIntegerField(default=7)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="on_call_turn_lasts_days", condition=Q(days__range=(1, 366))),
            models.UniqueConstraint(fields=["group"], condition=Q(active=True), name="on_call_one_rotation_per_group"),
        ]

    def __str__(self) -> str:
        return self.name


class OnCallPlace(models.Model):
    """A person's place in a rotation."""

    rotation = models.ForeignKey(OnCallRotation, on_delete=models.CASCADE, related_name="places")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="on_call_places")
    place = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rotation", "place"], name="on_call_place_once")]
        ordering = ["place"]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.rotation_id}"


class OnCallSwap(models.Model):
    """Somebody takes over for a while; the latest swap that covers a moment counts."""

    rotation = models.ForeignKey(OnCallRotation, on_delete=models.CASCADE, related_name="swaps")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="on_call_swap_ends_later", condition=Q(ends_at__gt=F("starts_at")))]

    def __str__(self) -> str:
        return f"{self.person_id} takes over in {self.rotation_id}"
