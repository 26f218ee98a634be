"""Forms of the portal. A symptom's questions become fields; the answers become facts."""

from collections.abc import Iterator, Sequence

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.forms.boundfield import BoundField
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from tierline.doors.web import words
from tierline.doors.web.labels import SATISFACTION
from tierline.doors.web.portal.symptoms import Symptom
from tierline.work.surveys.rules import COMMENT

MOST_FILES = 10
LONGEST_TEXT = 100_000  # characters


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once; each within the limits, and named when it is not."""

    widget = FilesInput

    def clean(self, data: object, initial: object = None) -> list[UploadedFile]:
        del initial  # files are never kept in a form
        given: Sequence[object] = data if isinstance(data, list | tuple) else [data] if data else []
        files = [file for file in given if isinstance(file, UploadedFile)]
        if len(files) > MOST_FILES:
            raise forms.ValidationError(_("At most %(count)s files at once."), params={"count": MOST_FILES})
        for file in files:
            if (file.size or 0) > settings.TIERLINE_UPLOAD_LIMIT:
                raise forms.ValidationError(
                    _("%(name)s is larger than %(size)s. Pack it (zip, gz) or send the part around the fault."),
                    params={"name": file.name, "size": words.size(settings.TIERLINE_UPLOAD_LIMIT)},
                )
        if self.required and not files:
            raise forms.ValidationError(_("Choose a file first."))
        return files


class SendForm(forms.Form):
    """The form of one symptom: the text, its questions, and files."""

    text = forms.CharField(max_length=LONGEST_TEXT, widget=forms.Textarea)
    uploads = FilesField(required=False)

    def __init__(
        self,
        symptom: Symptom,
        data: MultiValueDict[str, str] | None = None,
        files: MultiValueDict[str, UploadedFile] | None = None,
        initial: dict[str, str] | None = None,
    ) -> None:
        super().__init__(data, files, initial=initial)
        self.symptom = symptom
        text = self.fields["text"]
        text.label, text.help_text, text.required = str(symptom.text_words), str(symptom.text_hint), symptom.needs_text
        for question in symptom.questions:
            self.fields[f"q_{question.key}"] = question_field(
                question.words, question.why, question.choices, required=question.required
            )

    def questions(self) -> Iterator[BoundField]:
        """The symptom's own questions, in their order."""
        for question in self.symptom.questions:
            yield self[f"q_{question.key}"]

    def facts(self) -> dict[str, str]:
        """What was answered, by the question's key; unanswered questions are left out."""
        answers = {q.key: str(self.cleaned_data.get(f"q_{q.key}", "")).strip() for q in self.symptom.questions}
        return {"symptom": self.symptom.key} | {key: answer for key, answer in answers.items() if answer}


class LogForm(forms.Form):
    """The box of the first page: files and nothing else."""

    uploads = FilesField(required=True)


class AnswerForm(forms.Form):
    """What the requester writes on a request: words, files, or both."""

    text = forms.CharField(max_length=LONGEST_TEXT, required=False)
    uploads = FilesField(required=False)

    def clean(self) -> dict[str, object]:
        typed = super().clean() or {}
        if not typed.get("text", "").strip() and not typed.get("uploads") and "uploads" not in self.errors:
            self.add_error("text", _("Write something or add a file first."))
        return typed


class AskForm(forms.Form):
    text = forms.CharField(max_length=4000)


class ChallengeForm(forms.Form):
    reason = forms.CharField(max_length=4000)


class CallForm(forms.Form):
    phone = forms.CharField(max_length=40)


class RatingForm(forms.Form):
    """One of five answers, and words to it."""

    score = forms.TypedChoiceField(
        choices=list(SATISFACTION.items()),
        coerce=int,
        error_messages={"required": _("Choose one of the five answers.")},
    )
    comment = forms.CharField(
        label=_("What should we know? (optional)"), required=False, max_length=COMMENT, widget=forms.Textarea
    )


def question_field(words: object, why: object, choices: Sequence[tuple[str, object]], *, required: bool) -> forms.Field:
    """A choice where there are choices, else one line of text."""
    if choices:
        return forms.ChoiceField(label=str(words), help_text=str(why), choices=choices, required=False)
    return forms.CharField(label=str(words), help_text=str(why), max_length=300, required=required)


def errors_of(form: forms.Form) -> str:
    """Everything that is wrong with a form, in one line, for a page that has no room beside its fields."""
    return " ".join(str(error) for errors in form.errors.values() for error in errors)
