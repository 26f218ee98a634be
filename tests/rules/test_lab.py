"""Recipes are checked before anything runs; k of n becomes one word."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.core.kernel.errors import Invalid
from tierline.work.lab.rules import Expectation, Showing, Verdict, in_words, judge, parse, verdict
from tierline.work.lab.sandbox import seccomp

RECIPE: dict[str, Any] = {
    "title": "Rekey fails after 600 s with roaming on",
    "files": {"steps.py": "import tunnel\n", "conf/roaming.ini": "roaming = on\n"},
    "releases": {
        "5.2.1": {"files": {"tunnel.py": "WINDOW = 64\n"}},
        "5.3.0": {"files": {"tunnel.py": "WINDOW = 2048\n"}},
    },
    "command": ["python3", "steps.py"],
    "expect": {"exit_code": 1, "stderr_regex": "rekey window exceeded$"},
    "runs": 5,
    "timeout_s": 12,
    "limits": {"memory_mb": 64, "output_kb": 10, "processes": 4},
}


def changed(**parts: Any) -> dict[str, Any]:
    return {**copy.deepcopy(RECIPE), **parts}


def faults(data: object) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        parse(data)
    return caught.value.fields


def test_a_recipe_is_read_with_its_units() -> None:
    spec = parse(RECIPE)
    assert spec.title == "Rekey fails after 600 s with roaming on"
    assert spec.command == ("python3", "steps.py")
    assert spec.runs == 5
    assert spec.limits.wall_seconds == 12
    assert spec.limits.memory_bytes == 64 * 1024 * 1024
    assert spec.limits.output_bytes == 10 * 1024
    assert spec.limits.processes == 4
    assert spec.default_release == "5.2.1"


def test_a_release_puts_its_files_over_the_common_ones() -> None:
    recipe = changed(releases={"1": {"files": {"steps.py": "print('other')"}}, "2": {"files": {}}})
    assert parse(recipe).execution("1").files["steps.py"] == "print('other')"
    assert parse(recipe).execution("2").files["steps.py"] == "import tunnel\n"
    assert set(parse(recipe).execution("1").files) == {"steps.py", "conf/roaming.ini"}


def test_a_release_without_files_is_refused_by_name() -> None:
    with pytest.raises(Invalid, match=r"no files for 9\.9; it has 5\.2\.1, 5\.3\.0"):
        parse(RECIPE).execution("9.9")
    with pytest.raises(Invalid, match="no files for no release"):
        parse(RECIPE).execution("")
    assert parse(changed(releases={})).execution("").files == RECIPE["files"]
    with pytest.raises(Invalid, match="it has none"):
        parse(changed(releases={})).execution("1")


def test_small_recipes_have_defaults() -> None:
    spec = parse({"title": "t", "command": ["true"], "expect": {"exit_code": 0}})
    assert (spec.runs, spec.limits.wall_seconds, spec.default_release) == (3, 20, "")
    assert spec.execution("").files == {}


@pytest.mark.parametrize(
    ("parts", "place"),
    [
        ({"title": ""}, "title"),
        ({"title": "a\nb"}, "title"),
        ({"title": 7}, "title"),
        ({"command": "python3 steps.py"}, "command"),
        ({"command": []}, "command"),
        ({"command": [""]}, "command"),
        ({"command": ["a\0b"]}, "command"),
        ({"command": ["x" * 10_001]}, "command"),
        ({"expect": {}}, "expect"),
        ({"expect": {"exitcode": 1}}, "expect"),
        ({"expect": {"exit_code": 256}}, "expect.exit_code"),
        ({"expect": {"exit_code": True}}, "expect.exit_code"),
        ({"expect": {"stdout_regex": "("}}, "expect.stdout_regex"),
        ({"expect": {"stdout_regex": ""}}, "expect.stdout_regex"),
        ({"expect": {"stderr_regex": "x" * 501}}, "expect.stderr_regex"),
        ({"expect": {"stderr_regex": "a{99999999999999999999}"}}, "expect.stderr_regex"),
        ({"expect": {"limit": "patience"}}, "expect.limit"),
        ({"files": []}, "files"),
        ({"files": {"a": 1}}, "files"),
        ({"files": {"../a": "x"}}, "files.../a"),
        ({"files": {"/etc/passwd": "x"}}, "files./etc/passwd"),
        ({"files": {"a/../../b": "x"}}, "files.a/../../b"),
        ({"files": {".tmp": "x"}}, "files..tmp"),
        ({"files": {"a//b": "x"}}, "files.a//b"),
        ({"files": {"a": "x", "a/b": "y"}}, "files.a"),
        ({"files": {f"f{n}": "" for n in range(101)}}, "files"),
        ({"files": {"a": "x" * 600_000}}, "files"),
        ({"releases": ["5"]}, "releases"),
        ({"releases": {"5 1": {"files": {}}}}, "releases.5 1"),
        ({"releases": {"5": {"file": {}}}}, "releases.5"),
        ({"releases": {"5": {"files": {"../x": ""}}}}, "releases.5.files.../x"),
        ({"releases": {str(n): {"files": {}} for n in range(31)}}, "releases"),
        ({"runs": 0}, "runs"),
        ({"runs": 51}, "runs"),
        ({"runs": "3"}, "runs"),
        ({"timeout_s": 0}, "timeout_s"),
        ({"timeout_s": 601}, "timeout_s"),
        ({"limits": {"memory_mb": 1}}, "limits.memory_mb"),
        ({"limits": {"processes": 10_000}}, "limits.processes"),
        ({"limits": {"cores": 2}}, "limits"),
        ({"limits": 5}, "limits"),
        ({"shell": True}, "shell"),
    ],
)
def test_each_fault_is_named_by_its_place(parts: dict[str, Any], place: str) -> None:
    assert list(faults(changed(**parts))) == [place]


@pytest.mark.parametrize("data", [None, [], "recipe", 3, {}])
def test_what_is_no_recipe_is_refused(data: object) -> None:
    assert faults(data)


def test_all_faults_are_told_at_once() -> None:
    told = faults({"title": "", "command": [], "expect": {}, "runs": 0})
    assert set(told) == {"title", "command", "expect", "runs"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**6) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
parts = st.sampled_from(["title", "files", "releases", "command", "expect", "runs", "timeout_s", "limits", "other"])


@given(st.dictionaries(parts, json_values))
def test_any_json_is_a_recipe_or_refused_and_never_leaves_its_folder(replaced: dict[str, Any]) -> None:
    try:
        spec = parse(changed(**replaced))
    except Invalid:
        return
    assert spec.command
    assert 1 <= spec.runs <= 50
    assert all(".." not in name.split("/") and not name.startswith("/") for name in spec.files)


# --- what a run says ---


def look(expect: Expectation, **seen: Any) -> Showing:
    return judge(expect, **{"exit_code": 0, "limits_hit": (), "stdout_found": True, "stderr_found": True, **seen})


def test_everything_expected_must_hold() -> None:
    expect = Expectation(exit_code=1, stdout_regex="x", stderr_regex="y")
    assert look(expect, exit_code=1) is Showing.SHOWN
    assert look(expect, exit_code=0) is Showing.NOT_SHOWN
    assert look(expect, exit_code=1, stdout_found=False) is Showing.NOT_SHOWN
    assert look(expect, exit_code=1, stderr_found=False) is Showing.NOT_SHOWN


def test_what_is_not_expected_does_not_matter() -> None:
    assert look(Expectation(stdout_regex="x"), exit_code=3, stderr_found=False) is Showing.SHOWN
    assert look(Expectation(exit_code=3), exit_code=3, stdout_found=False, stderr_found=False) is Showing.SHOWN


def test_a_limit_that_is_not_the_fault_leaves_it_open() -> None:
    assert look(Expectation(exit_code=1), exit_code=1, limits_hit=("memory",)) is Showing.UNDECIDED
    assert look(Expectation(limit="wall"), limits_hit=("wall", "output")) is Showing.UNDECIDED


def test_a_hang_can_be_the_fault() -> None:
    assert look(Expectation(limit="wall"), exit_code=137, limits_hit=("wall",)) is Showing.SHOWN
    assert look(Expectation(limit="wall")) is Showing.NOT_SHOWN
    hang_after_words = Expectation(limit="wall", stdout_regex="waiting")
    assert look(hang_after_words, limits_hit=("wall",), stdout_found=False) is Showing.NOT_SHOWN


@pytest.mark.parametrize(
    ("showings", "word"),
    [
        ("sss", Verdict.REPRODUCED),
        ("s", Verdict.REPRODUCED),
        ("sns", Verdict.INTERMITTENT),
        ("nnn", Verdict.NOT_REPRODUCED),
        ("", Verdict.BLOCKED),
        ("u", Verdict.BLOCKED),
        ("ssu", Verdict.BLOCKED),
    ],
)
def test_k_of_n_in_one_word(showings: str, word: Verdict) -> None:
    letters = {"s": Showing.SHOWN, "n": Showing.NOT_SHOWN, "u": Showing.UNDECIDED}
    assert verdict([letters[letter] for letter in showings]) is word


@given(st.lists(st.sampled_from(Showing), min_size=1))
def test_the_order_of_runs_does_not_matter_and_counts_decide(showings: list[Showing]) -> None:
    shown = showings.count(Showing.SHOWN)
    word = verdict(showings)
    assert word is verdict(list(reversed(showings)))
    assert (word is Verdict.REPRODUCED) == (shown == len(showings))
    assert (word is Verdict.BLOCKED) == (Showing.UNDECIDED in showings)


def test_runs_in_words() -> None:
    def words(**told: Any) -> str:
        return in_words(**{"release": "5.2.1", "asked": 3, "reproduced": 3, "limits_hit": (), **told})

    assert words(verdict="reproduced") == "3 of 3 on 5.2.1"
    assert words(verdict="not_reproduced", reproduced=0, release="") == "0 of 3"
    assert words(verdict="blocked", limits_hit=("wall",)) == "could not be decided on 5.2.1: limit hit, wall"
    assert words(verdict="blocked") == "could not be decided on 5.2.1: no sandbox"


# --- the filter of system calls, played as the kernel plays it ---


def answer(program: bytes, *, machine: int, number: int, flags: int = 0) -> int:
    """Run a classic BPF program over one system call; only the five instructions that are used."""
    data = {0: number, 4: machine, 16: flags}
    steps = [program[at : at + 8] for at in range(0, len(program), 8)]
    accumulator, at = 0, 0
    while True:
        code, yes, no, value = (int.from_bytes(steps[at][a:b], "little") for a, b in ((0, 2), (2, 3), (3, 4), (4, 8)))
        at += 1
        if code == 0x06:
            return value
        if code == 0x20:
            accumulator = data[value]
        else:
            holds = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}[code]
            at += yes if holds else no


ALLOW, EPERM, ENOSYS, KILL = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000


@pytest.mark.parametrize(
    ("machine", "audit", "clone", "read", "refused"),
    [
        ("x86_64", 0xC000003E, 56, 0, (29, 101, 165, 272, 319, 321, 425)),
        ("aarch64", 0xC00000B7, 220, 63, (40, 97, 117, 194, 279, 280, 425)),
    ],
)
def test_the_filter_refuses_what_it_names(
    machine: str, audit: int, clone: int, read: int, refused: tuple[int, ...]
) -> None:
    program = seccomp.program(machine)
    assert answer(program, machine=audit, number=read) == ALLOW
    assert {answer(program, machine=audit, number=number) for number in refused} == {EPERM}
    assert answer(program, machine=audit, number=435) == ENOSYS
    assert answer(program, machine=audit, number=clone, flags=0x11) == ALLOW
    assert answer(program, machine=audit, number=clone, flags=0x10000011) == EPERM
    assert answer(program, machine=audit, number=0x40000000 + read) == EPERM
    assert answer(program, machine=0x40000003, number=read) == KILL


def test_an_unlisted_processor_has_no_filter() -> None:
    assert seccomp.program("riscv64") == b""
