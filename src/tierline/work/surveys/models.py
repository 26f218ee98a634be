"""How desks ask, whom they asked, what was answered, and who does not want to be asked."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tierline.core.kernel.actors import Actor
from tierline.desk.people.models import Desk, Person
from tierline.desk.tickets.models import Ticket

from .rules import HIGHEST, INTRO, LONGEST_DELAY, LOWEST, QUESTION, Settings, Starts, State, Way

STATES = [(one.value, one.value) for one in State]
WAYS = [(one.value, one.value) for one in Way]


class SurveyPlan(models.Model):
    """One version of how a desk asks. An edit makes a new one; a survey keeps the version it was asked under."""

    desk = models.ForeignKey(Desk, on_delete=models.CASCADE, related_name="+", db_index=False)
    version = models.PositiveIntegerField()
    active = models.BooleanField(default=True, help_text="The newest version, whether it asks or not.")
    enabled = models.BooleanField()
    question = models.CharField(max_length=QUESTION)
    intro = models.CharField(max_length=INTRO, blank=True)
    starts = models.CharField(max_length=10, choices=[(one.value, one.value) for one in Starts])
    delay_minutes = models.PositiveIntegerField()
    calendar = models.CharField(max_length=40, blank=True, default="", help_text="Empty: elapsed time.")
    every_days = models.PositiveSmallIntegerField()
    open_days = models.PositiveSmallIntegerField()
    codes = ArrayField(models.CharField(max_length=20))
    tier_0 = models.BooleanField()
    written_by = models.CharField(max_length=200)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["desk", "version"], name="survey_plan_version_once"),
            models.UniqueConstraint(fields=["desk"], condition=Q(active=True), name="survey_plan_one_in_force"),
            models.CheckConstraint(name="survey_plan_delay", condition=Q(delay_minutes__lte=LONGEST_DELAY)),
            models.CheckConstraint(
                name="survey_plan_days", condition=Q(every_days__lte=365, open_days__gte=1, open_days__lte=90)
            ),
        ]

    def __str__(self) -> str:
        return f"surveys of {self.desk_id}, version {self.version}"

    @property
    def settings(self) -> Settings:
        """The version as the rules read it."""
        return Settings(
            enabled=self.enabled,
            question=self.question,
            intro=self.intro,
            starts=Starts(self.starts),
            delay_minutes=self.delay_minutes,
            calendar=self.calendar,
            every_days=self.every_days,
            open_days=self.open_days,
            codes=tuple(self.codes),
            tier_0=self.tier_0,
        )


class SurveyQuerySet(models.QuerySet["Survey"]):
    def readable_by(self, viewer: Actor) -> Self:
        """Staff: those of the desks they see from inside. Requesters: their own, and nobody else's."""
        if viewer.is_machine:
            return self.all()
        own = Q(person_id=viewer.person_id or 0, ticket__requester_id=viewer.person_id or 0)
        return self.filter(own | Q(ticket__desk_id__in=viewer.desk_ids) if viewer.is_agent else own)


class Survey(models.Model):
    """One person asked about one solution of one ticket, or the reason why not.

    `key` makes the links of the mail; empty, they open nothing any more. Until `closes_at` an answer can be given or
    changed. `reason` stays with one that was withheld and rated on the portal all the same.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="surveys", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="surveys", db_index=False)
    plan = models.ForeignKey(SurveyPlan, on_delete=models.PROTECT, related_name="surveys", db_index=False)
    solved_at = models.DateTimeField(help_text="Which solution it is about: a ticket may be solved twice.")
    state = models.CharField(max_length=10, choices=STATES)
    reason = models.CharField(max_length=20, blank=True, default="")
    due_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    key = models.CharField(max_length=40, blank=True, default="")
    score = models.PositiveSmallIntegerField(null=True)
    comment = models.TextField(blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(null=True)
    way = models.CharField(max_length=10, blank=True, default="", choices=WAYS)

    objects = SurveyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "solved_at"], name="survey_once_a_solution"),
            models.CheckConstraint(
                name="survey_score_1_to_5", condition=Q(score__isnull=True) | Q(score__range=(LOWEST, HIGHEST))
            ),
            models.CheckConstraint(
                name="survey_answered_has_score_and_time",
                condition=Q(state=State.ANSWERED, score__isnull=False, answered_at__isnull=False)
                | (~Q(state=State.ANSWERED) & Q(score__isnull=True, answered_at__isnull=True, comment="")),
            ),
            models.CheckConstraint(
                name="survey_withheld_has_a_reason", condition=~Q(state=State.WITHHELD) | ~Q(reason="")
            ),
            models.CheckConstraint(
                name="survey_asked_has_its_times",
                condition=~Q(state=State.ASKED) | Q(asked_at__isnull=False, closes_at__gt=F("asked_at")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["person", "-asked_at"], name="survey_asked_lately", condition=Q(asked_at__isnull=False)
            ),
            models.Index(fields=["answered_at", "id"], name="survey_answers", condition=Q(state=State.ANSWERED)),
        ]

    def __str__(self) -> str:
        return f"survey {self.pk} about {self.ticket_id}, {self.state}"


class OptOut(models.Model):
    """Somebody does not want to be asked; `ended_at`: until they wanted it again."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", db_index=False)
    since = models.DateTimeField()
    way = models.CharField(max_length=10, choices=WAYS)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(ended_at__isnull=True), name="opted_out_once")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} is not asked since {self.since}"
