"""Running a recipe n times and saying what came of it.

Nothing is stored here: the command line uses it as it is.
"""

from dataclasses import dataclass
from typing import cast

from tierline.core.plugins import registry
from tierline.core.plugins.contracts import Outcome, Runner

from . import patterns, plugins  # noqa: F401 (plugins: offers the built-in runner, with or without Django)
from .rules import Showing, Spec, Verdict, judge, verdict

PATTERN = "pattern"
"""Named among the limits when a recipe's regular expression took too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One run: what the program did and what that says about the fault."""

    outcome: Outcome
    showing: Showing
    limits_hit: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All runs of a recipe on one release. `obstacle` says why nothing could run; it is empty otherwise."""

    release_version: str
    asked: int
    results: tuple[Result, ...]
    verdict: Verdict
    obstacle: str = ""
    runner: str = ""

    @property
    def reproduced(self) -> int:
        """In how many runs the fault showed (the k of "k of n")."""
        return sum(result.showing is Showing.SHOWN for result in self.results)

    @property
    def limits_hit(self) -> tuple[str, ...]:
        """Every limit that a run hit, once each, in the order they were hit."""
        return tuple(dict.fromkeys(limit for result in self.results for limit in result.limits_hit))


def reproduce(spec: Spec, *, release_version: str, runs: int) -> Report:
    """Run the recipe on a release, `runs` times, one after the other.

    Ends early at a run that says nothing (it hit a limit): the verdict is then BLOCKED whatever the others
    say. Without a working sandbox nothing runs at all. Raises Invalid for a release the recipe does not know.
    """
    execution = spec.execution(release_version)
    runner, obstacle = _runner()
    results: list[Result] = []
    while runner is not None and len(results) < runs:
        try:
            results.append(_look(spec, runner.run(execution)))
        except RuntimeError as refused:
            runner, obstacle = None, str(refused)
            break
        if results[-1].showing is Showing.UNDECIDED:
            break
    said = Verdict.BLOCKED if obstacle else verdict([result.showing for result in results])
    return Report(
        release_version=release_version,
        asked=runs,
        results=tuple(results),
        verdict=said,
        obstacle=obstacle,
        runner=f"{runner.key} {runner.version}" if runner else "",
    )


def _runner() -> tuple[Runner | None, str]:
    """The first runner that can work here, or why the first one cannot."""
    obstacles = []
    for runner in cast(list[Runner], registry.find("runners")):
        obstacle = runner.obstacle()
        if not obstacle:
            return runner, ""
        obstacles.append(obstacle)
    return None, obstacles[0] if obstacles else "There is no sandbox runner. Install one, or use a Linux worker."


def _look(spec: Spec, outcome: Outcome) -> Result:
    texts = (outcome.stdout.decode(errors="replace"), outcome.stderr.decode(errors="replace"))
    found = patterns.search(list(zip((spec.expect.stdout_regex, spec.expect.stderr_regex), texts, strict=True)))
    limits_hit = outcome.limits_hit if found is not None else (*outcome.limits_hit, PATTERN)
    stdout_found, stderr_found = found or (False, False)
    showing = judge(
        spec.expect,
        exit_code=outcome.exit_code,
        limits_hit=limits_hit,
        stdout_found=stdout_found,
        stderr_found=stderr_found,
    )
    return Result(outcome=outcome, showing=showing, limits_hit=limits_hit)
