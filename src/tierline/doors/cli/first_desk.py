"""What a fresh desk starts with, so that the first mail has somewhere to go: every value can be changed in set-up."""

from tierline.core.kernel.actors import ADMINISTRATOR, Actor
from tierline.desk.people import operations as people
from tierline.desk.people.models import Desk
from tierline.desk.sla import operations as sla
from tierline.ladder.escalation import operations as escalation

SETUP = Actor(label="Set-up", roles=frozenset({ADMINISTRATOR}))
GROUPS = (("frontline", "Frontline", 1), ("specialists", "Specialists", 2), ("experts", "Experts", 3))


def ensure() -> bool:
    """One desk with a group on tiers 1 to 3, targets and escalation contracts; nothing when there is a desk already."""
    sla.ensure_defaults(actor=SETUP)
    escalation.ensure_default_contracts()
    if Desk.objects.exists():
        return False
    desk = people.create_desk(actor=SETUP, key="support", name="Support", kind="it")
    for key, name, tier in GROUPS:
        people.create_group(actor=SETUP, desk=desk, key=key, name=name, tier=tier)
    return True
