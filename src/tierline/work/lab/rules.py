"""What a recipe is, when a run shows its fault, and what k of n runs say. Pure.

A recipe is one JSON object (docs/reference/recipes.md). Everything in it is untrusted: it is checked here,
bounded by `Limits` and only ever run inside a sandbox.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from tierline.core.kernel.errors import Invalid
from tierline.core.plugins.contracts import Execution, Limits

MOST_RUNS = 50
MOST_FILES = 100
MOST_RELEASES = 30
MOST_COMMAND_CHARACTERS = 10_000
MOST_CHARACTERS = 512 * 1024
"""All files of a recipe together, those of its releases included."""
LIMIT_NAMES = ("wall", "cpu", "memory", "processes", "disk", "output")
_MB = 1024 * 1024
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*){0,5}")
_KEYS = {"title", "files", "releases", "command", "expect", "runs", "timeout_s", "limits"}
# name in the recipe -> (field of Limits, factor to its unit, smallest, largest)
_LIMITS = {
    "cpu_s": ("cpu_seconds", 1, 1, 600),
    "memory_mb": ("memory_bytes", _MB, 16, 4096),
    "processes": ("processes", 1, 1, 512),
    "disk_mb": ("disk_bytes", _MB, 1, 1024),
    "output_kb": ("output_bytes", 1024, 1, 16 * 1024),
    "open_files": ("open_files", 1, 8, 4096),
}


class Showing(StrEnum):
    """What one run says about the fault."""

    SHOWN = "shown"
    NOT_SHOWN = "not_shown"
    UNDECIDED = "undecided"


class Verdict(StrEnum):
    """What all runs say. BLOCKED: nothing can be said, because a limit was hit or there is no sandbox."""

    REPRODUCED = "reproduced"
    INTERMITTENT = "intermittent"
    NOT_REPRODUCED = "not_reproduced"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What means "the fault shows": everything that is given must hold."""

    exit_code: int | None = None
    stdout_regex: str = ""
    stderr_regex: str = ""
    limit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A checked recipe.

    `releases` maps a version to the files that differ in it, the affected version first.
    """

    title: str
    command: tuple[str, ...]
    expect: Expectation
    files: Mapping[str, str]
    releases: Mapping[str, Mapping[str, str]]
    runs: int = 3
    limits: Limits = field(default_factory=Limits)

    @property
    def default_release(self) -> str:
        """The first release listed; empty when the recipe knows none."""
        return next(iter(self.releases), "")

    def execution(self, release_version: str) -> Execution:
        """One run on a release. Raises Invalid for a release that the recipe has no files for."""
        if release_version not in self.releases and (release_version or self.releases):
            known = ", ".join(self.releases) or "none"
            raise Invalid(
                {"release": f"The recipe has no files for {release_version or 'no release'}; it has {known}."}
            )
        files = {**self.files, **self.releases.get(release_version, {})}
        return Execution(files=files, command=self.command, limits=self.limits)


def judge(
    expect: Expectation, *, exit_code: int, limits_hit: Sequence[str], stdout_found: bool, stderr_found: bool
) -> Showing:
    """What one run says. A run that hit a limit proves nothing, unless hitting that limit is the fault."""
    if set(limits_hit) - {expect.limit}:
        return Showing.UNDECIDED
    shown = (
        (not expect.limit or expect.limit in limits_hit)
        and (expect.exit_code is None or expect.exit_code == exit_code)
        and (not expect.stdout_regex or stdout_found)
        and (not expect.stderr_regex or stderr_found)
    )
    return Showing.SHOWN if shown else Showing.NOT_SHOWN


def verdict(showings: Sequence[Showing]) -> Verdict:
    """K of n in one word. Without runs, or with an undecided one, nothing can be said."""
    if not showings or Showing.UNDECIDED in showings:
        return Verdict.BLOCKED
    shown = sum(showing is Showing.SHOWN for showing in showings)
    if shown == len(showings):
        return Verdict.REPRODUCED
    return Verdict.INTERMITTENT if shown else Verdict.NOT_REPRODUCED


def parse(data: object) -> Spec:
    """The recipe in `data`, as JSON gives it. Raises Invalid with every fault found, named by its place."""
    if not isinstance(data, dict):
        raise Invalid({"recipe": "A recipe is one JSON object."})
    faults: dict[str, str] = {f"{key}": "There is no such part of a recipe." for key in set(data) - _KEYS}
    spec = Spec(
        title=_title(data.get("title"), faults),
        command=_command(data.get("command"), faults),
        expect=_expectation(data.get("expect"), faults),
        files=_files(data.get("files", {}), "files", faults),
        releases=_releases(data.get("releases", {}), faults),
        runs=_whole(data.get("runs", 3), "runs", 1, MOST_RUNS, faults),
        limits=_limits(data.get("limits", {}), data.get("timeout_s", 20), faults),
    )
    characters = sum(len(text) for files in (spec.files, *spec.releases.values()) for text in files.values())
    if characters > MOST_CHARACTERS:
        faults["files"] = f"All files together may have {MOST_CHARACTERS:,} characters; these have {characters:,}."
    if faults:
        raise Invalid(faults, "; ".join(f"{place}: {fault}" for place, fault in faults.items()))
    return spec


def _title(value: object, faults: dict[str, str]) -> str:
    if isinstance(value, str) and 1 <= len(value.strip()) <= 200 and _plain(value):  # noqa: PLR2004 (said below)
        return value.strip()
    faults["title"] = "A recipe needs a title of at most 200 characters."
    return ""


def _command(value: object, faults: dict[str, str]) -> tuple[str, ...]:
    words = value if isinstance(value, list) else []
    if all(isinstance(word, str) and _plain(word) for word in words) and any(words[:1]) and _fits(words):
        return tuple(words)
    faults["command"] = 'The command is a list of words without a shell, such as ["python3", "steps.py"].'
    return ()


def _files(value: object, place: str, faults: dict[str, str]) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        faults[place] = "Files are an object: name to text."
        return {}
    if len(value) > MOST_FILES:
        faults[place] = f"A recipe may have at most {MOST_FILES} files."
        return {}
    for name in value:
        if not isinstance(name, str) or not _FILE_NAME.fullmatch(name) or len(name) > 200:  # noqa: PLR2004 (bound)
            faults[f"{place}.{name}"] = "A file name is relative, of letters, digits, '.', '_', '-' and '/'."
        elif any(str(other).startswith(f"{name}/") for other in value):
            faults[f"{place}.{name}"] = "This is the name of a file and of a folder."
    return {str(name): str(text) for name, text in value.items()}


def _releases(value: object, faults: dict[str, str]) -> dict[str, dict[str, str]]:
    if not isinstance(value, dict) or len(value) > MOST_RELEASES:
        faults["releases"] = f"Releases are an object: version to its files; at most {MOST_RELEASES}."
        return {}
    releases = {}
    for version, release in value.items():
        place = f"releases.{version}"
        if not isinstance(version, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,59}", version):
            faults[place] = "A version is letters, digits, '.', '_', '+' and '-'."
        elif not isinstance(release, dict) or set(release) != {"files"}:
            faults[place] = 'A release is {"files": {...}}.'
        else:
            releases[version] = _files(release["files"], f"{place}.files", faults)
    return releases


def _expectation(value: object, faults: dict[str, str]) -> Expectation:
    known = {"exit_code", "stdout_regex", "stderr_regex", "limit"}
    if not isinstance(value, dict) or not value or set(value) - known:
        faults["expect"] = f"Say how the fault shows: at least one of {', '.join(sorted(known))}."
        return Expectation()
    if "exit_code" in value:
        _whole(value["exit_code"], "expect.exit_code", 0, 255, faults)
    if "limit" in value and value["limit"] not in LIMIT_NAMES:
        faults["expect.limit"] = f"This is one of: {', '.join(LIMIT_NAMES)}."
    for key in ("stdout_regex", "stderr_regex"):
        if key in value:
            _check_regex(value[key], f"expect.{key}", faults)
    return Expectation() if any(place.startswith("expect") for place in faults) else Expectation(**value)


def _check_regex(value: object, place: str, faults: dict[str, str]) -> None:
    if not isinstance(value, str) or not 1 <= len(value) <= 500:  # noqa: PLR2004 (said below)
        faults[place] = "A regular expression has 1 to 500 characters."
        return
    try:
        re.compile(value, re.MULTILINE)
    except (re.error, OverflowError, RecursionError) as error:
        faults[place] = f"This is not a regular expression: {error}."


def _limits(value: object, timeout: object, faults: dict[str, str]) -> Limits:
    limits = Limits(wall_seconds=_whole(timeout, "timeout_s", 1, 600, faults))
    if not isinstance(value, dict) or set(value) - set(_LIMITS):
        faults["limits"] = f"Limits are an object with some of: {', '.join(_LIMITS)}."
        return limits
    for name, given in value.items():
        attribute, factor, least, most = _LIMITS[name]
        limits = replace(limits, **{attribute: _whole(given, f"limits.{name}", least, most, faults) * factor})
    return limits


def _whole(value: object, place: str, least: int, most: int, faults: dict[str, str]) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    faults[place] = f"This is a whole number from {least} to {most}."
    return least


def _fits(words: list[str]) -> bool:
    return sum(map(len, words)) <= MOST_COMMAND_CHARACTERS


def _plain(text: str) -> bool:
    return "\0" not in text and text.isprintable()


def in_words(*, release: str, asked: int, reproduced: int, verdict: str, limits_hit: Sequence[str]) -> str:
    """A run as the timeline and the pages say it: "3 of 3 on 5.2.1"."""
    on = f" on {release}" if release else ""
    if verdict != Verdict.BLOCKED:
        return f"{reproduced} of {asked}{on}"
    return f"could not be decided{on}: " + (f"limit hit, {', '.join(limits_hit)}" if limits_hit else "no sandbox")
