"""Routing rules: words that lead to a service or a group. Each is tried on past tickets before it holds."""

from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound, TierlineError
from tierline.desk.people.models import Desk
from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.said import refuse, say
from tierline.doors.web.setup.frame import setup_page, show, status_for
from tierline.work.routing import operations, queries
from tierline.work.routing.models import RoutingRule
from tierline.work.routing.queries import Draft, RuleTrial

PLACE = "setup:routing"
MOVED_SHOWN = 60


class RuleForm(forms.Form):
    """A rule as it is typed: words by commas or lines."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    words = forms.CharField(
        label=gettext_lazy("Words"),
        widget=forms.Textarea,
        max_length=5000,
        help_text=gettext_lazy("By commas or lines. A * at the end stands for any ending: tunnel*"),
    )
    service = forms.TypedChoiceField(label=gettext_lazy("Leads to the service"), coerce=int, empty_value=None)
    group = forms.TypedChoiceField(label=gettext_lazy("and to the group"), coerce=int, empty_value=None)
    weight = forms.FloatField(
        label=gettext_lazy("Weight"),
        initial=1,
        help_text=gettext_lazy("Points for each word that is found; twice as many in a title."),
    )

    def __init__(self, data: object, *, desk: Desk, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)  # type: ignore[arg-type] # Django takes a QueryDict or nothing
        for name, rows in (("service", queries.service_rows(desk.pk)), ("group", queries.group_rows(desk.pk))):
            choices = [("", _("none")), *((one.id, one.name) for one in rows)]
            self.fields[name].choices = choices  # type: ignore[attr-defined] # a choice field
            self.fields[name].required = False

    @property
    def draft(self) -> Draft:
        """What was typed, as it is tried and written."""
        typed = self.cleaned_data
        return Draft(
            name=typed["name"].strip(),
            words=tuple(word.strip() for word in typed["words"].replace("\n", ",").split(",") if word.strip()),
            weight=typed["weight"],
            service_id=typed["service"],
            group_id=typed["group"],
        )


@dataclass(frozen=True, kw_only=True)
class DeskRules:
    """A desk with its rules in use, and those out of use."""

    desk: Desk
    rules: list[RoutingRule]
    retired: list[RoutingRule]


@needs(Right.AUTOMATION_CHANGE)
@require_safe
def rules(request: SignedInRequest) -> HttpResponse:
    """Every rule of the desks that the person may arrange."""
    found = [
        DeskRules(
            desk=desk,
            rules=queries.rules(request.actor, desk.pk),
            retired=queries.retired(request.actor, desk.pk),
        )
        for desk in queries.desks_to_change(request.actor)
    ]
    return setup_page(request, "setup/routing.html", PLACE, {"desks": found})


@needs(Right.AUTOMATION_CHANGE)
@require_http_methods(["GET", "POST"])
def rule(request: SignedInRequest, desk_id: int, rule_id: int = 0) -> HttpResponse:
    """One rule with all its versions. What is typed is tried on past tickets before it is written."""
    desk = _desk(request.actor, desk_id)
    known = _known(request.actor, desk, rule_id) if rule_id else None
    history = queries.versions(request.actor, desk.pk, known.name) if known is not None else []
    shown = next((one for one in history if str(one.version) == request.GET.get("version")), known)
    posted = request.POST if request.method == "POST" else None
    form = RuleForm(posted, desk=desk, initial=_typed(shown))
    if known is not None:
        form.fields["name"].disabled = True
    trial = None
    if form.is_valid():
        try:
            if "write" in request.POST:
                return _write(request, desk, form.draft)
            trial = queries.tried_on_past(request.actor, desk.pk, form.draft)
        except TierlineError as problem:
            show(form, problem)
    return _page(request, desk, known, form, history, trial)


def _page(
    request: SignedInRequest,
    desk: Desk,
    known: RoutingRule | None,
    form: RuleForm,
    history: list[RoutingRule],
    trial: RuleTrial | None,
) -> HttpResponse:
    context = {
        "desk": desk,
        "rule": known,
        "form": form,
        "trial": trial,
        "moved_shown": MOVED_SHOWN,
        "history": [(one, changes(before, one)) for one, before in zip_longest(history, history[1:])],
    }
    return setup_page(request, "setup/routing_rule.html", PLACE, context, status=status_for(form))


def _write(request: SignedInRequest, desk: Desk, draft: Draft) -> HttpResponse:
    written = operations.write_rule(
        actor=request.actor,
        desk_id=desk.pk,
        name=draft.name,
        words=draft.words,
        weight=draft.weight,
        service_id=draft.service_id,
        group_id=draft.group_id,
    )
    say(
        request,
        _("Version %(version)s of %(name)s is in force.") % {"version": written.version, "name": written.name},
        kept=_("What was decided before keeps its reasons."),
    )
    return HttpResponseRedirect(reverse("setup:routing-rule", args=[desk.pk, written.pk]))


@needs(Right.AUTOMATION_CHANGE)
@require_POST
def retire(request: SignedInRequest, desk_id: int, rule_id: int) -> HttpResponse:
    """Take a rule out of use."""
    known = _known(request.actor, _desk(request.actor, desk_id), rule_id)
    try:
        operations.retire_rule(actor=request.actor, rule_id=known.pk)
        say(request, _("%(name)s is out of use.") % {"name": known.name}, kept=_("Its versions stay."))
    except TierlineError as problem:
        refuse(request, problem)
    return HttpResponseRedirect(reverse(PLACE))


def changes(before: RoutingRule | None, after: RoutingRule) -> list[str]:
    """What one version does differently from the one before it."""
    if before is None:
        return []
    gone, new = sorted({*before.words} - {*after.words}), sorted({*after.words} - {*before.words})
    said = [_("words added: %(words)s") % {"words": ", ".join(new)}] if new else []
    said += [_("words removed: %(words)s") % {"words": ", ".join(gone)}] if gone else []
    for name, old, now in (
        (_("service"), before.service, after.service),
        (_("group"), before.group, after.group),
        (_("weight"), f"{before.weight:g}", f"{after.weight:g}"),
    ):
        if old != now:
            old_words, new_words = (str(getattr(one, "name", one) or _("none")) for one in (old, now))
            said.append(_("%(what)s: %(old)s, now %(new)s") % {"what": name, "old": old_words, "new": new_words})
    return said


def _typed(found: RoutingRule | None) -> dict[str, Any]:
    if found is None:
        return {}
    words = ", ".join(found.words)
    targets = {"service": found.service_id, "group": found.group_id}
    return {"name": found.name, "words": words, "weight": f"{found.weight:g}", **targets}


def _desk(actor: Actor, desk_id: int) -> Desk:
    found = next((one for one in queries.desks_to_change(actor) if one.pk == desk_id), None)
    if found is None:
        raise NotFound
    return found


def _known(actor: Actor, desk: Desk, rule_id: int) -> RoutingRule:
    """The rule with this id, in use or retired. Raises NotFound."""
    known = [*queries.rules(actor, desk.pk), *queries.retired(actor, desk.pk)]
    found = next((one for one in known if one.pk == rule_id), None)
    if found is None:
        raise NotFound
    return found
