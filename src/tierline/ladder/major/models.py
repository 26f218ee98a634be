"""Major incidents: the ticket that carries one, its parts, its updates and whom they reached, its review."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tierline.core.kernel.actors import Actor
from tierline.core.timeline.rules import Audience
from tierline.desk.people.models import Person
from tierline.desk.tickets.models import Ticket

from .rules import ACTIVE, Shown, State, Step

_ACTIVE = Q(state__in=sorted(ACTIVE))


def grounds_of_status(viewer: Actor) -> dict[str, Q]:
    """Why somebody reads a status page: it is shown to them, or a ticket of theirs is in it."""
    own = {
        "carrier": Q(ticket__requester_id=viewer.person_id or 0),
        "part": Q(pk__in=Child.objects.filter(ticket__requester_id=viewer.person_id or 0).values("major_id")),
    }
    shown = Q(ticket__desk__confidential=False)
    return {
        **own,
        "everyone": shown & Q(shown_to=Shown.EVERYONE),
        "organisation": shown & Q(shown_to=Shown.ORGANISATION, ticket__organisation_id=viewer.organisation_id or 0),
    }


class MajorIncidentQuerySet(models.QuerySet["MajorIncident"]):
    def inside(self, viewer: Actor) -> Self:
        """Those on the desks that the viewer sees from inside; machines see all."""
        if viewer.is_machine:
            return self.all()
        return self.filter(ticket__desk_id__in=viewer.desk_ids or {0}) if viewer.is_agent else self.none()

    def on_status_page_of(self, viewer: Actor) -> Self:
        """Those about which something public was said that this person may read."""
        ground = Q(pk=0)
        for one in grounds_of_status(viewer).values():
            ground |= one
        public = Update.objects.public().values("major_id")
        return self.filter(ground, pk__in=public)

    def active(self) -> Self:
        """Declared or mitigated: not stood down."""
        return self.filter(_ACTIVE)


class MajorIncident(models.Model):
    """An incident that everybody drops everything for (ITIL 4). The ticket keeps its timeline, clocks and owner.

    `public_title` names it outside; `cadence` is in minutes; `alarmed_for` is the due time of which a missed update
    was recorded last; `resolves` says whether its parts are resolved with it.
    """

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="major")
    state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in State], default=State.DECLARED)
    public_title = models.CharField(max_length=200)
    shown_to = models.CharField(max_length=12, choices=[(s.value, s.value) for s in Shown], default=Shown.EVERYONE)
    criteria = ArrayField(models.CharField(max_length=24), default=list)
    reason = models.CharField(max_length=500, blank=True, default="")
    cadence = models.PositiveSmallIntegerField()
    next_update_at = models.DateTimeField(null=True)
    alarmed_for = models.DateTimeField(null=True)
    missed = models.PositiveSmallIntegerField(default=0)
    commander = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    communications = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    scribe = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    declared_at = models.DateTimeField()
    declared_by = models.CharField(max_length=200)
    mitigated_at = models.DateTimeField(null=True)
    stood_down_at = models.DateTimeField(null=True)
    resolves = models.BooleanField(default=False)
    happened = models.TextField(blank=True, default="")
    contributing = models.TextField(blank=True, default="")
    went_well = models.TextField(blank=True, default="")
    reviewed_at = models.DateTimeField(null=True)

    objects = MajorIncidentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="major_criteria_or_reason", condition=~Q(criteria=[]) | ~Q(reason="")),
            models.CheckConstraint(name="major_over_has_moment", condition=_ACTIVE ^ Q(stood_down_at__isnull=False)),
            models.CheckConstraint(
                name="major_review_has_every_part",
                condition=~Q(state=State.REVIEWED)
                | (Q(reviewed_at__isnull=False) & ~Q(happened="") & ~Q(contributing="") & ~Q(went_well="")),
            ),
        ]
        indexes = [models.Index(fields=["-declared_at"], name="major_newest")]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """The name people use, for example `MAJ-3`."""
        return f"MAJ-{self.pk}"

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE


class Child(models.Model):
    """A ticket that is a part of a major incident. A ticket is a part of one."""

    major = models.ForeignKey(MajorIncident, on_delete=models.CASCADE, related_name="children", db_index=False)
    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="major_part")
    attached_by = models.CharField(max_length=200)
    attached_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["major", "ticket"], name="children_of_major")]

    def __str__(self) -> str:
        return f"{self.ticket_id} of MAJ-{self.major_id}"


class UpdateQuerySet(models.QuerySet["Update"]):
    def public(self) -> Self:
        """What everybody may read to whom the status page is shown."""
        return self.filter(audience=Audience.REQUESTER)


class Update(models.Model):
    """Words about the state of things, to exactly one audience: colleagues or requesters."""

    major = models.ForeignKey(MajorIncident, on_delete=models.CASCADE, related_name="updates", db_index=False)
    step = models.CharField(max_length=12, choices=[(s.value, s.value) for s in Step], default=Step.UPDATE)
    audience = models.CharField(max_length=12, choices=[(a.value, a.value) for a in Audience])
    text = models.TextField()
    next_by = models.DateTimeField(null=True, help_text="When the words after these were promised.")
    written_by = models.CharField(max_length=200)
    at = models.DateTimeField()

    objects = UpdateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="major_update_has_one_audience", condition=Q(audience__in=[Audience.REQUESTER, Audience.INTERNAL])
            ),
            models.CheckConstraint(
                name="major_last_words_are_public",
                condition=~Q(step=Step.STOOD_DOWN) | Q(audience=Audience.REQUESTER),
            ),
        ]
        indexes = [models.Index(fields=["major", "-id"], name="updates_of_major")]

    def __str__(self) -> str:
        return f"{self.audience} update {self.pk}"


class Told(models.Model):
    """A person was told an update, on a ticket of theirs or, as a subscriber, by mail alone. Once each.

    The row is written in the transaction of the message: there is never one without the other.
    """

    update = models.ForeignKey(Update, on_delete=models.CASCADE, related_name="told", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", db_index=False)
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    told_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["update", "person"], name="major_told_once")]

    def __str__(self) -> str:
        return f"{self.person_id} knows {self.update_id}"


class Subscription(models.Model):
    """Somebody wants to hear about a major incident without a ticket of their own."""

    major = models.ForeignKey(MajorIncident, on_delete=models.CASCADE, related_name="subscriptions", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", db_index=False)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["major", "person"], name="major_subscribed_once")]

    def __str__(self) -> str:
        return f"{self.person_id} hears of MAJ-{self.major_id}"


class ReviewAction(models.Model):
    """What follows from a review: somebody does something by a day."""

    major = models.ForeignKey(MajorIncident, on_delete=models.CASCADE, related_name="actions")
    what = models.CharField(max_length=300)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    due_on = models.DateField()
    done_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["due_on"], name="major_actions_due", condition=Q(done_at__isnull=True))]

    def __str__(self) -> str:
        return self.what
