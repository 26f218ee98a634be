"""The timeline is append-only: what any earlier version wrote is shown for ever. Nothing kept may break a page."""

import json
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from django.test import Client, RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.console import text_of
from tests.support.web_world import WebWorld
from tierline.core.kernel.actors import Actor
from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.rules import Payload
from tierline.desk.tickets.models import Ticket
from tierline.doors.web.console import kept, rail
from tierline.doors.web.console.pages.ticket import evidence_links
from tierline.doors.web.console.stream import Item, stream
from tierline.doors.web.render import jinja
from tierline.doors.web.whys import REASONS_SHOWN, receipt_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KINDS = sorted(Payload.registry)
WORDS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
WHOLE = st.integers(-(2**31), 2**63)
FIGURES = st.floats(-1e12, 1e12)
PLAIN = st.none() | st.booleans() | WHOLE | FIGURES | WORDS
JSON = st.recursive(
    PLAIN, lambda one: st.lists(one, max_size=3) | st.dictionaries(WORDS, one, max_size=3), max_leaves=8
)
KEYS = st.sampled_from(["reasons", "why", "reason", "excluded", "runner_up", "what", "because", "name", "points"])
WHYS = st.recursive(
    PLAIN, lambda one: st.lists(one, max_size=3) | st.dictionaries(KEYS, one, max_size=4), max_leaves=12
)
quick = settings(max_examples=80, deadline=None)
each = settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def values(hint: Any, name: str) -> st.SearchStrategy[Any]:
    """Anything of an annotated type: the empty, the huge and the strange."""
    if get_origin(hint) is list:
        return st.lists(values(get_args(hint)[0], name.removesuffix("s")), max_size=3)
    if get_origin(hint) is dict:
        return st.dictionaries(WORDS, values(get_args(hint)[1], ""), max_size=3)
    if get_args(hint):
        return st.one_of(*(values(part, name) for part in get_args(hint)))
    numbers = st.integers(0, 10**11 - 1) if name.endswith("_id") else WHOLE
    return {int: numbers, float: FIGURES, str: WORDS, bool: st.booleans(), type(None): st.none()}.get(hint, WHYS)


def payloads(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    hints = get_type_hints(Payload.registry[kind])
    return st.fixed_dictionaries(
        {one.name: values(hints[one.name], one.name) for one in fields(Payload.registry[kind])}
    )


def entry(kind: str, data: Any, actor_id: int | None = 7) -> TimelineEntry:
    return TimelineEntry(
        subject_kind="ticket",
        subject_id=10001,
        seq=1,
        at=NOW,
        actor_id=actor_id,
        actor_label="Nils",
        kind=kind,
        data=data,
    )


def drawn(kept_entry: TimelineEntry) -> str:
    """The entry as the ticket page draws it."""
    request = RequestFactory().get("/")
    request.actor = Actor(label="Nils", person_id=7)  # type: ignore[attr-defined]  # what the middleware adds
    item = stream([], [kept_entry])
    assert len(item) == 1
    return jinja().get_template("console/event.html").render(item=item[0], request=request, csrf_input="")


class TestWhy:
    @quick
    @given(why=JSON | WHYS)
    def test_no_json_is_an_error_and_every_row_says_something(self, why: object) -> None:
        receipt = receipt_of(why)
        if receipt is not None:
            assert 0 < len(receipt.rows) <= REASONS_SHOWN
            assert all(row.words and isinstance(row.amount, str) for row in receipt.rows)

    @pytest.mark.parametrize(
        ("why", "said"),
        [
            ("taken by hand", ["taken by hand"]),
            (["VPN level 2", "on shift"], ["VPN level 2", "on shift"]),
            ({"reasons": ["VPN level 2", {"what": "tier", "because": "direct"}]}, ["VPN level 2", "direct"]),
            ({"reasons": "VPN level 2"}, ["VPN level 2"]),
            ({"reasons": {"what": "tier", "because": "direct"}}, ["direct"]),
            ({"reasons": [{"what": "tier"}, {"because": "direct"}]}, ["direct"]),
            ({"excluded": [{"name": "Tom", "because": "is absent"}, "Mara"]}, ["is absent", "Mara"]),
            ({"why": [3, None, True, {}, []]}, ["3"]),
        ],
    )
    def test_what_still_says_something_is_shown(self, why: object, said: list[str]) -> None:
        receipt = receipt_of(why)
        assert receipt is not None
        assert [row.words for row in receipt.rows] == said

    def test_a_reason_is_one_line_of_bounded_length(self) -> None:
        receipt = receipt_of("first\nsecond " * 200)
        assert receipt is not None
        assert "\n" not in receipt.rows[0].words
        assert len(receipt.rows[0].words) <= 400


class TestHappened:
    @quick
    @given(kind=st.sampled_from([*KINDS, "ticket.sold", ""]), data=JSON)
    def test_any_json_is_read_or_left(self, kind: str, data: object) -> None:
        read = kept.happened(entry(kind, data))
        assert read is None or isinstance(read, Payload.registry[kind])

    @pytest.mark.parametrize(
        "data",
        [
            {"tier": 2, "group_id": 1, "person_id": None, "group_label": "", "person_label": "", "why": ["by skill"]},
            {"tier": "2", "group_id": 1, "person_id": None, "group_label": "", "person_label": "", "why": {}},
            {"tier": True, "group_id": 1, "person_id": None, "group_label": "", "person_label": "", "why": {}},
            {"tier": 2, "group_id": -1, "person_id": None, "group_label": "", "person_label": "", "why": {}},
            {"group_id": 1},
            [],
            None,
        ],
    )
    def test_another_type_a_gap_or_a_negative_number_is_not_read(self, data: object) -> None:
        assert kept.happened(entry("ticket.assigned", data)) is None

    def test_a_field_that_nobody_knows_any_more_is_passed_over(self) -> None:
        read = kept.happened(entry("ticket.tier_tried", {"tier": 1, "colour": "red"}))
        assert read is not None
        assert read.to_data() == {"tier": 1}

    @pytest.mark.parametrize(
        ("data", "number"),
        [({"n": 3}, 3), ({"n": True}, None), ({"n": "3"}, None), ({}, None), ([], None), (None, None)],
    )
    def test_a_whole_number_or_nothing(self, data: object, number: int | None) -> None:
        assert kept.number_of(data, "n") == number


class TestDrawn:
    @pytest.mark.parametrize("kind", [kind for kind in KINDS if stream([], [entry(kind, {})])])
    @each
    @given(data=st.data())
    def test_every_kind_is_drawn_whatever_its_values(self, kind: str, data: st.DataObject) -> None:
        made = entry(kind, data.draw(payloads(kind)), data.draw(st.sampled_from([None, 7, 8])))
        read = kept.happened(made)
        assert read is not None
        assert read.to_data() == made.data
        html = drawn(made)
        assert "Nils" in html
        assert len(html) < 60_000

    @pytest.mark.parametrize("kind", [kind for kind in KINDS if stream([], [entry(kind, {})])])
    @each
    @given(data=st.data())
    def test_old_entries_with_gaps_and_strangers_are_drawn(self, kind: str, data: st.DataObject) -> None:
        made = data.draw(payloads(kind))
        for name in data.draw(st.lists(st.sampled_from([*made, "gone"]), max_size=3)):
            made.pop(name, None)
        made |= data.draw(st.dictionaries(st.sampled_from([*made, "new", "items"]), JSON, max_size=2))
        assert "Nils" in drawn(entry(kind, made))

    def test_what_cannot_be_read_says_at_least_what_it_was(self) -> None:
        assert "Classified." in drawn(entry("ticket.classified", {"priority": "high"}))
        assert "Left the building." in drawn(entry("person.left_the_building", {}))
        assert "Nonsense." in drawn(entry("nonsense", []))

    def test_words_from_outside_stay_words(self) -> None:
        html = drawn(entry("ticket.reopened", {"reason": "<script>alert(1)</script>"}))
        assert "<script>" not in html
        assert "&lt;script&gt;" in html


class TestRail:
    @quick
    @given(
        entries=st.lists(
            st.tuples(st.sampled_from(["ticket.opened", "ticket.assigned", "ticket.resolved", "assistant.asked"]), JSON)
        )
    )
    def test_five_rungs_from_any_past(self, entries: list[tuple[str, object]]) -> None:
        past = [SimpleNamespace(at=NOW, kind=kind, data=data, actor_label="x") for kind, data in entries]
        place = rail.Place(tier=1, tried=[0], offered=None, is_open=True, owner="Nils")
        assert [rung.tier for rung in rail.rungs(place, past, NOW)] == [4, 3, 2, 1, 0]

    def test_a_tier_that_had_it_without_a_name(self) -> None:
        past = [SimpleNamespace(at=NOW, kind="ticket.assigned", data={"tier": tier}, actor_label="") for tier in (3, 1)]
        place = rail.Place(tier=1, tried=[0], offered=None, is_open=True, owner="Nils")
        assert rail.rungs(place, past, NOW)[1].lines == []

    @quick
    @given(data=JSON)
    def test_links_to_evidence_need_two_numbers(self, data: object) -> None:
        assert evidence_links([SimpleNamespace(kind="evidence.analysed", data=data)]) == {}


OLD = (
    ("ticket.assigned", {"tier": 2, "group_id": None, "person_id": None, "group_label": "Network", "person_label": ""}),
    ("ticket.assigned", {"why": {"reasons": ["VPN level 2", "on shift"], "why": "by skill", "excluded": ["Tom"]}}),
    ("ticket.classified", {"why": "by the matrix", "impact": 9}),
    ("evidence.analysed", {"attachment_id": "first"}),
    ("known_error.matched", {"reasons": "the same line"}),
    ("recipe.run", {"asked": 10**9}),
    ("person.promoted", {"to": "lead"}),
)


@pytest.fixture
def remember(world: WebWorld) -> Callable[..., None]:
    """Put an entry on a ticket's timeline as an earlier version would have written it."""

    def put(kind: str, data: object) -> None:
        ticket = Ticket.objects.get(pk=world.climbing.pk)
        ticket.version += 1
        ticket.save(update_fields=["version"])
        TimelineEntry.objects.create(
            subject_kind="ticket", subject_id=ticket.pk, seq=ticket.version, at=NOW, actor_id=None,
            actor_label="routing", kind=kind, data=json.loads(json.dumps(data)), audience="internal",
        )  # fmt: skip

    return put


@pytest.mark.parametrize(("kind", "data"), OLD)
def test_the_ticket_page_shows_entries_of_earlier_versions(
    world: WebWorld, tier2: Client, remember: Callable[..., None], kind: str, data: dict[str, Any]
) -> None:
    defaults = {"tier": 2, "group_id": None, "person_id": None, "group_label": "Network", "person_label": ""}
    remember(kind, {**defaults, **data} if kind == "ticket.assigned" else data)
    page = tier2.get(f"/console/tickets/{world.climbing.reference}")
    assert page.status_code == 200
    assert "Network on tier 2 has it." in text_of(page) or kind.rpartition(".")[2].replace(
        "_", " "
    ).capitalize() in text_of(page)


def test_reasons_that_were_plain_strings_are_in_the_receipt(
    world: WebWorld, tier2: Client, remember: Callable[..., None]
) -> None:
    why = {"reasons": ["VPN level 2"], "excluded": ["Tom"]}
    remember(
        "ticket.assigned",
        {"tier": 2, "group_id": 1, "person_id": None, "group_label": "Network", "person_label": "", "why": why},
    )
    said = text_of(tier2.get(f"/console/tickets/{world.climbing.reference}"))
    assert "VPN level 2" in said


def test_an_item_without_a_message_has_no_text() -> None:
    assert (Item(NOW).text, Item(NOW).cut) == ("", False)
