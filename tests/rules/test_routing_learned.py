"""What a desk's history teaches: right where it can be, silent where it cannot, and kept without code."""

import io
import json
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.work.routing.rules.learned import Example, Model, calibration, features, fit, linear, read

WORDS = {
    "vpn": ["tunnel", "vpn", "gateway", "drops", "connection", "remote"],
    "mail": ["outlook", "mailbox", "calendar", "inbox", "attachment", "sender"],
    "print": ["printer", "toner", "paper", "tray", "jam", "scan"],
}
FILLING = ["please", "help", "since", "monday", "again", "the", "my", "office"]


def past(number: int, seed: int = 1, noise: float = 0.0) -> list[Example]:
    make, found = random.Random(seed), []
    for one in range(number):
        label = sorted(WORDS)[one % 3]
        said = make.sample(WORDS[label], 3) + make.sample(FILLING, 3)
        make.shuffle(said)
        wrong = make.random() < noise
        found.append(Example(" ".join(said), make.choice(sorted(WORDS)) if wrong else label))
    return found


@pytest.fixture(scope="module")
def model() -> Model:
    return fit(past(300))


def test_a_counted_text_keeps_hashes_and_no_words() -> None:
    counted = features.count("VPN vpn drops")
    assert counted.words == 3
    assert len(features.count("vpn").hashes) < len(counted.hashes)
    assert list(features.count("\uff36\uff30\uff2e vpn DROPS").hashes) == list(counted.hashes)
    assert len(features.count("").hashes) == len(features.count(" ... ").hashes)


@given(st.text(max_size=200))
@settings(max_examples=60)
def test_any_text_can_be_counted(text: str) -> None:
    counted = features.count(text)
    assert (np.diff(counted.hashes) > 0).all()
    assert (counted.counts > 0).all()


def test_what_stands_in_one_text_alone_does_not_count() -> None:
    known = features.vocabulary([features.count("alpha beta"), features.count("alpha gamma")])
    row = known.row(features.count("alpha delta"))
    assert 0 < row.known < 1
    assert float(np.linalg.norm(row.values)) == pytest.approx(2**0.5, abs=1e-5)
    assert len(known.row(features.count("zulu")).columns) == 0


def test_letters_count_less_in_a_long_text() -> None:
    long = " ".join(f"word{number}" for number in range(100))
    known = features.vocabulary([features.count(long)] * 2)
    assert float(np.linalg.norm(known.row(features.count(long)).values)) == pytest.approx((1 + 0.3**2) ** 0.5, abs=1e-4)


def test_the_order_of_texts_is_the_seeds_and_the_same_twice() -> None:
    texts = [features.count(one.text) for one in past(60)]
    known = features.vocabulary(texts)
    rows = features.rows_of(known, texts)
    labels = np.arange(60) % 3
    first, second = (linear.train(rows, labels, len(known.hashes), 3) for _ in range(2))
    assert (first.weights == second.weights).all()
    assert [int(first.scores(row).argmax()) for row in rows] == labels.tolist()


def test_shares_add_up() -> None:
    shares = linear.chances(np.array([[1000.0, 0.0], [0.0, 0.0]], dtype=np.float32))
    assert shares.sum(axis=1).tolist() == [1.0, 1.0]
    assert shares[1].tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("the tunnel drops again", "vpn"),
        ("outlook inbox of my calendar", "mail"),
        ("paper jam in the printer", "print"),
    ],
)
def test_it_says_what_it_learned_and_is_sure(model: Model, text: str, label: str) -> None:
    said = model.predict(text)
    assert (said.label, said.best) == (label, label)
    assert said.score >= model.figures.threshold
    assert said.second != label


@pytest.mark.parametrize("text", ["", "  ", "…", "ζωή"])
def test_it_is_silent_where_nothing_is_known(model: Model, text: str) -> None:
    assert model.predict(text).label is None


def test_it_doubts_what_is_between(model: Model) -> None:
    assert model.predict("please help").score < model.predict("vpn tunnel gateway drops").score


def test_the_figures_come_from_texts_kept_aside(model: Model) -> None:
    figures = model.figures
    assert (figures.texts, figures.aside) == (300, 60)
    assert figures.accuracy > 0.95
    assert 0 <= figures.reliability < 0.1


def test_where_labels_are_chance_nothing_reaches_the_threshold() -> None:
    made = fit(past(300, noise=1.0))
    assert made.figures.threshold == calibration.NEVER
    assert made.figures.coverage == 0
    assert made.predict("the tunnel drops").score < 0.9


def test_a_label_with_one_text_is_not_learned() -> None:
    made = fit([*past(60), Example("the coffee machine", "kitchen")])
    assert "kitchen" not in made.labels
    for few in ([], past(1), [Example("a b", "x"), Example("a c", "x")], [Example("a", None)] * 5):
        with pytest.raises(ValueError, match="Two labels"):
            fit(few)


def test_texts_outside_set_a_threshold_and_are_answered_with_silence() -> None:
    make = random.Random(2)
    cooking = ["flour", "oven", "butter", "please", "help", "the", "monday"]
    outside = [Example(" ".join(make.sample(cooking, 5)), None) for _ in range(40)]
    made = fit([*past(300), *outside])
    silent = [made.predict(" ".join(make.sample(cooking, 5))).label is None for _ in range(30)]
    assert sum(silent) >= 27
    right = [made.predict(one.text).label == one.label for one in past(60, seed=9)]
    assert sum(right) >= 57


def test_many_texts_outside_are_learned_and_never_said() -> None:
    outside = [Example(f"recipe oven butter {number % 7}", None) for number in range(520)]
    made = fit([*past(120), *outside])
    assert made.inside == len(made.labels) - 1
    assert made.predict("recipe oven butter").label is None
    assert made.predict("the vpn tunnel drops").label == "vpn"


def test_a_kept_model_says_the_same(model: Model) -> None:
    again = read(model.to_bytes())
    assert (again.labels, again.figures, again.outside) == (model.labels, model.figures, model.outside)
    for one in past(20, seed=5):
        ours, theirs = model.predict(one.text), again.predict(one.text)
        assert theirs.label == ours.label
        assert theirs.score == pytest.approx(ours.score, abs=0.01)


def archive(**parts: object) -> bytes:
    kept = io.BytesIO()
    np.savez(kept, **parts)  # type: ignore[arg-type] # arrays by name
    return kept.getvalue()


def head(**parts: object) -> "np.typing.NDArray[np.uint8]":
    return np.frombuffer(json.dumps(parts).encode(), dtype=np.uint8)


@pytest.mark.parametrize(
    "kept",
    [
        b"",
        b"not an archive",
        archive(head=head(format=1)),
        archive(
            head=head(format=99), hashes=np.zeros(1), rareness=np.zeros(1), weights=np.zeros((1, 1)), bias=np.zeros(1)
        ),
        archive(head=np.array([{"run": "me"}], dtype=object)),
    ],
)
def test_what_is_no_kept_model_is_refused_and_never_run(kept: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any sentence will do
        read(kept)


def test_parts_that_do_not_fit_are_refused(model: Model) -> None:
    with np.load(io.BytesIO(model.to_bytes())) as arrays:
        parts = dict(arrays)
    with pytest.raises(ValueError, match="fit"):
        read(archive(**(parts | {"weights": parts["weights"][:-1]})))


@pytest.mark.parametrize(
    ("chances", "right", "expected"),
    [
        ([0.9] * 60, [True] * 60, 0.9),
        ([0.9] * 60 + [0.5] * 60, [True] * 60 + [False] * 60, 0.9),
        ([0.9] * 39, [True] * 39, calibration.NEVER),
        ([0.9] * 60, [True] * 50 + [False] * 10, calibration.NEVER),
        ([], [], calibration.NEVER),
    ],
)
def test_a_threshold_is_where_enough_were_right(chances: list[float], right: list[bool], expected: float) -> None:
    assert calibration.threshold(np.array(chances), np.array(right, dtype=bool)) == expected


def test_chances_are_what_comes_true() -> None:
    make = np.random.default_rng(3)
    sign = make.normal(size=(4000, 1))
    right = make.random(4000) < 1 / (1 + np.exp(-2 * sign[:, 0]))
    chance = calibration.learn(sign, right).of(sign)
    assert calibration.reliability(chance, right) < 0.03
    assert calibration.coverage(chance, 0.5) == pytest.approx(0.5, abs=0.05)
