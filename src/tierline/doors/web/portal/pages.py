"""What the portal's pages show: values made from the rooms' queries, in the requester's words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.rules import Audience
from tierline.desk.tickets import queries as tickets
from tierline.desk.tickets.queries import Cursor, MessageRow, PageRow, QueueRow
from tierline.doors.web.portal import answers, symptoms, words
from tierline.doors.web.portal.symptoms import Words
from tierline.ladder.assistant import queries as assistant
from tierline.work.knowledge import queries as knowledge

HIGHEST = words.HIGHEST


@dataclass(frozen=True, kw_only=True)
class Card:
    """One request, as lists and the head of its page show it."""

    reference: str
    href: str
    title: str
    tier: int
    tried: frozenset[int]
    place: str
    with_stop: str
    saying: words.Saying
    since: str
    solved: bool
    closed: bool
    over: bool
    needs_answer: bool
    person: str
    resolution: str = ""


@dataclass(frozen=True, kw_only=True)
class File:
    name: str
    size: int
    href: str


@dataclass(frozen=True, kw_only=True)
class Talk:
    """One message or one event of the conversation."""

    at: datetime
    text: str
    event: bool = False
    by: str = ""
    role: str = ""
    mine: bool = False
    machine: bool = False
    message_id: int = 0
    files: tuple[File, ...] = ()
    answers: tuple[tuple[Words, Words], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Rung:
    """A stop of the rail: `state` is now, ahead, or empty for a stop behind us."""

    tier: int
    name: str
    state: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Question:
    text: str
    by: str


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """An answer of the assistant that waits for yes or no."""

    paragraphs: tuple[answers.Paragraph, ...]
    sources: tuple[answers.Source, ...]


@dataclass(frozen=True, kw_only=True)
class Move:
    """A tier took the request over at a moment."""

    tier: int
    at: datetime
    person: str


def card(ticket: QueueRow, *, resolution: str = "", has_answer: bool = False) -> Card:
    """A request in plain words, as of now."""
    now, zone = clock.now(), timezone.get_current_timezone()
    person = words.first_name(ticket.assignee or "")
    needs_answer = ticket.status == "waiting" and ticket.waiting_for == "requester"
    situation = words.Situation(
        status=ticket.status,
        tier=ticket.tier,
        waiting_for=ticket.waiting_for,
        person=person,
        due_at=ticket.due_at,
        has_answer=has_answer,
    )
    return Card(
        reference=ticket.reference,
        href=reverse("portal:request", args=[ticket.reference]),
        title=ticket.title,
        tier=ticket.tier,
        tried=frozenset(ticket.tiers_tried),
        place=words.place(ticket.tier),
        with_stop=words.with_stop(ticket.tier),
        saying=words.saying(situation, now=now, zone=zone),
        since=words.since(ticket.opened_at, now=now, zone=zone),
        solved=ticket.status == "resolved",
        closed=ticket.status == "closed",
        over=not ticket.is_open,
        needs_answer=needs_answer,
        person=person,
        resolution=resolution,
    )


def my_cards(viewer: Actor, show: str, *, after: str = "", limit: int = 20) -> tuple[list[Card], Cursor | None]:
    """A page of the viewer's own requests, newest change first, and where the next one begins.

    `show` is open (with those to be confirmed), solved, or all; `after` is the word of a cursor.
    """
    found, following = tickets.own_requests(viewer, show, after=Cursor.read(after), limit=limit)
    return [card(ticket) for ticket in found], following


def at_home(viewer: Actor, *, open_shown: int = 6, solved_shown: int = 2) -> list[Card]:
    """For the first page: what is open, then the newest few that wait for "yes, that did it"."""
    found, _following = tickets.own_requests(viewer, "open")
    open_ = [ticket for ticket in found if ticket.is_open][:open_shown]
    solved = [ticket for ticket in found if ticket.status == "resolved"][:solved_shown]
    return [card(ticket) for ticket in (*open_, *solved)]


def conversation(ticket: PageRow, messages: Sequence[MessageRow], entries: Sequence[TimelineEntry]) -> list[Talk]:
    """Everything that was said to or by the requester, and the moves between, newest first."""
    said = [_said(ticket, message) for message in messages]
    if said and said[0].mine:
        said[0] = replace(said[0], answers=_answers(entries))
    happened = [event for event in map(_event, entries) if event]
    return sorted(said + happened, key=lambda talk: talk.at, reverse=True)


def moves(entries: Iterable[TimelineEntry]) -> list[Move]:
    """The climbs and returns, oldest first: one for each time another tier took over."""
    found: list[Move] = []
    for entry in entries:
        if entry.kind != "ticket.assigned":
            continue
        move = Move(tier=entry.data["tier"], at=entry.at, person=entry.data.get("person_label", ""))
        if found and found[-1].tier == move.tier:
            found[-1] = Move(tier=move.tier, at=found[-1].at, person=move.person or found[-1].person)
        else:
            found.append(move)
    return found


def rail(ticket: PageRow, climbed: Sequence[Move]) -> list[Rung]:
    """The five stops, the highest first, as the rail draws them."""
    last = {move.tier: move for move in climbed}
    over = not ticket.is_open
    return [_rung(ticket, tier, last.get(tier), over=over) for tier in range(HIGHEST, -1, -1)]


def question(ticket: PageRow, messages: Sequence[MessageRow]) -> Question | None:
    """The one thing we still need: the desk's last words, while the request waits for its requester."""
    if ticket.status != "waiting" or ticket.waiting_for != "requester":
        return None
    asked = [message for message in messages if message.direction == "out"]
    if not asked:
        return None
    return Question(text=asked[-1].text, by=words.first_name(asked[-1].author_label) or _("The help desk"))


def proposal(viewer: Actor, ticket: PageRow, messages: Sequence[MessageRow]) -> Proposal | None:
    """The assistant's answer, while the requester has not said whether it helped."""
    if ticket.status != "waiting" or not assistant.awaits_confirmation(viewer, ticket.pk):
        return None
    told = [message for message in messages if message.by_machine and message.direction == "out"]
    if not told:
        return None
    cited = [one.article for one in knowledge.links_of(viewer, ticket.pk)]
    parts, sources = answers.paragraphs(told[-1].text, answers.passages_of(cited))
    return Proposal(paragraphs=parts, sources=sources)


def resolution(ticket: PageRow, messages: Sequence[MessageRow]) -> str:
    """What the requester was told when it was solved; empty when nothing was said."""
    told = [message for message in messages if message.direction == "out"]
    return told[-1].text if told and not ticket.is_open else ""


def _said(ticket: PageRow, message: MessageRow) -> Talk:
    mine = message.author_id == ticket.requester_id and message.direction == "in"
    return Talk(
        at=message.created_at,
        text=message.text,
        by=_("Assistant") if message.by_machine else message.author_label,
        role="" if mine or message.by_machine else message.author_title or "",
        mine=mine,
        machine=message.by_machine,
        message_id=message.id,
        files=tuple(
            File(
                name=one.name,
                size=one.size,
                href="" if one.removed_at else reverse("portal:file", args=[ticket.reference, one.id]),
            )
            for one in message.files
        ),
    )


def _answers(entries: Iterable[TimelineEntry]) -> tuple[tuple[Words, Words], ...]:
    """What the requester answered in the form; what the desk found out later is the desk's."""
    opened = next((entry for entry in entries if entry.kind == "ticket.opened"), None)
    return tuple(symptoms.answered(opened.data.get("facts", {}))) if opened else ()


def _event(entry: TimelineEntry) -> Talk | None:
    """The events a requester cares about; everything else happens behind the counter."""
    if entry.kind == "ticket.assigned":
        return None  # told once a tier, by `climbs`
    if entry.audience != Audience.REQUESTER:
        return None
    shared = entry.data.get("shared") is True
    told = {
        "ticket.file_shared": _("A log was shared with those who read along.") if shared else None,
        "ticket.resolved": _("We believe it is solved."),
        "ticket.confirmed": _("You said that it is solved. Thank you for telling us."),
        "ticket.reopened": _("Opened again, with everything said so far."),
        "field.visit_planned": _("A visit is planned; you have an invitation by mail."),
        "field.visit_cancelled": _("The visit does not take place."),
        "escalation.appealed": _("A second look was asked for."),
        "escalation.appeal_decided": _("The second look is done; the answer says what it found."),
        "ticket.merged": _("This goes on together with another request about the same."),
    }.get(entry.kind)
    return Talk(at=entry.at, text=told, event=True) if told else None


def climbs(climbed: Sequence[Move]) -> list[Talk]:
    """One line for each time somebody else took over, in the requester's words."""
    lines = []
    for before, after in zip([None, *climbed], climbed, strict=False):
        if after.tier == 0:
            continue
        up = before is None or after.tier > before.tier
        text = (
            _("Moved to %(who)s with everything you told us. Nobody will ask you that again.")
            if up
            else _("Back with %(who)s, who now know what to do.")
        )
        lines.append(Talk(at=after.at, text=text % {"who": words.with_stop(after.tier)}, event=True))
    return lines


def _rung(ticket: PageRow, tier: int, move: Move | None, *, over: bool) -> Rung:
    here = tier == ticket.tier
    been = move is not None or tier == 0 or tier in ticket.tiers_tried or here
    state = "now" if here else "" if been else "ahead"
    if not been:
        text = words.rung_words(tier, reached=False, over=over)
    elif move is None:
        text = words.since(ticket.opened_at, now=clock.now(), zone=timezone.get_current_timezone()) if tier == 0 else ""
    else:
        text = _since_words(move)
    return Rung(tier=tier, name=words.stop(tier), state=state, words=text)


def _since_words(move: Move) -> str:
    moment = words.moment(move.at, now=clock.now(), zone=timezone.get_current_timezone())
    return f"{move.person}, {moment}" if move.person else moment
