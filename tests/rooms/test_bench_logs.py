"""The measure of reading logs: what it plants is found, what it makes is a log, and its figures are there."""

import random

from bench import logs
from tierline.work.diagnosis.rules import checks


def test_planted_secrets_are_real_ones() -> None:
    for seed in range(20):
        kinds = logs.secrets(random.Random(seed))
        assert all(secret in written for written, secret in kinds.values())
        assert checks.is_card(kinds["card"][1])
        assert checks.is_iban(kinds["account"][1])
        assert checks.is_social(kinds["id"][1])


def test_every_planted_secret_is_masked_and_nothing_else() -> None:
    lines = list(logs.made(900, 1))
    (measure,) = logs.planted(lines, 5)
    assert measure["lines"] == 90
    assert set(measure["recall"].values()) == {1.0}
    assert measure["precision"] >= 0.95


def test_figures_of_redaction_templates_and_memory() -> None:
    lines = list(logs.made(300, 1))
    assert logs.redaction(lines)["mb_per_s"] > 0
    assert logs.templates(lines, None)["lines"] == 300
    measure = logs.memory(logs.made(200, 1), 200)
    assert (measure["lines"], measure["grown_mb"] >= 0, measure["templates"] >= 1) == (200, True, True)
