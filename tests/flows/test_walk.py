"""The way of one issue, played step by step: docs/flow.md tells it, the demo company lives it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tierline.core.kernel import clock, jobs
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people.queries import actor_for
from tierline.desk.tickets import queries as tickets
from tierline.desk.tickets.events import rebuild
from tierline.doors.cli.demo_data.company import found
from tierline.doors.cli.demo_data.walk import Walk
from tierline.insight.economics import queries as economics
from tierline.ladder.escalation.models import Handover
from tierline.ladder.problems.models import Fix, KnownError, Problem
from tierline.work.diagnosis.models import Evidence
from tierline.work.intake.models import InboundMessage, OutboundMessage
from tierline.work.knowledge.models import Article, TeachBack, TransferObligation
from tierline.work.lab.models import LabRun

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Player:
    """Plays the walk up to a named step and remembers what stood where after each."""

    def __init__(self) -> None:
        self.company = found()
        people = {person.name: person for person in self.company.colleagues}
        self.walk = Walk(company=self.company, requester=people["Ines Okafor"], second_requester=people["Yuki Tan"])
        self._steps = self.walk.steps()
        self._at = MONDAY

    def up_to(self, name: str) -> Walk:
        with clock.at(self._at):
            jobs.drain()
        for step, (_, minutes) in self._pauses():
            if step == name:
                return self.walk
            self._at += timedelta(minutes=minutes)
        raise AssertionError(f"no step {name}")

    def _pauses(self) -> Iterator[tuple[str, tuple[object, float]]]:
        while True:
            with clock.at(self._at):
                found_step = next(self._steps, None)
                jobs.drain()
            if found_step is None:
                return
            yield found_step


def kinds(ticket_id: int) -> list[str]:
    return [entry.kind for entry in TimelineEntry.objects.of("ticket", ticket_id)]


def test_the_way_of_one_issue() -> None:
    with clock.at(MONDAY):
        play = Player()
    it_is_read_and_handed_to_tier_1(play)
    it_climbs_with_evidence(play)
    it_is_reproduced_and_fixed(play)
    the_lesson_comes_down(play)
    the_next_one_is_solved_at_tier_0(play)


def it_is_read_and_handed_to_tier_1(play: Player) -> None:
    walk = play.up_to("mail_arrives")
    inbound = InboundMessage.objects.get()
    assert (inbound.outcome, inbound.ticket_id) == ("ticket", walk.ticket_id)
    evidence = Evidence.objects.get(ticket_id=walk.ticket_id)
    assert evidence.state == "ready"
    assert sum(evidence.masked.values()) >= 2
    assert "rekey window exceeded" in " ".join(t.template for t in evidence.templates.all())
    happened = kinds(walk.ticket_id)
    assert happened.index("evidence.analysed") < happened.index("diagnosis.completed")
    assert happened.index("assistant.handed_over") < happened.index("ticket.assigned")
    assert (walk.ticket.tier, walk.ticket.group_id) == (1, play.company.groups["service-desk"].pk)
    assigned = next(e for e in TimelineEntry.objects.of("ticket", walk.ticket_id) if e.kind == "ticket.assigned")
    assert assigned.data["why"]


def it_climbs_with_evidence(play: Player) -> None:
    walk = play.up_to("frontline_follows_the_runbook")
    assert "runbook.completed" in kinds(walk.ticket_id)

    play.up_to("escalation_is_refused")
    assert "question" in {item.key for item in walk.missing}
    assert "escalation.refused" in kinds(walk.ticket_id)
    assert walk.ticket.tier == 1

    play.up_to("escalation_is_complete")
    assert (walk.ticket.tier, walk.ticket.offered_tier) == (1, 2)

    play.up_to("specialist_accepts")
    assert (walk.ticket.tier, walk.ticket.offered_tier) == (2, None)
    assert walk.ticket.assignee_id == play.company.staff["Jonas Brandt"].pk

    play.up_to("specialist_digs_deeper")
    assert Evidence.objects.filter(ticket_id=walk.ticket_id, state="ready").count() == 2

    play.up_to("experts_are_asked")
    play.up_to("expert_accepts")
    assert walk.ticket.tier == 3
    assert Handover.objects.filter(ticket_id=walk.ticket_id, state="accepted").count() == 2


def it_is_reproduced_and_fixed(play: Player) -> None:
    walk = play.up_to("lab_reproduces")
    affected = LabRun.objects.get(pk=walk.seen["affected_run"])
    if affected.verdict == "blocked":
        pytest.skip(f"no sandbox on this machine: {affected.limits_hit}")
    assert (affected.reproduced, affected.asked, affected.verdict) == (3, 3, "reproduced")

    play.up_to("cause_is_found")
    assert Problem.objects.get(pk=walk.seen["problem"]).cause

    play.up_to("known_error_is_published")
    assert KnownError.objects.get(pk=walk.seen["known_error"]).status == "published"

    play.up_to("fix_is_proven")
    fix = Fix.objects.get(pk=walk.seen["fix"])
    assert fix.state == "verified"
    assert fix.verified_run is not None
    assert (fix.verified_run.reproduced, fix.verified_run.asked) == (0, 3)

    play.up_to("ticket_is_resolved")
    assert (walk.ticket.status, walk.ticket.resolved_tier) == ("resolved", 3)
    told = tickets.messages(actor_for(walk.requester), walk.ticket_id)[-1]
    assert "switch Roaming off" in told.text
    assert OutboundMessage.objects.filter(message_id=told.id).exists()


def the_lesson_comes_down(play: Player) -> None:
    walk = play.up_to("article_is_published")
    article = Article.objects.get(pk=walk.seen["article"])
    assert (article.confidence, article.source_ticket_id) == ("validated", walk.ticket_id)

    play.up_to("lesson_comes_down")
    assert TransferObligation.objects.get(pk=walk.seen["lesson"]).state == "taught"

    play.up_to("lesson_is_taught_back")
    assert TeachBack.objects.get(pk=walk.seen["teach_back"]).passed


def the_next_one_is_solved_at_tier_0(play: Player) -> None:
    walk = play.up_to("second_mail_arrives")
    second = walk.second_ticket
    assert "known_error.matched" in kinds(second.pk)
    assert (second.status, second.tier, second.group_id) == ("waiting", 0, None)
    answer = tickets.messages(actor_for(walk.second_requester), second.pk)[-1]
    assert answer.by_machine
    assert "Roaming" in answer.text

    play.up_to("second_is_confirmed")
    assert (walk.second_ticket.status, walk.second_ticket.resolved_tier) == ("closed", 0)

    cost = economics.path_cost([walk.ticket_id, second.pk])
    assert cost[walk.ticket_id].total > 10 * cost[second.pk].total
    for ticket in (walk.ticket, walk.second_ticket):
        assert rebuild(TimelineEntry.objects.of("ticket", ticket.pk)) == ticket.state
