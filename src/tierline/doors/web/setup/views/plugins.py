"""Which plug-ins are there, which were left out and why."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from tierline.core.plugins import registry
from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.setup.frame import setup_page


@needs(Right.SETUP)
@require_safe
def plugins(request: SignedInRequest) -> HttpResponse:
    """Every plug-in by its group; the broken ones first."""
    found, broken = registry.catalogue(), registry.broken()
    groups = [(group, [one for one in found if one.group == group]) for group in registry.GROUPS]
    context = {"groups": groups, "broken": broken, "headline": headline(len(found), len(broken))}
    return setup_page(request, "setup/plugins.html", "setup:plugins", context)


def headline(found: int, broken: int) -> str:
    """The page's conclusion, for example: 12 plug-ins work, 1 was left out."""
    works = ngettext("%(n)s plug-in works", "%(n)s plug-ins work", found) % {"n": found}
    if not broken:
        return _("%(works)s, none was left out.") % {"works": works}
    return ngettext("%(works)s, %(n)s was left out.", "%(works)s, %(n)s were left out.", broken) % {
        "works": works,
        "n": broken,
    }
