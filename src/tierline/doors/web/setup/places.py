"""The places of set-up, and the right that each asks: people see those that are theirs to arrange."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tierline.core.kernel.actors import Actor
from tierline.desk.people.rules import Right, may

PLACES: tuple[tuple[str, str | Promise, Right], ...] = (
    ("setup:home", _("Overview"), Right.SETUP),
    ("setup:groups", _("Groups and tiers"), Right.SETUP),
    ("setup:people", _("People and roles"), Right.SETUP),
    ("setup:access", _("Who sees what"), Right.ACCESS_AUDIT),
    ("setup:organisations", _("Organisations"), Right.SETUP),
    ("setup:services", _("Desks and services"), Right.SETUP),
    ("setup:contracts", _("Escalation contracts"), Right.SETUP),
    ("setup:clocks", _("Clocks and policies"), Right.DESK_SETUP),
    ("setup:surveys", _("Satisfaction"), Right.DESK_SETUP),
    ("setup:vendors", _("Vendors"), Right.SETUP),
    ("setup:routing", _("Routing rules"), Right.AUTOMATION_CHANGE),
    ("setup:macros", _("Macros"), Right.AUTOMATION_CHANGE),
    ("setup:mail", _("Mail"), Right.QUARANTINE),
    ("setup:doors", _("Other ways in"), Right.SETUP),
    ("setup:files", _("Files"), Right.SETUP),
    ("setup:evidence", _("Evidence"), Right.DESK_SETUP),
    ("setup:remote", _("Remote help"), Right.SETUP),
    ("setup:work", _("Work in the background"), Right.SETUP),
    ("setup:plugins", _("Plug-ins"), Right.SETUP),
    ("setup:styleguide", _("Style guide"), Right.SETUP),
)


def places_of(actor: Actor) -> list[tuple[str, str | Promise]]:
    """The places that somebody may open, in their order."""
    return [(address, words) for address, words, right in PLACES if may(actor, right)]
