"""Triage and assignment: what is decided, why, and what would have been otherwise."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.work.routing.rules.assignment import Candidate, Need, choose_assignee, on_shift
from tierline.work.routing.rules.triage import (
    MATRIX,
    Decision,
    GroupRow,
    KnownErrorHit,
    RuleRow,
    ServiceRow,
    TriageFacts,
    receiver,
    triage,
)
from tierline.work.routing.rules.words import found

GROUPS = (
    GroupRow(1, "service-desk", "Service Desk", 1),
    GroupRow(2, "hr-desk", "HR Desk", 1),
    GroupRow(3, "network", "Network and Access", 2),
    GroupRow(4, "mail-team", "Mail", 2),
)
SERVICES = (
    ServiceRow(7, "vpn", "Remote access", group_id=3, product_keys=("secure-access",)),
    ServiceRow(8, "mail", "Mailbox", group_id=4),
)
RULES = (
    RuleRow(1, "vpn words", ("vpn", "tunnel*"), service_id=7),
    RuleRow(2, "mail words", ("outlook", "mailbox"), service_id=8),
    RuleRow(3, "payroll", ("payroll", "salary"), weight=2.0, group_id=2),
)


def decide(title: str, text: str = "", **facts: object) -> Decision:
    return triage(TriageFacts(title, text, **facts), rules=RULES, services=SERVICES, groups=GROUPS)  # type: ignore[arg-type] # any fact by name


def because(decision: Decision, what: str) -> str:
    return next(reason.because for reason in decision.reasons if reason.what == what)


@pytest.mark.parametrize(
    ("phrase", "text", "hit"),
    [
        ("vpn", "My VPN drops", True),
        ("vpn", "myvpnclient", False),
        ("tunnel*", "tunnels collapse", True),
        ("tunnel", "tunnels collapse", False),
        ("not working", "it is not   working", True),
        ("can't work", "I can't work", True),
        ("störung", "STÖRUNG im Netz", True),
        ("無法連線", "今天無法連線到伺服器", True),
        ("c++", "the c++ compiler", True),
        ("", "anything", False),
        ("*", "anything", False),
    ],
)
def test_finding_words(phrase: str, text: str, hit: bool) -> None:
    assert bool(found((phrase,), text)) is hit


@given(st.text(max_size=20), st.text(max_size=80))
def test_any_phrase_can_be_looked_for(phrase: str, text: str) -> None:
    assert set(found((phrase,), text)) <= {phrase}


def test_a_rule_points_to_the_service_and_says_which_word() -> None:
    decision = decide("VPN drops every ten minutes")
    assert decision.service_id == 7
    assert because(decision, "service") == "Remote access: rule “vpn words” found “vpn”"


def test_the_title_weighs_more_than_the_text() -> None:
    decision = decide("Outlook asks for a password", "since I use the vpn")
    assert decision.service_id == 8
    assert because(decision, "runner_up") == "Remote access came second"


def test_the_product_points_to_its_service() -> None:
    decision = decide("It drops", product_key="secure-access")
    assert decision.service_id == 7
    assert "secure-access" in because(decision, "service")


def test_a_known_error_outweighs_a_word() -> None:
    hit = KnownErrorHit("KE-14", service_id=7)
    decision = decide("Outlook is slow", known_errors=(hit,))
    assert decision.service_id == 7
    assert "KE-14" in because(decision, "service")


def test_a_service_that_was_named_is_left_alone() -> None:
    decision = decide("VPN drops", service_id=8)
    assert decision.service_id == 8
    assert because(decision, "service") == "named when the ticket was opened"


def test_a_service_is_recognised_by_its_name() -> None:
    assert decide("Remote Access for my new laptop").service_id == 7


def test_without_a_hint_there_is_no_service_and_it_says_so() -> None:
    decision = decide("Hello")
    assert decision.service_id is None
    assert decision.group_id == 1
    assert because(decision, "group") == "Service Desk: the first of its tier: no rule names a group"


def test_everything_starts_at_the_frontline() -> None:
    decision = decide("VPN drops")
    assert (decision.tier, decision.group_id) == (1, 1)


def test_a_rule_may_name_the_group() -> None:
    decision = decide("My salary is wrong")
    assert decision.group_id == 2
    assert because(decision, "group") == "HR Desk: a rule names it"


def test_a_contract_may_reach_a_higher_tier_directly() -> None:
    decision = decide("VPN drops", direct_tier=2)
    assert (decision.tier, decision.group_id) == (2, 3)
    assert because(decision, "tier") == "the contract reaches tier 2 directly"
    assert because(decision, "group") == "Network and Access supports Remote access"


def test_a_known_error_may_need_a_higher_tier() -> None:
    decision = decide("VPN drops", known_errors=(KnownErrorHit("KE-14", service_id=7, tier=2),))
    assert decision.tier == 2
    assert "KE-14" in because(decision, "tier")


def test_a_tier_without_a_group_falls_back_and_says_so() -> None:
    decision = decide("VPN drops", direct_tier=3)
    assert (decision.tier, decision.group_id) == (2, 3)
    assert because(decision, "group").startswith("tier 3 has no group; ")


def test_a_desk_without_groups_leaves_the_ticket_where_it_is() -> None:
    decision = triage(TriageFacts("VPN", ""), rules=RULES, services=SERVICES)
    assert decision.group_id is None
    assert "no group" in because(decision, "group")


@pytest.mark.parametrize(
    ("title", "opened_as", "kind"),
    [
        ("Please order a new laptop", "incident", "request"),
        ("Outlook crashes with an error", "request", "incident"),
        ("Hello", "request", "request"),
        ("Access to the share is denied", "incident", "incident"),
        ("Disk full", "problem", "problem"),
    ],
)
def test_kind(title: str, opened_as: str, kind: str) -> None:
    assert decide(title, kind=opened_as).kind == kind


@pytest.mark.parametrize(
    ("text", "impact"),
    [
        ("nobody can print", 1),
        ("our team cannot print", 2),
        ("I cannot print", 3),
        ("Everyone in our team", 1),
    ],
)
def test_impact_by_who_is_hit(text: str, impact: int) -> None:
    assert decide("Printer", text).impact == impact


@pytest.mark.parametrize(
    ("text", "urgency"),
    [
        ("this is URGENT", 1),
        ("not urgent at all", 3),
        ("no rush, it is not urgent", 3),
        ("I cannot work", 1),
        ("it fails now and then", 2),
        ("das ist dringend", 1),
    ],
)
def test_urgency_by_the_words(text: str, urgency: int) -> None:
    assert decide("Printer", text).urgency == urgency


def test_a_request_without_haste_can_wait() -> None:
    assert decide("Please install the editor").urgency == 3


def test_priority_is_the_itil_matrix_verbatim() -> None:
    """(1,1)=P1; (1,2),(2,1)=P2; (1,3),(2,2),(3,1)=P3; (2,3),(3,2)=P4; (3,3)=P5, impact first."""
    assert [[MATRIX[impact, urgency] for urgency in (1, 2, 3)] for impact in (1, 2, 3)] == [
        [1, 2, 3],
        [2, 3, 4],
        [3, 4, 5],
    ]


def test_the_desks_own_matrix_counts() -> None:
    flat = dict.fromkeys(MATRIX, 4)
    assert triage(TriageFacts("VPN", "urgent, everyone"), groups=GROUPS, matrix=flat).priority == 4


def test_a_vip_changes_the_reason_and_not_the_matrix() -> None:
    plain, vip = decide("VPN drops"), decide("VPN drops", vip=True)
    assert plain.priority == vip.priority
    assert "VIP" in because(vip, "priority")


@given(
    title=st.text(max_size=60),
    text=st.text(max_size=200),
    kind=st.sampled_from(["incident", "request", "problem"]),
    impact=st.integers(1, 3),
    urgency=st.integers(1, 3),
    direct=st.integers(0, 3),
)
def test_every_decision_is_complete_and_explained(
    title: str, text: str, kind: str, impact: int, urgency: int, direct: int
) -> None:
    facts = TriageFacts(title, text, kind=kind, impact=impact, urgency=urgency, direct_tier=direct)
    decision = triage(facts, rules=RULES, services=SERVICES, groups=GROUPS)
    assert decision == triage(facts, rules=RULES, services=SERVICES, groups=GROUPS)
    assert decision.priority == MATRIX[decision.impact, decision.urgency]
    assert {"kind", "service", "tier", "group", "impact", "urgency", "priority"} <= {
        reason.what for reason in decision.reasons
    }
    assert all(reason.because for reason in decision.reasons)
    assert json.loads(json.dumps(decision.receipt()))["group_id"] == decision.group_id


AT = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)
DANA = Candidate(
    1,
    "Dana",
    skills={"vpn": 2},
    certificates={"gateway": date(2027, 1, 1)},
    languages=frozenset({"de"}),
    load=4,
)
SAM = Candidate(2, "Sam", skills={"vpn": 3}, certificates={}, languages=frozenset({"en"}), load=1)
KIM = Candidate(3, "Kim", skills={"vpn": 1}, languages=frozenset({"en"}), load=2)


def test_why_dana() -> None:
    choice = choose_assignee([DANA, SAM], Need(certificates=("gateway",)), AT)
    assert choice.name == "Dana"
    assert choice.otherwise == ("without the certificate rule it would be Sam",)
    assert choice.excluded[0].because == "has no certificate gateway"
    assert "nobody else could" in choice.why


def test_the_lower_load_wins_and_the_next_is_named() -> None:
    choice = choose_assignee([DANA, SAM, KIM], Need(), AT)
    assert (choice.name, choice.runner_up) == ("Sam", "Kim")
    assert "next would be Kim with 2 of 10" in choice.why
    assert choice.otherwise == ()


def test_load_is_relative_to_capacity() -> None:
    half_time = Candidate(4, "Lee", load=1, capacity=2)
    assert choose_assignee([DANA, half_time], Need(), AT).name == "Dana"
    assert choose_assignee([DANA, Candidate(5, "Pat", capacity=0)], Need(), AT).name == "Dana"


def test_a_language_is_preferred_and_not_a_duty() -> None:
    assert choose_assignee([DANA, SAM], Need(language="de"), AT).name == "Dana"
    choice = choose_assignee([DANA, SAM], Need(language="fr"), AT)
    assert choice.name == "Sam"
    assert "nobody fit speaks fr" in choice.why


def test_a_skill_needs_its_level() -> None:
    choice = choose_assignee([DANA, SAM, KIM], Need(skills={"vpn": 3}), AT)
    assert choice.name == "Sam"
    assert {one.because for one in choice.excluded} == {
        "has vpn at level 2, 3 is needed",
        "has vpn at level 1, 3 is needed",
    }


@pytest.mark.parametrize(
    ("moment", "expected"),
    [(datetime(2027, 1, 1, 23, 59, tzinfo=UTC), 1), (datetime(2027, 1, 2, tzinfo=UTC), None)],
)
def test_a_certificate_that_lapses_at_midnight_changes_the_next_assignment(
    moment: datetime, expected: int | None
) -> None:
    assert choose_assignee([DANA], Need(certificates=("gateway",)), moment).person_id == expected


@pytest.mark.parametrize(
    ("candidates", "why"),
    [
        ([], "the group has no members: stays with the group"),
        (
            [Candidate(1, "Dana", on_shift=False), Candidate(2, "Sam", absent=True)],
            "nobody present: stays with the group",
        ),
        ([Candidate(1, "Dana", on_shift=False), SAM], "nobody present may take it: stays with the group"),
    ],
)
def test_the_fallback_is_never_silent(candidates: list[Candidate], why: str) -> None:
    choice = choose_assignee(candidates, Need(certificates=("gateway",)), AT)
    assert choice.person_id is None
    assert choice.why == (why,)


people = st.lists(
    st.builds(
        Candidate,
        id=st.integers(1, 50),
        name=st.just("x"),
        on_shift=st.booleans(),
        absent=st.booleans(),
        skills=st.dictionaries(st.just("vpn"), st.integers(1, 3)),
        certificates=st.dictionaries(
            st.just("gateway"), st.none() | st.just(AT.date()) | st.just(AT.date() - timedelta(1))
        ),
        languages=st.just(frozenset({"en"})),
        load=st.integers(0, 9),
        capacity=st.integers(0, 10),
    ),
    max_size=8,
    unique_by=lambda one: one.id,
)


@given(people, st.randoms(use_true_random=False))
def test_the_choice_is_fit_best_and_the_same_in_any_order(candidates: list[Candidate], random: object) -> None:
    need = Need(skills={"vpn": 2}, certificates=("gateway",), language="en")
    choice = choose_assignee(candidates, need, AT)
    shuffled = list(candidates)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # Hypothesis hands in a random.Random
    assert choose_assignee(shuffled, need, AT).person_id == choice.person_id
    fit = [
        one
        for one in candidates
        if one.on_shift
        and not one.absent
        and one.skills.get("vpn", 0) >= 2
        and "gateway" in one.certificates
        and (one.certificates["gateway"] is None or one.certificates["gateway"] >= AT.date())
    ]
    assert (choice.person_id is None) == (not fit)
    if fit:
        chosen = next(one for one in fit if one.id == choice.person_id)
        assert chosen.relative_load == min(one.relative_load for one in fit)
    assert len(choice.excluded) == len(candidates) - len(fit)
    assert json.loads(json.dumps(choice.receipt()))["person_id"] == choice.person_id


@pytest.mark.parametrize(
    ("moment", "timezone", "present"),
    [
        (datetime(2026, 11, 17, 7, 59, tzinfo=UTC), "UTC", False),
        (datetime(2026, 11, 17, 8, 0, tzinfo=UTC), "UTC", True),
        (datetime(2026, 11, 17, 15, 59, tzinfo=UTC), "UTC", True),
        (datetime(2026, 11, 17, 16, 0, tzinfo=UTC), "UTC", False),
        (datetime(2026, 11, 17, 15, 30, tzinfo=UTC), "Europe/Berlin", False),
        (datetime(2026, 11, 17, 7, 30, tzinfo=UTC), "Europe/Berlin", True),
        (datetime(2026, 7, 14, 6, 30, tzinfo=UTC), "Europe/Berlin", True),
        (datetime(2026, 11, 16, 12, 0, tzinfo=UTC), "UTC", False),
        (datetime(2026, 11, 16, 23, 30, tzinfo=UTC), "Asia/Tokyo", True),
    ],
)
def test_a_shift_is_meant_in_the_persons_own_time(moment: datetime, timezone: str, present: bool) -> None:
    tuesday_eight_to_four = [(1, 480, 960)]
    assert on_shift(tuesday_eight_to_four, timezone, moment) is present


def test_somebody_without_shifts_is_present() -> None:
    assert on_shift([], "UTC", AT)


def test_a_handover_goes_to_a_preferred_group_of_the_tier() -> None:
    assert receiver(GROUPS, tier=2, preferred=[1, 4, 3]) == (4, "Mail supports this service")
    assert receiver(GROUPS, tier=2, preferred=[]) == (3, "Network and Access is first of its tier")
    assert receiver(GROUPS[:3], tier=2, preferred=[9]) == (3, "Network and Access is the only group there")
    assert receiver(GROUPS, tier=3, preferred=[3]) == (None, "the desk has no group on tier 3")


@given(st.permutations(GROUPS), st.integers(0, 4), st.lists(st.integers(1, 5)))
def test_the_receiver_stands_on_the_tier_and_does_not_depend_on_order(
    groups: list[GroupRow], tier: int, preferred: list[int]
) -> None:
    chosen, why = receiver(groups, tier=tier, preferred=preferred)
    assert (chosen, why) == receiver(GROUPS, tier=tier, preferred=preferred)
    assert why
    assert chosen is None or next(one for one in GROUPS if one.id == chosen).tier == tier
