"""Why a file is compared with these healthy files, as a receipt."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tierline.core.kernel.actors import Actor
from tierline.doors.web.shapes import Receipt, ReceiptRow
from tierline.doors.web.words import number
from tierline.work.diagnosis import queries as diagnosis
from tierline.work.diagnosis.queries import Choice, ChosenFile, EvidenceRow


def why_these(viewer: Actor, row: EvidenceRow) -> Receipt | None:
    """The product, the version and the files, each with the rule that chose it; None where there are none any more."""
    choice = diagnosis.choice_of(viewer, row.id)
    return receipt(choice, diagnosis.chosen_files(viewer, choice), row.compared_with) if choice else None


def receipt(choice: Choice, files: list[ChosenFile], compared: int) -> Receipt:
    """Say a choice; `compared` is how many files it was when the file was read."""
    by = {
        "ticket": _("the product that the ticket names"),
        "file": _("the product that the file names"),
        "service": _("the only product of the service"),
    }
    rows = (
        ReceiptRow(choice.product, by[choice.named_by]),
        ReceiptRow(choice.version, _version_words(choice)),
        ReceiptRow(ngettext("%(n)s file", "%(n)s files", choice.number) % {"n": number(choice.number)}, _names(choice)),
    )
    return Receipt(_("Compared with these healthy files"), rows, " ".join(_notes(choice, files, compared)))


def _version_words(choice: Choice) -> str:
    if choice.same_version:
        return _("the version of the ticket or the file")
    if choice.akin:
        return _("its own version has no healthy file named as this one")
    return _("its own version has no healthy file; this one has most")


def _names(choice: Choice) -> str:
    if not choice.akin:
        return _("all of this version: none is named as this one")
    if choice.number == choice.kept:
        return _("all of this version: they are named as this one")
    return _("those named as this one, of %(n)s of this version") % {"n": number(choice.kept)}


def _notes(choice: Choice, files: list[ChosenFile], compared: int) -> list[str]:
    notes = []
    if files:
        named = ", ".join(f"{one.name} ({one.reference})" for one in files)
        more = choice.number - len(files)
        notes.append(_("%(names)s and %(n)s more.") % {"names": named, "n": more} if more > 0 else f"{named}.")
    if compared != choice.number:
        said = _("When this file was read there were %(n)s; read again, it is compared with these.")
        notes.append(said % {"n": number(compared)})
    return notes
