"""The figures in SQL equal a slow, plain count over the timeline, after lives that nobody planned."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.support.desk import SmallDesk, small_desk
from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import TierlineError
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.events import rebuild
from tierline.desk.tickets.models import Ticket
from tierline.insight.economics import queries as economics
from tierline.insight.economics.rules import DEFAULTS
from tierline.insight.flow import queries as flow
from tierline.insight.measures import queries as measures
from tierline.ladder.assistant import operations as assistant
from tierline.ladder.assistant import queries as assistant_queries
from tierline.ladder.assistant.models import Outcome
from tierline.work.knowledge import operations as knowledge

pytestmark = pytest.mark.django_db
START = datetime(2026, 9, 7, 8, tzinfo=UTC)
SINCE, UNTIL = START, START + timedelta(days=30)
TRIAGE = Actor.machine("routing")
STEPS = (
    "try",
    "confirm",
    "decline",
    "write",
    "follow",
    "give",
    "give",
    "reply",
    "note",
    "solve",
    "solve",
    "reopen",
    "settle",
)


def one_step(  # noqa: C901 (one line for each thing that can happen)
    dice: random.Random, desk: SmallDesk, ticket: Ticket
) -> None:
    tier = dice.choice((1, 2, 3))
    match dice.choice(STEPS):
        case "try":
            assistant.attempt(actor=Actor.machine("assistant"), ticket_id=ticket.pk)
        case "confirm":
            assistant.confirm(actor=desk.asking, ticket_id=ticket.pk)
        case "decline":
            assistant.decline(actor=desk.asking, ticket_id=ticket.pk, text=dice.choice(("", "no")))
        case "write":
            words = dice.choice(("Thanks, that worked", "It is still broken"))
            tickets.receive_message(actor=desk.asking, ticket_id=ticket.pk, author=desk.requester, text=words)
        case "follow":
            said = TimelineEntry.objects.of("ticket", ticket.pk).filter(kind="ticket.message_received").last()
            if said is not None:
                assistant.follow_up(entry_id=said.pk)
        case "give":
            tickets.assign(actor=TRIAGE, ticket_id=ticket.pk, group_id=desk.groups[tier].pk)
        case "reply":
            tickets.reply(actor=desk.actor(tier), ticket_id=ticket.pk, text="Try this.")
        case "note":
            tickets.add_note(actor=desk.actor(tier), ticket_id=ticket.pk, text="Looked at it.")
        case "solve":
            capable = dice.random() < 0.5
            tickets.resolve(
                actor=desk.actor(tier), ticket_id=ticket.pk, resolution="Done.", tier=tier, level_one_capable=capable
            )
        case "reopen":
            tickets.reopen(actor=desk.asking, ticket_id=ticket.pk, reason="again")
        case "settle":
            assistant.settle()


def live(seed: int) -> SmallDesk:
    """Twelve tickets, each with up to nine steps at random moments; what a rule refuses does not happen."""
    dice = random.Random(seed)
    with clock.at(START):
        desk = small_desk()
        article = knowledge.create(
            actor=desk.actor(1), title="Scanner empty", issue="The scanner is empty", resolution="Reload it."
        )
        knowledge.publish(actor=desk.actor(1), article_id=article.pk, audience="requester")
        titles = ("Scanner empty", "VPN drops")
        made = [desk.ticket(title, "The scanner is empty") for title in titles for _ in range(6)]
    for ticket in made:
        moment = START
        for _ in range(dice.randint(1, 9)):
            moment += timedelta(hours=dice.choice((1, 5, 60, 130)))
            with clock.at(moment):
                try:
                    one_step(dice, desk, ticket)
                except TierlineError:
                    continue
    return desk


def entries(ticket: Ticket) -> list[TimelineEntry]:
    return list(TimelineEntry.objects.of("ticket", ticket.pk))


def solved_by_hand() -> dict[int, int]:
    """Ticket -> tier of the resolution that still stands at the end, if that lies in the period."""
    found: dict[int, int] = {}
    for ticket in Ticket.objects.all():
        standing = None
        for entry in entries(ticket):
            if entry.kind == "ticket.resolved":
                standing = entry
            elif entry.kind == "ticket.reopened":
                standing = None
        if standing is not None and standing.data["code"] != "withdrawn" and SINCE <= standing.at < UNTIL:
            found[ticket.pk] = standing.data["tier"]
    return found


def cost_by_hand(ticket: Ticket) -> Decimal:
    visits: list[list[int]] = []
    tier = 0
    for entry in entries(ticket):
        if entry.kind == "ticket.assigned":
            tier = entry.data["tier"]
        by_desk = entry.kind in {"ticket.replied", "ticket.note_added", "ticket.resolved"} and entry.actor_id
        by_tier_0 = entry.kind in {"assistant.answered", "assistant.asked", "assistant.handed_over"}
        if (by_desk or by_tier_0) and (not visits or visits[-1][0] != tier):
            visits.append([tier])
    return sum((DEFAULTS[visit[0]].amount for visit in visits), Decimal(0))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sql_counts_what_a_plain_loop_counts(seed: int) -> None:
    desk = live(seed)
    viewer = desk.leading
    solved = solved_by_hand()
    ladder = measures.ladder(viewer, SINCE, UNTIL)
    assert ladder.total == len(solved)
    assert {rung.tier: rung.resolved for rung in ladder.rungs if rung.resolved} == dict(Counter(solved.values()))
    for figure in ladder.figures:
        behind = measures.tickets_behind(viewer, figure.key, SINCE, UNTIL)
        assert behind.count() == figure.share.part
        assert set(behind.values_list("pk", flat=True)) <= set(solved)
    costs = economics.path_cost(list(Ticket.objects.values_list("pk", flat=True)))
    for ticket in Ticket.objects.all():
        assert costs[ticket.pk].total == cost_by_hand(ticket), [e.kind for e in entries(ticket)]
    spent = sum((row.amount for row in economics.cost_by_tier(viewer, SINCE, UNTIL)), Decimal(0))
    assert spent == sum((costs[pk].total for pk in solved), Decimal(0))
    shown = flow.flow(viewer, SINCE, UNTIL)
    assert shown.tickets == len(solved)
    assert sum(variant.tickets for variant in shown.variants) == len(solved)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_ledger_and_the_timeline_tell_the_same(seed: int) -> None:
    live(seed)
    for ticket in Ticket.objects.all():
        told = entries(ticket)
        assert rebuild(told) == ticket.state
        moves = [entry.data for entry in told if entry.kind == "assistant.outcome"]
        kept = list(Outcome.objects.filter(ticket=ticket).order_by("pk"))
        assert [row.outcome for row in kept] == [move["outcome"] for move in moves]
        assert [row.is_current for row in kept] == [False] * (len(kept) - 1) + [True] * bool(kept)
        assert [move["before"] for move in moves[1:]] == [move["outcome"] for move in moves[:-1]]
        if ticket.resolved_tier == 0 and ticket.resolution_code != "withdrawn":
            assert kept[-1].outcome in {"confirmed", "verified"}
    ledger = assistant_queries.ledger()
    assert ledger.total == Outcome.objects.values("ticket").distinct().count()
    assert round(sum(ledger.percent.values()), 6) == (100.0 if ledger.total else 0.0)
