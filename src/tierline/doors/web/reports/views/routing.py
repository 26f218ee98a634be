"""How right triage was where it followed the desk's own history, where it abstained, and whether that gets worse."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tierline.core.kernel import clock
from tierline.core.kernel.text import whole_number
from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.reports.frame import report_page
from tierline.work.routing import queries
from tierline.work.routing.models import LearnedModel
from tierline.work.routing.queries import GroupRow, MonthRow

SINCE = timedelta(days=90)
DRIFTS = 0.1
"""From so much less than expected on, of at least `ENOUGH` tickets, a model is said to drift."""

ENOUGH = 20
MONTHS = 12


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One thing that is learned: the model in use, what came true of it by month, and the conclusion in words."""

    name: str
    model: LearnedModel | None
    months: Sequence[MonthRow]
    versions: Sequence[LearnedModel]
    words: str
    drifts: bool


@needs(Right.INSIGHT_READ)
@require_safe
def routing(request: SignedInRequest) -> HttpResponse:
    """Of one desk: each subject with its months, and the groups that were named."""
    desks = queries.desks_read(request.actor)
    asked = whole_number(request.GET.get("desk", ""))
    desk = next((one for one in desks if one.pk == asked), desks[0] if desks else None)
    if desk is None:
        return report_page(request, "reports/routing.html", "insights:routing", {"desk": None, "desks": []})
    months = queries.accuracy(request.actor, desk.pk)
    models = {one.subject: one for one in queries.models(request.actor, desk.pk)}
    context = {
        "desk": desk,
        "desks": desks,
        "subjects": [
            _subject(key, name, models.get(key), months, queries.model_versions(request.actor, desk.pk, key))
            for key, name in subject_names().items()
        ],
        "groups": _named(queries.accuracy_by_group(request.actor, desk.pk, clock.now() - SINCE)),
        "days": SINCE.days,
    }
    return report_page(request, "reports/routing.html", "insights:routing", context)


def subject_names() -> dict[str, str]:
    """What is learned, in words."""
    return {"service": _("Service"), "group": _("Group"), "tier": _("Tier")}


def _subject(
    key: str, name: str, model: LearnedModel | None, months: Iterable[MonthRow], versions: Sequence[LearnedModel]
) -> Subject:
    own = [one for one in months if one.subject == key][:MONTHS]
    drifting = model is not None and bool(own) and drifts(own[0])
    return Subject(name=name, model=model, months=own, versions=versions, words=conclusion(model, own), drifts=drifting)


def drifts(row: MonthRow) -> bool:
    """Whether a month was so much worse than the model expected that somebody should look."""
    return row.said >= ENOUGH and row.drift >= DRIFTS


def conclusion(model: LearnedModel | None, months: Sequence[MonthRow]) -> str:
    """One sentence for a subject."""
    if model is None and months:
        return _("No model is in use now; this is what the earlier ones said.")
    if model is None:
        return _("Nothing is learned yet: it takes 200 solved tickets that do not all have the same.")
    if model.threshold > 1:
        return _("It was never right often enough to decide: rules and people do.")
    if not months:
        return _("No ticket that it spoke about is solved yet.")
    row = months[0]
    if row.precision is None:
        return _("It abstained from all %(said)s tickets of this month.") % {"said": row.said}
    shares = {"right": f"{row.precision:.0%}", "sure": row.sure, "said": row.said}
    return _("Sure of %(sure)s of %(said)s tickets this month, and right in %(right)s of those.") % shares


def _named(rows: Iterable[GroupRow]) -> list[GroupRow]:
    return [one for one in rows if one.group]
