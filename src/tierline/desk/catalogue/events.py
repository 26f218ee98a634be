"""What happens to the contract of an organisation; kept on the organisation's own timeline."""

from dataclasses import dataclass
from typing import ClassVar

from tierline.core.timeline.rules import Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractAgreed(Payload):
    """From `starts_on` (ISO date) on this is what the organisation is entitled to; `ends_on` is empty for no end."""

    kind: ClassVar[str] = "organisation.contract_agreed"
    contract_id: int
    plan: str
    direct_tier: int
    around_the_clock: bool
    names_manager: bool
    starts_on: str
    ends_on: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractEnded(Payload):
    """A contract ends with this day (ISO)."""

    kind: ClassVar[str] = "organisation.contract_ended"
    contract_id: int
    plan: str
    ends_on: str
