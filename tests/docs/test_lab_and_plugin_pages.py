"""The pages about recipes and plug-ins say what the code does: their examples are run."""

import dataclasses
import json
import re
from pathlib import Path

import pytest

from tests.support.lab import missing_sandbox
from tierline.core.plugins import registry
from tierline.core.plugins.contracts import Limits
from tierline.work.lab import rules
from tierline.work.lab.runs import reproduce

DOCS = Path(__file__).parents[2] / "docs"
RECIPES = (DOCS / "reference/recipes.md").read_text()
REPRODUCE = (DOCS / "how-to/reproduce-a-fault.md").read_text()
PLUGIN = (DOCS / "how-to/write-a-plug-in.md").read_text()


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


@pytest.mark.skipif(bool(missing_sandbox()), reason=missing_sandbox() or "the sandbox works")
@pytest.mark.parametrize("page", [RECIPES, REPRODUCE], ids=["recipes", "reproduce-a-fault"])
def test_the_example_recipe_shows_its_fault_on_the_first_release_only(page: str) -> None:
    (example,) = blocks(page, "json")
    spec = rules.parse(json.loads(example))
    affected, fixed = spec.releases
    assert reproduce(spec, release_version=affected, runs=1).verdict is rules.Verdict.REPRODUCED
    assert reproduce(spec, release_version=fixed, runs=1).verdict is rules.Verdict.NOT_REPRODUCED


def test_every_part_limit_and_verdict_is_in_the_reference() -> None:
    words = set(re.findall(r"`([a-z_]+)`", RECIPES))
    assert words >= rules._KEYS
    assert set(rules._LIMITS) <= words
    assert set(rules.LIMIT_NAMES) <= words
    assert {verdict.value for verdict in rules.Verdict} <= words
    assert {field.name for field in dataclasses.fields(rules.Expectation)} <= words


def test_the_table_of_limits_has_the_real_figures() -> None:
    defaults = Limits()
    rows = dict(re.findall(r"^\| `([a-z_]+)` \| ([\d,]+ \| [\d,]+) \|", RECIPES, re.MULTILINE))
    for name, (attribute, factor, _, most) in rules._LIMITS.items():
        assert rows[name] == f"{getattr(defaults, attribute) // factor:,} | {most:,}"


def test_the_plug_in_of_the_guide_works() -> None:
    written, detector, tried = blocks(PLUGIN, "python")
    names: dict[str, object] = {"__name__": "guide"}
    exec(compile(written, "write-a-plug-in.md", "exec"), names)  # noqa: S102 (the page's own example)
    assert registry._made("actions", names["UnlockAccount"]).key == "unlock-account"
    exec(compile(detector, "write-a-plug-in.md", "exec"), names)  # noqa: S102 (the page's own example)
    assert registry._made("detectors", names["BadgeNumbers"]).key == "badge-numbers"
    exec(compile(tried, "write-a-plug-in.md", "exec"), names)  # noqa: S102 (the page's own example)


def test_the_guide_names_every_group() -> None:
    assert set(re.findall(r"`tierline\.([a-z_]+)`", PLUGIN)) == set(registry.GROUPS)
