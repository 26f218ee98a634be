"""Any way through problem management keeps its promises: phases, timelines, matchers in force, one problem a ticket."""

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.support.desk import SmallDesk, small_desk
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import TierlineError
from tierline.core.timeline.models import TimelineEntry
from tierline.ladder.problems import operations
from tierline.ladder.problems.models import KnownError, Problem, ProblemTicket
from tierline.ladder.problems.rules import KnownErrorState, ProblemState
from tierline.work.diagnosis.models import Matcher

_PHASES = list(ProblemState)
_GOOD = {"all_of": [{"kind": "text", "value": "drops"}], "any_of": []}
_WIDE = {"all_of": [{"kind": "text", "value": "the"}], "any_of": []}
_FIXTURES: dict[str, Any] = {
    "must": [{"text": "the tunnel drops"}],
    "must_not": [{"text": "the printer is out of paper"}],
}
_WORDS: dict[str, Any] = {
    "title": "Rekey",
    "symptoms": "It drops.",
    "workaround": "Roaming off.",
    "fixtures": _FIXTURES,
}


class Desk(RuleBasedStateMachine):
    """Verbs in any order. A refusal is fine; whatever happens, the invariants hold afterwards."""

    desk: SmallDesk
    actor: Actor

    def __init__(self) -> None:
        super().__init__()
        self.scope = transaction.atomic()
        self.scope.__enter__()
        self.tickets = [self.desk.ticket(title=f"Tunnel {n}").pk for n in range(3)]
        first = operations.open_problem(actor=self.actor, ticket_id=self.tickets[0]).pk
        operations.record_cause(actor=self.actor, problem_id=first, cause="The window is too small.")
        known = operations.record_workaround(actor=self.actor, problem_id=first, matcher=_GOOD, **_WORDS)
        operations.publish_known_error(actor=self.actor, known_error_id=known.pk)
        self.problems = [first]
        self.phases: dict[int, int] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.scope.__exit__(None, None, None)

    def attempt(self, verb: Callable[..., Any], **words: Any) -> Any:
        with contextlib.suppress(TierlineError):
            return verb(actor=self.actor, **words)
        return None

    def one(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from(self.problems))

    @rule(data=st.data())
    def open_problem(self, data: st.DataObject) -> None:
        ticket_id = data.draw(st.sampled_from(self.tickets))
        if (problem := self.attempt(operations.open_problem, ticket_id=ticket_id)) is not None:
            self.problems.append(problem.pk)

    @rule(data=st.data())
    def link(self, data: st.DataObject) -> None:
        ticket_id = data.draw(st.sampled_from(self.tickets))
        self.attempt(operations.link_ticket, problem_id=self.one(data), ticket_id=ticket_id)

    @rule(data=st.data(), cause=st.sampled_from(["", "The window is too small."]))
    def know_the_cause(self, data: st.DataObject, cause: str) -> None:
        self.attempt(operations.record_cause, problem_id=self.one(data), cause=cause)

    @rule(data=st.data(), matcher=st.sampled_from([_GOOD, _WIDE, None]))
    def write_known_error(self, data: st.DataObject, matcher: dict[str, Any] | None) -> None:
        self.attempt(operations.record_workaround, problem_id=self.one(data), matcher=matcher, **_WORDS)

    def known_error(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from(sorted(KnownError.objects.values_list("pk", flat=True))))

    @rule(data=st.data())
    def publish(self, data: st.DataObject) -> None:
        self.attempt(operations.publish_known_error, known_error_id=self.known_error(data))

    @rule(data=st.data(), matcher=st.sampled_from([_WIDE, _GOOD]))
    def revise(self, data: st.DataObject, matcher: dict[str, Any]) -> None:
        self.attempt(operations.revise_known_error, known_error_id=self.known_error(data), matcher=matcher)

    @rule(data=st.data())
    def retire(self, data: st.DataObject) -> None:
        self.attempt(operations.retire_known_error, known_error_id=self.known_error(data), reason="gone")

    @rule(data=st.data())
    def record_fix(self, data: st.DataObject) -> None:
        self.attempt(operations.record_fix, problem_id=self.one(data), fixed_in="5.3.0")

    @rule(data=st.data(), reason=st.sampled_from(["", "accepted risk"]))
    def close(self, data: st.DataObject, reason: str) -> None:
        self.attempt(operations.close_problem, problem_id=self.one(data), reason=reason)

    @invariant()
    def phases_go_forward_and_follow_what_is_known(self) -> None:
        for problem in Problem.objects.all():
            phase = _PHASES.index(ProblemState(problem.state))
            assert phase >= self.phases.get(problem.pk, 0)
            self.phases[problem.pk] = phase
            assert (problem.closed_at is not None) == (problem.state == ProblemState.CLOSED)

    @invariant()
    def the_timeline_has_no_gap(self) -> None:
        for problem in Problem.objects.all():
            entries = TimelineEntry.objects.of("problem", problem.pk)
            assert list(entries.values_list("seq", flat=True)) == list(range(1, problem.version + 1))
            assert entries.first().kind == "problem.opened"  # type: ignore[union-attr]  # every problem has one

    @invariant()
    def a_matcher_is_in_force_exactly_while_its_known_error_is_published(self) -> None:
        published = KnownError.objects.published().exclude(matcher={})
        assert {one.ref for one in published} == set(Matcher.objects.filter(active=True).values_list("ref", flat=True))
        assert not published.filter(matcher=_WIDE).exists(), "it fails its examples and can never be in force"
        assert not KnownError.objects.filter(status=KnownErrorState.PUBLISHED, problem__cause="").exists()

    @invariant()
    def what_happens_to_a_problem_stands_on_its_tickets(self) -> None:
        for link in ProblemTicket.objects.all():
            told = TimelineEntry.objects.of("ticket", link.ticket_id).filter(data__problem_id=link.problem_id)
            assert told.filter(kind__in=["problem.opened", "problem.linked"]).count() == 1


@pytest.mark.django_db
def test_any_way_through_problem_management() -> None:
    Desk.desk = small_desk()
    Desk.actor = Desk.desk.actor(3)
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=8,
            stateful_step_count=14,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
