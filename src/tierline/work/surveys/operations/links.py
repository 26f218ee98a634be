"""The links of a survey's mail: signed, each for one survey alone, and shut with it.

A link names the survey and its key. The signature proves that this desk made it; the key, kept with the survey, lets it
be revoked; the survey's own time says how long it holds. What is wrong, over or revoked is not found.
"""

from django.conf import settings
from django.core import signing

from tierline.core.kernel import clock
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.models import Person
from tierline.work.surveys.models import Survey
from tierline.work.surveys.rules import State

_SALT, _LEAVE_SALT = "surveys.rate", "surveys.leave"
_LONGEST = 400  # characters


def rate_address(survey: Survey, score: int = 0) -> str:
    """Where the survey is answered; with a score, that one is chosen when the page opens."""
    token = signing.dumps([survey.pk, survey.key], salt=_SALT)
    return f"{settings.TIERLINE_URL}/mail/rate/{token}" + (f"?score={score}" if score else "")


def leave_address(survey: Survey) -> str:
    """Where this person ends all surveys with one click (RFC 8058). It does not expire."""
    token = signing.dumps([survey.pk, survey.person_id], salt=_LEAVE_SALT)
    return f"{settings.TIERLINE_URL}/mail/rate/stop/{token}"


def read_link(token: str) -> Survey:
    """The survey that a link opens now. Raises NotFound."""
    survey_id, key = _read(token, _SALT)
    if not (isinstance(survey_id, int) and isinstance(key, str) and key):
        raise NotFound
    found = Survey.objects.select_related("ticket", "person", "plan").filter(
        pk=survey_id, key=key, state__in=[State.ASKED, State.ANSWERED], closes_at__gt=clock.now()
    )
    survey = found.filter(person__is_active=True, ticket__merged_into__isnull=True).first()
    if survey is None or survey.ticket.requester_id != survey.person_id:
        raise NotFound
    return survey


def read_leave_link(token: str) -> Person:
    """Who wants no more surveys. Raises NotFound."""
    survey_id, person_id = _read(token, _LEAVE_SALT)
    if not (isinstance(survey_id, int) and isinstance(person_id, int)):
        raise NotFound
    survey = Survey.objects.select_related("person").filter(pk=survey_id, person=person_id).first()
    if survey is None:
        raise NotFound
    return survey.person


def _read(token: str, salt: str) -> tuple[object, object]:
    if len(token) > _LONGEST:
        raise NotFound
    try:
        first, second = signing.loads(token, salt=salt)
    except (signing.BadSignature, ValueError, TypeError) as problem:
        raise NotFound from problem
    return first, second
