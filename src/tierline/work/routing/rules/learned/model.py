"""A learned model: fitted to a desk's own past texts, asked about new ones, kept as plain arrays.

A fifth of the texts is kept aside to turn scores into chances and to find the thresholds.
Then the model learns from all of them. Kept models are NumPy arrays and JSON: reading one runs no code.
"""

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import calibration, features, linear
from .calibration import Chance

ASIDE = 5
"""Every fifth text is kept aside."""

LEAST = 2
"""A label needs so many texts; one with fewer is not learned."""

OUTSIDE_LEARNED = 500
"""From so many texts outside all labels on, they are learned like a label; fewer only set the threshold."""

NOTHING_COUNTS = 0.02
"""A text of which nothing is known counts as answered wrongly, as often as this share of the texts kept aside.

Without it a desk whose answers were all right would be just as sure of a text that says nothing.
"""

FORMAT = 1
OUTSIDE = "\x00outside"
_NOTHING = features.Row(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32), 0.0)


@dataclass(frozen=True, slots=True)
class Example:
    """A past text and its label; None for one that lies outside all labels."""

    text: str
    label: str | None


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says of a text. `label` is None when it lies outside what the model knows.

    `best` is the likeliest label in any case, `score` the chance that the answer is right, `second` the next label.
    """

    label: str | None
    score: float
    best: str
    second: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What the texts kept aside showed: shares of 1, and how many texts there were."""

    texts: int
    aside: int
    accuracy: float
    threshold: float
    coverage: float
    reliability: float


@dataclass(frozen=True, slots=True)
class Model:
    """Everything needed to answer: the vocabulary, the weights, the chances and the thresholds."""

    labels: tuple[str, ...]
    known: features.Vocabulary
    linear: linear.Linear
    right: Chance
    outside: Chance | None
    outside_from: float
    figures: Figures

    def predict(self, text: str) -> Prediction:
        """Answer for one text, in well under a millisecond for a short one."""
        row = self.known.row(features.count(text))
        scores = self.linear.scores(row)[None, :]
        signs = _signs(scores, [row], self.inside)
        best, second = _two_best(scores, self.inside)
        score = float(self.right.of(signs)[0])
        silent = not len(row.columns)
        if self.outside is not None and not silent:
            away = float(self.outside.of(signs)[0])
            silent = away >= self.outside_from
            score = away if silent else score
        label = None if silent else self.labels[best[0]]
        return Prediction(label, score, self.labels[best[0]], self.labels[second[0]])

    @property
    def inside(self) -> int:
        """How many labels there are beside the one for texts outside."""
        return len(self.labels) - (OUTSIDE in self.labels)

    def to_bytes(self) -> bytes:
        """The model as one archive of arrays with a JSON head."""
        head = {
            "format": FORMAT,
            "labels": self.labels,
            "right": asdict(self.right),
            "outside": asdict(self.outside) if self.outside else None,
            "outside_from": self.outside_from,
            "figures": asdict(self.figures),
        }
        kept = io.BytesIO()
        np.savez_compressed(
            kept,
            head=np.frombuffer(json.dumps(head).encode(), dtype=np.uint8),
            hashes=self.known.hashes.astype(np.uint32),
            rareness=self.known.rareness,
            weights=self.linear.weights.astype(np.float16),
            bias=self.linear.bias,
        )
        return kept.getvalue()


def read(kept: bytes) -> Model:
    """A model from `to_bytes`. Raises ValueError for anything else; nothing in it is ever run."""
    try:
        with np.load(io.BytesIO(kept), allow_pickle=False) as arrays:
            head = json.loads(bytes(arrays["head"]))
            known = features.Vocabulary(arrays["hashes"].astype(np.int64), arrays["rareness"].astype(np.float32))
            weights = linear.Linear(arrays["weights"].astype(np.float32), arrays["bias"].astype(np.float32))
        model = _from_head(head, known, weights)
    except (KeyError, TypeError, EOFError, OSError, zipfile.BadZipFile) as problem:
        raise ValueError("This is not a kept model.") from problem
    if weights.weights.shape != (len(known.hashes), len(model.labels)) or len(known.rareness) != len(known.hashes):
        raise ValueError("The parts of this model do not fit each other.")
    return model


def _from_head(head: dict[str, Any], known: features.Vocabulary, weights: linear.Linear) -> Model:
    if head["format"] != FORMAT:
        raise ValueError(f"A model of format {head['format']} cannot be read; learn again.")
    return Model(
        labels=tuple(head["labels"]),
        known=known,
        linear=weights,
        right=_chance(head["right"]),
        outside=_chance(head["outside"]) if head["outside"] else None,
        outside_from=float(head["outside_from"]),
        figures=Figures(**head["figures"]),
    )


def _chance(kept: dict[str, list[float]]) -> Chance:
    return Chance(tuple(kept["weights"]), tuple(kept["middle"]), tuple(kept["spread"]))


@dataclass(frozen=True, slots=True)
class _Texts:
    """Texts as rows with the number of their label; -1 for those outside that are not learned."""

    rows: Sequence[features.Row]
    labels: NDArray[np.int64]

    def part(self, chosen: NDArray[np.int64]) -> "_Texts":
        return _Texts([self.rows[one] for one in chosen], self.labels[chosen])


def fit(examples: Sequence[Example], seed: int = 0) -> Model:
    """Learn from past texts. Raises ValueError when there are not two labels with `LEAST` texts each."""
    labels = _labels(examples)
    if len(labels) - (OUTSIDE in labels) < 2:  # noqa: PLR2004 - a choice needs two
        raise ValueError("Two labels with at least two texts each are needed to learn from.")
    place = {label: number for number, label in enumerate(labels)}
    used = [one for one in examples if one.label is None or one.label in place]
    counted = [features.count(one.text) for one in used]
    known = features.vocabulary(counted)
    texts = _Texts(
        features.rows_of(known, counted),
        np.array([place.get(OUTSIDE if one.label is None else one.label, -1) for one in used]),
    )
    learned, aside = _split(texts, seed)
    trial = linear.train(learned.rows, learned.labels, len(known.hashes), len(labels), seed)
    right, outside, cut, figures = _calibrate(trial, aside, labels, len(used))
    everything = texts.part(np.flatnonzero(texts.labels >= 0))
    final = linear.train(everything.rows, everything.labels, len(known.hashes), len(labels), seed)
    return Model(labels, known, final, right, outside, cut, figures)


def _labels(examples: Sequence[Example]) -> tuple[str, ...]:
    number: dict[str, int] = {}
    for one in examples:
        number[one.label or OUTSIDE] = number.get(one.label or OUTSIDE, 0) + 1
    outside = number.pop(OUTSIDE, 0)
    found = sorted(label for label, many in number.items() if many >= LEAST)
    return (*found, OUTSIDE) if outside >= OUTSIDE_LEARNED else tuple(found)


def _split(texts: _Texts, seed: int) -> tuple[_Texts, _Texts]:
    """What is learned from, and what is kept aside: every fifth, and all outside that are not learned."""
    order = np.random.default_rng(seed).permutation(len(texts.rows))
    aside = np.zeros(len(order), dtype=np.bool_)
    aside[order[::ASIDE]] = True
    aside |= texts.labels < 0
    return texts.part(np.flatnonzero(~aside)), texts.part(np.flatnonzero(aside))


def _scores(model: linear.Linear, texts: _Texts) -> linear.Matrix:
    found = [model.scores(row) for row in texts.rows]
    return np.array(found, dtype=np.float32).reshape(len(found), len(model.bias))


def _two_best(scores: linear.Matrix, inside: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    order = np.argsort(-scores[:, :inside], axis=1, kind="stable")
    return order[:, 0], order[:, 1]


def _signs(scores: linear.Matrix, rows: Sequence[features.Row], inside: int) -> NDArray[np.float64]:
    """The signs of doubt: how far the best label leads, how many words are known, how much there is to read."""
    shares = np.sort(linear.chances(scores[:, :inside]).astype(np.float64), axis=1)
    best, second = np.clip(shares[:, -1], 1e-6, 1 - 1e-6), np.clip(shares[:, -2], 1e-6, 1)
    top = scores[:, :inside].max(axis=1).astype(np.float64)
    away = scores[:, inside:].max(axis=1) - top if scores.shape[1] > inside else np.zeros(len(scores))
    known = [row.known for row in rows]
    sizes = [len(row.columns) for row in rows]
    return np.column_stack([np.log(best / (1 - best)), np.log(best / second), top, away, known, np.log1p(sizes)])


def _weighed(texts: int) -> NDArray[np.float64]:
    """One for each text, and `NOTHING_COUNTS` of them all for the text that says nothing."""
    return np.append(np.ones(texts), [1 + NOTHING_COUNTS * texts])


def _calibrate(
    model: linear.Linear, aside: _Texts, labels: tuple[str, ...], texts: int
) -> tuple[Chance, Chance | None, float, Figures]:
    """Chances, the threshold for texts outside, and the figures, all from the texts kept aside."""
    many = len(labels) - (OUTSIDE in labels)
    scores = _scores(model, aside)
    signs = _signs(scores, aside.rows, many)
    inside = (aside.labels >= 0) & (aside.labels < many)
    right = inside & (_two_best(scores, many)[0] == aside.labels)
    nothing = _signs(model.bias[None, :], [_NOTHING], many)
    chance = calibration.learn(np.vstack([signs, nothing]), np.append(right, [False]), _weighed(len(signs)))
    sure = chance.of(signs)
    at = calibration.threshold(sure, right)
    figures = Figures(
        texts=texts,
        aside=len(aside.rows),
        accuracy=float(right.sum() / max(int(inside.sum()), 1)),
        threshold=at,
        coverage=calibration.coverage(sure, at),
        reliability=calibration.reliability(sure, right),
    )
    if inside.all():
        return chance, None, calibration.NEVER, figures
    alike = np.where(inside, 0.5 / inside.sum(), 0.5 / (~inside).sum()) * len(inside)
    outside = calibration.learn(signs, ~inside, alike)
    cut = calibration.outside_from(outside.of(signs), right, inside)
    return chance, outside, cut, figures
