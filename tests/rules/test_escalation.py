"""The escalation contract: what counts as ready, what blocks, who can fill a gap."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.ladder.escalation.rules.checks import (
    Collect,
    ContractItem,
    ItemKind,
    ItemState,
    State,
    check,
    covers,
    reproduction_words,
)
from tierline.ladder.escalation.rules.contracts import (
    DEFAULTS,
    Step,
    climbs,
    count_ready,
    dump_items,
    is_reason,
    missing_items,
    parse_items,
    pick,
    question_for,
    states,
    used_overrides,
)
from tierline.ladder.escalation.rules.evidence import (
    KnowledgeTried,
    LogPiece,
    Reproduction,
    RunbookResult,
    TicketEvidence,
    TriedStep,
    freeze,
    thaw,
)
from tierline.ladder.escalation.rules.handovers import (
    HandoverState,
    Mode,
    ReasonCode,
    Verb,
    after,
    moves_ownership,
)

OPENED = datetime(2026, 11, 17, 10, 9, tzinfo=UTC)

EMPTY = TicketEvidence(
    reference="INC-1", kind="incident", title="VPN drops", tier=1, opened_at=OPENED, impact=3, urgency=2
)
FULL = replace(
    EMPTY,
    symptom="Since Monday my VPN drops about every ten minutes, always during an upload.",
    product="Secure Access",
    version="5.2.1",
    facts={"os": "Windows 11", "network": "hotel Wi-Fi"},
    classified=True,
    runs=(
        RunbookResult(
            "VPN basics",
            "done",
            7,
            7,
            steps=(TriedStep("Certificate valid?", "passed"),),
            ruled_out=("expired certificate",),
        ),
    ),
    logs=(LogPiece("client.log", redacted=True, first_at=OPENED - timedelta(hours=1), last_at=OPENED),),
    reproductions=(Reproduction("Rekey after 600 s", ("connect", "wait"), runs=3, reproduced=3, version="5.2.1"),),
    knowledge=(KnowledgeTried("KB-311", "Reset the tunnel profile", "did not help"),),
    component="tunneld",
    ruled_out=("expired certificate", "captive portal"),
    question="Why does the rekey still fail there after 600 s?",
)


def item(kind: ItemKind, **options: object) -> ContractItem:
    return ContractItem(kind.value, kind, kind.value.capitalize(), options=options)


def judge(kind: ItemKind, evidence: TicketEvidence, **options: object) -> ItemState:
    return check(item(kind, **options), evidence)


@pytest.mark.parametrize("kind", [k for k in ItemKind if k != ItemKind.FACT])
def test_an_empty_ticket_has_nothing_ready(kind: ItemKind) -> None:
    found = judge(kind, EMPTY)
    assert found.state in {State.MISSING, State.PARTIAL}
    assert found.detail
    assert found.collect != Collect.NOTHING


@pytest.mark.parametrize("kind", [k for k in ItemKind if k != ItemKind.FACT])
def test_a_full_ticket_has_everything_ready(kind: ItemKind) -> None:
    found = judge(kind, FULL)
    assert found.state == State.READY
    assert found.collect == Collect.NOTHING
    assert found.detail


def test_two_words_are_not_a_symptom() -> None:
    found = judge(ItemKind.SYMPTOM, replace(EMPTY, symptom="It broke"))
    assert found.state == State.PARTIAL
    assert "Only 2 words: It broke" in found.detail
    assert judge(ItemKind.SYMPTOM, replace(EMPTY, symptom="It broke"), words=2).state == State.READY


def test_environment_needs_a_version_above_all() -> None:
    known = replace(EMPTY, product="Secure Access", facts={"os": "Windows 11"})
    found = judge(ItemKind.ENVIRONMENT, known)
    assert (found.state, found.detail) == (State.PARTIAL, "Not known: version")
    assert judge(ItemKind.ENVIRONMENT, replace(known, facts={"client_version": "5.2"})).state == State.READY


def test_environment_names_each_fact_that_is_lacking() -> None:
    found = judge(ItemKind.ENVIRONMENT, replace(EMPTY, version="5.2.1"), facts=["os", "network_type"])
    assert found.detail == "Not known: os, network type"
    assert found.state == State.MISSING


def test_environment_shows_product_version_and_facts_once() -> None:
    detail = judge(ItemKind.ENVIRONMENT, FULL).detail
    assert detail == "Secure Access 5.2.1, Windows 11, hotel Wi-Fi"


def test_what_was_tried_is_no_environment_fact() -> None:
    found = judge(ItemKind.ENVIRONMENT, replace(EMPTY, facts={"tried": "restarted"}))
    assert found.state == State.MISSING


def test_a_running_runbook_is_only_a_beginning() -> None:
    found = judge(ItemKind.TRIED, replace(EMPTY, runs=(RunbookResult("VPN basics", "running", 3, 7),)))
    assert (found.state, found.detail) == (State.PARTIAL, "VPN basics: 3 of 7 steps, running")
    stopped = judge(ItemKind.TRIED, replace(EMPTY, runs=(RunbookResult("VPN basics", "stopped", 3, 7),)))
    assert stopped.state == State.PARTIAL


def test_what_the_requester_tried_does_not_replace_the_runbook() -> None:
    found = judge(ItemKind.TRIED, replace(EMPTY, facts={"tried": "restarted twice"}))
    assert found.state == State.PARTIAL
    assert "restarted twice" in found.detail
    assert found.collect == Collect.RUNBOOK


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (OPENED - timedelta(hours=24), State.READY),
        (OPENED - timedelta(hours=24, seconds=1), State.PARTIAL),
        (OPENED + timedelta(days=3), State.READY),
        (None, State.PARTIAL),
    ],
)
def test_a_log_must_cover_the_incident(last: datetime | None, expected: State) -> None:
    found = judge(ItemKind.LOG, replace(EMPTY, logs=(LogPiece("a.log", redacted=True, last_at=last),)))
    assert found.state == expected


def test_the_log_window_follows_the_reported_moment_of_the_fault() -> None:
    monday = OPENED - timedelta(days=5)
    log = LogPiece("a.log", redacted=True, last_at=monday, incident_at=monday)
    assert covers(log, OPENED, 24)
    assert not covers(replace(log, incident_at=None), OPENED, 24)


def test_a_log_with_its_secrets_does_not_travel() -> None:
    found = judge(ItemKind.LOG, replace(EMPTY, logs=(LogPiece("a.log", redacted=False, last_at=OPENED),)))
    assert (found.state, found.detail) == (State.PARTIAL, "a.log is not redacted yet")


def test_one_fitting_log_is_enough() -> None:
    logs = (LogPiece("old.log", redacted=True, last_at=OPENED - timedelta(days=9)), *FULL.logs)
    assert judge(ItemKind.LOG, replace(EMPTY, logs=logs)).detail == "client.log, masked"


def test_written_steps_are_enough_unless_the_contract_wants_them_run() -> None:
    written = replace(EMPTY, reproductions=(Reproduction("R-77", ("connect",)),))
    assert judge(ItemKind.REPRODUCTION, written).state == State.READY
    run = judge(ItemKind.REPRODUCTION, written, level="run")
    assert (run.state, run.detail, run.collect) == (State.PARTIAL, "R-77: written, not run", Collect.LAB)


def test_the_best_reproduction_speaks_and_zero_of_three_is_an_answer_too() -> None:
    tried = (Reproduction("R-1", runs=3, reproduced=0, version="5.1.9"), Reproduction("R-2"))
    found = judge(ItemKind.REPRODUCTION, replace(EMPTY, reproductions=tried), level="run")
    assert (found.state, found.detail) == (State.READY, "R-1: 0 of 3 on 5.1.9")
    assert reproduction_words(Reproduction("R-3", runs=2, reproduced=1)) == "R-3: 1 of 2"


def test_an_article_counts_only_with_its_outcome() -> None:
    found = judge(ItemKind.KNOWLEDGE, replace(EMPTY, knowledge=(KnowledgeTried("KB-1", "Reset"),)))
    assert (found.state, found.detail) == (State.PARTIAL, "KB-1: say why it did not help")


def test_preset_impact_is_not_a_judgement() -> None:
    found = judge(ItemKind.IMPACT, EMPTY)
    assert found.state == State.PARTIAL
    assert found.detail == "Impact person, urgency medium: preset, nobody has judged it"


def test_a_short_question_cannot_be_answered() -> None:
    assert judge(ItemKind.QUESTION, replace(EMPTY, question="Please help")).state == State.PARTIAL


def test_a_fact_of_the_desks_own_choice_can_be_demanded() -> None:
    wanted = ContractItem("asset", ItemKind.FACT, "Asset number", options={"fact": "asset_number"})
    assert check(wanted, EMPTY).detail == "Asset number is not known"
    assert check(wanted, replace(EMPTY, facts={"asset_number": " A-7 "})).detail == "A-7"


def test_default_contracts_have_the_items_each_tier_owes() -> None:
    assert {pair: len([i for i in items if i.required]) for pair, items in DEFAULTS.items()} == {
        (1, 2): 6,
        (2, 3): 8,
        (3, 4): 7,
    }
    to_experts = {i.kind for i in DEFAULTS[2, 3] if i.required}
    assert {ItemKind.LOG, ItemKind.REPRODUCTION, ItemKind.RULED_OUT, ItemKind.COMPONENT} <= to_experts


@pytest.mark.parametrize("pair", list(DEFAULTS))
def test_default_contracts_survive_storage(pair: tuple[int, int]) -> None:
    stored = json.loads(json.dumps(dump_items(DEFAULTS[pair])))
    assert parse_items(stored) == DEFAULTS[pair]


def test_a_request_needs_no_log_and_no_reproduction() -> None:
    keys = {found.key for found in states(DEFAULTS[2, 3], replace(EMPTY, kind="request"))}
    assert keys == {"impact", "question"}


def test_optional_items_neither_block_nor_count() -> None:
    found = states(DEFAULTS[2, 3], replace(FULL, knowledge=()))
    assert not missing_items(found)
    assert count_ready(found) == (8, 8)
    assert any(one.key == "knowledge" and one.state == State.MISSING for one in found)


def test_partial_blocks_like_missing() -> None:
    found = states(DEFAULTS[1, 2], replace(FULL, symptom="broken", question=""))
    assert [one.key for one in missing_items(found)] == ["symptom", "question"]
    assert count_ready(found) == (4, 6)


def test_an_override_needs_a_reason_worth_reporting() -> None:
    found = states(DEFAULTS[1, 2], replace(FULL, symptom=""))
    assert missing_items(found, {"symptom": "   "})
    assert missing_items(found, {"symptom": "just go"})
    assert not missing_items(found, {"symptom": "Told on the phone, line was bad"})


def test_only_overrides_that_were_needed_are_reported() -> None:
    found = states(DEFAULTS[1, 2], replace(FULL, symptom=""))
    reason = " Told on the phone, line was bad "
    assert used_overrides(found, {"symptom": reason, "impact": reason, "nothing": reason}) == {
        "symptom": reason.strip()
    }


@given(
    blank=st.sets(st.sampled_from(["symptom", "version", "runs", "knowledge", "classified", "question"])),
    excused=st.sets(st.sampled_from(["symptom", "environment", "tried", "knowledge", "impact", "question"])),
)
def test_missing_is_exactly_what_is_blank_and_not_excused(blank: set[str], excused: set[str]) -> None:
    empty = {"symptom": "", "version": "", "runs": (), "knowledge": (), "classified": False, "question": ""}
    names = {"version": "environment", "runs": "tried", "classified": "impact"}
    evidence = replace(FULL, facts={}, **{name: empty[name] for name in blank})
    found = states(DEFAULTS[1, 2], evidence)
    blocked = {one.key for one in missing_items(found, dict.fromkeys(excused, "a reason that is long enough"))}
    assert blocked == {names.get(name, name) for name in blank} - excused


@given(st.text(max_size=40))
def test_blank_reasons_never_count(text: str) -> None:
    assert is_reason(text) == (len("".join(text.split())) >= 10)


STEPS_TRIED = st.builds(TriedStep, text=st.text(max_size=8), result=st.text(max_size=8), note=st.text(max_size=8))
MOMENTS = st.none() | st.datetimes(timezones=st.just(UTC))
EVIDENCE = st.builds(
    TicketEvidence,
    reference=st.just("INC-1"),
    kind=st.sampled_from(["incident", "request"]),
    title=st.text(max_size=30),
    tier=st.integers(0, 3),
    opened_at=st.just(OPENED),
    impact=st.integers(0, 9),
    urgency=st.integers(0, 9),
    symptom=st.text(max_size=200),
    facts=st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=5),
    runs=st.builds(
        RunbookResult,
        title=st.text(max_size=8),
        state=st.sampled_from(["running", "done", "stopped"]),
        done=st.integers(0, 3),
        total=st.integers(3, 9),
        steps=st.lists(STEPS_TRIED, max_size=2).map(tuple),
        ruled_out=st.lists(st.text(max_size=8), max_size=2).map(tuple),
    ).map(lambda run: (run,)),
    logs=st.lists(
        st.builds(LogPiece, name=st.text(max_size=8), redacted=st.booleans(), last_at=MOMENTS, incident_at=MOMENTS),
        max_size=3,
    ).map(tuple),
    reproductions=st.lists(
        st.builds(Reproduction, title=st.text(max_size=8), steps=st.just(("a", "b")), runs=st.integers(0, 3)),
        max_size=2,
    ).map(tuple),
    knowledge=st.lists(st.builds(KnowledgeTried, reference=st.just("KB-1"), title=st.text(max_size=8)), max_size=2).map(
        tuple
    ),
    question=st.text(max_size=50),
)


@given(EVIDENCE)
def test_a_frozen_sheet_is_judged_as_the_ticket_was(evidence: TicketEvidence) -> None:
    sheet = json.loads(json.dumps(freeze(evidence)))
    assert thaw(sheet) == evidence


def test_a_sheet_of_another_version_is_read_as_far_as_it_goes() -> None:
    sheet = freeze(FULL)
    for name in ("knowledge", "ruled_out", "component", "reproductions"):
        del sheet[name]
    sheet["invented_later"] = 1
    sheet["logs"][0]["colour"] = "blue"
    old = thaw(sheet)
    assert (old.knowledge, old.component, old.title) == ((), "", FULL.title)
    assert old.logs == FULL.logs


@given(EVIDENCE)
def test_any_ticket_is_judged_without_an_error(evidence: TicketEvidence) -> None:
    for items in DEFAULTS.values():
        for found in states(items, evidence):
            assert found.label
            assert found.state == State.READY or found.detail


def test_the_service_contract_goes_before_the_general_one() -> None:
    known = [Step(1, 2, None), Step(1, 2, 7), Step(2, 3, None)]
    assert pick(known, Step(1, 2, 7)) == Step(1, 2, 7)
    assert pick(known, Step(1, 2, 8)) == Step(1, 2, None)
    assert pick(known, Step(1, 2, None)) == Step(1, 2, None)


def test_skipping_a_tier_does_not_skip_its_evidence() -> None:
    known = [Step(1, 2, None), Step(2, 3, None), Step(2, 3, 7)]
    assert pick(known, Step(1, 3, None)) == Step(2, 3, None)
    assert pick(known, Step(0, 3, 7)) == Step(2, 3, 7)
    assert pick([*known, Step(1, 3, None)], Step(1, 3, 7)) == Step(1, 3, None)
    assert pick(known, Step(3, 4, None)) is None


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, 1, True), (1, 3, True), (2, 2, False), (3, 2, False), (3, 4, True), (4, 5, False)],
)
def test_functional_escalation_goes_up(start: int, end: int, expected: bool) -> None:
    assert climbs(start, end) is expected


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "between 1 and 20"),
        ([{"kind": "magic", "label": "x"}], "no check named 'magic'"),
        ([{"kind": "log", "label": " "}], "needs a label"),
        ([{"kind": "log", "label": "L"}, {"kind": "log", "label": "L"}], "its own key"),
        ([{"kind": "log", "label": "L", "required": False}], "At least one item"),
        ([{"kind": "log", "label": "L", "options": {"facts": []}}], "no option 'facts'"),
        ([{"kind": "log", "label": "L", "options": {"hours": 0}}], "whole number"),
        ([{"kind": "log", "label": "L", "options": {"hours": "many"}}], "whole number"),
        ([{"kind": "reproduction", "label": "L", "options": {"level": "felt"}}], "written or run"),
        ([{"kind": "log", "label": "L", "key": "a b"}], "letters, digits"),
        ([{"kind": "log", "label": "L", "key": str(n)} for n in range(21)], "between 1 and 20"),
    ],
)
def test_a_contract_that_makes_no_sense_is_refused_in_words(data: list[dict[str, object]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_items(data)


def test_an_item_may_leave_out_what_has_a_default() -> None:
    (parsed,) = parse_items([{"kind": "log", "label": "Gateway log"}])
    assert parsed == ContractItem("log", ItemKind.LOG, "Gateway log")


def test_the_requester_is_asked_exactly_the_missing_question() -> None:
    environment = item(ItemKind.ENVIRONMENT, facts=["os"])
    about = replace(EMPTY, product="Secure Access")
    assert question_for(environment, replace(about, facts={"os": "macOS"})) == (
        "Which version of Secure Access do you use?"
    )
    assert question_for(environment, replace(about, version="5.2")) == "Could you tell us about Secure Access: os?"
    assert "attach the log of Secure Access" in question_for(item(ItemKind.LOG), about)
    assert "in your own words" in question_for(item(ItemKind.SYMPTOM), about)


@pytest.mark.parametrize("kind", [ItemKind.TRIED, ItemKind.COMPONENT, ItemKind.IMPACT, ItemKind.QUESTION])
def test_the_requester_is_never_asked_for_the_agents_work(kind: ItemKind) -> None:
    assert question_for(item(kind), EMPTY) == ""


def test_what_is_ready_is_not_asked_again() -> None:
    assert question_for(item(ItemKind.SYMPTOM), FULL) == ""


def test_a_sheet_is_plain_json_and_bounded() -> None:
    data = freeze(replace(FULL, symptom="x" * 9_000))
    again = json.loads(json.dumps(data))
    assert again == data
    assert len(data["symptom"]) == 4_000
    assert data["opened_at"] == "2026-11-17T10:09:00+00:00"
    assert data["logs"][0]["name"] == "client.log"
    assert data["reproductions"][0]["steps"] == ["connect", "wait"]


@pytest.mark.parametrize(
    ("verb", "state"),
    [
        (Verb.ACCEPT, HandoverState.ACCEPTED),
        (Verb.BOUNCE, HandoverState.BOUNCED),
        (Verb.ANSWER, HandoverState.ANSWERED),
        (Verb.WITHDRAW, HandoverState.WITHDRAWN),
    ],
)
def test_a_handover_is_decided_once(verb: Verb, state: HandoverState) -> None:
    assert after(HandoverState.PENDING, verb) == state
    for second in Verb:
        with pytest.raises(ValueError, match=f"was {state.value} already"):
            after(state, second)


def test_only_an_accepted_transfer_moves_the_ticket() -> None:
    moving = {(mode, verb) for mode in Mode for verb in Verb if moves_ownership(mode, verb)}
    assert moving == {(Mode.TRANSFER, Verb.ACCEPT)}


def test_reason_codes_are_a_closed_set() -> None:
    assert {code.value for code in ReasonCode} == {
        "missing_information",
        "wrong_group",
        "known_error_exists",
        "not_reproducible",
        "other",
    }
