"""What people can do: skills with levels, how skills help with others, certificates and languages."""

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from tierline.desk.people.rules import LANGUAGE_LEVELS, LinkKind

from .accounts import Person


class Skill(models.Model):
    """Something one can be good at. `links` make a graph without cycles: see `SkillLink`.

    `version` counts the skill's own timeline, which tells who renamed and linked it.
    """

    timeline_kind: ClassVar[str] = "skill"

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=300, blank=True, default="")
    version = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class SkillLink(models.Model):
    """Who has `skill` also has some of `toward`: because it is a part of it, or because it helps with it.

    A skill may have several; following them never leads back (`operations.link_skills` refuses a cycle).
    """

    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="links")
    toward = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="linked_from")
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in LinkKind])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["skill", "toward"], name="skill_link_once"),
            models.CheckConstraint(name="skill_link_not_to_itself", condition=~Q(skill=F("toward"))),
        ]

    def __str__(self) -> str:
        return f"{self.skill_id} {self.kind} {self.toward_id}"


class PersonSkill(models.Model):
    """A skill with its level: 1 learns, 2 works alone, 3 teaches."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="skills")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="holders")
    level = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "skill"], name="person_skill_once"),
            models.CheckConstraint(name="person_skill_level_1_to_3", condition=Q(level__range=(1, 3))),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.skill_id} {self.level}"


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def valid_on(self, day: date) -> Self:
        """Those that count on a day: up to and including the day they expire on, unless withdrawn."""
        return self.filter(Q(expires_on__isnull=True) | Q(expires_on__gte=day), withdrawn_at__isnull=True)


class Certificate(models.Model):
    """A proof of skill from outside, which may expire. `evidence_*` is the document that shows it."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="certificates")
    name = models.CharField(max_length=120)
    issuer = models.CharField(max_length=120)
    number = models.CharField(max_length=80, blank=True, default="")
    skill = models.ForeignKey(Skill, null=True, blank=True, on_delete=models.PROTECT, related_name="certificates")
    issued_on = models.DateField()
    expires_on: "models.DateField[date | None, date | None]" = models.DateField(null=True, blank=True)
    evidence = models.ForeignKey("kernel.Blob", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    evidence_name = models.CharField(max_length=200, blank=True, default="")
    evidence_type = models.CharField(max_length=100, blank=True, default="")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="certificate_expires_after_issue",
                condition=Q(expires_on__isnull=True) | Q(expires_on__gte=F("issued_on")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.person_id}"


class CertificateReminder(models.Model):
    """That somebody was reminded of a certificate so many days before it expires; once each."""

    certificate = models.ForeignKey(Certificate, on_delete=models.CASCADE, related_name="reminders")
    days_before = models.PositiveSmallIntegerField()
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["certificate", "days_before"], name="certificate_reminder_once")]

    def __str__(self) -> str:
        return f"{self.certificate_id}, {self.days_before} days before"


class PersonLanguage(models.Model):
    """A language somebody can help in: two letters of ISO 639-1, and a level of the Common European Framework."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="languages")
    code = models.CharField(max_length=2)
    level = models.CharField(max_length=2, choices=[(level, level) for level in LANGUAGE_LEVELS])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "code"], name="person_language_once"),
            models.CheckConstraint(name="person_language_level_known", condition=Q(level__in=LANGUAGE_LEVELS)),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.code} {self.level}"
