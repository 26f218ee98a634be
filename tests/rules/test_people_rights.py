"""Rights in roles, roles on desks; skills as a graph; when a certificate counts."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.core.kernel.actors import STAFF, Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.rules import (
    DESK_ROLES,
    RIGHTS,
    Right,
    Role,
    desk_role,
    holding,
    may,
    read_desk_roles,
    require,
    roles_on,
)
from tierline.desk.people.rules.certificates import REMIND_BEFORE, Held, reminder_due, valid
from tierline.desk.people.rules.rights import ASKING, WITHOUT_SIGHT
from tierline.desk.people.rules.skills import COST, LinkKind, can_help_in, effective_levels, leads_back

IT, HR, SALES = 1, 2, 3


def actor(*roles: Role, desks: tuple[int, ...] = (IT, SALES), on: dict[int, tuple[Role, ...]] | None = None) -> Actor:
    given_roles = frozenset((role.value, desk) for desk, named in (on or {}).items() for role in named)
    seen = frozenset(desks) | {desk for _, desk in given_roles}
    return Actor(label="x", person_id=7, roles=frozenset(roles), desk_ids=seen, desk_roles=given_roles)


# role x right, written down once more by hand: a right that moves to another role has to be moved here, too
EXPECTED = {
    Role.REQUESTER: "request.open portal.search",
    Role.OBSERVER: "request.open portal.search console.use evidence.read insight.read",
    Role.KNOWLEDGE_EDITOR: "request.open portal.search console.use evidence.read insight.read article.write"
    " article.publish lesson.teach",
    Role.AUTOMATION_EDITOR: "request.open portal.search console.use evidence.read insight.read automation.change",
    Role.DESK_ADMINISTRATOR: "request.open portal.search console.use evidence.read insight.read desk.change staff.plan",
    Role.AUDITOR: "request.open portal.search console.use evidence.read insight.read access.audit",
}
AGENT_RIGHTS = (
    "request.open portal.search console.use evidence.read insight.read ticket.work ticket.merge escalation.ask"
    " escalation.decide escalation.override runbook.run lab.run problem.work known_error.publish article.write"
    " article.publish lesson.teach"
)
EXPECTED[Role.AGENT] = AGENT_RIGHTS
EXPECTED[Role.LEAD] = (
    f"{AGENT_RIGHTS} action.approve escalation.appeal insight.plan quarantine.handle major_incident.declare"
    " evidence.unmask evidence.keep staff.plan"
)


@pytest.mark.parametrize("role", list(EXPECTED))
def test_a_role_carries_exactly_these_rights(role: Role) -> None:
    assert set(RIGHTS[role]) == {Right(one) for one in EXPECTED[role].split()}


def test_an_administrator_may_everything_and_a_machine_never_reads_what_is_masked() -> None:
    assert RIGHTS[Role.ADMINISTRATOR] == frozenset(Right)
    assert frozenset(Right) - RIGHTS["machine"] == {Right.EVIDENCE_UNMASK, Right.SETUP}


def test_every_role_but_the_requester_sees_a_desk_from_inside() -> None:
    assert {role.value for role in Role} - {"requester"} == STAFF
    assert all(Right.CONSOLE in RIGHTS[role] for role in STAFF)


@pytest.mark.parametrize(
    ("who", "right", "desk", "expected"),
    [
        (actor(Role.AGENT), Right.TICKET_WORK, None, True),
        (actor(Role.AGENT), Right.TICKET_WORK, IT, True),
        (actor(Role.AGENT), Right.TICKET_WORK, HR, False),  # not theirs to see
        (actor(Role.REQUESTER), Right.TICKET_WORK, None, False),
        (actor(Role.OBSERVER), Right.TICKET_WORK, IT, False),
        (actor(Role.OBSERVER, on={IT: (Role.AGENT,)}), Right.TICKET_WORK, IT, True),
        (actor(Role.OBSERVER, on={IT: (Role.AGENT,)}), Right.TICKET_WORK, SALES, False),
        (actor(Role.OBSERVER, on={IT: (Role.AGENT,)}), Right.TICKET_WORK, None, True),
        (actor(Role.AGENT, on={IT: (Role.OBSERVER,)}), Right.TICKET_WORK, IT, False),  # the desk's role counts
        (actor(Role.AGENT, on={IT: (Role.OBSERVER,)}), Right.TICKET_WORK, SALES, True),
        (actor(Role.REQUESTER, desks=(), on={HR: (Role.AUDITOR,)}), Right.ACCESS_AUDIT, HR, True),
        (actor(Role.REQUESTER, desks=(), on={HR: (Role.AUDITOR,)}), Right.CONSOLE, IT, False),
        (actor(Role.ADMINISTRATOR, desks=()), Right.DESK_SETUP, HR, True),  # arranges what they do not read
        (actor(Role.ADMINISTRATOR, desks=()), Right.TICKET_WORK, HR, False),
        (actor(Role.REQUESTER, desks=(), on={IT: (Role.DESK_ADMINISTRATOR,)}), Right.DESK_SETUP, IT, True),
        (actor(Role.REQUESTER, desks=(), on={IT: (Role.DESK_ADMINISTRATOR,)}), Right.DESK_SETUP, HR, False),
        (actor(Role.REQUESTER, desks=(), on={IT: (Role.DESK_ADMINISTRATOR,)}), Right.SETUP, None, False),
        (Actor.machine("routing"), Right.TICKET_WORK, HR, True),
    ],
)
def test_may(who: Actor, right: Right, desk: int | None, expected: bool) -> None:
    assert may(who, right, desk_id=desk) is expected
    if not expected:
        with pytest.raises(NotFound):
            require(who, right, desk_id=desk)


roles = st.sets(st.sampled_from(list(Role)), max_size=3)
actors = st.builds(
    lambda house, desks, on: actor(*house, desks=tuple(desks), on=on),
    roles,
    st.sets(st.integers(1, 4)),
    st.dictionaries(st.integers(1, 4), st.sets(st.sampled_from(DESK_ROLES), min_size=1, max_size=2).map(tuple)),
)


@given(actors, st.sampled_from(list(Right)))
def test_through_the_eyes_of_a_right_one_sees_the_desks_on_which_it_is_held(who: Actor, right: Right) -> None:
    if not may(who, right):
        with pytest.raises(NotFound):
            holding(who, right)
        return
    seen = holding(who, right)
    if right in ASKING:
        assert seen == who
        return
    assert seen.desk_ids == {desk for desk in who.desk_ids if may(who, right, desk_id=desk)}
    assert seen.for_right == right
    assert holding(seen, right).desk_ids == seen.desk_ids
    assert (seen.label, seen.person_id) == (who.label, who.person_id)


@given(actors, st.integers(1, 4), st.sampled_from(list(Right)))
def test_a_right_on_a_desk_comes_from_one_role_that_counts_there(who: Actor, desk: int, right: Right) -> None:
    counted = roles_on(who, desk)
    expected = any(right in RIGHTS[role] for role in counted) and (desk in who.desk_ids or right in WITHOUT_SIGHT)
    assert may(who, right, desk_id=desk) is expected


@given(st.dictionaries(st.integers(1, 10**9), st.sampled_from(DESK_ROLES)))
def test_roles_of_a_desk_are_read_as_they_were_written(given_roles: dict[int, Role]) -> None:
    kept = [desk_role(role, desk) for desk, role in given_roles.items()]
    assert read_desk_roles(kept) == {(role.value, desk) for desk, role in given_roles.items()}


LINKS = [
    ("vpn", "network", LinkKind.PART_OF),
    ("vpn", "security", LinkKind.HELPS_WITH),
    ("network", "infrastructure", LinkKind.PART_OF),
    ("security", "infrastructure", LinkKind.PART_OF),
]


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ({}, {}),
        ({"vpn": 3}, {"vpn": 3, "network": 2, "security": 1, "infrastructure": 1}),
        ({"vpn": 2}, {"vpn": 2, "network": 1}),
        ({"vpn": 1}, {"vpn": 1}),
        ({"vpn": 2, "network": 3}, {"vpn": 2, "network": 3, "infrastructure": 2}),  # what is recorded is more
        ({"security": 3, "vpn": 3}, {"vpn": 3, "security": 3, "network": 2, "infrastructure": 2}),
        ({"other": 2, "none": 0}, {"other": 2}),
    ],
)
def test_what_one_skill_says_about_others(held: dict[str, int], expected: dict[str, int]) -> None:
    assert effective_levels(held, LINKS) == expected


def built(pairs: list[tuple[int, int]]) -> list[tuple[str, str, str]]:
    """A graph made as the verb makes one: a link that would lead back is refused."""
    graph: list[tuple[str, str, str]] = []
    for skill, toward in pairs:
        if not leads_back(graph, str(skill), str(toward)):
            graph.append((str(skill), str(toward), LinkKind.PART_OF))
    return graph


pairs = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20)


@given(pairs)
def test_a_graph_without_refused_links_has_an_order(found: list[tuple[int, int]]) -> None:
    graph = built(found)
    nodes, placed = {end for skill, toward, _ in graph for end in (skill, toward)}, set[str]()
    while ready := {one for one in nodes - placed if all(t in placed for s, t, _ in graph if s == one)}:
        placed |= ready
    assert placed == nodes


@given(pairs, st.dictionaries(st.integers(0, 7).map(str), st.integers(1, 3)))
def test_every_level_is_the_best_path(found: list[tuple[int, int]], held: dict[str, int]) -> None:
    graph = built(found)

    def best(key: str) -> int:
        below = (best(skill) - COST[kind] for skill, toward, kind in graph if toward == key)
        return max([held.get(key, 0), *below])

    everything = effective_levels(held, graph)
    assert everything == {key: best(key) for key in map(str, range(8)) if best(key) >= 1}


@pytest.mark.parametrize(
    ("links", "skill", "toward", "expected"),
    [
        ([], "a", "b", False),
        ([], "a", "a", True),
        ([("b", "a", "part_of")], "a", "b", True),
        ([("b", "c", "part_of"), ("c", "a", "helps_with")], "a", "b", True),
        ([("a", "c", "part_of"), ("b", "c", "part_of")], "a", "b", False),
    ],
)
def test_leading_back(links: list[tuple[str, str, str]], skill: str, toward: str, expected: bool) -> None:
    assert leads_back(links, skill, toward) is expected


def test_from_b2_on_one_can_help_in_a_language() -> None:
    assert [level for level in ("A1", "A2", "B1", "B2", "C1", "C2") if can_help_in(level)] == ["B2", "C1", "C2"]


LAST = date(2026, 12, 31)


def test_a_certificate_counts_on_its_last_day() -> None:
    held = Held("CCNA", LAST)
    assert [valid(held, LAST + timedelta(days=count)) for count in (-1, 0, 1)] == [True, True, False]
    assert valid(Held("CCNA", None), date.max)


@pytest.mark.parametrize(
    ("before", "expires", "days", "others", "expected"),
    [
        (60, LAST, 60, [], True),
        (60, LAST, 61, [], False),  # too early: the last day was moved
        (7, LAST, 0, [], True),
        (7, LAST, -1, [], False),  # lapsed already
        (30, None, 5, [], False),
        (30, LAST, 30, [LAST], True),  # another one that ends with it proves nothing longer
        (30, LAST, 30, [LAST + timedelta(days=1)], False),
        (30, LAST, 30, [LAST - timedelta(days=99), None], False),
    ],
)
def test_reminders(before: int, expires: date | None, days: int, others: list[date | None], expected: bool) -> None:
    assert before in REMIND_BEFORE
    assert reminder_due(expires, before, LAST - timedelta(days=days), others=others) is expected
