"""The clocks of a ticket's files, told apart: what each is ahead of the first, and what that makes its sentence."""

from collections.abc import Mapping

from tierline.work.diagnosis.models import Evidence
from tierline.work.diagnosis.rules.sentence import say
from tierline.work.diagnosis.rules.skew import against_first


def align(ticket_id: int) -> None:
    """Compare the clocks of all files that were read, and say it. Safe to repeat."""
    read = list(Evidence.objects.ready().filter(ticket_id=ticket_id).defer("offsets", "buckets").order_by("pk"))
    clocked = [one for one in read if one.started_at is not None]
    ahead = dict(zip((one.pk for one in clocked), against_first([_marks(one) for one in clocked]), strict=True))
    for one in read:
        one.skew = ahead.get(one.pk, 0)
        one.skew_to = clocked[0].name if one.skew else ""
        one.sentence = sentence_of(one)
        one.save(update_fields=["skew", "skew_to", "sentence"])


def _marks(evidence: Evidence) -> Mapping[int, int]:
    return {int(key): second for key, second in evidence.marks.items()}


def sentence_of(evidence: Evidence) -> str:
    """What a file that was read says. Its clock: against the other files, or else of its own files the furthest."""
    inside = max((one["skew"] for one in evidence.files), key=abs, default=0)
    templates = evidence.templates
    return say(
        started=None if evidence.started_at is None else int(evidence.started_at.timestamp()),
        ended=None if evidence.ended_at is None else int(evidence.ended_at.timestamp()),
        lines=evidence.lines,
        templates=templates.count(),
        new=templates.filter(is_new=True).count(),
        compared=evidence.compared_with > 0,
        bursts=len(evidence.bursts),
        traces=len(evidence.traces),
        masked=evidence.masked,
        clock=evidence.skew or inside,
    )
