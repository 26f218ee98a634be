"""The places of the console's main navigation. A door adds its place here when its page is there.

Set-up leads to the first of its places that somebody may open, and is left out where there is none.
"""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tierline.doors.web.setup.places import places_of
from tierline.doors.web.shapes import Entry


def main_entries(request: HttpRequest) -> list[Entry]:
    """List the places in the order of the work: queue, what is known, what is proven, what is written."""
    arranged = places_of(request.actor)[:1]  # type: ignore[attr-defined] # the middleware's own attribute
    return [
        Entry(_("Queue"), reverse("console:queue"), "queue", "queue", "g q"),
        Entry(_("Calls"), reverse("console:calls"), "phone", "calls", "g t"),
        Entry(_("Known"), reverse("console:known"), "known", "known", "g k"),
        Entry(_("Major"), reverse("console:majors"), "warn", "major", "g e"),
        Entry(_("Lab"), reverse("console:lab"), "lab", "lab", "g l"),
        Entry(_("Articles"), reverse("console:articles"), "book", "articles", "g b"),
        Entry(_("People"), reverse("staff:coverage"), "people", "people", "g p"),
        Entry(_("Insights"), reverse("insights:ladder"), "chart", "insights", "g i"),
        *(Entry(_("Set-up"), reverse(place), "set", "setup", "g s") for place, _words in arranged),
    ]
