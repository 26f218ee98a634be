"""What alerts tell on a ticket's timeline."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from tierline.core.timeline.rules import ERASED, Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsOpened(Payload):
    """Alerts opened this ticket: from where, how many, and why they are one ticket."""

    kind: ClassVar[str] = "alerts.opened"
    source: str
    group: str
    count: int
    storm: bool
    why: str

    def erase(self) -> Self:
        return replace(self, source=ERASED, group=ERASED, why=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsGrew(Payload):
    """There are many more of them now. Told at 10, 100, 1,000 and so on only."""

    kind: ClassVar[str] = "alerts.grew"
    count: int
    firing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StormSeen(Payload):
    """So many groups began at once that they are one storm; their tickets go on in this one."""

    kind: ClassVar[str] = "alerts.storm_seen"
    groups: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsCameBack(Payload):
    """An alert that had recovered fires again."""

    kind: ClassVar[str] = "alerts.came_back"
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsRecovered(Payload):
    """Everything has recovered: whether that resolved the ticket, and why."""

    kind: ClassVar[str] = "alerts.recovered"
    count: int
    resolved: bool
    why: str

    def erase(self) -> Self:
        return replace(self, why=ERASED)
