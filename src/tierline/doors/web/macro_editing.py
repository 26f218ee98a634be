"""One macro being written: what was typed, tried on past tickets, and its versions. Set-up and console share it."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, TierlineError
from tierline.desk.people.models import Desk
from tierline.doors.web.macro_forms import (
    MacroForm,
    action_rows,
    condition_rows,
    form_words,
    rows_of_actions,
    rows_of_conditions,
    typed_of,
)
from tierline.doors.web.macro_words import condition_words, step_words
from tierline.work.workflows import operations, queries
from tierline.work.workflows.models import Macro

UNPROCESSABLE = 422


@dataclass(frozen=True, kw_only=True)
class Edited:
    """What to show, or the version that was written."""

    context: dict[str, Any]
    status: int
    written: Macro | None = None


def edit(request: HttpRequest, actor: Actor, desk: Desk, known: Macro | None, *, personal: bool) -> Edited:
    """Show the form, try what was typed, or write it as a new version."""
    history = queries.macro_versions(actor, known) if known is not None else []
    shown = next((one for one in history if str(one.version) == request.GET.get("version")), known)
    services, groups = queries.macro_targets(desk.pk)
    posted = request.POST if request.method == "POST" else None
    form = MacroForm(posted, services=services, groups=groups, initial=typed_of(shown) if shown else None)
    if known is not None:
        form.fields["name"].initial, form.fields["name"].disabled = known.name, True
    trial, fault = None, {}
    if form.is_valid():
        try:
            if "write" in request.POST:
                written = operations.write_macro(actor=actor, desk_id=desk.pk, personal=personal, **form.parts)
                return Edited(context={}, status=302, written=written)
            trial = queries.tried_macro(actor, desk.pk, **form.parts)
        except TierlineError as problem:
            fault = _show(form, problem)
    context = {
        "desk": desk,
        "macro": known,
        "form": form,
        "fault": fault,
        "trial": trial,
        "personal": personal,
        **_rows(posted, shown),
        "history": [(one, changes(before, one)) for one, before in zip_longest(history, history[1:])],
        **form_words(),
    }
    bad = form.is_bound and (form.errors or fault)
    return Edited(context=context, status=UNPROCESSABLE if bad else 200)


def _rows(posted: Mapping[str, str] | None, shown: Macro | None) -> dict[str, Any]:
    """Conditions and actions to draw: as they were typed, else as they are."""
    if posted is not None:
        conditions, actions = rows_of_conditions(posted), rows_of_actions(posted)
    else:
        conditions, actions = (shown.conditions, shown.steps.get("actions", [])) if shown is not None else ([], [])
    return {"conditions": condition_rows(conditions), "action_rows": action_rows(actions)}


def _show(form: MacroForm, problem: TierlineError) -> dict[str, str]:
    """Put a refusal at its field; what belongs to the rows of conditions and actions is given back."""
    fields = problem.fields if isinstance(problem, Invalid) else {"name": problem.for_people()}
    for name in fields.keys() & form.fields.keys():
        form.add_error(name, fields[name])
    return {name: words for name, words in fields.items() if name not in form.fields}


def changes(before: Macro | None, after: Macro) -> list[str]:
    """What one version says or does differently from the one before it."""
    if before is None:
        return []
    said = [
        words
        for name, words in (
            ("reply", _("the reply is worded differently")),
            ("note", _("the note is worded differently")),
            ("groups", _("it is for other groups")),
        )
        if getattr(before, name) != getattr(after, name)
    ]
    for old, new in (
        (condition_words(before.conditions), condition_words(after.conditions)),
        (_does(before), _does(after)),
    ):
        said += [_("now: %(words)s") % {"words": one} for one in new if one not in old]
        said += [_("no longer: %(words)s") % {"words": one} for one in old if one not in new]
    return said


def _does(macro: Macro) -> list[str]:
    steps = macro.parsed_steps
    return [*step_words(steps), *(one.action.replace("_", " ") for one in steps.actions)]
