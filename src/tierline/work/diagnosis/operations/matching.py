"""Every known error in force, tried on one ticket: an index says which can hold, and only those are evaluated."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q

from tierline.work.diagnosis.models import Matcher
from tierline.work.diagnosis.rules import match as rule
from tierline.work.diagnosis.rules.in_force import read_kept
from tierline.work.diagnosis.rules.match_index import MatcherIndex, build


@dataclass(frozen=True, slots=True)
class _InForce:
    """The matchers in force as they were at one moment, ready to be tried."""

    stamp: tuple[int, int | None, datetime | None]
    ids: tuple[int, ...]
    rules: tuple[rule.Matcher, ...]
    index: MatcherIndex


OPEN_TO_ALL = Q(desk=None)
_kept: list[_InForce] = []  # the last one, in this process; its stamp says whether it still holds


def matching(seen: rule.Observed, desk_id: int) -> list[tuple[Matcher, rule.Match]]:
    """The matchers in force that hold for what was seen on a ticket of this desk, by reference."""
    known = _in_force()
    found = {
        known.ids[number]: match
        for number in known.index.candidates(seen)
        if (match := rule.match(known.rules[number], seen))
    }
    if not found:
        return []
    rows = Matcher.objects.filter(OPEN_TO_ALL | Q(desk_id=desk_id), pk__in=found, active=True)
    return [(row, found[row.pk]) for row in rows.select_related("service").order_by("ref")]


def _in_force() -> _InForce:
    """Read again only when a matcher was registered, changed or retired since; one that cannot be read is left out."""
    rows = Matcher.objects.filter(active=True)
    told = Matcher.objects.aggregate(many=Count("pk"), newest=Max("pk"), changed=Max("changed_at"))
    stamp = told["many"], told["newest"], told["changed"]
    if not _kept or _kept[0].stamp != stamp:
        kept = ((pk, read_kept(data).matcher) for pk, data in rows.order_by("ref").values_list("pk", "rule"))
        found = {pk: matcher for pk, matcher in kept if matcher is not None}
        rules = tuple(found.values())
        _kept[:] = [_InForce(stamp, tuple(found), rules, build(rules))]
    return _kept[0]
