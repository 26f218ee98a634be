"""How amounts are said, and the pure parts of the pages: rail, stream, owed next, log lines."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import formats, timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from tierline.doors.web import labels, words
from tierline.doors.web.console import rail
from tierline.doors.web.console.pages.evidence import burst_words, healthy_words, new_on, pieces, strip_bars
from tierline.doors.web.console.pages.known import conditions, matcher_of
from tierline.doors.web.console.posting import TicketNumber
from tierline.work.diagnosis.queries import BurstRow, Strip, StripBucket, TemplateRow

NOON = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h 00"),
        (4380, "1 h 13"),
        (86400, "1 d"),
        (100_800, "1 d 4 h"),
        (-720, "12 min"),
        (None, ""),
    ],
)
def test_durations(seconds: float | None, said: str) -> None:
    assert words.span(seconds) == said


@given(st.integers(min_value=-(10**9), max_value=10**9))
def test_a_duration_never_says_more_than_two_units(seconds: int) -> None:
    assert 0 < len(words.span(seconds).split()) <= 4
    assert words.span(seconds) == words.span(-seconds) == words.span(timedelta(seconds=seconds))


@given(
    st.integers(946_684_800, 4_102_444_799).map(lambda second: datetime.fromtimestamp(second, UTC)),  # of this century
    st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu"]),
    st.sampled_from(["en", "de", "fr", "pl"]),
)
def test_moments_are_said_as_django_formats_them(moment: datetime, zone: str, language: str) -> None:
    with timezone.override(zone), translation.override(language):
        here = timezone.localtime(moment)
        date, day, time = (formats.date_format(here, pattern) for pattern in ("j M", "D", "H:i"))
        assert words.day_time(moment) == f"{day} {date}, {time}"
        assert words.spoken(moment, moment) == (time, words.day_time(moment))
        assert words.when(moment, moment + timedelta(days=3)) == f"{day} {time}"
        year = here.year if here.year != timezone.localtime(moment + timedelta(days=40)).year else None
        assert words.when(moment, moment + timedelta(days=40)) == (f"{date} {year}" if year else date)


def test_a_word_for_a_code_follows_the_language() -> None:
    with translation.override("de"):
        assert labels.status("new") == str(labels.STATUS["new"])
    assert labels.status("new") == "new"
    assert labels.verdict("half_true") == "half true"
    assert labels.impact(9) == "9"


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (NOON - timedelta(hours=2), "10:00"),
        (NOON - timedelta(days=1), "Mon 12:00"),
        (NOON + timedelta(days=6), "Mon 12:00"),
        (NOON - timedelta(days=8), "9 Nov"),
        (NOON - timedelta(days=400), "13 Oct 2025"),
    ],
)
def test_moments_are_said_as_shortly_as_is_clear(moment: datetime, said: str) -> None:
    with timezone.override("UTC"):
        assert words.when(moment, NOON) == said


def test_moments_are_said_in_the_viewers_zone_and_language() -> None:
    with timezone.override("Europe/Berlin"):
        assert words.clock_time(NOON) == "13:00"
        assert words.day_time(NOON) == "Tue 17 Nov, 13:00"
        with translation.override("de"):
            assert words.day(NOON) == "17 November 2026"
            assert words.day_time(NOON).startswith("Di 17")


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1 kB"), (6_100_000, "6.1 MB"), (2 * 10**12, "2,000.0 GB")],
)
def test_sizes(size: int, said: str) -> None:
    assert words.size(size) == said


@pytest.mark.parametrize(("number", "said"), [(0, "0"), (999, "999"), (1000, "1,000+"), (52_000, "1,000+")])
def test_counts_are_honest(number: int, said: str) -> None:
    assert words.count(number) == said


@pytest.mark.parametrize(("amount", "said"), [(58, "58 EUR"), (3.5, "3.50 EUR"), (0, "0 EUR"), (1234.6, "1,235 EUR")])
def test_amounts(amount: float, said: str) -> None:
    assert words.money(amount) == said


def test_shares_and_people() -> None:
    assert words.percent(0.125, 1) == "12.5 %"
    assert words.people(1) == "1 person"
    assert words.people(1200) == "1,200 people"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ines Okafor", "IO"),
        ("ada", "AD"),
        ("jonas.brandt@field.example", "JB"),
        ("Anna-Maria Lind", "AL"),
        ("", ""),
        ("(?)", ""),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert words.initials(name) == letters


@given(st.text(max_size=80))
def test_initials_of_anything_are_at_most_two_characters_of_it(name: str) -> None:
    assert len(words.initials(name)) <= 4  # some letters have a longer capital form


def test_machines_lose_their_version() -> None:
    assert words.machine_name("routing 1") == "Routing"
    assert words.machine_name("assistant") == "Assistant"


def test_plain_text_becomes_paragraphs() -> None:
    assert words.plain_text("one\r\ntwo\r\n\r\n\r\nthree\n") == ["one\ntwo", "three"]
    assert words.plain_text("  \n\n ") == []


@pytest.mark.parametrize("name", sorted(labels.FILTERS))
def test_every_label_leaves_an_unknown_code_readable(name: str) -> None:
    if name in ("impact_name", "urgency_name"):
        assert labels.FILTERS[name](2)
    else:
        assert "some" in labels.FILTERS[name]("some_code")


@dataclass
class Happened:
    at: datetime
    kind: str
    data: dict[str, object] = field(default_factory=dict)
    actor_label: str = "somebody"


def minutes(count: int) -> datetime:
    return NOON + timedelta(minutes=count)


def climbed() -> list[Happened]:
    return [
        Happened(minutes(0), "ticket.opened"),
        Happened(minutes(1), "assistant.handed_over"),
        Happened(minutes(2), "ticket.assigned", {"tier": 1, "person_label": "Tom", "group_label": "Frontline"}),
        Happened(minutes(43), "ticket.assigned", {"tier": 2, "person_label": "Jo", "group_label": "Specialists"}),
    ]


class TestRail:
    def place(self, **rest: object) -> rail.Place:
        return rail.Place(**({"tier": 2, "tried": [0, 1, 2], "offered": None, "is_open": True, "owner": "Jo"} | rest))

    def test_each_tier_has_its_time_and_its_people(self) -> None:
        had = rail.stays(climbed(), minutes(60))
        assert {tier: stay.seconds for tier, stay in had.items()} == {0: 120, 1: 41 * 60, 2: 17 * 60}
        assert had[1].people == ["Tom"]
        assert had[0].people == ["Assistant"]

    def test_five_rungs_from_the_top(self) -> None:
        drawn = rail.rungs(self.place(), climbed(), minutes(60))
        assert [(rung.tier, rung.state) for rung in drawn] == [
            (4, "ahead"),
            (3, "ahead"),
            (2, "now"),
            (1, "done"),
            (0, "done"),
        ]
        assert [rung.remark for rung in drawn] == ["", "next", "now", "41 min", "2 min"]

    def test_a_skipped_tier_is_drawn_as_skipped(self) -> None:
        drawn = rail.rungs(self.place(tried=[0, 2]), climbed(), minutes(60))
        assert drawn[3].state == "skipped"

    def test_a_question_that_waits_stands_on_its_tier(self) -> None:
        drawn = rail.rungs(self.place(offered=3), climbed(), minutes(60))
        assert drawn[1].remark == "to accept"

    def test_time_stops_when_it_is_solved_and_goes_on_when_it_is_not(self) -> None:
        story = [*climbed(), Happened(minutes(50), "ticket.resolved")]
        assert rail.stays(story, minutes(500))[2].seconds == 7 * 60
        story.append(Happened(minutes(100), "ticket.reopened"))
        assert rail.stays(story, minutes(110))[2].seconds == 17 * 60

    def test_a_ticket_that_came_back_down_adds_its_visits(self) -> None:
        story = [*climbed(), Happened(minutes(50), "ticket.assigned", {"tier": 1, "person_label": "Tom"})]
        assert rail.stays(story, minutes(60))[1].seconds == (41 + 10) * 60

    @given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 300)), max_size=12))
    def test_the_stays_of_an_open_ticket_add_up_to_its_age(self, moves: list[tuple[int, int]]) -> None:
        at, story = 0, [Happened(minutes(0), "ticket.opened")]
        for tier, pause in moves:
            at += pause
            story.append(Happened(minutes(at), "ticket.assigned", {"tier": tier}))
        total = sum(stay.seconds for stay in rail.stays(story, minutes(at + 5)).values())
        assert total == (at + 5) * 60


class TestLog:
    def test_masks_and_slots_are_cut_out(self) -> None:
        found = [(piece.text, piece.kind) for piece in pieces("user <email-3> took <*> ms")]
        assert found == [("user ", ""), ("email 3", "masked"), (" took ", ""), ("…", "slot"), (" ms", "")]

    @given(st.text(max_size=200))
    def test_no_character_of_a_line_is_lost(self, text: str) -> None:
        back = "".join(
            "<*>" if p.kind == "slot" else f"<{p.text.replace(' ', '-')}>" if p.kind == "masked" else p.text
            for p in pieces(text)
        )
        assert back == text

    def test_a_long_strip_is_joined_and_keeps_its_bursts(self) -> None:
        buckets = tuple(StripBucket(60 * n, 60, 2, 0, burst=n == 500) for n in range(1000))
        bars = strip_bars(Strip(buckets, 2))
        assert len(bars) <= 120
        assert sum(bar.value for bar in bars) == 2000
        assert [bar.tone for bar in bars].count("hot") == 1
        assert strip_bars(Strip((), 0)) == []

    def test_bars_say_how_many_of_their_lines_are_errors(self) -> None:
        buckets = tuple(StripBucket(60 * n, 60, 10, errors, burst=False) for n, errors in enumerate((0, 1, 12)))
        bars = strip_bars(Strip(buckets, 10))
        assert [(bar.value, bar.part, bar.tone) for bar in bars] == [(10, 0, ""), (10, 1, ""), (10, 10, "")]
        assert [bar.words for bar in bars] == [
            "10 lines",
            "10 lines, 1 of them an error",
            "10 lines, 12 of them errors",
        ]
        joined = strip_bars(Strip(buckets, 10), most=1)
        assert [(bar.value, bar.part) for bar in joined] == [(30, 13)]

    def test_new_templates_stand_where_their_first_lines_are(self) -> None:
        buckets = tuple(StripBucket(60 * n, 60, 2, 0, burst=False, line=1 + 10 * n) for n in range(4))
        new = [TemplateRow(f"t{line}", "x", 1, line, "new") for line in (25, 25, 31, 400)]
        assert new_on(Strip(buckets, 2), new) == [(2.4 / 4, 25), (3.4 / 4, 31), (3.4 / 4, 400)]
        assert new_on(Strip((), 0), new) == []
        unknown = tuple(StripBucket(60 * n, 60, 2, 0, burst=False) for n in range(4))
        assert new_on(Strip(unknown, 2), new) == []

    def test_a_burst_is_said_with_its_rate(self) -> None:
        said, line = burst_words(BurstRow(1_795_428_240, 1_795_428_285, 90, 9.04, 4_411))
        assert said.startswith("burst ")
        assert said.endswith(", 9.0 times the usual rate")
        assert line == 4_411

    @pytest.mark.parametrize(("usual", "words"), [(None, "-"), (0.0, "0"), (0.1, "0.1"), (3.0, "3"), (104.4, "104")])
    def test_how_often_healthy_files_have_it(self, usual: float | None, words: str) -> None:
        assert healthy_words(usual) == words


class TestMatcher:
    EMPTY = {"line": "", "fact": "", "relation": "", "fact_value": "", "words": ""}

    def test_an_empty_form_makes_none(self) -> None:
        assert matcher_of(self.EMPTY) is None

    def test_what_is_given_must_all_hold(self) -> None:
        made = matcher_of({**self.EMPTY, "line": "rekey <*>", "fact": "version", "fact_value": "5.2", "words": "vpn"})
        assert made == {
            "all_of": [
                {"kind": "template", "value": "rekey <*>"},
                {"kind": "fact", "name": "version", "relation": "is", "value": "5.2"},
                {"kind": "text", "value": "vpn"},
            ]
        }
        assert conditions(made) == [
            "the log holds the line “rekey <*>”",
            "version is 5.2",
            "the ticket says vpn",
        ]
        either = {"any_of": [{"kind": "fingerprint", "value": "f1"}, {"kind": "text", "value": "vpn"}]}
        assert conditions(either) == ["one of these: a stack trace has the fingerprint f1; the ticket says vpn"]


@pytest.mark.parametrize(("value", "number"), [("INC-20418", 20418), ("REQ-8", 8), ("17", 17)])
def test_the_ticket_part_of_an_address(value: str, number: int) -> None:
    assert TicketNumber().to_python(value) == number
    assert TicketNumber().to_url(value) == value


def test_an_unknown_prefix_is_no_ticket() -> None:
    with pytest.raises(ValueError, match="ABC-1"):
        TicketNumber().to_python("ABC-1")
