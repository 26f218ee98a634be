"""The clocks of a ticket's files, told apart: what each is ahead of the first, and what that makes its sentence."""

from collections.abc import Mapping

from tierline.work.diagnosis.models import Evidence
from tierline.work.diagnosis.queries.sentences import sentence_of
from tierline.work.diagnosis.rules.skew import against_first


def align(ticket_id: int) -> None:
    """Compare the clocks of all files that were read, and say it. Safe to repeat."""
    read = list(Evidence.objects.ready().filter(ticket_id=ticket_id).defer("offsets").order_by("pk"))
    clocked = [one for one in read if one.started_at is not None]
    ahead = dict(zip((one.pk for one in clocked), against_first([_marks(one) for one in clocked]), strict=True))
    for one in read:
        one.skew = ahead.get(one.pk, 0)
        one.skew_to = clocked[0].name if one.skew else ""
        one.sentence = str(sentence_of(one))
        one.save(update_fields=["skew", "skew_to", "sentence"])


def _marks(evidence: Evidence) -> Mapping[int, int]:
    return {int(key): second for key, second in evidence.marks.items()}
