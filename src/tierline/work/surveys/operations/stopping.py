"""Who does not want to be asked: held with the person, by a click in a mail or on their page, and undone there."""

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.models import Person
from tierline.work.surveys.models import OptOut, Survey
from tierline.work.surveys.rules import Way

from .links import read_leave_link


def leave(token: str) -> Person:
    """No more surveys for whoever this link was sent to, as RFC 8058 wants it. Safe to repeat. Raises NotFound."""
    return _stop(read_leave_link(token), Way.MAIL)


def leave_by_mail(survey_id: int) -> Person | None:
    """The same by a mail to the signed address of the list header (RFC 2369); None for a survey that is not there."""
    survey = Survey.objects.select_related("person").filter(pk=survey_id).first()
    return _stop(survey.person, Way.MAIL) if survey is not None else None


def stop_asking(*, actor: Actor, way: Way = Way.PORTAL) -> Person:
    """Ask me no more. Safe to repeat. Raises NotFound for nobody."""
    return _stop(_oneself(actor), way)


def ask_again(*, actor: Actor) -> Person:
    """I may be asked again. Safe to repeat. Raises NotFound for nobody."""
    person = _oneself(actor)
    OptOut.objects.filter(person=person, ended_at__isnull=True).update(ended_at=clock.now())
    return person


def _oneself(actor: Actor) -> Person:
    person = Person.objects.get_queryset().filter(pk=actor.person_id or 0).first()
    if person is None:
        raise NotFound
    return person


def _stop(person: Person, way: Way) -> Person:
    with transaction.atomic():
        Person.objects.get_queryset().select_for_update().get(pk=person.pk)  # twice at once is once
        if not OptOut.objects.filter(person=person, ended_at__isnull=True).exists():
            OptOut.objects.create(person=person, since=clock.now(), way=way)
    return person
