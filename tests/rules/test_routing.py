"""Triage: what is decided, and why."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.work.routing.rules.triage import (
    MATRIX,
    Decision,
    GroupRow,
    KnownErrorHit,
    Learned,
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


SURE = {"score": 0.97, "threshold": 0.9, "version": 4}


@pytest.mark.parametrize(
    ("title", "learned", "service", "said"),
    [
        (
            "It drops",
            Learned("service", 8, "Mailbox", **SURE, similar=("INC-3", "INC-9")),
            8,
            "Mailbox by model 4 of the desk's own tickets: 97% sure, 90% are needed; solved alike: INC-3, INC-9",
        ),
        ("It drops", Learned("service", 8, "Mailbox", 0.6, 0.9, 4), None, "60% sure of Mailbox, 90% are needed: not"),
        ("It drops", Learned("service", 8, "Mailbox", 0.99, 2.0, 4), None, "never right often enough: not followed"),
        ("It drops", Learned("service", 99, "Gone", **SURE), None, "no rule, product or known error points"),
        ("VPN drops", Learned("service", 8, "Mailbox", **SURE), 7, "rule “vpn words” found"),
        ("It drops", Learned("group", 2, "HR Desk", **SURE), None, "no rule, product or known error points"),
    ],
)
def test_rules_decide_before_what_was_learned(title: str, learned: Learned, service: int | None, said: str) -> None:
    decision = decide(title, learned=(learned,))
    assert decision.service_id == service
    assert said in because(decision, "service")


def test_a_learned_group_counts_on_its_tier_and_a_learned_tier_only_upwards() -> None:
    hr = decide("It drops", learned=(Learned("group", 2, "HR Desk", **SURE),))
    assert (hr.group_id, because(hr, "group")) == (
        2,
        "HR Desk by model 4 of the desk's own tickets: 97% sure, 90% are needed",
    )
    up = decide("It drops", learned=(Learned("tier", 2, "tier 2", **SURE), Learned("group", 2, "HR Desk", **SURE)))
    assert (up.tier, up.group_id) == (2, 3)
    assert decide("It drops", learned=(Learned("tier", 0, "tier 0", **SURE),)).tier == 1
    doubted = decide("It drops", learned=(Learned("group", 2, "HR Desk", 0.5, 0.9, 4),))
    assert doubted.group_id == 1


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
