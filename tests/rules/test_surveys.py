"""Who is asked how it went and why somebody is not; the words of the mail; the bounds of a set-up."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.core.kernel.errors import Invalid
from tierline.work.intake.rules.as_html import as_html
from tierline.work.intake.rules.threading import read_reply_address, read_verb_address, verb_address
from tierline.work.surveys import rules
from tierline.work.surveys.rules import CODES, Facts, Letter, Past, Reason, Settings, why_not

HELP = "https://help.example"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ON = Settings(enabled=True)
FINE = Facts(channel="mail", code="solved", tier=1, email="ines@field.example")
AGAINST: dict[Reason, Facts] = {
    Reason.MERGED: replace(FINE, merged=True),
    Reason.REOPENED: replace(FINE, still_solved=False),
    Reason.OTHER_REQUESTER: replace(FINE, other_requester=True),
    Reason.MONITORING: replace(FINE, channel="alert"),
    Reason.OPENED_BY_STAFF: replace(FINE, channel="portal", opened_by_staff=True),
    Reason.OUTCOME: replace(FINE, code="withdrawn"),
    Reason.OWN_WORK: replace(FINE, own_work=True),
    Reason.ACCOUNT_CLOSED: replace(FINE, account_open=False),
    Reason.NO_ADDRESS: replace(FINE, email="unverified-1@desk.invalid"),
    Reason.MAIL_FAILED: replace(FINE, mail_failed=True),
    Reason.OPTED_OUT: replace(FINE, opted_out=True),
    Reason.ASKED_LATELY: replace(FINE, asked_at=NOW - timedelta(days=29)),
}
FACTS = st.builds(
    Facts,
    channel=st.sampled_from(["mail", "portal", "phone", "chat", "alert", "api", "teams"]),
    code=st.sampled_from([*CODES, "withdrawn", "duplicate", ""]),
    tier=st.none() | st.integers(0, 4),
    merged=st.booleans(),
    still_solved=st.booleans(),
    other_requester=st.booleans(),
    opened_by_staff=st.booleans(),
    own_work=st.booleans(),
    account_open=st.booleans(),
    email=st.sampled_from(["ines@field.example", "x@y.invalid", ""]),
    mail_failed=st.booleans(),
    opted_out=st.booleans(),
    asked_at=st.none() | st.integers(0, 60).map(lambda days: NOW - timedelta(days=days)),
)


def test_somebody_with_a_solved_request_is_asked() -> None:
    assert why_not(ON, FINE, NOW) is None
    assert why_not(ON, replace(FINE, channel="phone", opened_by_staff=True), NOW) is None
    assert why_not(ON, replace(FINE, asked_at=NOW - timedelta(days=30)), NOW) is None
    assert why_not(ON, replace(FINE, tier=0), NOW) is None


@pytest.mark.parametrize("reason", list(AGAINST))
def test_each_reason_alone_is_enough(reason: Reason) -> None:
    assert why_not(ON, AGAINST[reason], NOW) is reason
    assert why_not(Settings(), AGAINST[reason], NOW) is Reason.SWITCHED_OFF


def test_a_desk_chooses_outcomes_tier_0_and_how_often() -> None:
    assert why_not(replace(ON, tier_0=False), replace(FINE, tier=0), NOW) is Reason.TIER_0
    assert why_not(replace(ON, codes=("workaround",)), FINE, NOW) is Reason.OUTCOME
    yesterday = replace(FINE, asked_at=NOW - timedelta(days=1))
    assert why_not(replace(ON, every_days=1), yesterday, NOW) is None
    assert why_not(replace(ON, every_days=0), replace(FINE, asked_at=NOW - timedelta(seconds=1)), NOW) is None


@given(FACTS)
def test_nobody_is_asked_against_any_reason(facts: Facts) -> None:
    """Asked exactly when no single fact speaks against it; and putting everything right always leads to asking."""
    reason = why_not(ON, facts, NOW)
    bad = {one.name for one in fields(Facts) if getattr(facts, one.name) != getattr(FINE, one.name)}
    alone = {name: why_not(ON, replace(FINE, **{name: getattr(facts, name)}), NOW) for name in bad}
    if reason is None:
        assert set(alone.values()) <= {None}
    assert why_not(replace(ON, enabled=False), facts, NOW) is Reason.SWITCHED_OFF
    assert why_not(ON, replace(facts, **{name: getattr(FINE, name) for name in bad}), NOW) is None


PAST = st.lists(
    st.builds(
        Past,
        st.integers(1, 4),
        st.integers(0, 90 * 24).map(lambda hours: NOW - timedelta(hours=hours)),
        FACTS.map(lambda one: replace(one, asked_at=None)),
    ),
    max_size=30,
)


@given(PAST, st.integers(0, 60))
@settings(max_examples=30)
def test_the_preview_adds_up_and_keeps_the_limit(past: list[Past], every: int) -> None:
    found = rules.preview(replace(ON, enabled=False, every_days=every), past)
    assert found.total == len(past)
    assert found.asked + sum(found.reasons.values()) == found.total
    assert Reason.SWITCHED_OFF not in found.reasons
    assert rules.preview(replace(ON, every_days=every), past) == found
    people = {one.person_id for one in past}
    assert found.asked <= len(people) * (1 + 90 // max(every, 1) if every else len(past))
    freely = rules.preview(replace(ON, every_days=0), past)
    assert freely.asked >= found.asked
    assert Reason.ASKED_LATELY not in freely.reasons


def test_the_preview_asks_one_person_once_a_month() -> None:
    days = [NOW - timedelta(days=day) for day in (40, 20, 9, 8)]
    found = rules.preview(Settings(), [Past(7, day, FINE) for day in reversed(days)])
    assert (found.total, found.asked, found.reasons) == (4, 2, {Reason.ASKED_LATELY: 2})


BAD_SETTINGS = [
    ({"question": " \0 "}, "question"),
    ({"question": "x" * 201}, "question"),
    ({"intro": "x" * 1001}, "intro"),
    ({"delay_minutes": -1}, "delay_minutes"),
    ({"delay_minutes": 43_201}, "delay_minutes"),
    ({"every_days": 366}, "every_days"),
    ({"open_days": 0}, "open_days"),
    ({"open_days": 91}, "open_days"),
    ({"codes": ()}, "codes"),
    ({"codes": ("solved", "withdrawn")}, "codes"),
]


@pytest.mark.parametrize(("changes", "field"), BAD_SETTINGS)
def test_a_set_up_that_cannot_be_used_is_refused_at_its_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.checked(replace(Settings(), **changes))
    assert list(refused.value.fields) == [field]


def test_words_of_a_set_up_are_plain_and_on_their_lines() -> None:
    found = rules.checked(
        replace(Settings(), question="How\r\n was \0it?", intro=" One.\r\n\r\nTwo.\x07 ", codes=("confirmed", "solved"))
    )
    assert (found.question, found.intro, found.codes) == ("How was it?", "One.\n\nTwo.", ("solved", "confirmed"))


@pytest.mark.parametrize("score", [0, 6, -1, 10**30])
def test_there_are_five_scores(score: int) -> None:
    with pytest.raises(Invalid):
        rules.score_of(score)
    assert [rules.score_of(one) for one in range(1, 6)] == [1, 2, 3, 4, 5]


def test_a_comment_is_bounded_and_without_control_characters() -> None:
    assert rules.comment_of("  Fine.\r\n\0Thanks\x1b[31m  ") == "Fine.\nThanks[31m"
    assert len(rules.comment_of("x" * 2000)) == 2000
    with pytest.raises(Invalid):
        rules.comment_of("x" * 2001)


def letter(**changes: str) -> Letter:
    given = {"name": "Ines", "title": "VPN drops", "question": "How was it?", "intro": "It is solved."} | changes
    return Letter(
        reference="INC-1",
        until="Monday 7 December 2026",
        address=lambda score: f"https://help.example/mail/rate/TOKEN?score={score}",
        leave="https://help.example/mail/rate/stop/TOKEN",
        **given,
    )


class Links(HTMLParser):
    """The links of a page, and every other thing that would fetch or run something."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.active: list[str] = []
        self._href = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._href = given.get("href") or ""
        fetches = {name for name in given if name.startswith("on") or name in ("src", "background", "srcset")}
        if fetches or tag in ("img", "script", "iframe", "object", "link", "form", "style", "base"):
            self.active.append(tag)

    def handle_data(self, data: str) -> None:
        if self._href:
            self.links.append((data, self._href))
            self._href = ""


def test_the_mail_names_each_score_in_words_with_its_own_page() -> None:
    written = rules.text(letter())
    for score, words in rules.SCORES.items():
        assert f"\n{words}: https://help.example/mail/rate/TOKEN?score={score}\n" in written
    assert written.index("Very satisfied") < written.index("Very dissatisfied")
    assert "Monday 7 December 2026" in written
    assert rules.subject(letter()) == "How did it go? VPN drops [INC-1]"
    links = Links(as_html(written, HELP))
    assert [words for words, _ in links.links] == [*rules.SCORES.values(), "Please do not ask me again"]
    assert links.links[0][1] == "https://help.example/mail/rate/TOKEN?score=5"
    assert links.active == []


HOSTILE = [
    '<img src="https://evil.example/pixel.gif">',
    "<script>alert(1)</script>",
    "https://evil.example/",
    "{{ 7 * 7 }} {% include 'x' %} %(x)s {0} {until}",
    'x" onload="alert(1)',
    "\n\nVery satisfied: https://evil.example/",
    "Click: https://evil.example/",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_a_title_or_a_name_stays_plain_words(words: str) -> None:
    """What the requester or a stranger wrote is never markup, a template or a link of the mail."""
    for field in ("title", "name"):
        written = rules.text(letter(**{field: words}))
        page = Links(as_html(written, HELP))
        assert page.active == []
        assert {href.partition("/mail")[0] for _, href in page.links} == {HELP}
        assert len(page.links) == 6
    assert "49" not in rules.text(letter(intro=words, question=words))


@given(st.text(max_size=300))
def test_html_never_has_more_than_the_words_and_links(words: str) -> None:
    assert Links(as_html(words, HELP)).active == []


def test_a_low_score_is_told_with_the_words_quoted_or_without_them() -> None:
    low = rules.Low(reference="INC-1", title="VPN", score=1, comment="Bad.\nWorse.", address="https://x.example/")
    assert rules.low_text(low) == (
        "INC-1: VPN\n\nThe requester answered: very dissatisfied.\n\n> Bad.\n> Worse.\n\n"
        "Please get back to them: https://x.example/"
    )
    told = rules.low_text(replace(low, title="", comment=""))
    assert told.startswith("INC-1\n\n")
    assert ">" not in told


def test_an_address_for_a_mail_verb_is_signed_for_its_letter_and_number() -> None:
    address = verb_address("s", 12, "desk.example", "secret")
    assert address.startswith("reply+s12.")
    assert read_verb_address(address.upper(), "secret") == ("s", 12)
    assert read_verb_address(address, "other") is None
    assert read_verb_address(address.replace("s12", "s13"), "secret") is None
    assert read_verb_address(address.replace("+s12", "+t12"), "secret") is None
    assert read_reply_address(address, "secret") is None
    assert read_verb_address(address.replace("+s12", "+m12"), "secret") is None
