"""What the desk's own history says of a ticket, and how right it has been."""

from collections.abc import Mapping
from functools import lru_cache

from tierline.core.kernel import storage
from tierline.core.kernel.actors import Actor
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.queries import similar
from tierline.work.routing.models import LearnedModel
from tierline.work.routing.rules.learned import Model, read
from tierline.work.routing.rules.triage import Learned

SUBJECTS = {"service": "service_id", "group": "group_id", "tier": "resolved_tier"}
"""What is learned, and the column of a solved ticket that says it."""

SIMILAR_ASKED = 20
SIMILAR_NAMED = 3


def in_use(desk_id: int) -> list[LearnedModel]:
    """The newest model of each subject of a desk."""
    found = LearnedModel.objects.filter(desk_id=desk_id, content__isnull=False)
    return list(found.order_by("subject", "-version").distinct("subject"))


def text_of(title: str, text: str) -> str:
    """What is learned from and asked about: the title and what the requester wrote first."""
    return f"{title}\n{text}"


def learned_of(
    viewer: Actor, ticket: Ticket, text: str, names: Mapping[str, Mapping[int, str]]
) -> list[tuple[LearnedModel, Learned | None]]:
    """What each model in use says of a ticket, None when it lies outside what the model knows.

    `names` are those of services and groups by subject and id; one that is gone is not said.
    """
    models = in_use(ticket.desk_id)
    alike = _alike(viewer, ticket.pk) if models else []
    return [(one, _said(one, ticket, text, names.get(one.subject), alike)) for one in models]


def _said(
    row: LearnedModel, ticket: Ticket, text: str, names: Mapping[int, str] | None, alike: list[Ticket]
) -> Learned | None:
    said = _model(row.content_id or "").predict(text_of(ticket.title, text))
    if said.label is None:
        return None
    value = int(said.label)
    if names is not None and value not in names:
        return None
    same = [one.reference for one in alike if getattr(one, SUBJECTS[row.subject]) == value]
    name = names[value] if names is not None else f"tier {value}"
    return Learned(row.subject, value, name, said.score, row.threshold, row.version, tuple(same[:SIMILAR_NAMED]))


def _alike(viewer: Actor, ticket_id: int) -> list[Ticket]:
    """Solved tickets like this one, the most alike first."""
    ids = [one.id for one in similar(viewer, ticket_id, SIMILAR_ASKED)]
    rows = Ticket.objects.in_bulk(ids)
    return [rows[one] for one in ids]


@lru_cache(maxsize=6)
def _model(sha256: str) -> Model:
    """A kept model. The name is that of its content, so what is held here never grows stale."""
    return read(storage.read(sha256))


def models(viewer: Actor, desk_id: int) -> list[LearnedModel]:
    """The models of a desk that are in use, for set-up."""
    require(viewer, Right.CONSOLE, desk_id=desk_id)
    return in_use(desk_id)


def model_versions(viewer: Actor, desk_id: int, subject: str) -> list[LearnedModel]:
    """Every model that a desk learned of a subject, newest first."""
    require(viewer, Right.CONSOLE, desk_id=desk_id)
    return list(LearnedModel.objects.filter(desk_id=desk_id, subject=subject).order_by("-version"))
