"""Contracts: which items a step up needs, whether a ticket has them, and the words to ask for a gap."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from .checks import Collect, ContractItem, ItemKind, ItemState, State, check, missing_facts
from .evidence import TicketEvidence

TOP_TIER = 4
ITEMS_LIMIT = 20
NUMBER_LIMIT = 10_000
REASON_LETTERS = 10
"""An override reason shorter than this explains nothing to whoever reads the report."""


def states(items: Iterable[ContractItem], evidence: TicketEvidence) -> tuple[ItemState, ...]:
    """Each item that applies to this kind of ticket, judged, in the order of the contract."""
    return tuple(check(item, evidence) for item in items if not item.only_for or evidence.kind in item.only_for)


def missing_items(found: Iterable[ItemState], overrides: Mapping[str, str] | None = None) -> tuple[ItemState, ...]:
    """The required items that are not ready and that nobody took responsibility for."""
    excused = {key for key, reason in (overrides or {}).items() if is_reason(reason)}
    return tuple(item for item in found if item.required and item.state != State.READY and item.key not in excused)


def is_reason(text: str) -> bool:
    """Whether this text can stand in a report as the reason of an override."""
    return len("".join(text.split())) >= REASON_LETTERS


def used_overrides(found: Iterable[ItemState], overrides: Mapping[str, str]) -> dict[str, str]:
    """The overrides that were needed: a reason given for an item that is ready counts for nothing."""
    open_keys = {item.key for item in missing_items(found)}
    return {key: reason.strip() for key, reason in overrides.items() if key in open_keys and is_reason(reason)}


def count_ready(found: Iterable[ItemState]) -> tuple[int, int]:
    """(ready, total) over the required items: optional ones never block and never count."""
    required = [item for item in found if item.required]
    return sum(item.state == State.READY for item in required), len(required)


class Step(NamedTuple):
    """The key of a contract: a step up, for one service or (None) for all."""

    from_tier: int
    to_tier: int
    service_id: int | None


def pick(known: Iterable[Step], wanted: Step) -> Step | None:
    """Which contract governs a step: the service's own before the general one.

    A jump (1 to 3) without a contract of its own is held to the contract of its last step (2 to 3), so that
    skipping a tier never skips its evidence.
    """
    there = set(known)
    for start in (wanted.from_tier, wanted.to_tier - 1):
        for service_id in (wanted.service_id, None):
            step = Step(start, wanted.to_tier, service_id)
            if step in there:
                return step
    return None


def climbs(from_tier: int, to_tier: int) -> bool:
    """Functional escalation goes up, and not above the vendor's tier."""
    return from_tier < to_tier <= TOP_TIER


def parse_items(data: Sequence[Mapping[str, Any]]) -> tuple[ContractItem, ...]:
    """Read a stored or edited contract. Raises ValueError with a sentence for the administrator."""
    if not 1 <= len(data) <= ITEMS_LIMIT:
        raise ValueError(f"A contract has between 1 and {ITEMS_LIMIT} items.")
    items = tuple(_parse_item(entry) for entry in data)
    keys = [item.key for item in items]
    if len(set(keys)) != len(keys):
        raise ValueError("Each item of a contract needs its own key.")
    if not any(item.required for item in items):
        raise ValueError("At least one item must be required.")
    return items


def _parse_item(entry: Mapping[str, Any]) -> ContractItem:
    try:
        kind = ItemKind(str(entry.get("kind", "")))
    except ValueError:
        raise ValueError(f"There is no check named {entry.get('kind')!r}.") from None
    key = str(entry.get("key") or kind.value).strip()
    label = str(entry.get("label", "")).strip()
    if not label or not key.replace("_", "").isalnum():
        raise ValueError(f"Item {key!r} needs a label and a key of letters, digits and underscores.")
    return ContractItem(
        key=key,
        kind=kind,
        label=label,
        required=bool(entry.get("required", True)),
        only_for=tuple(str(one) for one in entry.get("only_for", ())),
        options=_parse_options(kind, entry.get("options") or {}),
    )


def _parse_options(kind: ItemKind, options: Mapping[str, Any]) -> dict[str, Any]:
    allowed = {
        ItemKind.SYMPTOM: {"words"},
        ItemKind.QUESTION: {"words"},
        ItemKind.ENVIRONMENT: {"facts"},
        ItemKind.LOG: {"hours"},
        ItemKind.REPRODUCTION: {"level"},
        ItemKind.FACT: {"fact"},
    }.get(kind, set())
    unknown = set(options) - allowed
    if unknown:
        raise ValueError(f"The check {kind.value} has no option {min(unknown)!r}.")
    for name in ("words", "hours"):
        if name in options and not (isinstance(options[name], int) and 0 < options[name] <= NUMBER_LIMIT):
            raise ValueError(f"{name} must be a whole number from 1 to {NUMBER_LIMIT}.")
    if options.get("level", "run") not in {"written", "run"}:
        raise ValueError("The level of a reproduction is written or run.")
    return dict(options)


def dump_items(items: Iterable[ContractItem]) -> list[dict[str, Any]]:
    """The items as JSON, the form `parse_items` reads."""
    return [
        {
            **asdict(item),
            "kind": item.kind.value,
            "only_for": list(item.only_for),
            "options": dict(item.options),
        }
        for item in items
    ]


INCIDENTS = ("incident",)

_SYMPTOM = ContractItem("symptom", ItemKind.SYMPTOM, "Symptom in the user's words")
_ENVIRONMENT = ContractItem("environment", ItemKind.ENVIRONMENT, "Environment with version", only_for=INCIDENTS)
_TRIED = ContractItem("tried", ItemKind.TRIED, "Runbook and its result", only_for=INCIDENTS)
_KNOWLEDGE = ContractItem("knowledge", ItemKind.KNOWLEDGE, "Articles and known errors tried", only_for=INCIDENTS)
_IMPACT = ContractItem("impact", ItemKind.IMPACT, "Impact and urgency")
_QUESTION = ContractItem("question", ItemKind.QUESTION, "The question")
_LOG = ContractItem("log", ItemKind.LOG, "Logs, masked, from the time of the incident", only_for=INCIDENTS)
_STEPS = ContractItem("reproduction", ItemKind.REPRODUCTION, "Steps to reproduce", only_for=INCIDENTS)
_RULED_OUT = ContractItem("ruled_out", ItemKind.RULED_OUT, "What is ruled out", only_for=INCIDENTS)
_COMPONENT = ContractItem("component", ItemKind.COMPONENT, "Suspected component", only_for=INCIDENTS)
_PROVEN = ContractItem(
    "reproduction",
    ItemKind.REPRODUCTION,
    "Reproduction run in the lab",
    only_for=INCIDENTS,
    options={"level": "run"},
)
_ENTITLEMENT = ContractItem(
    "support_contract",
    ItemKind.FACT,
    "Support contract with the vendor",
    options={"fact": "support_contract"},
)
_KNOWLEDGE_OPTIONAL = ContractItem(
    "knowledge", ItemKind.KNOWLEDGE, "Articles and known errors tried", required=False, only_for=INCIDENTS
)

DEFAULTS: dict[tuple[int, int], tuple[ContractItem, ...]] = {
    (1, 2): (_SYMPTOM, _ENVIRONMENT, _TRIED, _KNOWLEDGE, _IMPACT, _QUESTION),
    (2, 3): (
        _ENVIRONMENT,
        _TRIED,
        _RULED_OUT,
        _LOG,
        _STEPS,
        _IMPACT,
        _COMPONENT,
        _QUESTION,
        _KNOWLEDGE_OPTIONAL,
    ),
    (3, 4): (_ENVIRONMENT, _LOG, _PROVEN, _COMPONENT, _IMPACT, _ENTITLEMENT, _QUESTION),
}
"""What a fresh desk starts with: each tier owes what `the tiers` of the handbook say it owes the next."""


def question_for(item: ContractItem, evidence: TicketEvidence) -> str:
    """The one question that fills this gap, in plain words; empty if the requester cannot answer it."""
    state = check(item, evidence)
    if state.state == State.READY or state.collect != Collect.ASK_REQUESTER:
        return ""
    about = evidence.product or "the program"
    if item.kind == ItemKind.SYMPTOM:
        return "Could you tell us in your own words what happens, what you expected instead, and since when?"
    if item.kind == ItemKind.LOG:
        return f"Could you attach the log of {about} that covers the time when it last happened?"
    names = [key.replace("_", " ") for key in missing_facts(item, evidence)]
    if names == ["version"]:
        return f"Which version of {about} do you use?"
    return f"Could you tell us about {about}: {', '.join(names)}?"
