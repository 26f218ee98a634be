"""The one way in which a record of this room changes: lock the row, and append to its own timeline."""

from django.db import connection

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.operations import record
from tierline.core.timeline.rules import Payload
from tierline.desk.people.models import Organisation, Person, Skill, SupportGroup
from tierline.desk.people.queries import may_plan


def locked(actor: Actor, person_id: int, *, own: bool = False) -> Person:
    """The person, locked until the transaction ends, for somebody who may plan them. Raises NotFound.

    That is whoever sets up the house, a lead or administrator of a desk on which the person works, and with `own`
    the person themselves.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a person is locked inside the verb's transaction")
    person = Person.objects.get_queryset().select_for_update().filter(pk=person_id).first()
    if person is None or not ((own and actor.person_id == person_id) or may_plan(actor, person_id)):
        raise NotFound
    return person


def note(subject: Person | Skill | SupportGroup | Organisation, payload: Payload, *, actor: Actor) -> int:
    """Record an event on the timeline of a locked row and save its version; returns the entry's id."""
    entry = record(subject, payload=payload, actor=actor)
    subject.save(update_fields=["version"])
    return int(entry.pk)
