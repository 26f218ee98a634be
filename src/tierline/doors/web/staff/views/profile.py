"""Everybody who works here, one person's page, and the documents of their certificates."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tierline.core.kernel import clock, storage
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.queries import Availability
from tierline.desk.people.queries.presence import working_times
from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.shapes import Tone
from tierline.doors.web.staff.certificate_words import certificate_rows
from tierline.doors.web.staff.frame import language_name, reason_words, staff_page
from tierline.doors.web.staff.history import lines
from tierline.doors.web.staff.hours import between, week_words
from tierline.doors.web.staff.skill_words import piece_lines, roles_words, skill_lines
from tierline.doors.web.staff.week_picture import DayLine, picture
from tierline.insight.staffing.queries import profiles
from tierline.insight.staffing.queries.profiles import Profile

PLACE = "staff:everybody"


@needs(Right.CONSOLE)
@require_safe
def everybody(request: SignedInRequest) -> HttpResponse:
    """Everybody who works on a desk one sees, and whether they are there now."""
    found = profiles.colleagues(request.actor)
    there = sum(1 for one in found if one.now.there)
    context = {"people": [(one, *state(one.now)) for one in found], "there": there}
    return staff_page(request, "staff/everybody.html", PLACE, context)


@needs(Right.CONSOLE)
@require_safe
def profile(request: SignedInRequest, person_id: int) -> HttpResponse:
    """One person: what they can do and how one knows, when they work, who stands in."""
    found = profiles.profile(request.actor, person_id)
    context: dict[str, object] = {
        "p": found,
        "state": state(found.now),
        "skills": skill_lines(found),
        "pieces": piece_lines(found),
        "certificates": certificate_rows(found),
        "languages": [(language_name(one.code), one.level) for one in found.languages],
        "week": week_words((one.weekday, one.from_minute, one.to_minute) for one in found.week),
        "days": days_of(found),
        "between": between,
        "reason_words": reason_words,
        "roles": roles_words(found),
        "history": lines(found.history, found.skills),
    }
    return staff_page(request, "staff/profile.html", PLACE, context)


@needs(Right.CONSOLE)
@require_safe
def document(request: SignedInRequest, certificate_id: int) -> HttpResponse:
    """The document that shows a certificate, as a file to keep."""
    found = profiles.certificate(request.actor, certificate_id)
    if found.evidence_id is None:
        raise NotFound
    response = HttpResponse(storage.read(found.evidence_id), content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, found.evidence_name) or "attachment"
    return response


def days_of(found: Profile) -> list[DayLine]:
    """The person's next days as a picture."""
    zone = found.person.timezone
    now = clock.now()
    working = working_times({found.person.pk: zone}, now, now + profiles.SHOWN)[found.person.pk]
    away = [(one.starts_at, one.ends_at) for one in found.absences]
    return picture(working, away, now)


def state(now: Availability | None) -> tuple[Tone, str]:
    """Whether somebody is there now, in words."""
    if now is None:
        return "", _("in no group")
    if now.away is not None:
        return "warn", _("away")
    if now.on_call and not now.on_shift:
        return "good", _("on call")
    return ("good", _("on shift")) if now.on_shift else ("", _("off shift"))
