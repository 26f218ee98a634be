"""Macros in words: what one does besides its texts, and whom it is for."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tierline.doors.web import labels
from tierline.work.workflows.queries import MacroPreview
from tierline.work.workflows.rules.macros import MacroSteps, Then

OPERATOR: Mapping[str, str | Promise] = {
    "is": gettext_lazy("is"),
    "is_not": gettext_lazy("is not"),
    "in": gettext_lazy("is one of"),
    "contains": gettext_lazy("contains"),
    "at_least": gettext_lazy("is at least"),
    "at_most": gettext_lazy("is at most"),
    "is_set": gettext_lazy("is known"),
    "is_empty": gettext_lazy("is not known"),
}


def operator(code: str) -> str:
    """Name a comparison."""
    return str(OPERATOR.get(code, code))


def does_words(macro: MacroPreview) -> list[str]:
    """What a macro will do on a ticket besides its texts, one short sentence each."""
    return [*step_words(macro.steps, service=macro.service, group=macro.group), *macro.deeds]


def step_words(steps: MacroSteps, *, service: str = "", group: str = "") -> list[str]:
    """The same without the actions, which speak for themselves."""
    said = []
    if steps.impact:
        said.append(_("sets the impact to %(name)s") % {"name": labels.impact(steps.impact)})
    if steps.urgency:
        said.append(_("sets the urgency to %(name)s") % {"name": labels.urgency(steps.urgency)})
    if steps.service:
        said.append(_("names the service %(name)s") % {"name": service or steps.service})
    said += [
        _("records %(name)s: %(value)s") % {"name": key.replace("_", " "), "value": value}
        for key, value in steps.facts.items()
    ]
    if steps.group:
        said.append(_("gives it to %(group)s") % {"group": group or steps.group})
    if steps.then == Then.WAIT:
        said.append(_("waits for the requester"))
    if steps.then == Then.RESOLVE:
        said.append(_("resolves it as %(code)s") % {"code": labels.resolution(steps.code)})
    return said


def condition_words(conditions: Sequence[Mapping[str, Any]]) -> list[str]:
    """The conditions of a macro as somebody would say them."""
    return [
        " ".join(
            str(part)
            for part in (
                str(one.get("field", "")).removeprefix("fact.").replace("_", " "),
                operator(str(one.get("operator", ""))),
                _value_words(one.get("value")),
            )
            if part
        )
        for one in conditions
    ]


def _value_words(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    return "" if value is None else str(value)
