"""How a desk asks: written as versions, so that each survey can say under which it was made."""

from dataclasses import asdict

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.desk.people.models import Desk
from tierline.desk.people.rules import Right, require
from tierline.desk.sla.models import BusinessCalendar
from tierline.work.surveys.models import SurveyPlan
from tierline.work.surveys.rules import Settings, checked


def arrange(*, actor: Actor, desk_id: int, settings: Settings) -> SurveyPlan:
    """A new version of how a desk asks; what changes nothing makes none. Raises Invalid and NotFound."""
    require(actor, Right.DESK_SETUP, desk_id=desk_id)
    wanted = checked(settings)
    if wanted.calendar and not BusinessCalendar.objects.filter(key=wanted.calendar).exists():
        raise Invalid({"calendar": "There is no such calendar."})
    with transaction.atomic():
        if not Desk.objects.select_for_update().filter(pk=desk_id).exists():
            raise NotFound
        known = SurveyPlan.objects.filter(desk_id=desk_id, active=True).first()
        if known is not None and known.settings == wanted:
            return known
        SurveyPlan.objects.filter(desk_id=desk_id, active=True).update(active=False)
        values = asdict(wanted) | {"codes": list(wanted.codes)}
        return SurveyPlan.objects.create(
            desk_id=desk_id,
            version=known.version + 1 if known is not None else 1,
            written_by=actor.label,
            written_at=clock.now(),
            **values,
        )
