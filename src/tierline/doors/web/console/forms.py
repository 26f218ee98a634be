"""What the console's forms may say. They parse and bound; the rules are the rooms'."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

TEXT_LIMIT = 100_000  # characters
LINE_LIMIT = 400


class ManyFiles(forms.FileInput):
    """A file field that takes several files."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[UploadedFile]:  # noqa: ANN401 - Django's signature
        """Give every file of the field; Django gives the last one only."""
        del data
        chosen: list[UploadedFile] = files.getlist(name)
        return chosen


class FilesField(forms.FileField):
    """Zero or more files, as a list."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:  # noqa: ANN401 - Django's signature; a list instead of one file
        """Check each file by itself."""
        given = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(one, initial) for one in given if one]


class Seen(forms.Form):
    """Every form says which version of the ticket it was made from."""

    seen_version = forms.IntegerField(required=False, min_value=0)


class WriteForm(Seen):
    """A reply or an internal note, and what happens then; with a macro also a note beside the reply."""

    text = forms.CharField(max_length=TEXT_LIMIT, strip=False, required=False)
    audience = forms.ChoiceField(choices=[("requester", ""), ("internal", "")])
    then = forms.ChoiceField(choices=[("keep", ""), ("wait", ""), ("resolve", "")], required=False)
    applied = forms.IntegerField(required=False, min_value=1)
    note = forms.CharField(max_length=TEXT_LIMIT, strip=False, required=False)
    attachments = FilesField(required=False)


class DraftForm(forms.Form):
    """Whose draft one goes on with."""

    draft = forms.IntegerField(min_value=1)


class ClassifyForm(Seen):
    """Impact and urgency; a priority against the matrix needs its reason."""

    impact = forms.IntegerField(min_value=1, max_value=3)
    urgency = forms.IntegerField(min_value=1, max_value=3)
    service = forms.IntegerField(required=False)
    priority = forms.IntegerField(min_value=1, max_value=5, required=False)
    reason = forms.CharField(max_length=LINE_LIMIT, required=False)


class AssignForm(Seen):
    """A group, and perhaps a person of it."""

    group = forms.IntegerField(error_messages={"required": _("Choose the group.")})
    person = forms.IntegerField(required=False)


class AppealForm(forms.Form):
    """What whoever answers for the desk should look at."""

    appeal = forms.CharField(max_length=LINE_LIMIT, error_messages={"required": _("Say what should be decided.")})


class AppealAnswerForm(forms.Form):
    """A lead's decision, in words that whoever appealed reads."""

    number = forms.IntegerField()
    uphold = forms.ChoiceField(choices=[("yes", ""), ("no", "")])
    answer = forms.CharField(error_messages={"required": _("Say why, in words.")})


class WaitForm(Seen):
    """Whom the ticket waits for, and why."""

    whom = forms.ChoiceField(choices=[("requester", ""), ("vendor", ""), ("change", ""), ("approval", "")])
    vendor = forms.IntegerField(required=False)
    reason = forms.CharField(max_length=LINE_LIMIT, required=False)


class ResolveForm(Seen):
    """How it was solved, for colleagues, and the words for the requester."""

    resolution = forms.CharField(max_length=TEXT_LIMIT, required=False)
    text = forms.CharField(max_length=TEXT_LIMIT, required=False)
    code = forms.ChoiceField(
        choices=[(code, "") for code in ("solved", "workaround", "known_error", "not_reproducible", "withdrawn")]
    )
    level_one_capable = forms.BooleanField(required=False)


class ReasonForm(forms.Form):
    """One reason in a line."""

    reason = forms.CharField(max_length=LINE_LIMIT, required=False)


class CaseForm(forms.Form):
    """A case with a vendor, and the reasons for what is missing (`override-` and the item's key)."""

    vendor = forms.IntegerField(error_messages={"required": _("Choose the vendor.")})
    product = forms.IntegerField(required=False)
    title = forms.CharField(max_length=150, error_messages={"required": _("Name the case.")})
    question = forms.CharField(max_length=8_000, error_messages={"required": _("What should they answer?")})
    reason = forms.CharField(max_length=LINE_LIMIT, required=False)


class CaseWordsForm(forms.Form):
    """Words to the vendor, a pack that goes along, and how."""

    text = forms.CharField(max_length=TEXT_LIMIT, error_messages={"required": _("There is nothing to send yet.")})
    pack = forms.IntegerField(required=False)
    attach = forms.BooleanField(required=False)
    elsewhere = forms.BooleanField(required=False)


class CloseCaseForm(forms.Form):
    """What came of a case, and the hours that the vendor charges for."""

    outcome = forms.CharField(max_length=20, error_messages={"required": _("Say what came of it.")})
    words = forms.CharField(max_length=LINE_LIMIT, required=False)
    hours = forms.DecimalField(required=False, min_value=0, max_value=9999, decimal_places=2)


class CaseReferenceForm(forms.Form):
    """What the vendor calls a case."""

    reference = forms.CharField(max_length=60, required=False)


class CaseLinkForm(forms.Form):
    """For whom a link is, and how long it holds, in days."""

    recipient = forms.CharField(max_length=254, error_messages={"required": _("Say for which mail address it is.")})
    days = forms.IntegerField(min_value=1, max_value=90, initial=30)


class MergeForm(forms.Form):
    """The ticket this one goes on in."""

    into = forms.CharField(max_length=20)


class FactForm(forms.Form):
    """One fact about the environment."""

    name = forms.CharField(max_length=40)
    value = forms.CharField(max_length=LINE_LIMIT)


class NewTicketForm(forms.Form):
    """A ticket that an agent writes for somebody: a call, a visit."""

    email = forms.EmailField(label=_("E-mail of the requester"))
    name = forms.CharField(label=_("Name of the requester"), max_length=120, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=[("incident", _("Incident")), ("request", _("Service request"))])
    channel = forms.ChoiceField(
        label=_("It came"),
        choices=[("phone", _("by phone")), ("chat", _("by chat")), ("portal", _("in person, or otherwise"))],
    )
    title = forms.CharField(label=_("In a few words"), max_length=200)
    text = forms.CharField(label=_("In the requester's words"), widget=forms.Textarea, max_length=TEXT_LIMIT)
    attachments = FilesField(label=_("Files"), required=False)


class RecipeForm(forms.Form):
    """A recipe: its title, and the rest as JSON."""

    title = forms.CharField(max_length=200)
    spec = forms.CharField(max_length=TEXT_LIMIT)


class ArticleForm(forms.Form):
    """The five parts of an article (KCS v6)."""

    title = forms.CharField(label=_("Title"), max_length=200, required=False)
    issue = forms.CharField(
        label=_("Issue"), widget=forms.Textarea, required=False, help_text=_("In the words of those who have it.")
    )
    environment = forms.CharField(
        label=_("Environment"), widget=forms.Textarea, required=False, help_text=_("Product, version, what is special.")
    )
    resolution = forms.CharField(
        label=_("Resolution"), widget=forms.Textarea, required=False, help_text=_("Steps, one a line.")
    )
    cause = forms.CharField(label=_("Cause"), widget=forms.Textarea, required=False, help_text=_("Why it happens."))


class RunbookForm(forms.Form):
    """Which runbook to begin."""

    runbook = forms.IntegerField()


class StepForm(forms.Form):
    """What one step of a runbook showed."""

    run = forms.IntegerField()
    step = forms.CharField(max_length=60)
    result = forms.CharField(max_length=20)
    note = forms.CharField(max_length=2000, required=False)


class StopForm(forms.Form):
    """Which run to end, and why."""

    run = forms.IntegerField()
    reason = forms.CharField(max_length=LINE_LIMIT, required=False)


class EscalateForm(Seen):
    """The question for a higher tier; reasons for what is missing come as ``override-<item>``."""

    to_tier = forms.IntegerField(min_value=1, max_value=4)
    question = forms.CharField(max_length=TEXT_LIMIT, required=False)
    group = forms.IntegerField(required=False)
    mode = forms.ChoiceField(choices=[("transfer", ""), ("swarm", "")], required=False)


class LessonForm(forms.Form):
    """What a lower tier should learn."""

    to_tier = forms.IntegerField(min_value=0, max_value=3)
    lesson = forms.CharField(max_length=4000, required=False)


class LinkForm(forms.Form):
    """What an article did for a ticket."""

    article = forms.IntegerField()
    how = forms.ChoiceField(choices=[(how, "") for how in ("used", "reused", "cited", "flagged")])


class BounceForm(forms.Form):
    """Why a hand-over goes back."""

    reason_code = forms.CharField(max_length=40, required=False)
    reason = forms.CharField(max_length=2000, required=False)


class AnswerForm(forms.Form):
    """An answer without taking over."""

    text = forms.CharField(max_length=TEXT_LIMIT, required=False)


class CauseForm(forms.Form):
    """The cause of a problem, its component, and what proves it (one reference a line)."""

    cause = forms.CharField(max_length=TEXT_LIMIT, required=False)
    component = forms.CharField(max_length=80, required=False)
    evidence = forms.CharField(max_length=4000, required=False)


class WorkaroundForm(forms.Form):
    """A known error: symptoms, workaround, and what recognises it."""

    title = forms.CharField(max_length=200, required=False)
    symptoms = forms.CharField(max_length=10_000, required=False)
    workaround = forms.CharField(max_length=20_000, required=False)
    lowest_tier = forms.IntegerField(min_value=0, max_value=4)
    line = forms.CharField(max_length=LINE_LIMIT, required=False)
    fact = forms.CharField(max_length=40, required=False)
    relation = forms.CharField(max_length=20, required=False)
    fact_value = forms.CharField(max_length=100, required=False)
    words = forms.CharField(max_length=LINE_LIMIT, required=False)


class FixForm(forms.Form):
    """In which version the fault is gone, and what proves it."""

    fixed_in = forms.CharField(max_length=60, required=False)
    recipe = forms.IntegerField(required=False)
    tracker_ref = forms.CharField(max_length=300, required=False)


class KnownErrorForm(forms.Form):
    """Which known error."""

    known_error = forms.IntegerField()


class RolesForm(forms.Form):
    """Who holds which role in a major incident, and the minutes between updates."""

    commander = forms.IntegerField(error_messages={"required": _("A major incident has a commander.")})
    communications = forms.IntegerField(required=False)
    scribe = forms.IntegerField(required=False)
    cadence = forms.IntegerField()


class DeclareForm(RolesForm):
    """What is said outside, to whom, and why it is one where no criterion is met."""

    public_title = forms.CharField(max_length=200, required=False)
    public_words = forms.CharField(max_length=4000, required=False)
    reason = forms.CharField(max_length=LINE_LIMIT, required=False)
    shown_to = forms.ChoiceField(choices=[(one, "") for one in ("everyone", "organisation", "affected")])


class UpdateForm(forms.Form):
    """How things stand, and for whom the words are."""

    text = forms.CharField(max_length=4000, required=False)
    audience = forms.ChoiceField(choices=[("requester", ""), ("internal", "")])
    step = forms.ChoiceField(choices=[("update", ""), ("mitigated", "")], required=False)


class StandDownForm(forms.Form):
    """The last words, and what becomes of the parts."""

    last_words = forms.CharField(max_length=4000, required=False)
    parts = forms.ChoiceField(choices=[("resolve", ""), ("keep", "")])


class ReviewForm(forms.Form):
    """The parts of a blameless review."""

    happened = forms.CharField(max_length=20_000, required=False)
    contributing = forms.CharField(max_length=20_000, required=False)
    went_well = forms.CharField(max_length=20_000, required=False)


class ActionForm(forms.Form):
    """Somebody does something by a day."""

    what = forms.CharField(max_length=300, required=False)
    owner = forms.IntegerField(error_messages={"required": _("Choose who does it.")})
    due_on = forms.DateField(error_messages={"required": _("Choose the day.")})
