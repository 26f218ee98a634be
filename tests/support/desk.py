"""A small desk for tests, made by the real operations."""

from dataclasses import dataclass

from tierline.core.kernel.actors import Actor
from tierline.desk.catalogue import operations as catalogue
from tierline.desk.catalogue.models import Service
from tierline.desk.people import operations as people
from tierline.desk.people.models import Desk, Person, SupportGroup
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Role
from tierline.desk.sla import operations as sla
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket

PASSWORD = "a long enough password"
SETUP = Actor(label="set-up", roles=frozenset({"administrator"}))


@dataclass(frozen=True)
class SmallDesk:
    """One IT desk with a group on each tier from 1 to 3, one service, and a person for each part."""

    desk: Desk
    groups: dict[int, SupportGroup]
    service: Service
    requester: Person
    agents: dict[int, Person]
    lead: Person
    administrator: Person

    def actor(self, tier: int) -> Actor:
        """The agent of a tier, as an actor."""
        return actor_for(self.agents[tier])

    @property
    def asking(self) -> Actor:
        return actor_for(self.requester)

    @property
    def leading(self) -> Actor:
        return actor_for(self.lead)

    def ticket(self, title: str = "VPN drops", text: str = "It drops every ten minutes.", **rest: object) -> Ticket:
        """A ticket of the requester."""
        return tickets.open_ticket(actor=self.asking, requester=self.requester, title=title, text=text, **rest)  # type: ignore[arg-type]  # tests pass what the verb takes

    def owned(self, tier: int = 1, **rest: object) -> Ticket:
        """A ticket that a tier's group and agent own."""
        ticket = self.ticket(**rest)  # type: ignore[arg-type]  # as above
        return tickets.assign(
            actor=Actor.machine("routing"),
            ticket_id=ticket.pk,
            group_id=self.groups[tier].pk,
            person_id=self.agents[tier].pk,
        )


def small_desk(*, policy: bool = False) -> SmallDesk:
    """Make the desk; with `policy` it has the default clocks."""
    desk = people.create_desk(actor=SETUP, key="it", name="IT", kind="it")
    names = {1: "Frontline", 2: "Network specialists", 3: "Platform experts"}
    groups = {
        tier: people.create_group(actor=SETUP, desk=desk, key=f"tier-{tier}", name=name, tier=tier)
        for tier, name in names.items()
    }
    agents = {
        tier: _person(f"agent{tier}@desk.example", f"Agent {tier}", [Role.AGENT], groups[tier]) for tier in groups
    }
    if policy:
        sla.ensure_defaults(actor=SETUP)
    return SmallDesk(
        desk=desk,
        groups=groups,
        service=catalogue.create_service(actor=SETUP, desk=desk, key="vpn", name="VPN", group=groups[1]),
        requester=_person("ines@field.example", "Ines Okafor", [Role.REQUESTER], None),
        agents=agents,
        lead=_person("lead@desk.example", "Lena Lead", [Role.LEAD, Role.AGENT], groups[1]),
        administrator=_person("root@desk.example", "Ada Admin", [Role.ADMINISTRATOR], None),
    )


def _person(email: str, name: str, roles: list[Role], group: SupportGroup | None) -> Person:
    person = people.create_person(actor=SETUP, email=email, name=name, roles=roles, password=PASSWORD)
    if group is not None:
        people.join_group(actor=SETUP, person_id=person.pk, group_id=group.pk)
    return person
