"""The macros of the demo company: a handful for each desk, and one that an agent keeps for himself."""

from tierline.core.kernel.actors import Actor
from tierline.desk.people.queries import actor_for
from tierline.work.workflows import operations as workflows
from tierline.work.workflows import queries

from .company import SETUP, Company, read_toml

ASKING = "When did it begin?"


def write_macros(company: Company) -> None:
    """What stands in macros.toml."""
    told = read_toml("macros.toml")
    for entry in told["macro"]:
        parts = {name: value for name, value in entry.items() if name != "desks"}
        for desk in entry["desks"]:
            workflows.write_macro(actor=SETUP, desk_id=company.desks[desk].pk, **parts)
    for entry in told["own"]:
        owner = actor_for(company.staff[entry["agent"]])
        workflows.write_macro(
            actor=owner, desk_id=company.desks["it"].pk, name=entry["name"], reply=entry["reply"], personal=True
        )


def ask_when_it_began(agent: Actor, ticket_id: int) -> None:
    """Ask the requester by the desk's macro, and wait."""
    (offer,) = queries.macros_offered(agent, ticket_id, ASKING)
    workflows.apply_macro(actor=agent, ticket_id=ticket_id, macro_id=offer.id)
