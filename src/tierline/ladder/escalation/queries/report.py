"""What became of the hand-overs of a period, by tier pair; every count can be opened."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Aggregate, Count, F, FloatField, Q

from tierline.core.kernel.actors import Actor
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets.models import Ticket
from tierline.ladder.escalation.events import EscalationRefused
from tierline.ladder.escalation.models import Contract, Handover, HandoverQuerySet
from tierline.ladder.escalation.rules.handovers import HandoverState, Mode

from .handovers import RELATED, HandoverRow, row_of

BEHIND = 100  # hand-overs of a list behind a count
_BY_RECEIVER = (HandoverState.ACCEPTED, HandoverState.BOUNCED, HandoverState.ANSWERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCount:
    """What became of the hand-overs between two tiers, and how long the receiver took, in seconds of the calendar.

    `half_within` and `most_within` are the times within which a half and nine tenths were decided; None: none was.
    """

    from_tier: int
    to_tier: int
    asked: int
    accepted: int
    bounced: int
    answered: int
    withdrawn: int
    pending: int
    swarmed: int
    overridden: int
    half_within: float | None
    most_within: float | None

    @property
    def decided(self) -> int:
        """How many the receiver has decided."""
        return self.accepted + self.bounced + self.answered

    @property
    def bounce_rate(self) -> float:
        """Bounced by accepted, bounced and answered; 0.0 where the receiver has decided nothing yet."""
        return self.bounced / self.decided if self.decided else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCount:
    """How often something (`what`: a reason code, or the label of an item) happened between two tiers."""

    from_tier: int
    to_tier: int
    what: str
    count: int


class _Within(Aggregate):
    """The time within which a part of the hand-overs was decided (`percentile_cont`)."""

    template = "percentile_cont(%(part)s) WITHIN GROUP (ORDER BY extract(epoch FROM %(expressions)s))"
    output_field = FloatField()


def counts_by_pair(viewer: Actor, since: datetime, until: datetime | None = None) -> list[PairCount]:
    """Hand-overs asked for in a period, by tier pair, over the tickets the viewer may see."""
    took, decided = F("decided_at") - F("asked_at"), Q(state__in=_BY_RECEIVER)
    found = (
        _asked(viewer, since, until)
        .values("from_tier", "to_tier")
        .annotate(
            asked=Count("id"),
            swarmed=Count("id", filter=Q(mode=Mode.SWARM)),
            overridden=Count("id", filter=~Q(overrides={})),
            half_within=_Within(took, part=0.5, filter=decided),
            most_within=_Within(took, part=0.9, filter=decided),
            **{state.value: Count("id", filter=Q(state=state)) for state in HandoverState},
        )
        .order_by("from_tier", "to_tier")
    )
    return [PairCount(**row) for row in found]


def bounce_reasons(viewer: Actor, since: datetime, until: datetime | None = None) -> list[StepCount]:
    """Why hand-overs of a period were sent back, by tier pair, the most frequent reason first."""
    bounced = _asked(viewer, since, until).filter(state=HandoverState.BOUNCED)
    found = bounced.values("from_tier", "to_tier", what=F("reason_code")).annotate(count=Count("id"))
    return [StepCount(**row) for row in found.order_by("from_tier", "to_tier", "-count", "what")]


def missing_items(viewer: Actor, since: datetime, until: datetime | None = None) -> list[StepCount]:
    """What refused attempts of a period lacked, by tier pair, the most frequent first: what is hard to come by."""
    require(viewer, Right.INSIGHT_READ)
    seen = Ticket.objects.inside(viewer).values("pk")
    refused = TimelineEntry.objects.filter(kind=EscalationRefused.kind, at__gte=since, subject_kind="ticket")
    refused = refused.filter(subject_id__in=seen, **({"at__lt": until} if until is not None else {}))
    counted: dict[tuple[int, int, str], int] = {}
    for data in refused.values_list("data", flat=True):
        for item in data["missing"]:
            step = (data["from_tier"], data["to_tier"], item)
            counted[step] = counted.get(step, 0) + 1
    names = _labels()
    steps = sorted(counted, key=lambda step: (step[0], step[1], -counted[step], step[2]))
    return [
        StepCount(from_tier=step[0], to_tier=step[1], what=names.get(step, step[2]), count=counted[step])
        for step in steps
    ]


def _labels() -> dict[tuple[int, int, str], str]:
    """What the newest contract of each step calls its items; what a version before it asked for is named too."""
    versions = Contract.objects.order_by("active", "version").values_list("from_tier", "to_tier", "items")
    return {(low, high, item["key"]): item["label"] for low, high, items in versions for item in items}


def behind(
    viewer: Actor, since: datetime, until: datetime | None, *, from_tier: int, to_tier: int, what: str
) -> list[HandoverRow]:
    """The hand-overs that a count of a step counts, newest first, at most `BEHIND`.

    `what` is a state, `asked`, `swarmed`, `overridden`, or `bounced-` and a reason code; anything else finds nothing.
    """
    step = _asked(viewer, since, until).filter(from_tier=from_tier, to_tier=to_tier)
    state, _dash, code = what.partition("-")
    filters = {"asked": Q(), "swarmed": Q(mode=Mode.SWARM), "overridden": ~Q(overrides={})}
    chosen = filters.get(what, Q(state=state) & (Q(reason_code=code) if code else Q()))
    return [row_of(one) for one in step.filter(chosen).select_related(*RELATED).order_by("-asked_at")[:BEHIND]]


def overrides_since(viewer: Actor, since: datetime, until: datetime | None = None) -> list[HandoverRow]:
    """The hand-overs that went up with something missing, newest first: the report of overrides."""
    found = _asked(viewer, since, until).exclude(overrides={}).select_related(*RELATED)
    return [row_of(one) for one in found.order_by("-asked_at")[:BEHIND]]


def _asked(viewer: Actor, since: datetime, until: datetime | None) -> HandoverQuerySet:
    require(viewer, Right.INSIGHT_READ)
    found = Handover.objects.visible_to(viewer).filter(asked_at__gte=since)
    return found.filter(asked_at__lt=until) if until is not None else found
