"""The receipt of a decision holds each reason once, and stays silent where nothing was kept."""

import pytest

from tierline.doors.web.environment import remembered
from tierline.doors.web.whys import REASONS_SHOWN, receipt_of


def test_triage_gives_its_reasons() -> None:
    receipt = receipt_of({"reasons": [{"what": "tier", "because": "the contract is direct", "points": 0.0}]})
    assert receipt is not None
    assert [(row.amount, row.words) for row in receipt.rows] == [("tier", "the contract is direct")]


def test_an_assignment_names_the_next_best_and_who_was_ruled_out() -> None:
    why = {"why": ["VPN level 2"], "runner_up": "Mara", "excluded": [{"name": "Tom", "because": "is absent"}]}
    receipt = receipt_of(why, "Assigned, because")
    assert receipt is not None
    assert receipt.title == "Assigned, because"
    assert [row.words for row in receipt.rows] == ["VPN level 2", "is absent"]
    assert receipt.definition == "Next best: Mara."


def test_a_verb_by_hand_says_so() -> None:
    receipt = receipt_of({"reason": "taken by hand"})
    assert receipt is not None
    assert receipt.rows[0].words == "taken by hand"


@pytest.mark.parametrize("why", [{}, {"reasons": []}, {"why": [], "reason": ""}, {"points": 3}])
def test_nothing_kept_means_no_receipt(why: dict[str, object]) -> None:
    assert receipt_of(why) is None


def test_a_hundred_reasons_are_bounded() -> None:
    receipt = receipt_of({"why": [str(number) for number in range(100)]})
    assert receipt is not None
    assert len(receipt.rows) == REASONS_SHOWN


DANA = {
    "name": "Dana",
    "why": ["valid certificate net", "net at level 3", "3 of 10 places taken", "next would be Mara"],
    "points": [
        {"rule": "level", "points": -3, "because": "net at level 3"},
        {"rule": "load", "points": 35, "because": "3 of 10 places taken"},
        {"rule": "language", "points": 0, "because": "speaks en"},
    ],
    "total": 32,
    "runner_up": "Mara",
    "mentor": "Tom",
    "otherwise": ["without the certificate rule it would be Sam", "without the load rule it would be Tom"],
    "excluded": [{"name": "Sam", "because": "has no certificate net", "rule": "certificate"}],
}


def test_why_dana_and_not_sam() -> None:
    receipt = receipt_of(DANA)
    assert receipt is not None
    assert receipt.title == "Why Dana?"
    assert [(row.amount, row.words) for row in receipt.rows] == [
        ("", "valid certificate net"),
        ("\N{MINUS SIGN}3", "net at level 3"),
        ("+35", "3 of 10 places taken"),
        ("0", "speaks en"),
        ("+32", "points in all; fewest win"),
        ("mentor", "Tom teaches the skill and is there"),
        ("otherwise", "without the certificate rule it would be Sam"),
        ("", "without the load rule it would be Tom"),
        ("Sam", "has no certificate net"),
    ]
    assert [row.total for row in receipt.rows].index(True) == 4
    assert receipt.definition == "Next best: Mara."


def test_a_large_group_names_a_few_who_could_not_and_counts_the_rest() -> None:
    excluded = [{"name": f"P{number}", "because": "is not on shift"} for number in range(30)]
    receipt = receipt_of({"why": ["nobody of 30 may take it"], "excluded": excluded, "points": []})
    assert receipt is not None
    assert receipt.title == "Because"
    assert receipt.rows[-1].words == "and 22 more who could not"
    assert len(receipt.rows) == 10


@pytest.mark.parametrize(
    "points", [None, 3, "x", [None], [{"points": "3", "because": "x"}], [{"points": True, "because": "x"}], [[]]]
)
def test_points_of_another_shape_are_left_out(points: object) -> None:
    receipt = receipt_of({"why": ["because"], "points": points, "total": [], "mentor": {}, "otherwise": {"a": 1}})
    assert receipt is not None
    assert [row.words for row in receipt.rows] == ["because"]


class TestRemembered:
    def test_the_same_arguments_are_drawn_once(self) -> None:
        drawn: list[object] = []

        def macro(*args: object, **kwargs: object) -> str:
            drawn.append((args, kwargs))
            return f"{args}{kwargs}"

        draw = remembered(macro)
        assert draw(1, words="x") == draw(1, words="x")
        assert len(drawn) == 1
        draw(2)
        assert len(drawn) == 2

    def test_what_cannot_be_a_key_is_drawn_each_time(self) -> None:
        drawn: list[object] = []

        def macro(value: object) -> str:
            drawn.append(value)
            return str(value)

        draw = remembered(macro)
        assert draw([1, 2]) == draw([1, 2]) == "[1, 2]"
        assert len(drawn) == 2

    def test_markup_and_text_that_look_alike_are_not_the_same(self) -> None:
        from markupsafe import Markup, escape

        draw = remembered(lambda value: str(escape(value)))
        assert draw("<b>") == "&lt;b&gt;"
        assert draw(Markup("<b>")) == "<b>"
        assert draw("<b>") == "&lt;b&gt;"

    def test_another_language_is_drawn_anew(self) -> None:
        from django.utils import translation

        draw = remembered(lambda: str(translation.get_language()))
        with translation.override("en"):
            first = draw()
        with translation.override("de"):
            assert draw() != first
