"""The house keeps its own rules: sizes, floors without HTTP, docstrings, kinds of events that can be erased."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tierline.core.kernel.jobs import app
from tierline.core.timeline.rules import Payload
from tierline.reactions.table import TABLE

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "tierline"
ROOMS = ("core", "desk", "work", "ladder", "insight", "reactions")
NO_HTTP = ("django.http", "django.shortcuts", "django.views", "django.template", "ninja")
LONGEST_FILE, LONGEST_FUNCTION, P90_FUNCTION = 400, 60, 25
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def modules() -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def functions() -> list[tuple[str, Function, int]]:
    return [
        (
            f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}",
            node,
            (node.end_lineno or node.lineno) - node.lineno + 1,
        )
        for path in modules()
        for node in ast.walk(tree_of(path))
        if isinstance(node, Function)
    ]


def test_files_are_short() -> None:
    sizes = {str(p.relative_to(SOURCE)): len(p.read_text(encoding="utf-8").splitlines()) for p in modules()}
    assert {name: size for name, size in sizes.items() if size > LONGEST_FILE} == {}


def test_functions_are_short() -> None:
    sizes = sorted((size, name) for name, _, size in functions())
    assert [row for row in sizes if row[0] > LONGEST_FUNCTION] == []
    assert sizes[int(len(sizes) * 0.9)][0] <= P90_FUNCTION


def test_every_function_says_what_it_returns() -> None:
    assert [name for name, node, _ in functions() if node.returns is None and node.name != "__init__"] == []


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("floor", ROOMS)
def test_rooms_have_no_http(floor: str) -> None:
    found = {
        f"{path.relative_to(SOURCE)}: {name}"
        for path in (SOURCE / floor).rglob("*.py")
        for name in imported(path)
        if any(name == banned or name.startswith(f"{banned}.") for banned in NO_HTTP)
    }
    assert found == set(), "a room answers no requests: move this to a door"


def public_verbs() -> Iterator[tuple[str, Function]]:
    """Functions of operations, queries and rules that do not start with an underscore."""
    for path in modules():
        parts = path.relative_to(SOURCE).parts
        if parts[0] in ROOMS and any(re.match(r"(operations|queries|rules)(\.py)?$", part) for part in parts):
            yield from (
                (f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}", node)
                for node in tree_of(path).body
                if isinstance(node, Function) and not node.name.startswith("_")
            )


def test_public_functions_of_rooms_are_documented() -> None:
    assert [name for name, node in public_verbs() if not ast.get_docstring(node)] == []


def test_verbs_are_keyword_only_and_name_their_actor() -> None:
    without_actor_on_purpose = {
        "admit_by_token",  # who it is, is the question
        "create_first_administrator",  # nobody is there to act yet
        "ensure_default_contracts",
        "erase",  # the verb that erases is the ticket's own
        "follow_up",  # told by an entry, acts as the assistant
        "forget_failed_sign_ins",
        "keep_clocks",  # a projection that anybody may ask for again
        "note_failed_sign_in",  # whoever it was did not get in
        "reading",  # opens a bounded process for a verb
        "rewrite",  # as `erase`: the verb is the upper room's
        "settle",
    }
    wrong = []
    for name, node in public_verbs():
        if "operations" not in name or node.args.posonlyargs or not _is_verb(node):
            continue
        names = [argument.arg for argument in node.args.kwonlyargs]
        if "actor" not in names and node.name not in without_actor_on_purpose:
            wrong.append(name)
    assert wrong == []


def _is_verb(node: Function) -> bool:
    """Helpers that verbs share take positional arguments; verbs do not."""
    return not node.args.args and bool(node.args.kwonlyargs)


def kinds() -> list[str]:
    return sorted(Payload.registry)


def test_event_kinds_are_subject_dot_verb() -> None:
    assert [kind for kind in kinds() if not re.fullmatch(r"[a-z_]+\.[a-z_]+", kind)] == []


WORDS_OF_THE_PRODUCT = {
    "assistant.asked",  # the question that the rules ask
    "fix.failed",
    "fix.verified",  # k of n in words
    "routing.left_with_group",  # why nobody was chosen, by role
    "runbook.started",  # the runbook's own title
    "survey.withheld",  # a code, and why no automatic mail may go out
}
TEXT_FIELDS = {"title", "text", "words", "reason", "resolution", "lesson", "question", "note", "comment", "summary"}


@pytest.mark.parametrize("kind", sorted(set(kinds()) - WORDS_OF_THE_PRODUCT))
def test_personal_text_can_be_erased(kind: str) -> None:
    """A payload with a field for free text changes when it is erased."""
    payload = Payload.registry[kind]
    carries = TEXT_FIELDS & set(payload.__dataclass_fields__)
    own = any("erase" in vars(base) for base in payload.__mro__ if base not in {Payload, object})
    assert own or not carries, f"{kind} keeps {', '.join(sorted(carries))}: define erase()"


def test_every_reaction_is_a_job_and_every_kind_exists() -> None:
    assert {name for names in TABLE.values() for name in names} - set(app.tasks) == set()
    assert set(TABLE) - set(kinds()) == set()


def test_the_projects_words_are_its_own() -> None:
    """No path of a machine, no marker for later work."""
    marker = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in [*modules(), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if marker.search(line)
    ]
    assert found == []
