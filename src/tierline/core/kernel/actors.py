"""Who acts and who looks: one frozen value for both, passed to every verb and every read."""

from dataclasses import dataclass, field, replace
from typing import Self

MACHINE = "machine"
REQUESTER = "requester"
AGENT = "agent"
LEAD = "lead"
ADMINISTRATOR = "administrator"
STAFF = frozenset({AGENT, LEAD, ADMINISTRATOR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person with their roles and groups, or a machine with its name and version.

    `label` is what the timeline shows and keeps, even after the person has left.
    """

    label: str
    person_id: int | None = None
    roles: frozenset[str] = field(default_factory=frozenset)
    group_ids: frozenset[int] = field(default_factory=frozenset)
    desk_ids: frozenset[int] = field(default_factory=frozenset)
    organisation_id: int | None = None
    on_behalf_of: str = ""
    request_id: str = ""

    @classmethod
    def machine(cls, name: str, *, version: str = "1", request_id: str = "") -> Self:
        """A part of the product that acts by itself, for example `assistant` in version `1`."""
        return cls(label=f"{name} {version}", roles=frozenset({MACHINE}), request_id=request_id)

    @property
    def is_machine(self) -> bool:
        return MACHINE in self.roles

    @property
    def is_agent(self) -> bool:
        """Works on tickets: agent, lead or administrator."""
        return bool(self.roles & STAFF)

    @property
    def is_requester(self) -> bool:
        """Asks for help and has no role beyond it."""
        return self.person_id is not None and not self.is_agent

    def for_person(self, label: str) -> Self:
        """The same actor, acting on behalf of somebody else (a deputy, an assistant)."""
        return replace(self, on_behalf_of=label)
