"""The editor of what somebody can do: skills, languages and certificates, each tried on the coverage before."""

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tierline.core.kernel.errors import NotFound
from tierline.desk.people import events, operations
from tierline.desk.people.operations import Evidence
from tierline.desk.people.queries import may_plan
from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.said import say
from tierline.doors.web.staff import forms
from tierline.doors.web.staff.certificate_words import certificate_rows
from tierline.doors.web.staff.effects import Preview, preview
from tierline.doors.web.staff.frame import LEVELS, language_name, staff_page, zone_name
from tierline.doors.web.staff.history import lines
from tierline.doors.web.staff.skill_words import skill_lines
from tierline.doors.web.staff.trying import Shown, answer, wants_trial
from tierline.insight.staffing.queries import profiles, trials

PLACE = "staff:everybody"
HISTORY = (
    events.SkillRecorded.kind,
    events.LanguageRecorded.kind,
    events.CertificateRecorded.kind,
    events.CertificateWithdrawn.kind,
    events.CertificateExpires.kind,
)


@needs(Right.CONSOLE)
@require_safe
def abilities(request: SignedInRequest, person_id: int) -> HttpResponse:
    """The editor's page."""
    return _page(request, person_id)


@needs(Right.CONSOLE)
@require_POST
def skill(request: SignedInRequest, person_id: int) -> HttpResponse:
    """Record a skill with its level, or confirm what the work suggests."""
    _may_change(request, person_id)
    form = forms.PersonSkillForm(request.POST, skills=_skills())

    def trial() -> Preview:
        typed = form.cleaned_data
        zone = zone_name(request)
        return preview(trials.try_skill(request.actor, person_id, typed["skill"], typed["level"], zone))

    def write() -> None:
        operations.record_skill(
            actor=request.actor,
            person_id=person_id,
            skill=form.cleaned_data["skill"],
            level=form.cleaned_data["level"],
            suggested=bool(request.POST.get("suggested")),
        )

    shown = _shown(request, person_id, skill_form=form)
    return answer(request, form, trial=trial, write=write, shown=shown, back=_back(person_id))


@needs(Right.CONSOLE)
@require_POST
def language(request: SignedInRequest, person_id: int) -> HttpResponse:
    """Record a language with its level: one's own, or that of somebody one plans."""
    profiles.colleague(request.actor, person_id)
    form = forms.LanguageForm(request.POST)

    def write() -> None:
        operations.record_language(actor=request.actor, person_id=person_id, **form.cleaned_data)

    shown = _shown(request, person_id, language_form=form)
    return answer(request, form, trial=Preview, write=write, shown=shown, back=_back(person_id))


@needs(Right.CONSOLE)
@require_POST
def certificate(request: SignedInRequest, person_id: int) -> HttpResponse:
    """Record a certificate, with the document that shows it."""
    _may_change(request, person_id)
    form = forms.CertificateForm(request.POST, request.FILES, skills=_skills())

    def trial() -> Preview:
        skill, last = form.cleaned_data["skill"], form.cleaned_data["expires_on"]
        note = _("Choose the document again before you write it.") if request.FILES else ""
        if not skill:
            return Preview(note=note)
        return preview(trials.try_certificate(request.actor, person_id, skill, last, zone_name(request)), note=note)

    def write() -> None:
        given = dict(form.cleaned_data)
        file = given.pop("evidence")
        proof = Evidence(file.name, file.content_type or "", file.read()) if file else None
        operations.record_certificate(actor=request.actor, person_id=person_id, evidence=proof, **given)

    shown = _shown(request, person_id, certificate_form=form)
    return answer(request, form, trial=trial, write=write, shown=shown, back=_back(person_id))


@needs(Right.CONSOLE)
@require_POST
def withdraw(request: SignedInRequest, certificate_id: int) -> HttpResponse:
    """Let a certificate count no longer, or see what that would uncover."""
    found = profiles.certificate(request.actor, certificate_id)
    _may_change(request, found.person_id)
    if wants_trial(request):
        skill = found.skill.key if found.skill else ""
        effects = (
            trials.try_certificate(
                request.actor, found.person_id, skill, None, zone_name(request), without=certificate_id
            )
            if skill
            else []
        )
        return _page(request, found.person_id, preview=preview(effects), trying=certificate_id)
    operations.withdraw_certificate(actor=request.actor, certificate_id=certificate_id)
    say(request, _("It counts no longer."))
    return HttpResponseRedirect(_back(found.person_id))


def _may_change(request: SignedInRequest, person_id: int) -> None:
    profiles.colleague(request.actor, person_id)
    if not may_plan(request.actor, person_id):
        raise NotFound


def _skills() -> list[tuple[str, str]]:
    return profiles.skill_names()


def _back(person_id: int) -> str:
    return reverse("staff:abilities", args=[person_id])


def _shown(request: SignedInRequest, person_id: int, **given: object) -> Shown:
    def show(*, preview: Preview | None = None, status: int = 200) -> HttpResponse:
        return _page(request, person_id, preview=preview, status=status, **given)

    return show


def _page(
    request: SignedInRequest, person_id: int, *, preview: Preview | None = None, status: int = 200, **given: object
) -> HttpResponse:
    found = profiles.profile(request.actor, person_id)
    if not (found.own or found.plans):
        raise NotFound
    skills = list(found.skills.items())
    context: dict[str, object] = {
        "p": found,
        "skills": skill_lines(found),
        "levels": LEVELS,
        "certificates": certificate_rows(found),
        "languages": [(language_name(one.code), one.code, one.level) for one in found.languages],
        "skill_form": forms.PersonSkillForm(skills=skills),
        "language_form": forms.LanguageForm(),
        "certificate_form": forms.CertificateForm(skills=skills),
        "preview": preview,
        "trying": 0,
        "history": lines(profiles.history(person_id, *HISTORY), found.skills),
    }
    return staff_page(request, "staff/abilities.html", PLACE, context | given, status=status)
