"""Learning from the desk's own solved tickets, and finding out whether what was said of one was right."""

from datetime import datetime

from django.db import transaction
from django.db.models.functions import Left

from tierline.core.kernel import clock, storage
from tierline.core.kernel.actors import Actor
from tierline.desk.people.models import Desk
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets.models import Message, Ticket, TicketQuerySet
from tierline.work.routing.models import Forecast, LearnedModel
from tierline.work.routing.queries.learned import SUBJECTS, text_of
from tierline.work.routing.rules.learned import Example, fit
from tierline.work.routing.rules.learned.features import READ_LIMIT

LEARN_FROM = 20_000
"""The newest solved tickets of a desk that are learned from: more takes longer and says less of today."""

AT_LEAST = 200
NEW_SHARE = 0.05
"""A desk learns again when so many of its solved tickets are new."""

KEPT = 3
"""Versions whose content is kept."""

_AT_ONCE = 1_000


def learn_all(*, actor: Actor) -> list[LearnedModel]:
    """Every desk learns what is worth learning again; one desk never learns from another's tickets."""
    require(actor, Right.TICKET_WORK)
    return [model for desk_id in Desk.objects.order_by("id").values_list("pk", flat=True) for model in _learn(desk_id)]


def _learn(desk_id: int) -> list[LearnedModel]:
    """The new models of a desk: for each subject with enough new tickets one version more."""
    due = [subject for subject in SUBJECTS if _worth_it(desk_id, subject)]
    if not due:
        return []
    solved = list(_solved(desk_id)[:LEARN_FROM])
    texts = _texts(solved)
    made = [_learn_subject(desk_id, subject, solved, texts) for subject in due]
    return [one for one in made if one is not None]


def _solved(desk_id: int) -> TicketQuerySet:
    found = Ticket.objects.filter(desk_id=desk_id, resolved_at__isnull=False, merged_into__isnull=True)
    return found.exclude(resolution_code="withdrawn").order_by("-resolved_at", "-id")


def _worth_it(desk_id: int, subject: str) -> bool:
    known = LearnedModel.objects.filter(desk_id=desk_id, subject=subject).order_by("-version").first()
    solved = _solved(desk_id).order_by().filter(**{f"{SUBJECTS[subject]}__isnull": False})
    if known is None:
        return solved.count() >= AT_LEAST
    return solved.filter(resolved_at__gt=known.newest_at).count() >= NEW_SHARE * known.texts


def _texts(solved: list[Ticket]) -> dict[int, str]:
    """What the requesters of these tickets wrote first."""
    found: dict[int, str] = {}
    for start in range(0, len(solved), _AT_ONCE):
        part = [one.pk for one in solved[start : start + _AT_ONCE]]
        first = Message.objects.filter(ticket_id__in=part, direction="in").order_by("ticket_id", "id")
        first = first.distinct("ticket_id")
        found |= dict(first.values_list("ticket_id", Left("text", READ_LIMIT)))
    return found


def _learn_subject(desk_id: int, subject: str, solved: list[Ticket], texts: dict[int, str]) -> LearnedModel | None:
    """One version more of what the desk knows of a subject; None when there is nothing to choose between."""
    labels = {one.pk: getattr(one, SUBJECTS[subject]) for one in solved}
    used = [one for one in solved if labels[one.pk] is not None]
    examples = [Example(text_of(one.title, texts.get(one.pk, "")), str(labels[one.pk])) for one in used]
    try:
        model = fit(examples)
    except ValueError:  # all of them have the same label
        return None
    figures = model.figures
    with transaction.atomic():
        Desk.objects.select_for_update().get(pk=desk_id)
        newest = LearnedModel.objects.filter(desk_id=desk_id, subject=subject).order_by("-version").first()
        made = LearnedModel.objects.create(
            desk_id=desk_id,
            subject=subject,
            version=newest.version + 1 if newest else 1,
            content=storage.put(model.to_bytes()),
            texts=figures.texts,
            newest_at=_newest(used),
            accuracy=figures.accuracy,
            threshold=figures.threshold,
            coverage=figures.coverage,
            reliability=figures.reliability,
            learned_at=clock.now(),
        )
        _forget(desk_id, subject, made.version - KEPT)
    return made


def _newest(used: list[Ticket]) -> datetime:
    return max(one.resolved_at for one in used if one.resolved_at is not None)


def _forget(desk_id: int, subject: str, version: int) -> None:
    """Let go of the content of old versions; their figures and what they said stay."""
    old = LearnedModel.objects.filter(desk_id=desk_id, subject=subject, version__lte=version, content__isnull=False)
    for sha256 in list(old.values_list("content_id", flat=True)):
        old.filter(content_id=sha256).update(content=None)
        storage.drop(str(sha256))


def settle_forecasts(*, actor: Actor, ticket_id: int) -> int:
    """A ticket is resolved: what was said of it turned out right or not. Returns how many forecasts were settled."""
    require(actor, Right.TICKET_WORK)
    ticket = Ticket.objects.filter(pk=ticket_id, resolved_at__isnull=False).first()
    if ticket is None:
        return 0
    settled = 0
    for one in Forecast.objects.filter(ticket_id=ticket_id).select_related("model"):
        truth = getattr(ticket, SUBJECTS[one.model.subject])
        one.right, one.settled_at = one.label == str(truth), clock.now()
        one.save(update_fields=["right", "settled_at"])
        settled += 1
    return settled
