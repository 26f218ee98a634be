"""Roles in words, for the pages that give them."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from tierline.desk.people.models import Person
from tierline.desk.people.rules import Role

ROLE_NAMES = {
    Role.REQUESTER: _("Requester"),
    Role.OBSERVER: _("Observer"),
    Role.AGENT: _("Agent"),
    Role.LEAD: _("Lead"),
    Role.KNOWLEDGE_EDITOR: _("Knowledge editor"),
    Role.AUTOMATION_EDITOR: _("Automation editor"),
    Role.DESK_ADMINISTRATOR: _("Desk administrator"),
    Role.AUDITOR: _("Auditor"),
    Role.ADMINISTRATOR: _("Administrator"),
}
ROLE_WORDS = {
    Role.REQUESTER: _("asks for help and follows their own requests"),
    Role.OBSERVER: _("sees tickets, evidence and insights, and changes nothing"),
    Role.AGENT: _("works on the tickets of the desks they see"),
    Role.LEAD: _("approves actions, plans people, reads unmasked evidence, looks after quarantined mail"),
    Role.KNOWLEDGE_EDITOR: _("writes and publishes articles, teaches lessons"),
    Role.AUTOMATION_EDITOR: _("writes runbooks and automations"),
    Role.DESK_ADMINISTRATOR: _("arranges groups, services and people of a desk"),
    Role.AUDITOR: _("asks why somebody can see something, and reads who was given what"),
    Role.ADMINISTRATOR: _("sets up groups, people, contracts and mail"),
}


def role_words(roles: Iterable[str]) -> str:
    """Roles in the order of the house, in words."""
    held = set(roles)
    return ", ".join(str(ROLE_NAMES[role]) for role in Role if role.value in held)


def roles_of(person: Person) -> str:
    """A person's roles on every desk, in words."""
    return role_words(person.roles)
