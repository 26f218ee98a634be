"""The built-in actions. Others come from packages with entry points in the group `tierline.actions`."""

from dataclasses import dataclass, field

from tierline.core.kernel.actors import Actor
from tierline.core.plugins.contracts import ActionContext, ActionResult
from tierline.core.plugins.registry import built_in
from tierline.desk.people.models import SupportGroup
from tierline.desk.people.rules import Tier
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket


def _machine(context: ActionContext) -> Actor:
    return Actor.machine("workflows", request_id=str(context.settings.get("request_id", "")))


@built_in("actions")
class SetFact:
    """Records an environment fact on the ticket."""

    key = "set_fact"
    name = "Record a fact"
    version = "1"
    needs_approval = False

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Params:
        """`key` is written with underscores, such as `client_version`."""

        key: str = field(metadata={"pattern": r"[a-z][a-z0-9_]*", "max_length": 40, "label": "Name"})
        value: str = field(metadata={"max_length": 400, "min_length": 1})

    def describe(self, params: Params) -> str:
        """One sentence for whoever reads the timeline."""
        return f"Records {params.key.replace('_', ' ')}: {params.value}."

    def run(self, params: Params, context: ActionContext) -> ActionResult:
        """The room that carries it out records the fact."""
        del context
        return ActionResult(ok=True, detail=self.describe(params), facts={params.key: params.value})


@built_in("actions")
class AddNote:
    """Writes an internal note."""

    key = "add_note"
    name = "Add an internal note"
    version = "1"
    needs_approval = False

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Params:
        """Only agents read the note."""

        text: str = field(metadata={"max_length": 4_000, "min_length": 1})

    def describe(self, params: Params) -> str:
        """One sentence for whoever reads the timeline."""
        return f"Writes a note: {params.text[:80]}"

    def run(self, params: Params, context: ActionContext) -> ActionResult:
        """Write it, as a machine."""
        if context.ticket_id is None:
            return ActionResult(ok=False, detail="A note needs a ticket.")
        tickets.add_note(actor=_machine(context), ticket_id=context.ticket_id, text=params.text)
        return ActionResult(ok=True, detail="The note is written.")


@built_in("actions")
class AssignGroup:
    """Hands the ticket to another group on its tier or below. Upwards goes an escalation."""

    key = "assign_group"
    name = "Assign to a group"
    version = "1"
    needs_approval = False

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Params:
        """`group` is the short name of a support group."""

        group: str = field(metadata={"max_length": 40, "label": "Group"})

    def describe(self, params: Params) -> str:
        """One sentence for whoever reads the timeline."""
        return f"Assigns the ticket to {params.group}."

    def run(self, params: Params, context: ActionContext) -> ActionResult:
        """Assign it, unless the group stands higher than the ticket."""
        group = SupportGroup.objects.filter(key=params.group, active=True).first()
        ticket = Ticket.objects.filter(pk=context.ticket_id or 0).first()
        if group is None or ticket is None:
            return ActionResult(ok=False, detail=f"There is no group {params.group}.")
        if group.tier > max(ticket.tier, Tier.FRONTLINE):
            return ActionResult(ok=False, detail=f"{group.name} is on tier {group.tier}: going up needs a hand-over.")
        tickets.assign(
            actor=_machine(context),
            ticket_id=ticket.pk,
            group_id=group.pk,
            person_id=None,
            tier=group.tier,
            why={"because": context.actor_label},
        )
        return ActionResult(ok=True, detail=f"{group.name} has it.")
