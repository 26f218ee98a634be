"""The state of a crash: its first own frames, short and the same from build to build.

The convention is that of ClusterFuzz, which most fuzzing projects report with: at most three lines of at most 80
characters; frames of runtimes, allocators, sanitizers and test harnesses do not count.
"""

import re

from .foreign import is_foreign_name, is_foreign_place, is_unnamed
from .forms import Frame, file_of

LONGEST = 80  # characters of a line
_HARNESS = re.compile(r"_*(?:LLVM)?FuzzerTestOneInput$")
_ANONYMOUS = re.compile(r"\(anonymous namespace\)::|`anonymous[ -]namespace'::|\(anonymous\)::|\{anonymous\}::")
_SOURCE = re.compile(r"\.(?:c|cc|cpp|cxx|c\+\+|h|hpp|m|mm|rs|go|swift|inc)$")
_OFFSET = re.compile(r"\+0x[0-9a-f]{1,8}(?:/0x[0-9a-f]{1,8})?$")


def bare(frame: Frame) -> str:
    """The name without namespaces that have none, and without arguments: `a::b<c>(d) const` -> `a::b<c>`."""
    if frame.language not in {"native", "windows"}:
        return frame.name
    name = _ANONYMOUS.sub("", frame.name).strip()
    at = name.find("(")
    return name.removesuffix(" const") if at <= 0 else name[:at].strip()


def clean(frame: Frame) -> str:
    """The name of a frame as it stands in a state; empty for a frame that does not count."""
    name = bare(frame)
    if is_unnamed(name) or frame.place == "?" or is_foreign_place(frame.place):
        return ""
    is_nameless = frame.language == "script" and not frame.place
    short = _short(name, frame.language)
    is_torn = short.count("(") != short.count(")")
    return "" if is_nameless or is_torn or is_foreign_name(short) else short


def harness_file(frame: Frame) -> str | None:
    """The source file of a fuzz target that calls everything else: it ends the state. None for other frames."""
    if not _HARNESS.match(frame.name.partition("(")[0].strip()):
        return None
    name = file_of(frame.place)
    return name if _SOURCE.search(name) and not is_foreign_place(frame.place) else ""


def cut(text: str) -> str:
    """One line of a state."""
    return " ".join(text.split())[:LONGEST].rstrip("\n")


def _short(name: str, language: str) -> str:
    if language == "go":
        return name.rpartition("/")[2]
    if language == "python":
        return name.rpartition(":")[2]
    if language in {"java", "dotnet", "script"}:
        return name
    return _OFFSET.sub("", name).strip()
