"""How right the learned models were, of tickets that people have resolved since."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, F, Q, QuerySet
from django.db.models.functions import TruncMonth

from tierline.core.kernel.actors import Actor
from tierline.desk.people.models import Desk, SupportGroup
from tierline.desk.people.rules import Right, may, require
from tierline.work.routing.models import Forecast

_SURE = Q(score__gte=F("model__threshold"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How often a model was right. All counts are of resolved tickets; `expected` is the mean of what it gave itself.

    `sure` passed the threshold; it abstained from the others. `followed` decided: no rule came before it.
    """

    said: int
    right: int
    sure: int
    sure_right: int
    followed: int
    followed_right: int
    expected: float

    @property
    def coverage(self) -> float:
        """The share of tickets it was sure of."""
        return self.sure / self.said if self.said else 0.0

    @property
    def precision(self) -> float | None:
        """Of those it was sure of, the share that was right."""
        return self.sure_right / self.sure if self.sure else None

    @property
    def accuracy(self) -> float:
        """Of all, also where it abstained, the share in which its best guess was right."""
        return self.right / self.said if self.said else 0.0

    @property
    def drift(self) -> float:
        """How much less (or, below zero, more) often it was right than it expected: the desk has changed."""
        return self.expected - self.accuracy


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthRow(Share):
    """One subject in one month, by when the tickets were resolved."""

    subject: str
    month: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow(Share):
    """One group that the model named."""

    group: str


_COUNTS: dict[str, Any] = {
    "said": Count("pk"),
    "right_ones": Count("pk", filter=Q(right=True)),
    "sure": Count("pk", filter=_SURE),
    "sure_right": Count("pk", filter=_SURE & Q(right=True)),
    "followed_ones": Count("pk", filter=Q(followed=True)),
    "followed_right": Count("pk", filter=Q(followed=True, right=True)),
    "expected": Avg("score"),
}


def desks_read(viewer: Actor) -> list[Desk]:
    """The desks whose figures the viewer may read, by name. Raises NotFound without the right."""
    require(viewer, Right.INSIGHT_READ)
    found = Desk.objects.filter(pk__in=viewer.desk_ids).order_by("name", "pk")
    return [one for one in found if may(viewer, Right.INSIGHT_READ, desk_id=one.pk)]


def _settled(viewer: Actor, desk_id: int) -> QuerySet[Forecast]:
    require(viewer, Right.INSIGHT_READ, desk_id=desk_id)
    return Forecast.objects.filter(model__desk_id=desk_id, settled_at__isnull=False)


def _share(one: dict[str, Any]) -> dict[str, Any]:
    counts = {name: one[name] for name in ("said", "sure", "sure_right", "followed_right", "expected")}
    return counts | {"right": one["right_ones"], "followed": one["followed_ones"]}


def accuracy(viewer: Actor, desk_id: int) -> list[MonthRow]:
    """How right the models of a desk were, by subject and month in which the tickets were resolved, newest first."""
    found = _settled(viewer, desk_id).annotate(month=TruncMonth("settled_at")).values("model__subject", "month")
    rows = found.annotate(**_COUNTS).order_by("-month", "model__subject")
    return [MonthRow(subject=one["model__subject"], month=one["month"], **_share(one)) for one in rows]


def accuracy_by_group(viewer: Actor, desk_id: int, since: datetime) -> list[GroupRow]:
    """How right the model of groups was since a moment, by the group it named, what it said most often first."""
    found = _settled(viewer, desk_id).filter(model__subject="group", settled_at__gte=since).exclude(label="")
    rows = list(found.values("label").annotate(**_COUNTS).order_by("-said", "label"))
    names = dict(SupportGroup.objects.filter(desk_id=desk_id).values_list("pk", "name"))
    return [GroupRow(group=names.get(int(one["label"]), ""), **_share(one)) for one in rows]
