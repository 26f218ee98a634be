"""Macros: words for the requester, words for colleagues, and what else is done; the two kinds of words never mix."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tierline.core.kernel.errors import Invalid
from tierline.core.kernel.text import clean, one_line
from tierline.core.kernel.wording import complaint, fill
from tierline.desk.tickets.rules import Resolution

from .conditions import ACTIONS_LIMIT, Condition, Wanted, parse_actions, parse_conditions

PLACES = ("first_name", "name", "reference", "title", "agent", "group", "desk", "portal_link")
"""What may stand in braces: only what the requester may know anyway."""

NAME_LIMIT = 120
TEXT_LIMIT = 10_000
FACTS_LIMIT = 10
_FACT = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TELLING = 12
"""A line of a note that is shorter says nothing by itself ("Hello,"), and may stand in a reply as well."""


class Then(StrEnum):
    """What becomes of the ticket."""

    KEEP = "keep"
    WAIT = "wait"
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroSteps:
    """What a macro does besides its words. `service` and `group` are short names on the macro's desk."""

    then: Then = Then.KEEP
    code: str = Resolution.SOLVED.value
    resolution: str = ""
    impact: int | None = None
    urgency: int | None = None
    service: str = ""
    group: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    actions: tuple[Wanted, ...] = ()

    @property
    def classifies(self) -> bool:
        """Whether it says what the ticket is."""
        return bool(self.impact or self.urgency or self.service)

    @property
    def nothing(self) -> bool:
        """Whether the ticket stays as it is."""
        return self == MacroSteps(code=self.code)


@dataclass(frozen=True, slots=True)
class Words:
    """What is said to the requester, and what is said to colleagues."""

    reply: str = ""
    note: str = ""


def parse_macro_conditions(data: Sequence[Mapping[str, Any]]) -> tuple[Condition, ...]:
    """Conditions as automations have them, without those about an event. Raises Invalid."""
    try:
        found = parse_conditions(data)
    except ValueError as problem:
        raise Invalid({"conditions": str(problem)}) from problem
    if any(one.field.startswith("event.") for one in found):
        raise Invalid({"conditions": "A macro is offered on a ticket as it stands: there is no event to ask about."})
    return found


def parse_macro_steps(data: Mapping[str, Any]) -> MacroSteps:
    """Read stored or edited steps. Raises Invalid with a sentence for each part at fault."""
    faults: dict[str, str] = {}
    then = _one_of(data.get("then") or Then.KEEP, Then, "then", faults)
    code = _one_of(data.get("code") or Resolution.SOLVED, Resolution, "code", faults)
    facts = _facts(data.get("facts") or {}, faults)
    wanted = _actions(data.get("actions") or [], faults)
    levels = {name: _level(data.get(name), name, faults) for name in ("impact", "urgency")}
    unknown = set(data) - {"then", "code", "resolution", "service", "group", "facts", "actions", *levels}
    faults |= dict.fromkeys(sorted(unknown), "There is no such step.")
    if then == Then.RESOLVE and data.get("group"):
        faults["group"] = "What is solved stays with the group that solved it."
    if faults:
        raise Invalid(faults)
    return MacroSteps(
        then=Then(then),
        code=code,
        resolution=clean(str(data.get("resolution") or ""), TEXT_LIMIT).strip(),
        service=one_line(str(data.get("service") or ""), 60),
        group=one_line(str(data.get("group") or ""), 60),
        facts=facts,
        actions=wanted,
        impact=levels["impact"],
        urgency=levels["urgency"],
    )


def _one_of(value: object, choices: type[StrEnum], name: str, faults: dict[str, str]) -> str:
    known = [one.value for one in choices]
    if value not in known:
        faults[name] = f"One of: {', '.join(known)}."
        return known[0]
    return str(value)


def _level(value: object, name: str, faults: dict[str, str]) -> int | None:
    if value in (None, ""):
        return None
    if str(value) not in ("1", "2", "3"):
        faults[name] = "From 1 to 3."
        return None
    return int(str(value))


def _facts(given: object, faults: dict[str, str]) -> dict[str, str]:
    if not isinstance(given, Mapping) or len(given) > FACTS_LIMIT:
        faults["facts"] = f"At most {FACTS_LIMIT} facts, each with a name and a value."
        return {}
    wrong = [str(key) for key, value in given.items() if not (_FACT.fullmatch(str(key)) and str(value).strip())]
    if wrong:
        faults["facts"] = f"{wrong[0]!r}: a name in small letters with underscores, and a value."
    return {str(key): one_line(str(value)) for key, value in given.items()}


def _actions(given: object, faults: dict[str, str]) -> tuple[Wanted, ...]:
    if not isinstance(given, list | tuple) or len(given) > ACTIONS_LIMIT:
        faults["actions"] = f"A macro has at most {ACTIONS_LIMIT} actions."
        return ()
    try:
        return parse_actions([one if isinstance(one, Mapping) else {} for one in given]) if given else ()
    except ValueError as problem:
        faults["actions"] = str(problem)
        return ()


def dump_macro_steps(steps: MacroSteps) -> dict[str, Any]:
    """What `parse_macro_steps` reads, without what is empty."""
    kept: dict[str, Any] = {
        "then": steps.then.value,
        "code": steps.code if steps.then == Then.RESOLVE else "",
        "resolution": steps.resolution,
        "impact": steps.impact,
        "urgency": steps.urgency,
        "service": steps.service,
        "group": steps.group,
        "facts": dict(steps.facts),
        "actions": [{"action": one.action, "params": dict(one.params)} for one in steps.actions],
    }
    return {name: value for name, value in kept.items() if value}


def check_macro(name: str, words: Words, steps: MacroSteps) -> None:
    """Raises Invalid for a macro without a name or without effect, and for a place that stands for nothing."""
    faults = {}
    if not name.strip():
        faults["name"] = "A macro needs a name."
    for field_name, text in (("reply", words.reply), ("note", words.note), ("resolution", steps.resolution)):
        if len(text) > TEXT_LIMIT:
            faults[field_name] = f"At most {TEXT_LIMIT:,} characters."
        elif fault := complaint(text, PLACES):
            faults[field_name] = fault
    if not (words.reply or words.note) and steps.nothing:
        faults.setdefault("reply", "A macro says something or does something.")
    if steps.then == Then.RESOLVE and not (words.reply or steps.resolution):
        faults.setdefault("resolution", "Say what solved it, so that the next one is quicker.")
    if leaked(words.reply, words.note) or leaked(steps.resolution, words.note):
        faults.setdefault("note", "A line of the note stands in the words for the requester.")
    if faults:
        raise Invalid(faults)


def filled(words: Words, values: Mapping[str, str]) -> Words:
    """Both texts with their places put in, once."""
    return Words(fill(words.reply, values), fill(words.note, values))


def poured(typed: Words, macro: Words, before: Words | None = None) -> Words:
    """What stands in the composer after a macro was chosen: each kind of words joins its own kind, never the other.

    What was typed stays in front. The words of the macro chosen `before` go, if nobody changed them.
    """

    def joined(mine: str, old: str, new: str) -> str:
        kept = mine.strip()
        if old.strip() and kept.endswith(old.strip()):
            kept = kept.removesuffix(old.strip()).strip()
        return f"{kept}\n\n{new}" if kept and new else kept or new

    old = before or Words()
    return Words(joined(typed.reply, old.reply, macro.reply), joined(typed.note, old.note, macro.note))


def leaked(reply: str, note: str, values: Mapping[str, str] | None = None) -> str:
    """The first line of a macro's note that stands in a reply as well, however its spaces were changed; else empty.

    `note` is as it was written. A line that is hardly more than its places says nothing that is only for colleagues.
    """
    said = _folded(reply)
    telling = [line for line in note.splitlines() if len(_folded(fill(line, dict.fromkeys(PLACES, "")))) >= _TELLING]
    return next((line for line in telling if _folded(fill(line, values or {})) in said), "")


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def first_name(name: str) -> str:
    """How somebody is greeted: the first word of a name that is no title ("Dr."), also of one turned around."""
    given = name.partition(",")[2].strip() or name
    parts = given.split()
    return next((part for part in parts if not part.endswith(".")), parts[0] if parts else "")
