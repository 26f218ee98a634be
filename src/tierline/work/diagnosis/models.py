"""Evidence as it was read, healthy baselines, matchers of known errors and what they matched."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.models import Blob
from tierline.desk.catalogue.models import Product, Service
from tierline.desk.people.models import Desk, Person
from tierline.desk.tickets.models import Attachment, Ticket

from .rules.retention import USUAL, Retention

STATES = ("pending", "ready", "refused")


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def ready(self) -> Self:
        """Read to the end."""
        return self.filter(state="ready")

    def visible_to(self, viewer: Actor) -> Self:
        """Evidence of the tickets that exist for the viewer."""
        return self.filter(ticket__in=Ticket.objects.visible_to(viewer).values("pk"))


class Evidence(models.Model):
    """One attached file and what reading it showed. The original never changes; all else can be made again.

    `size` is in bytes (unpacked), `offsets` are byte positions in the redacted text every 1,000 lines, `buckets` and
    `bursts` hold seconds since 1970. `files` are those with a clock: `name`, `first` line, `started`, `ended`, `skew`
    (seconds ahead of the first); moments are by the first file's clock. `marks` is what `rules.skew` compares,
    `masked_at` the first line of each class. A refused file says why in `reason`; a ready one says
    there what was left out. `sha256` is the hash of the original for ever; once `original_removed_at` is set,
    `original` is empty.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="evidence", db_index=False)
    attachment = models.OneToOneField(Attachment, on_delete=models.CASCADE, related_name="evidence")
    original = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+", db_index=False)
    redacted = models.ForeignKey(Blob, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=[(state, state) for state in STATES], default="pending")
    reason = models.TextField(blank=True, default="")
    sentence = models.CharField(max_length=400, blank=True, default="")
    format = models.CharField(max_length=40, blank=True, default="")
    size = models.BigIntegerField(default=0)
    lines = models.BigIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    masked = models.JSONField(default=dict)
    masked_at = models.JSONField(default=dict)
    traces = models.JSONField(default=list)
    fingerprints = ArrayField(models.CharField(max_length=40), default=list)
    buckets = models.JSONField(default=list)
    bursts = models.JSONField(default=list)
    offsets = models.JSONField(default=list)
    gone = models.JSONField(default=list)
    facts = models.JSONField(default=dict)
    files = models.JSONField(default=list)
    marks = models.JSONField(default=dict)
    skew = models.IntegerField(default=0, help_text="Seconds by which its clock is ahead of that of `skew_to`.")
    skew_to = models.CharField(max_length=200, blank=True, default="")
    compared_with = models.PositiveIntegerField(default=0, help_text="Healthy files it was compared with.")
    collected_at = models.DateTimeField()
    analysed_at = models.DateTimeField(null=True)
    sha256 = models.CharField(max_length=64)
    retention = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Retention], default=USUAL)
    original_removed_at = models.DateTimeField(null=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["ticket", "id"], name="evidence_of_ticket"),
            models.Index(
                fields=["retention", "collected_at"],
                name="evidence_whose_time_ends",
                condition=Q(original_removed_at=None) & ~Q(retention__in=(Retention.TICKET, Retention.LEGAL_HOLD)),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="evidence_ready_has_redacted", condition=~Q(state="ready") | Q(redacted__isnull=False)
            ),
            models.CheckConstraint(name="evidence_refused_says_why", condition=~Q(state="refused") | ~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.ticket_id}"


class TicketNames(models.Model):
    """What redaction knows of a ticket's secrets: a keyed hash of each with its number, so that all files agree.

    `key` is sealed. `version` counts the files that added to it. Gone with the last original.
    """

    ticket = models.OneToOneField(Ticket, primary_key=True, on_delete=models.CASCADE, related_name="+")
    key = models.TextField()
    names = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"names of {self.ticket_id}"


class RetentionDefault(models.Model):
    """The class of retention that a desk's new files get."""

    desk = models.OneToOneField(Desk, primary_key=True, on_delete=models.CASCADE, related_name="+")
    retention = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Retention])
    changed_by = models.CharField(max_length=200)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.desk_id}: {self.retention}"


class Rebuild(models.Model):
    """All views made anew by today's rules, as a job: `cursor` is the last file that is done."""

    desk = models.ForeignKey(Desk, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    state = models.CharField(max_length=8, choices=[(one, one) for one in ("running", "done", "stopped")])
    cursor = models.BigIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    asked_by = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="rebuild_ends_once", condition=Q(state="running") ^ Q(finished_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"rebuild {self.pk}: {self.done} of {self.total}"


class EvidenceTemplate(models.Model):
    """A form of line in one file: how often, where first, and how it compares with healthy files.

    `when` is a figure (0 to 9) for each of the bars of the file's stretch of time, empty without a clock; `healthy` is
    how often it comes in a healthy file, None when there was none to compare with.
    """

    evidence = models.ForeignKey(Evidence, on_delete=models.CASCADE, related_name="templates", db_index=False)
    template_id = models.CharField(max_length=16)
    template = models.TextField()
    count = models.BigIntegerField()
    first_line = models.BigIntegerField()
    is_new = models.BooleanField(default=False)
    is_rare = models.BooleanField(default=False)
    when = models.CharField(max_length=40, blank=True, default="", db_default="")
    healthy = models.FloatField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["evidence", "template_id"], name="evidence_template_once")]
        indexes = [models.Index(fields=["template_id"], name="evidence_by_template")]

    def __str__(self) -> str:
        return self.template[:80]


class Unmasking(models.Model):
    """Somebody asked to read an original without masks, why, and until when they may. It ends by itself."""

    evidence = models.ForeignKey(Evidence, on_delete=models.CASCADE, related_name="unmaskings", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", db_index=False)
    reason = models.CharField(max_length=300)
    asked_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["evidence", "person", "-ends_at"], name="unmasking_of_person")]
        constraints = [
            models.CheckConstraint(name="unmasking_says_why", condition=~Q(reason="")),
            models.CheckConstraint(name="unmasking_ends", condition=Q(ends_at__gte=models.F("asked_at"))),
        ]

    def __str__(self) -> str:
        return f"{self.evidence_id} for {self.person_id} until {self.ends_at:%H:%M}"


class Baseline(models.Model):
    """Healthy files of one version of a product: template id -> in how many files, how often in all, and its text."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="baselines", db_index=False)
    release_version = models.CharField(max_length=40)
    bundles = models.PositiveIntegerField(default=0)
    seen_in = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    texts = models.JSONField(default=dict)
    evidence_ids = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "release_version"], name="baseline_once_per_version")]

    def __str__(self) -> str:
        return f"{self.product_id} {self.release_version}: {self.bundles}"


class Matcher(models.Model):
    """The executable part of a known error; `rule` is what `rules.match.from_json` reads.

    `lowest_tier` is the lowest tier that may apply the answer, `service` what it is about where that is known;
    `known_error_id` names the record of the room above.
    """

    ref = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=200)
    rule = models.JSONField()
    answer = models.TextField(blank=True, default="")
    lowest_tier = models.PositiveSmallIntegerField(default=1)
    service = models.ForeignKey(Service, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    known_error_id = models.BigIntegerField(null=True)
    desk = models.ForeignKey(
        Desk,
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        help_text="Of a confidential desk: only its tickets are looked at.",
    )
    active = models.BooleanField(default=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="matcher_lowest_tier_0_to_4", condition=Q(lowest_tier__range=(0, 4)))
        ]

    def __str__(self) -> str:
        return self.ref


class Match(models.Model):
    """A known error that fits a ticket, with the reasons in words."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="matches", db_index=False)
    matcher = models.ForeignKey(Matcher, on_delete=models.CASCADE, related_name="matches")
    score = models.FloatField()
    reasons = models.JSONField(default=list)
    matched_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "matcher"], name="match_once_per_ticket"),
            models.CheckConstraint(name="match_score_0_to_1", condition=Q(score__range=(0, 1))),
        ]

    def __str__(self) -> str:
        return f"{self.matcher_id} on {self.ticket_id}"
