"""Problem management against the real database: control, error control, and what the tickets' people are told."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.lab import fault_recipe, missing_sandbox
from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.rules import Audience
from tierline.desk.catalogue.models import Product
from tierline.desk.people import operations as people
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Message, Ticket
from tierline.desk.tickets.operations import NewAttachment
from tierline.ladder.problems import operations, queries
from tierline.ladder.problems.errors import (
    AlreadyLinked,
    FixturesFailed,
    NotClosable,
    NothingToVerify,
    WrongState,
)
from tierline.ladder.problems.models import Fix, KnownError, Problem, ProblemTicket, Told
from tierline.ladder.problems.rules import FixState, KnownErrorState, ProblemState
from tierline.work.diagnosis import operations as diagnosis
from tierline.work.diagnosis.models import Matcher
from tierline.work.knowledge import operations as knowledge
from tierline.work.lab import operations as lab
from tierline.work.lab.models import LabRun

sandboxed = pytest.mark.skipif(bool(missing_sandbox()), reason=missing_sandbox() or "the sandbox works")
MACHINE = Actor.machine("problems")
LOG = "".join(
    f"2026-11-17 10:0{n}:00,120 INFO tunneld session {n} up\n"
    f"2026-11-17 10:0{n}:09,480 ERROR tunneld rekey window exceeded seq={n}\n"
    for n in range(5)
)
HEALTHY = "2026-11-17 10:00:00,120 INFO tunneld session 4 up\n2026-11-17 10:00:09,480 INFO tunneld rekey done seq=4\n"
MATCHER = {"all_of": [{"kind": "template", "value": "rekey window exceeded"}]}
WORKAROUND: dict[str, Any] = {
    "title": "Rekey fails with roaming on",
    "symptoms": "The tunnel drops every ten minutes when I change networks.",
    "workaround": "Switch roaming off in the profile.",
    "matcher": MATCHER,
    "fixtures": {
        "must": [{"name": "the first report", "log": LOG}],
        "must_not": [{"name": "a healthy client", "log": HEALTHY}],
    },
}


pytestmark = pytest.mark.django_db
desk = held(small_desk)


@pytest.fixture
def ticket(desk: SmallDesk) -> Ticket:
    return desk.owned(tier=3)


@pytest.fixture
def problem(desk: SmallDesk, ticket: Ticket) -> Problem:
    return operations.open_problem(actor=desk.actor(3), ticket_id=ticket.pk, title="Rekey window")


def log_file(text: str = LOG) -> NewAttachment:
    return NewAttachment(name="client.log", content_type="text/plain", content=text.encode())


def told_on(ticket_id: int) -> list[str]:
    prefixes = ("problem.", "known_error.p", "known_error.r", "fix.")
    return [one.kind for one in TimelineEntry.objects.of("ticket", ticket_id) if one.kind.startswith(prefixes)]


def stream(problem: Problem) -> list[str]:
    return [one.kind for one in TimelineEntry.objects.of("problem", problem.pk)]


# --- identification ---


def test_a_problem_is_opened_behind_a_ticket(desk: SmallDesk, ticket: Ticket, problem: Problem) -> None:
    assert problem.reference == f"PRB-{problem.pk}"
    assert (problem.state, problem.title, problem.owner) == (ProblemState.IDENTIFIED, "Rekey window", desk.agents[3])
    assert (told_on(ticket.pk), stream(problem)) == (["problem.opened"], ["problem.opened"])
    assert problem.version == 1
    assert queries.problems_of(desk.actor(1), ticket.pk) == [problem]


def test_without_a_title_it_takes_the_tickets(desk: SmallDesk, ticket: Ticket) -> None:
    assert operations.open_problem(actor=desk.actor(3), ticket_id=ticket.pk).title == ticket.title


def test_several_tickets_are_linked_at_once_and_later(desk: SmallDesk, ticket: Ticket) -> None:
    second, third = desk.ticket(), desk.ticket()
    problem = operations.open_problem(actor=desk.actor(3), ticket_id=ticket.pk, ticket_ids=[ticket.pk, second.pk])
    link = operations.link_ticket(actor=desk.actor(2), problem_id=problem.pk, ticket_id=third.pk)
    assert operations.link_ticket(actor=desk.actor(2), problem_id=problem.pk, ticket_id=third.pk) == link
    assert [one.pk for one in queries.problem_page(desk.actor(3), problem.pk).tickets] == [
        ticket.pk,
        second.pk,
        third.pk,
    ]
    assert stream(problem) == ["problem.opened", "problem.linked", "problem.linked"]
    assert (told_on(second.pk), told_on(third.pk)) == (["problem.linked"], ["problem.linked"])
    assert told_on(ticket.pk) == ["problem.opened"], "a new link is not news for the others"
    (row,) = queries.problems(desk.actor(1))
    assert row.tickets == 3  # type: ignore[attr-defined]  # the list's annotation


def test_a_ticket_belongs_to_one_problem(desk: SmallDesk, ticket: Ticket, problem: Problem) -> None:
    with pytest.raises(AlreadyLinked, match=f"belongs to PRB-{problem.pk}"):
        operations.open_problem(actor=desk.actor(3), ticket_id=ticket.pk)
    assert Problem.objects.count() == 1, "the refused one leaves nothing behind"
    other = operations.open_problem(actor=desk.actor(3), ticket_id=desk.ticket().pk)
    with pytest.raises(AlreadyLinked):
        operations.link_ticket(actor=desk.actor(3), problem_id=other.pk, ticket_id=ticket.pk)


def test_requesters_and_other_desks_find_nothing(desk: SmallDesk, ticket: Ticket, problem: Problem) -> None:
    known_error = operations.record_workaround(actor=desk.actor(3), problem_id=problem.pk, **WORKAROUND)
    elsewhere = Actor(label="Agent of HR", person_id=desk.lead.pk, roles=frozenset({"agent"}))
    for stranger in (desk.asking, elsewhere):
        for attempt in (
            lambda who: queries.problem(who, problem.pk),
            lambda who: queries.problem_page(who, problem.pk),
            lambda who: queries.known_error(who, known_error.pk),
            lambda who: operations.record_cause(actor=who, problem_id=problem.pk, cause="x"),
            lambda who: operations.link_ticket(actor=who, problem_id=problem.pk, ticket_id=ticket.pk),
            lambda who: operations.publish_known_error(actor=who, known_error_id=known_error.pk),
            lambda who: operations.close_problem(actor=who, problem_id=problem.pk, reason="x"),
            lambda who: operations.verify_fix(actor=who, fix_id=1),
        ):
            with pytest.raises(NotFound):
                attempt(stranger)
        assert (queries.problems(stranger), queries.known_errors(stranger)) == ([], [])
        assert queries.problems_of(stranger, ticket.pk) == []


# --- control ---


def test_the_cause_is_recorded_with_its_proof(desk: SmallDesk, ticket: Ticket, problem: Problem) -> None:
    known = operations.record_cause(
        actor=desk.actor(3),
        problem_id=problem.pk,
        cause="The replay window is 64 packets; roaming delivers 600 late.",
        component="tunneld / rekey",
        evidence=["R-77", "client-log.zip"],
    )
    assert (known.state, known.component_name) == (ProblemState.CONTROLLED, "tunneld / rekey")
    assert known.cause_evidence == ["R-77", "client-log.zip"]
    (entry,) = TimelineEntry.objects.of("ticket", ticket.pk).filter(kind="problem.cause_recorded")
    assert entry.audience == Audience.INTERNAL
    assert entry.data["component"] == "tunneld / rekey"
    assert (entry.actor_label, entry.on_behalf_of) == ("problems 1", "Agent 3")
    assert entry.cause.subject_kind == "problem"
    with pytest.raises(Invalid):
        operations.record_cause(actor=desk.actor(3), problem_id=problem.pk, cause="  ")


# --- known errors ---


def published(desk: SmallDesk, problem: Problem, **changes: Any) -> operations.Published:
    operations.record_cause(actor=desk.actor(3), problem_id=problem.pk, cause="The replay window is too small.")
    known_error = operations.record_workaround(actor=desk.actor(3), problem_id=problem.pk, **{**WORKAROUND, **changes})
    return operations.publish_known_error(actor=desk.actor(3), known_error_id=known_error.pk)


def test_a_known_error_is_published_and_its_scan_begun(desk: SmallDesk, problem: Problem) -> None:
    result = published(desk, problem)
    assert result.known_error.status == KnownErrorState.PUBLISHED
    assert result.scan is not None
    problem.refresh_from_db()
    assert problem.state == ProblemState.ERROR_CONTROLLED
    (entry,) = TimelineEntry.objects.of("problem", problem.pk).filter(kind="known_error.published")
    assert entry.data["ref"] == result.known_error.ref


def test_the_next_ticket_is_recognised_and_counted(desk: SmallDesk, problem: Problem) -> None:
    known_error = published(desk, problem, lowest_tier=0, audience="requester").known_error
    matcher = Matcher.objects.get(ref=known_error.ref)
    assert (matcher.answer, matcher.lowest_tier, matcher.known_error_id) == (
        "Switch roaming off in the profile.",
        0,
        known_error.pk,
    )
    following = desk.ticket(title="Tunnel weg", text="Seit heute", attachments=[log_file()])
    diagnosis.examine_ticket(actor=Actor.machine("diagnosis"), ticket_id=following.pk)
    (row,) = queries.known_errors(desk.actor(1))
    assert (row.ref, row.hits, row.status) == (known_error.ref, 1, KnownErrorState.PUBLISHED)
    assert [one.ref for one in queries.known_errors(desk.asking)] == [known_error.ref], "it is for requesters"


def test_a_matcher_that_fails_an_example_is_refused_with_the_list(desk: SmallDesk, problem: Problem) -> None:
    too_wide = {"all_of": [{"kind": "template", "value": "tunneld session"}]}
    with pytest.raises(FixturesFailed) as caught:
        published(desk, problem, matcher=too_wide)
    (failure,) = caught.value.failures
    assert failure.startswith("it catches “a healthy client”, because ")
    with pytest.raises(FixturesFailed, match="does not catch “the first report”"):
        published(desk, problem, matcher={"all_of": [{"kind": "text", "value": "printer"}]})
    assert set(KnownError.objects.values_list("status", flat=True)) == {"draft"}
    assert not Matcher.objects.exists()


def test_without_examples_the_problems_own_tickets_must_be_caught(desk: SmallDesk) -> None:
    ticket = desk.owned(tier=3, attachments=[log_file()])
    jobs.drain()
    problem = operations.open_problem(actor=desk.actor(3), ticket_id=ticket.pk)
    result = published(desk, problem, fixtures=None)
    assert result.known_error.fixtures == {"must": [{"ticket": ticket.pk}]}
    with pytest.raises(FixturesFailed, match=f"does not catch “{ticket.reference}”"):
        published(desk, problem, fixtures=None, matcher={"all_of": [{"kind": "template", "value": "disk full"}]})
    with pytest.raises(FixturesFailed, match="no example that it must catch"):
        published(desk, problem, fixtures={"must": [], "must_not": []})


def test_facts_traces_and_words_of_an_example_are_seen(desk: SmallDesk, problem: Problem) -> None:
    trace = 'Traceback (most recent call last):\n  File "/opt/t.py", line 3, in rekey\n    f()\nTunnelError: window\n'
    matcher = {
        "all_of": [
            {"kind": "exception", "value": "TunnelError"},
            {"kind": "fact", "name": "version", "relation": "below", "value": "5.3"},
            {"kind": "text", "value": "drops"},
        ]
    }
    must = {"text": "the tunnel drops", "facts": {"version": "5.2.1"}, "log": trace}
    must_not = {**must, "facts": {"version": "5.3"}}
    result = published(desk, problem, matcher=matcher, fixtures={"must": [must], "must_not": [must_not]})
    assert result.known_error.status == KnownErrorState.PUBLISHED


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"symptoms": ""}, "symptoms"),
        ({"workaround": ""}, "workaround"),
        ({"lowest_tier": 5}, "lowest_tier"),
        ({"audience": "everybody"}, "audience"),
        ({"matcher": {"some_of": []}}, "matcher"),
        ({"matcher": {"all_of": [{"kind": "magic", "value": "x"}]}}, "matcher"),
        ({"fixtures": {"must": ["x"]}}, "fixtures.must.1"),
    ],
)
def test_a_known_error_is_checked_field_by_field(
    desk: SmallDesk, problem: Problem, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        operations.record_workaround(actor=desk.actor(3), problem_id=problem.pk, **{**WORKAROUND, **changes})
    assert list(caught.value.fields) == [field]


def test_no_known_error_without_a_cause_and_none_twice(desk: SmallDesk, problem: Problem) -> None:
    draft = operations.record_workaround(actor=desk.actor(3), problem_id=problem.pk, **WORKAROUND)
    with pytest.raises(WrongState, match="no cause yet"):
        operations.publish_known_error(actor=desk.actor(3), known_error_id=draft.pk)
    done = published(desk, problem).known_error
    with pytest.raises(WrongState, match="published already"):
        operations.publish_known_error(actor=desk.actor(3), known_error_id=done.pk)


def test_a_changed_matcher_has_to_be_proven_again(desk: SmallDesk, problem: Problem) -> None:
    known_error = published(desk, problem).known_error
    kept = operations.revise_known_error(actor=desk.actor(3), known_error_id=known_error.pk, risk="None known")
    assert (kept.status, kept.risk) == (KnownErrorState.PUBLISHED, "None known")
    changed = {"all_of": [{"kind": "template", "value": "window exceeded"}]}
    draft = operations.revise_known_error(actor=desk.actor(3), known_error_id=known_error.pk, matcher=changed)
    assert draft.status == KnownErrorState.DRAFT
    assert not Matcher.objects.get(ref=known_error.ref).active
    operations.publish_known_error(actor=desk.actor(3), known_error_id=known_error.pk)
    assert Matcher.objects.get(ref=known_error.ref).active
    with pytest.raises(Invalid):
        operations.revise_known_error(actor=desk.actor(3), known_error_id=known_error.pk, status="published")


def test_what_is_in_force_is_what_the_record_says(desk: SmallDesk, problem: Problem) -> None:
    known_error = published(desk, problem, lowest_tier=0).known_error
    operations.revise_known_error(
        actor=desk.actor(3), known_error_id=known_error.pk, lowest_tier=2, workaround="Ask tier 2.", title="Rekey"
    )
    row = Matcher.objects.get(ref=known_error.ref)
    assert (row.active, row.lowest_tier, row.answer, row.title) == (True, 2, "Ask tier 2.", "Rekey")
    known_error.refresh_from_db()
    assert known_error.status == KnownErrorState.PUBLISHED


def test_its_history_says_who_changed_what_and_what_was_there_before(desk: SmallDesk, problem: Problem) -> None:
    known_error = published(desk, problem).known_error
    other = operations.record_workaround(actor=desk.actor(3), problem_id=problem.pk, **WORKAROUND)
    for same in (WORKAROUND["workaround"], "Roam no more."):
        operations.revise_known_error(actor=desk.actor(3), known_error_id=known_error.pk, workaround=same)
    narrower = {"all_of": [{"kind": "template", "value": "window exceeded", "least": 2}]}
    operations.revise_known_error(actor=desk.actor(3), known_error_id=known_error.pk, matcher=narrower, risk="None")
    told = queries.history(desk.actor(2), known_error)
    assert [one.kind for one in told] == [
        "known_error.revised",
        "known_error.revised",
        "known_error.published",
        "problem.workaround_recorded",
    ]
    assert [one.data["fields"] for one in told[:2]] == [["matcher", "risk"], ["workaround"]]
    assert told[0].data["before"]["matcher"]["all_of"] == MATCHER["all_of"]
    assert told[1].data["before"] == {"workaround": WORKAROUND["workaround"]}
    assert told[0].payload.erase().to_data()["before"] == {}
    assert len(queries.history(desk.actor(2), other)) == 1
    assert queries.history(desk.asking, known_error) == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("roaming", True), ("ROAMING tunnel", True), ("drops minutes", True), ("rekey window", True), ("KE-{pk}", True),
        ("{pk}", True), ("ke-0", False), ("roaming printer", False), ("%", False), ("' OR 1=1 --", False), ("", True),
    ],
)  # fmt: skip
def test_known_errors_are_found_by_their_words(desk: SmallDesk, problem: Problem, words: str, found: bool) -> None:
    draft = operations.record_workaround(actor=desk.actor(3), problem_id=problem.pk, **WORKAROUND)
    rows = queries.known_errors(desk.actor(1), words=words.format(pk=draft.pk))
    assert [row.id for row in rows] == ([draft.pk] if found else [])


def test_a_retired_known_error_recognises_nothing_any_more(desk: SmallDesk, problem: Problem) -> None:
    known_error = published(desk, problem).known_error
    operations.retire_known_error(actor=desk.actor(3), known_error_id=known_error.pk, reason="5.2 is gone")
    assert not Matcher.objects.get(ref=known_error.ref).active
    assert stream(problem)[-1] == "known_error.retired"
    assert queries.known_errors(desk.actor(1), status=KnownErrorState.PUBLISHED) == []
    with pytest.raises(WrongState):
        operations.retire_known_error(actor=desk.actor(3), known_error_id=known_error.pk, reason="again")


def test_a_record_for_people_only_needs_no_matcher(desk: SmallDesk, problem: Problem) -> None:
    result = published(desk, problem, matcher=None)
    assert (result.known_error.status, result.scan) == (KnownErrorState.PUBLISHED, None)
    assert not Matcher.objects.exists()


# --- fixes ---


@pytest.fixture
def recipe_id(desk: SmallDesk, ticket: Ticket) -> int:
    return lab.write_recipe(actor=desk.actor(3), ticket_id=ticket.pk, spec=fault_recipe(runs=2)).pk


def fix_of(desk: SmallDesk, problem: Problem, recipe_id: int | None, fixed_in: str = "5.3.0", **rest: Any) -> Fix:
    return operations.record_fix(
        actor=desk.actor(3), problem_id=problem.pk, fixed_in=fixed_in, recipe_id=recipe_id, **rest
    )


@sandboxed
def test_a_fix_is_proven_by_the_recipe_and_the_runs_that_are_missing_are_made(
    desk: SmallDesk, ticket: Ticket, problem: Problem, recipe_id: int
) -> None:
    fix = operations.verify_fix(actor=desk.actor(3), fix_id=fix_of(desk, problem, recipe_id).pk)
    assert (fix.state, fix.verdict) == (FixState.VERIFIED, "Verified: 2 of 2 on 5.2.1, 0 of 2 on 5.3.0.")
    assert fix.verified_run is not None
    assert fix.verified_run.release_version == "5.3.0"
    assert told_on(ticket.pk) == ["problem.opened", "fix.recorded", "fix.verified"]
    assert LabRun.objects.count() == 2
    operations.verify_fix(actor=desk.actor(3), fix_id=fix.pk)
    assert LabRun.objects.count() == 2, "what is proven with this version of the recipe is not run again"


@sandboxed
def test_a_fix_that_does_not_fix_fails_in_words(
    desk: SmallDesk, ticket: Ticket, problem: Problem, recipe_id: int
) -> None:
    fix = operations.verify_fix(actor=desk.actor(3), fix_id=fix_of(desk, problem, recipe_id, "5.2.1").pk)
    assert (fix.state, fix.verdict) == (FixState.FAILED, "Not fixed: the fault still shows in 2 of 2 on 5.2.1.")
    assert fix.verified_at is None
    assert told_on(ticket.pk)[-1] == "fix.failed"


@sandboxed
def test_a_fix_of_a_fault_that_never_showed_is_not_proven(desk: SmallDesk, problem: Problem) -> None:
    never = fault_recipe(expect={"exit_code": 77}, runs=1)
    recipe = lab.write_recipe(actor=desk.actor(3), spec=never)
    fix = operations.verify_fix(actor=desk.actor(3), fix_id=fix_of(desk, problem, recipe.pk).pk)
    assert fix.state == FixState.FAILED
    assert fix.verdict.startswith("Not proven: the recipe never showed the fault")


@sandboxed
def test_a_revised_recipe_has_to_prove_again(desk: SmallDesk, problem: Problem, recipe_id: int) -> None:
    fix = fix_of(desk, problem, recipe_id)
    operations.verify_fix(actor=desk.actor(3), fix_id=fix.pk)
    broken = fault_recipe(runs=1)
    broken["releases"]["5.3.0"]["files"]["tunnel.py"] = "WINDOW = 65\n"
    lab.revise_recipe(actor=desk.actor(3), recipe_id=recipe_id, spec=broken)
    assert operations.verify_fix(actor=desk.actor(3), fix_id=fix.pk).state == FixState.FAILED


def test_a_fix_without_a_sandbox_is_not_verified(
    desk: SmallDesk, problem: Problem, recipe_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    fix = operations.verify_fix(actor=desk.actor(3), fix_id=fix_of(desk, problem, recipe_id).pk)
    assert (fix.state, fix.verdict) == (
        FixState.FAILED,
        "Not verified: the recipe could not be run on the fixed release.",
    )


def test_what_cannot_be_verified_is_refused(desk: SmallDesk, problem: Problem, recipe_id: int) -> None:
    with pytest.raises(NothingToVerify):
        operations.verify_fix(actor=desk.actor(3), fix_id=fix_of(desk, problem, None).pk)
    with pytest.raises(Invalid, match="no files for 9"):
        operations.verify_fix(actor=desk.actor(3), fix_id=fix_of(desk, problem, recipe_id, "9").pk)
    with pytest.raises(NotFound):
        operations.verify_fix(actor=desk.actor(3), fix_id=999)


def test_a_fix_names_the_product_and_the_developers_issue(desk: SmallDesk, problem: Problem) -> None:
    product = Product.objects.create(key="secure-access", name="Secure Access")
    address = "https://tracker.example/tunneld/412"
    fix = fix_of(desk, problem, None, product_id=product.pk, tracker_ref=address)
    assert (fix.product, fix.tracker_key, fix.tracker_url) == (product, "manual", address)
    number = fix_of(desk, problem, None, tracker_ref="TUN-412")
    assert (number.tracker_ref, number.tracker_url) == ("TUN-412", "")
    for wrong in ({"tracker_ref": "https://"}, {"tracker_ref": "a\nb"}, {"product_id": 999}, {"fixed_in": " "}):
        with pytest.raises(Invalid):
            operations.record_fix(
                actor=desk.actor(3),
                problem_id=problem.pk,
                **{"fixed_in": "5.3.0", **wrong},  # type: ignore[arg-type]  # wrong on purpose
            )
    with pytest.raises(NotFound, match="no plug-in 'jira'"):
        fix_of(desk, problem, None, tracker="jira", tracker_ref="TUN-1")


# --- closing ---


@sandboxed
def test_a_problem_closes_with_a_verified_fix(desk: SmallDesk, problem: Problem, recipe_id: int) -> None:
    fix = fix_of(desk, problem, recipe_id)
    with pytest.raises(NotClosable, match="not verified"):
        operations.close_problem(actor=desk.actor(3), problem_id=problem.pk)
    operations.verify_fix(actor=desk.actor(3), fix_id=fix.pk)
    closed = operations.close_problem(actor=desk.actor(3), problem_id=problem.pk)
    assert (closed.state, closed.closed_at is not None) == (ProblemState.CLOSED, True)
    assert queries.problems(desk.actor(3)) == []
    assert queries.problems(desk.actor(3), state=ProblemState.CLOSED) == [closed]


def test_a_closed_problem_takes_nothing_more(desk: SmallDesk, problem: Problem) -> None:
    operations.close_problem(actor=desk.actor(3), problem_id=problem.pk, reason="accepted: 5.2 ends in March")
    for attempt in (
        lambda: operations.close_problem(actor=desk.actor(3), problem_id=problem.pk, reason="again"),
        lambda: operations.record_cause(actor=desk.actor(3), problem_id=problem.pk, cause="late"),
        lambda: operations.record_workaround(actor=desk.actor(3), problem_id=problem.pk, **WORKAROUND),
        lambda: fix_of(desk, problem, None),
        lambda: operations.link_ticket(actor=desk.actor(3), problem_id=problem.pk, ticket_id=desk.ticket().pk),
    ):
        with pytest.raises(WrongState, match="is closed"):
            attempt()


# --- telling ---


def answers(ticket: Ticket) -> list[str]:
    said = Message.objects.filter(ticket=ticket, direction="out", by_machine=True).order_by("pk")
    return [text for text in said.values_list("text", flat=True) if "cause of what you reported" in text]


@sandboxed
def test_open_tickets_are_told_of_a_verified_fix_once(
    desk: SmallDesk, ticket: Ticket, problem: Problem, recipe_id: int
) -> None:
    other, solved = desk.ticket(title="Same here", facts={"version": "5.2.1"}), desk.owned(tier=1)
    for linked in (other, solved):
        operations.link_ticket(actor=desk.actor(3), problem_id=problem.pk, ticket_id=linked.pk)
    tickets.resolve(actor=desk.actor(1), ticket_id=solved.pk, resolution="Roaming off")
    fix = operations.verify_fix(actor=desk.actor(3), fix_id=fix_of(desk, problem, recipe_id).pk)
    jobs.drain()
    assert [len(answers(one)) for one in (ticket, other, solved)] == [1, 1, 0]
    assert "you use version 5.2.1. Please update to 5.3.0" in answers(other)[0]
    assert queries.told_of(fix) == 2
    for entry in TimelineEntry.objects.filter(kind="fix.verified"):
        assert operations.tell_linked(actor=MACHINE, entry=entry) == 0
    assert len(answers(other)) == 1


def test_open_tickets_are_told_of_the_article_of_their_problem(
    desk: SmallDesk, problem: Problem, ticket: Ticket
) -> None:
    other = desk.ticket(title="Same here")
    operations.link_ticket(actor=desk.actor(3), problem_id=problem.pk, ticket_id=other.pk)
    tickets.resolve(actor=desk.actor(3), ticket_id=ticket.pk, resolution="Switch roaming off in the profile.")
    article = knowledge.draft_from_ticket(actor=desk.actor(3), ticket_id=ticket.pk)
    knowledge.validate(actor=desk.actor(3), article_id=article.pk)
    knowledge.publish(actor=desk.actor(3), article_id=article.pk, audience="requester")
    jobs.drain()
    what = f"article:{article.pk}"
    assert [told.ticket_id for told in Told.objects.filter(what=what)] == [other.pk], "the solved one needs no article"
    text = Message.objects.get(ticket=other, by_machine=True, text__contains=f"(KB-{article.pk})").text
    assert f"“{article.title}”" in text
    entry = TimelineEntry.objects.get(kind="article.published")
    assert operations.tell_linked(actor=MACHINE, entry=entry) == 0


def test_an_article_of_no_problem_or_for_staff_tells_nobody(desk: SmallDesk, problem: Problem, ticket: Ticket) -> None:
    alone = desk.owned(tier=1)
    for solved in (alone, ticket):
        tickets.resolve(actor=desk.actor(3), ticket_id=solved.pk, resolution="Switch roaming off.")
        article = knowledge.draft_from_ticket(actor=desk.actor(3), ticket_id=solved.pk)
        knowledge.validate(actor=desk.actor(3), article_id=article.pk)
        audience = "requester" if solved is alone else "internal"
        knowledge.publish(actor=desk.actor(3), article_id=article.pk, audience=audience)
    jobs.drain()
    assert not Told.objects.exists()


# --- clusters ---

TRACE = (
    "Traceback (most recent call last):\n"
    '  File "/opt/tunnel.py", line 31, in rekey\n'
    "    check()\n"
    "TunnelError: window {}\n"
)


def resolved_with(desk: SmallDesk, trace: str, days_ago: float = 0) -> Ticket:
    with clock.at(clock.now() - timedelta(days=days_ago)):
        ticket = desk.owned(tier=1, attachments=[log_file(trace)])
        diagnosis.examine_ticket(actor=Actor.machine("diagnosis"), ticket_id=ticket.pk)
    return ticket


def suggestions() -> list[TimelineEntry]:
    return list(TimelineEntry.objects.filter(kind="problem.suggested"))


def test_the_third_ticket_with_the_same_trace_suggests_a_problem_once(desk: SmallDesk) -> None:
    alike = [resolved_with(desk, TRACE.format(n)) for n in range(3)]
    resolved_with(desk, TRACE.replace("TunnelError", "PrinterError").replace("rekey", "print_page"))
    for ticket in alike:
        tickets.resolve(actor=desk.actor(1), ticket_id=ticket.pk, resolution="Restarted")
        jobs.drain()
    (entry,) = suggestions()
    assert entry.data["ticket_ids"] == [ticket.pk for ticket in alike]
    assert entry.data["shared"].startswith("the stack trace ")
    assert entry.subject_id in entry.data["ticket_ids"]


def test_two_tickets_or_old_ones_suggest_nothing(desk: SmallDesk) -> None:
    resolved_with(desk, TRACE.format(1), days_ago=15)
    first, second = resolved_with(desk, TRACE.format(2), days_ago=13), resolved_with(desk, TRACE.format(3))
    for ticket in (first, second):
        assert operations.suggest_problem(actor=MACHINE, ticket_id=ticket.pk) is None
    resolved_with(desk, TRACE.format(4))
    assert operations.suggest_problem(actor=MACHINE, ticket_id=second.pk) is not None


def test_where_there_is_a_problem_none_is_suggested(desk: SmallDesk) -> None:
    alike = [resolved_with(desk, TRACE.format(n)) for n in range(3)]
    operations.open_problem(actor=desk.actor(3), ticket_id=alike[0].pk)
    assert operations.suggest_problem(actor=MACHINE, ticket_id=alike[2].pk) is None
    assert suggestions() == []


def test_tickets_of_one_matcher_are_alike_and_plain_ones_are_not(desk: SmallDesk) -> None:
    diagnosis.register_matcher(
        actor=desk.actor(3), ref="M-1", title="Rekey", matcher={"all_of": [{"kind": "text", "value": "drops"}]}
    )
    alike = [desk.ticket(text="The tunnel drops.") for _ in range(3)]
    plain = [desk.ticket(title="Badge", text="My badge is lost.") for _ in range(3)]
    for ticket in alike + plain:
        diagnosis.examine_ticket(actor=Actor.machine("diagnosis"), ticket_id=ticket.pk)
    assert operations.suggest_problem(actor=MACHINE, ticket_id=plain[0].pk) is None
    suggested = operations.suggest_problem(actor=MACHINE, ticket_id=alike[0].pk)
    assert suggested is not None
    assert (suggested.ticket_ids, suggested.shared) == ([one.pk for one in alike], "the known error M-1")


# --- another desk, erasure, the database's own rules ---


def test_a_linked_ticket_of_a_confidential_desk_is_told_but_not_shown(desk: SmallDesk, problem: Problem) -> None:
    hidden_desk = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    hidden = tickets.open_ticket(
        actor=desk.asking, requester=desk.requester, title="Payroll", text="It drops.", desk=hidden_desk
    )
    operations.link_ticket(actor=MACHINE, problem_id=problem.pk, ticket_id=hidden.pk)
    operations.record_cause(actor=desk.actor(3), problem_id=problem.pk, cause="The window is too small.")
    assert told_on(hidden.pk) == ["problem.linked", "problem.cause_recorded"]
    assert hidden.pk not in [one.pk for one in queries.problem_page(desk.actor(3), problem.pk).tickets]


def test_personal_words_leave_the_timeline_on_erasure(desk: SmallDesk, problem: Problem) -> None:
    operations.record_cause(actor=desk.actor(3), problem_id=problem.pk, cause="Ines typed it.", component="rekey")
    for entry in TimelineEntry.objects.of("problem", problem.pk):
        erased = entry.payload.erase().to_data()
        assert "Ines" not in str(erased)
        assert erased["problem_id"] == problem.pk


def test_the_pages_need_few_statements(desk: SmallDesk, problem: Problem, django_assert_num_queries: Any) -> None:
    for _ in range(3):
        operations.link_ticket(actor=desk.actor(3), problem_id=problem.pk, ticket_id=desk.ticket().pk)
        operations.record_workaround(actor=desk.actor(3), problem_id=problem.pk, **WORKAROUND)
        fix_of(desk, problem, None)
    viewer = desk.actor(3)
    with django_assert_num_queries(5):
        page = queries.problem_page(viewer, problem.pk)
        assert [len(part) for part in (page.tickets, page.known_errors, page.fixes)] == [4, 3, 3]
    with django_assert_num_queries(2):
        assert len(queries.known_errors(viewer)) == 3
    assert ProblemTicket.objects.count() == 4
