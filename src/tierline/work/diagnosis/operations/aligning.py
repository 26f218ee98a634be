"""The clocks of a ticket's files, told apart: what each is ahead of the first, and what that makes its sentence."""

from collections.abc import Mapping

from tierline.work.diagnosis.models import Evidence
from tierline.work.diagnosis.queries.sentences import sentence_of
from tierline.work.diagnosis.rules.placing import of_day
from tierline.work.diagnosis.rules.skew import against_first


def align(ticket_id: int) -> None:
    """Compare the clocks of all files that were read, and say it. Safe to repeat."""
    read = list(Evidence.objects.ready().filter(ticket_id=ticket_id).defer("offsets").order_by("pk"))
    clocked = [one for one in read if one.started_at is not None]
    found = against_first([_marks(one) for one in clocked])
    ahead = {
        one.pk: seconds if _is_dated(one) and _is_dated(clocked[0]) else of_day(seconds)
        for one, seconds in zip(clocked, found, strict=True)
    }
    for one in read:
        one.skew = ahead.get(one.pk, 0)
        one.skew_to = clocked[0].name if one.skew else ""
        one.sentence = str(sentence_of(one))
        one.save(update_fields=["skew", "skew_to", "sentence"])


def _is_dated(evidence: Evidence) -> bool:
    """Whether a clock of the file says the day as well."""
    return any(one.get("dated", True) for one in evidence.files)


def _marks(evidence: Evidence) -> Mapping[int, int]:
    return {int(key): second for key, second in evidence.marks.items()}
