"""The frame of the insights: the period everything is counted in, and the places of the navigation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from tierline.core.kernel import clock
from tierline.core.kernel.text import whole_number
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.render import page

PERIODS = (7, 30, 60, 90)
USUAL = 30
PLACES = (
    ("insights:ladder", _("Ladder")),
    ("insights:handovers", _("Hand-overs")),
    ("insights:flow", _("Flow")),
    ("insights:routing", _("Triage")),
    ("insights:rates", _("Rate card")),
)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """A period of so many days up to now."""

    days: int
    since: datetime
    until: datetime

    def behind(self, figure: str) -> str:
        """The address of exactly the tickets that a figure counts in this period."""
        query = {"figure": figure, "since": self.since.isoformat(), "until": self.until.isoformat()}
        return f"{reverse('insights:tickets')}?{urlencode(query)}"


def scope_of(request: SignedInRequest) -> Scope:
    """The period in the address, else the last 30 days; it ends with this minute, so that links stay the same."""
    given = request.GET.get("days", "")
    days = asked if (asked := whole_number(given)) in PERIODS else USUAL
    until = clock.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
    return Scope(days=days, since=until - timedelta(days=days), until=until)


def periods() -> list[tuple[int, str]]:
    """The periods as choices."""
    return [(days, ngettext("Last day", "Last %(n)s days", days) % {"n": days}) for days in PERIODS]


def report_page(request: SignedInRequest, template: str, place: str, context: Mapping[str, object]) -> HttpResponse:
    """One page of the insights."""
    everything = {"places": PLACES, "place": place, "periods": periods(), **context}
    return page(request, template, everything)
