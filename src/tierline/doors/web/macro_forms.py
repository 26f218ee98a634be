"""The form in which a macro is written, for a desk in set-up and for oneself in the console."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tierline.core.plugins import registry
from tierline.doors.web import labels
from tierline.doors.web.macro_words import operator
from tierline.work.workflows.models import Macro
from tierline.work.workflows.rules.conditions import TICKET_FIELDS, Operator
from tierline.work.workflows.rules.macros import NAME_LIMIT, PLACES, TEXT_LIMIT

SPARE_CONDITIONS = 2
SPARE_ACTIONS = 1
ROWS_LIMIT = 22
CODES = ("solved", "workaround", "known_error", "not_reproducible", "withdrawn")


class MacroForm(forms.Form):
    """A macro as it is typed. Facts and parameters are lines, `name: value`; conditions and actions come in rows."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_LIMIT)
    reply = forms.CharField(
        label=gettext_lazy("Reply"), widget=forms.Textarea, max_length=TEXT_LIMIT, required=False, strip=False
    )
    note = forms.CharField(
        label=gettext_lazy("Internal note"), widget=forms.Textarea, max_length=TEXT_LIMIT, required=False, strip=False
    )
    then = forms.ChoiceField(label=gettext_lazy("Then"), required=False)
    code = forms.ChoiceField(label=gettext_lazy("Solved as"), required=False)
    resolution = forms.CharField(
        label=gettext_lazy("What solved it"),
        widget=forms.Textarea,
        max_length=TEXT_LIMIT,
        required=False,
        help_text=gettext_lazy("The requester may read it. Without words here the reply says it."),
    )
    impact = forms.ChoiceField(label=gettext_lazy("Impact"), required=False)
    urgency = forms.ChoiceField(label=gettext_lazy("Urgency"), required=False)
    service = forms.ChoiceField(label=gettext_lazy("Service"), required=False)
    group = forms.ChoiceField(
        label=gettext_lazy("Give it to"),
        required=False,
        help_text=gettext_lazy("Never upwards: that is an escalation. On a lower tier the macro is not offered."),
    )
    facts = forms.CharField(
        label=gettext_lazy("Facts"),
        widget=forms.Textarea,
        max_length=4000,
        required=False,
        help_text=gettext_lazy("One a line: client_version: 5.2"),
    )
    groups = forms.MultipleChoiceField(
        label=gettext_lazy("For the groups"),
        required=False,
        help_text=gettext_lazy("None chosen: for everybody on the desk."),
    )

    def __init__(
        self,
        data: Any = None,  # noqa: ANN401 (Django takes a QueryDict or nothing)
        *,
        services: list[tuple[str, str]],
        groups: list[tuple[int, str, str]],
        initial: dict[str, Any] | None = None,
    ) -> None:
        """`services` are pairs of short name and name, `groups` are id, short name and name."""
        super().__init__(data, initial=initial)
        keep = ("", _("as it is"))
        choices: dict[str, list[tuple[Any, Any]]] = {
            "then": [("keep", _("keep it")), ("wait", _("wait for the requester")), ("resolve", _("resolve it"))],
            "code": [(one, labels.resolution(one)) for one in CODES],
            "impact": [keep, *((n, labels.impact(n)) for n in (1, 2, 3))],
            "urgency": [keep, *((n, labels.urgency(n)) for n in (1, 2, 3))],
            "service": [keep, *services],
            "group": [keep, *((key, name) for _id, key, name in groups)],
            "groups": [(one, name) for one, _key, name in groups],
        }
        for name, some in choices.items():
            self.fields[name].choices = some  # type: ignore[attr-defined] # a choice field

    @property
    def parts(self) -> dict[str, Any]:
        """What `write_macro` takes, besides the desk. Raises nothing: what is wrong is the room's to say."""
        typed = self.cleaned_data
        steps = {name: typed[name] for name in ("then", "code", "resolution", "impact", "urgency", "service", "group")}
        if steps["then"] != "resolve":
            steps |= {"code": "", "resolution": ""}
        steps |= {"facts": lines_of(typed["facts"]), "actions": rows_of_actions(self.data)}
        return {
            "name": typed["name"],
            "reply": typed["reply"],
            "note": typed["note"],
            "steps": {name: value for name, value in steps.items() if value},
            "conditions": rows_of_conditions(self.data),
            "groups": [int(one) for one in typed["groups"]],
        }


def lines_of(text: str) -> dict[str, str]:
    """Lines of `name: value` as a mapping; a line without a colon is a name without a value, which the room refuses."""
    pairs = (line.partition(":") for line in text.splitlines() if line.strip())
    return {name.strip().replace(" ", "_").lower(): value.strip() for name, _colon, value in pairs}


def rows_of_conditions(data: Mapping[str, str]) -> list[dict[str, Any]]:
    """The conditions that were filled in; a list of values is written with commas."""
    found = []
    for n in range(ROWS_LIMIT):
        given = (data.get(f"condition-{n}-{part}", "").strip() for part in ("field", "operator", "value"))
        field, asked, value = given
        if not field:
            continue
        one: dict[str, Any] = {"field": field, "operator": asked}
        if asked == Operator.IN:
            one["value"] = [part.strip() for part in value.split(",") if part.strip()]
        elif asked not in (Operator.IS_SET, Operator.IS_EMPTY):
            one["value"] = value
        found.append(one)
    return found


def rows_of_actions(data: Mapping[str, str]) -> list[dict[str, Any]]:
    """The actions that were chosen, with their parameters."""
    rows = ((data.get(f"action-{n}", ""), data.get(f"action-{n}-params", "")) for n in range(ROWS_LIMIT))
    return [{"action": action, "params": lines_of(params)} for action, params in rows if action]


def typed_of(macro: Macro) -> dict[str, Any]:
    """The first values of a form for a macro that is there."""
    steps = macro.steps
    plain = {
        name: steps.get(name, "") for name in ("then", "code", "resolution", "impact", "urgency", "service", "group")
    }
    facts = "\n".join(f"{key}: {value}" for key, value in steps.get("facts", {}).items())
    return {
        "name": macro.name,
        "reply": macro.reply,
        "note": macro.note,
        "facts": facts,
        "groups": [str(one) for one in macro.groups],
        **plain,
    }


def condition_rows(kept: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Rows to draw: those that are there and some to fill in."""
    rows = [
        {
            "field": str(one.get("field", "")),
            "operator": str(one.get("operator", "")),
            "value": ", ".join(map(str, value)) if isinstance(value := one.get("value"), list) else str(value or ""),
        }
        for one in kept
    ]
    return [*rows, *({"field": "", "operator": "is", "value": ""} for _n in range(SPARE_CONDITIONS))][:ROWS_LIMIT]


def action_rows(kept: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Rows to draw: those that are there and one to fill in."""
    rows = [
        {
            "action": str(one.get("action", "")),
            "params": "\n".join(f"{key}: {value}" for key, value in dict(one.get("params", {})).items()),
        }
        for one in kept
    ]
    return [*rows, *({"action": "", "params": ""} for _n in range(SPARE_ACTIONS))][:ROWS_LIMIT]


def form_words() -> dict[str, Any]:
    """What the form's page says besides its fields: places, fields of conditions, comparisons, actions."""
    return {
        "macro_places": [f"{{{one}}}" for one in PLACES],
        "condition_fields": [*sorted(TICKET_FIELDS), "fact."],
        "operators": [(one.value, operator(one.value)) for one in Operator],
        "actions": [("", _("none")), *((one.key, one.name) for one in registry.find("actions"))],
    }
