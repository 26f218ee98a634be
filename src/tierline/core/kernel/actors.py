"""Who acts and who looks: one frozen value for both, passed to every verb and every read."""

from dataclasses import dataclass, field, replace
from typing import Self

MACHINE = "machine"
REQUESTER = "requester"
AGENT = "agent"
LEAD = "lead"
ADMINISTRATOR = "administrator"
OBSERVER = "observer"
KNOWLEDGE_EDITOR = "knowledge_editor"
AUTOMATION_EDITOR = "automation_editor"
DESK_ADMINISTRATOR = "desk_administrator"
AUDITOR = "auditor"
WORKERS = frozenset({AGENT, LEAD, ADMINISTRATOR})
"""Roles that work on tickets."""

STAFF = WORKERS | {OBSERVER, KNOWLEDGE_EDITOR, AUTOMATION_EDITOR, DESK_ADMINISTRATOR, AUDITOR}
"""Roles that see a desk from inside. What each may do is told by `desk.people.rules`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person with their roles and groups, or a machine with its name and version.

    `label` is what the timeline shows and keeps, even after the person has left. `roles` hold on every desk in
    `desk_ids` except those named in `desk_roles` (role and desk): there, only the roles given for that desk count.
    `for_right` is set while a verb acts by a right: what somebody sees because they asked for it does not count then.
    """

    label: str
    person_id: int | None = None
    roles: frozenset[str] = field(default_factory=frozenset)
    group_ids: frozenset[int] = field(default_factory=frozenset)
    desk_ids: frozenset[int] = field(default_factory=frozenset)
    desk_roles: frozenset[tuple[str, int]] = field(default_factory=frozenset)
    for_right: str = ""
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
        """Sees at least one desk from inside."""
        return bool(self.desk_roles) or bool(self.roles & STAFF)

    @property
    def is_requester(self) -> bool:
        """Asks for help and has no role beyond it."""
        return self.person_id is not None and not self.is_agent

    def for_person(self, label: str) -> Self:
        """The same actor, acting on behalf of somebody else (a deputy, an assistant)."""
        return replace(self, on_behalf_of=label)
