"""The frame of the pages about people: their places, and words that several of them use."""

from collections.abc import Mapping

from django.http import HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tierline.doors.web.actor import SignedInRequest, zone_of
from tierline.doors.web.render import page

PLACES = (
    ("staff:coverage", gettext_lazy("Coverage")),
    ("staff:everybody", gettext_lazy("Who works here")),
    ("staff:on-call", gettext_lazy("On call")),
    ("staff:skills", gettext_lazy("Skills")),
)
LEVELS = {
    0: gettext_lazy("none"),
    1: gettext_lazy("1 learns"),
    2: gettext_lazy("2 works alone"),
    3: gettext_lazy("3 teaches"),
}
REASONS = {
    "leave": gettext_lazy("Leave"),
    "sick": gettext_lazy("Sick"),
    "training": gettext_lazy("Training"),
    "other": gettext_lazy("Other"),
}


def staff_page(
    request: SignedInRequest, template: str, place: str, context: Mapping[str, object], *, status: int = 200
) -> HttpResponse:
    """One page about people; `place` is the address name that the list of places marks as current."""
    return page(request, template, {"section": "people", "places": PLACES, "place": place, **context}, status=status)


def zone_name(request: SignedInRequest) -> str:
    """The time zone in which the reader sees hours."""
    return zone_of(request.user.timezone).key


def language_name(code: str) -> str:
    """A language's own name, or its two letters when nobody knows it."""
    try:
        return str(translation.get_language_info(code)["name_local"])
    except KeyError:
        return code


def reason_words(reason: str) -> str:
    """Why somebody is away, in the reader's language; a reason of one's own stays as it was written."""
    return str(REASONS.get(reason, reason) or _("Other"))
