"""The places of the console's main navigation. A door adds its place here when its page is there."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tierline.doors.web.shapes import Entry


def main_entries(request: HttpRequest) -> list[Entry]:
    """List the places in the order of the work: queue, what is known, what is proven, what is written."""
    del request  # every agent sees the same places; pages refuse by right, not by hiding
    return [
        Entry(_("Queue"), reverse("console:queue"), "queue", "queue", "g q"),
        Entry(_("Calls"), reverse("console:calls"), "phone", "calls", "g t"),
        Entry(_("Known"), reverse("console:known"), "known", "known", "g k"),
        Entry(_("Major"), reverse("console:majors"), "warn", "major", "g e"),
        Entry(_("Lab"), reverse("console:lab"), "lab", "lab", "g l"),
        Entry(_("Articles"), reverse("console:articles"), "book", "articles", "g b"),
        Entry(_("People"), reverse("staff:coverage"), "people", "people", "g p"),
        Entry(_("Insights"), reverse("insights:ladder"), "chart", "insights", "g i"),
        Entry(_("Set-up"), reverse("setup:home"), "set", "setup", "g s"),
    ]
