"""An escalation contract as rows of a form, and back. Whether it holds is decided by the escalation room."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from tierline.core.kernel.text import whole_number
from tierline.ladder.escalation.rules.checks import ContractItem, ItemKind

BLANK_ROWS = 2
NUMBERS = {"words", "hours"}

KIND_WORDS: dict[ItemKind, str | Promise] = {
    ItemKind.SYMPTOM: _("The symptom in the requester's words"),
    ItemKind.ENVIRONMENT: _("The environment, with its version"),
    ItemKind.TRIED: _("What was tried, with results"),
    ItemKind.LOG: _("A log of the time of the incident"),
    ItemKind.REPRODUCTION: _("Steps to reproduce"),
    ItemKind.KNOWLEDGE: _("Articles and known errors looked at"),
    ItemKind.IMPACT: _("Impact and urgency"),
    ItemKind.QUESTION: _("The question to the next tier"),
    ItemKind.COMPONENT: _("The suspected component"),
    ItemKind.RULED_OUT: _("What is ruled out"),
    ItemKind.FACT: _("One named fact"),
}
OPTION_OF: dict[ItemKind, str] = {
    ItemKind.SYMPTOM: "words",
    ItemKind.QUESTION: "words",
    ItemKind.ENVIRONMENT: "facts",
    ItemKind.LOG: "hours",
    ItemKind.REPRODUCTION: "level",
    ItemKind.FACT: "fact",
}
OPTION_WORDS: dict[str, str | Promise] = {
    "words": _("at least so many words"),
    "facts": _("also these facts, by commas"),
    "hours": _("at most so many hours before"),
    "level": _("written or run"),
    "fact": _("the fact's key"),
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the form. `option` is the one value the kind of check takes, as text."""

    key: str = ""
    kind: str = ItemKind.SYMPTOM.value
    label: str = ""
    required: bool = True
    incidents_only: bool = False
    option: str = ""

    @property
    def option_words(self) -> str:
        """What the option means for this kind of check; empty when it takes none."""
        name = OPTION_OF.get(ItemKind(self.kind)) if self.kind in set(ItemKind) else None
        return str(OPTION_WORDS[name]) if name else ""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What an edit does to one item: added, removed, changed or same."""

    how: str
    label: str
    detail: str = ""


def rows_of(items: Iterable[ContractItem]) -> list[Row]:
    """The rows that show a contract, with blank ones to add to it."""
    rows = [
        Row(
            key=item.key,
            kind=item.kind.value,
            label=item.label,
            required=item.required,
            incidents_only=item.only_for == ("incident",),
            option=_option_text(item),
        )
        for item in items
    ]
    return rows + [Row() for _blank in range(BLANK_ROWS)]


def read(posted: Mapping[str, Any], count: int) -> list[Row]:
    """The rows as they were typed; those without a label are blank and left out."""
    rows = [
        Row(
            key=str(posted.get(f"key-{n}", "")),
            kind=str(posted.get(f"kind-{n}", "")),
            label=str(posted.get(f"label-{n}", "")).strip(),
            required=bool(posted.get(f"required-{n}")),
            incidents_only=bool(posted.get(f"incidents-{n}")),
            option=str(posted.get(f"option-{n}", "")).strip(),
        )
        for n in range(count)
    ]
    return [row for row in rows if row.label]


def items_data(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """The rows as the data that `write_contract` takes; a new row's key is made from its label."""
    return [
        {
            "key": row.key or slugify(row.label).replace("-", "_")[:40] or row.kind,
            "kind": row.kind,
            "label": row.label,
            "required": row.required,
            "only_for": ["incident"] if row.incidents_only else [],
            "options": _options(row),
        }
        for row in rows
    ]


def changes(before: Iterable[ContractItem], after: Iterable[ContractItem]) -> list[Change]:
    """What would change, in the new order; removed items come last."""
    old, new = {item.key: item for item in before}, {item.key: item for item in after}
    found = [_change(old.get(key), item) for key, item in new.items()]
    return found + [Change(how="removed", label=item.label) for key, item in old.items() if key not in new]


def _change(old: ContractItem | None, new: ContractItem) -> Change:
    if old is None:
        return Change(how="added", label=new.label)
    if old == new:
        return Change(how="same", label=new.label)
    parts = []
    if old.label != new.label:
        parts.append(old.label)
    if old.required != new.required:
        parts.append(str(_("required now") if new.required else _("optional now")))
    if dict(old.options) != dict(new.options):
        parts.append(f"{_option_text(old) or '—'} → {_option_text(new) or '—'}")
    if old.only_for != new.only_for:
        parts.append(str(_("incidents only now") if new.only_for else _("every kind of ticket now")))
    return Change(how="changed", label=new.label, detail=", ".join(parts))


def _option_text(item: ContractItem) -> str:
    value = item.options.get(OPTION_OF.get(item.kind, ""), "")
    return ", ".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value)


def _options(row: Row) -> dict[str, Any]:
    name = OPTION_OF.get(ItemKind(row.kind)) if row.kind in set(ItemKind) else None
    if name is None or not row.option:
        return {}
    if name == "facts":
        return {name: [one.strip() for one in row.option.split(",") if one.strip()]}
    if name in NUMBERS:
        number = whole_number(row.option)
        return {name: number if number is not None else row.option}
    return {name: row.option}
