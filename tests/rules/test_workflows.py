"""Runbook results, the closed language of automations and the guard against loops."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.work.workflows.rules.actions import ActionState, decided, first_state, may_decide
from tierline.work.workflows.rules.conditions import (
    CHAIN_LIMIT,
    Condition,
    Operator,
    all_hold,
    chain_of,
    chained,
    holds,
    may_follow,
    parse_actions,
    parse_conditions,
)
from tierline.work.workflows.rules.steps import (
    Done,
    Outcome,
    Step,
    StepKind,
    StepResult,
    dump_results,
    dump_steps,
    is_complete,
    open_steps,
    outcome,
    parse_results,
    parse_steps,
)
from tierline.work.workflows.rules.suggestions import RunbookFacts, suggest, words_of

STEPS = (
    Step("cert", "Is the certificate valid?", StepKind.CHECK, "valid", "expired certificate"),
    Step("portal", "Any captive portal?", StepKind.ASK, "no", "captive portal"),
    Step("reset", "Reset the tunnel profile", StepKind.DO, "connects", "damaged profile"),
    Step("note", "Write down the gateway", StepKind.CHECK),
)
PASSED, FAILED, SKIPPED, FOUND = (Done(result) for result in StepResult)


def test_a_run_knows_its_next_step() -> None:
    assert [step.key for step in open_steps(STEPS, {"cert": PASSED})] == ["portal", "reset", "note"]
    assert open_steps(STEPS, {})[0].key == "cert"


def test_a_run_is_complete_at_the_last_step() -> None:
    results = dict.fromkeys(["cert", "portal", "reset"], PASSED)
    assert not is_complete(STEPS, results)
    assert is_complete(STEPS, results | {"note": SKIPPED})


def test_a_run_is_complete_when_the_cause_is_found() -> None:
    assert is_complete(STEPS, {"cert": FOUND})


def test_what_a_run_says() -> None:
    said = outcome(STEPS, {"cert": PASSED, "portal": FAILED, "reset": SKIPPED, "note": PASSED})
    assert said == Outcome(ruled_out=("expired certificate",), suspect=("captive portal",), found=(), done=3, total=4)


def test_a_found_cause_is_not_ruled_out() -> None:
    said = outcome(STEPS, {"cert": PASSED, "reset": FOUND})
    assert said.found == ("damaged profile",)
    assert said.ruled_out == ("expired certificate",)


def test_a_passed_step_that_rules_nothing_out_excludes_nothing() -> None:
    assert outcome(STEPS, {"note": PASSED}).ruled_out == ()


@given(st.dictionaries(st.sampled_from([s.key for s in STEPS]), st.sampled_from(list(StepResult)).map(Done)))
def test_no_cause_is_both_ruled_out_and_suspect(results: dict[str, Done]) -> None:
    said = outcome(STEPS, results)
    assert not set(said.ruled_out) & (set(said.suspect) | set(said.found))
    assert said.done <= said.total
    assert is_complete(STEPS, results) == (len(results) == 4 or bool(said.found))


@given(
    st.dictionaries(
        st.text(max_size=5),
        st.builds(Done, st.sampled_from(list(StepResult)), st.text(max_size=9), st.text(max_size=9)),
    )
)
def test_results_survive_storage(results: dict[str, Done]) -> None:
    assert parse_results(json.loads(json.dumps(dump_results(results)))) == results


def test_steps_survive_storage() -> None:
    assert parse_steps(json.loads(json.dumps(dump_steps(STEPS)))) == STEPS


def test_a_step_without_a_key_is_numbered() -> None:
    assert [step.key for step in parse_steps([{"text": "a"}, {"text": "b"}])] == ["step-1", "step-2"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "between 1 and 50"),
        ([{"text": " "}], "Step 1 has no text"),
        ([{"text": "a"}, {"text": "b", "kind": "dance"}], "Step 2 must be"),
        ([{"text": "a", "key": "k"}, {"text": "b", "key": "k"}], "its own key"),
        ([{"text": "a"}] * 51, "between 1 and 50"),
    ],
)
def test_a_runbook_that_makes_no_sense_is_refused_in_words(data: list[dict[str, str]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_steps(data)


VIEW = {
    "kind": "incident",
    "priority": 2,
    "title": "VPN drops",
    "service": "",
    "fact.os": "Windows 11",
    "event.tags": ["Network", "vpn"],
    "event.none": None,
}


@pytest.mark.parametrize(
    ("field", "operator", "value", "expected"),
    [
        ("kind", "is", "Incident", True),
        ("kind", "is_not", "incident", False),
        ("kind", "in", ["request", "INCIDENT"], True),
        ("kind", "in", ["request"], False),
        ("title", "contains", "vpn", True),
        ("event.tags", "contains", "VPN", True),
        ("event.tags", "contains", "vp", False),
        ("priority", "at_most", 2, True),
        ("priority", "at_most", 1, False),
        ("priority", "at_least", "2", True),
        ("title", "at_least", 2, False),
        ("service", "is_empty", None, True),
        ("service", "is_set", None, False),
        ("fact.os", "is_set", None, True),
        ("event.none", "is_empty", None, True),
        ("fact.unknown", "is_empty", None, True),
        ("fact.unknown", "is", "x", False),
        ("fact.unknown", "is_not", "x", True),
        ("fact.unknown", "at_least", 0, False),
    ],
)
def test_conditions(field: str, operator: str, value: object, expected: bool) -> None:
    (condition,) = parse_conditions([{"field": field, "operator": operator, "value": value}])
    assert holds(condition, VIEW) is expected


def test_every_condition_must_hold() -> None:
    both = parse_conditions(
        [
            {"field": "kind", "operator": "is", "value": "incident"},
            {"field": "priority", "operator": "at_most", "value": 1},
        ]
    )
    assert not all_hold(both, VIEW)
    assert all_hold(both[:1], VIEW)
    assert all_hold((), VIEW)


@given(
    field=st.sampled_from([*VIEW, "fact.unknown"]),
    value=st.one_of(st.text(max_size=5), st.integers(), st.floats(allow_nan=False), st.booleans()),
)
def test_opposites_never_agree(field: str, value: str | float) -> None:
    assert holds(Condition(field, Operator.IS, value), VIEW) != holds(Condition(field, Operator.IS_NOT, value), VIEW)
    assert holds(Condition(field, Operator.IS_SET), VIEW) != holds(Condition(field, Operator.IS_EMPTY), VIEW)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"field": "password", "operator": "is", "value": "x"}, "no field named 'password'"),
        ({"field": "fact.", "operator": "is", "value": "x"}, "no field named"),
        ({"field": "kind", "operator": "resembles", "value": "x"}, "no comparison named"),
        ({"field": "kind", "operator": "in", "value": "x"}, "needs a list"),
        ({"field": "kind", "operator": "in", "value": []}, "needs a list"),
        ({"field": "tier", "operator": "at_least", "value": "high"}, "needs a number"),
        ({"field": "tier", "operator": "at_least", "value": True}, "needs a number"),
        ({"field": "kind", "operator": "is", "value": ""}, "a value is missing"),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused_in_words(entry: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_conditions([entry])


def test_conditions_and_actions_are_bounded() -> None:
    with pytest.raises(ValueError, match="at most 20"):
        parse_conditions([{"field": "kind", "operator": "is_set"}] * 21)
    with pytest.raises(ValueError, match="between 1 and 10"):
        parse_actions([])
    with pytest.raises(ValueError, match="a name and its parameters"):
        parse_actions([{"action": "set_fact", "params": "x"}])
    with pytest.raises(ValueError, match="a name and its parameters"):
        parse_actions([{"params": {}}])


def test_actions_keep_their_parameters() -> None:
    (wanted,) = parse_actions([{"action": "set_fact", "params": {"key": "os"}}])
    assert (wanted.action, wanted.params) == ("set_fact", {"key": "os"})


def test_an_automation_never_follows_itself() -> None:
    chain = chain_of(chained((), 12))
    assert chain == (12,)
    assert not may_follow(chain, 12)
    assert may_follow(chain, 7)
    assert chain_of(chained(chain, 7)) == (12, 7)


@pytest.mark.parametrize("request_id", ["", "9f2c", "auto:", "auto:x>y"])
def test_what_people_do_starts_a_new_chain(request_id: str) -> None:
    assert chain_of(request_id) == ()


@given(st.lists(st.integers(1, 9)))
def test_chains_end(automations: list[int]) -> None:
    chain: tuple[int, ...] = ()
    for automation in automations:
        if may_follow(chain, automation):
            chain = chain_of(chained(chain, automation))
    assert len(chain) <= CHAIN_LIMIT
    assert len(set(chain)) == len(chain)


VPN = RunbookFacts(1, "VPN basics", service_id=7, tier=1, words="tunnel drops connect")
MAIL = RunbookFacts(2, "Mail basics", service_id=8, tier=1, words="mailbox outlook")
ANY = RunbookFacts(3, "Slow computer", service_id=None, tier=1, words="slow memory")


def test_the_runbook_of_the_service_is_suggested_with_reasons() -> None:
    found = suggest([MAIL, VPN, ANY], title="VPN drops", text="The tunnel is lost", service_id=7, tier=1)
    assert found is not None
    assert found.runbook_id == 1
    assert found.why == (
        "it is written for this service",
        "shares the words drops, tunnel, vpn",
        "it is for tier 1",
    )


def test_a_runbook_of_another_service_is_never_suggested() -> None:
    assert suggest([MAIL], title="Outlook mailbox", text="", service_id=7, tier=1) is None


def test_a_general_runbook_needs_a_word_in_common() -> None:
    assert suggest([ANY], title="Printer on fire", text="", service_id=None, tier=1) is None
    found = suggest([ANY], title="Very slow today", text="", service_id=None, tier=2)
    assert found is not None
    assert found.why == ("shares the words slow",)


def test_ties_go_to_the_older_runbook() -> None:
    twins = [RunbookFacts(5, "Slow computer", None, 1), RunbookFacts(4, "Slow computer", None, 1)]
    found = suggest(twins, title="slow", text="", service_id=None, tier=1)
    assert found is not None
    assert found.runbook_id == 4


def test_small_and_common_words_do_not_count() -> None:
    assert words_of("The VPN is not up after that") == {"vpn"}


def test_an_action_waits_only_where_it_must() -> None:
    assert first_state(needs_approval=True) == ActionState.WAITING
    assert first_state(needs_approval=False) == ActionState.APPROVED


def test_a_decision_leads_to_one_state() -> None:
    assert decided(ActionState.WAITING, approved=True) == ActionState.APPROVED
    assert decided(ActionState.WAITING, approved=False) == ActionState.REFUSED


@pytest.mark.parametrize("state", [state for state in ActionState if state != ActionState.WAITING])
@pytest.mark.parametrize("approved", [True, False])
def test_what_does_not_wait_cannot_be_decided(state: ActionState, approved: bool) -> None:
    with pytest.raises(ValueError, match="nothing to decide"):
        decided(state, approved=approved)


@pytest.mark.parametrize(
    ("asked_by", "decider", "allowed"),
    [(1, 2, True), (1, 1, False), (None, 2, True), (1, None, False), (None, None, False)],
)
def test_four_eyes_and_never_a_machine(asked_by: int | None, decider: int | None, allowed: bool) -> None:
    assert may_decide(asked_by=asked_by, decider=decider) is allowed
