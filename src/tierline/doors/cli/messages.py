"""Messages for a command: single files, mbox files, folders of both, and standard input, in the order given."""

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

LARGEST = 1024**3  # bytes of one file
_MBOX = re.compile(rb"From \S+.*\d{4}[^\n]*\n(?=[!-9;-~]+:|>?From )")
_NEXT = re.compile(rb"\r?\n\r?\n(?=From \S+[^\n]*\d{4}[^\n]*\n[!-9;-~]+:)")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Found:
    """One message, or the reason why a file could not be read."""

    name: str
    content: bytes = b""
    problem: str = ""


def read(paths: Sequence[str]) -> Iterator[Found]:
    """Every message below `paths`; of an mbox file each one, all under the file's name."""
    for path in paths:
        if path == "-":
            yield from split("-", sys.stdin.buffer.read(LARGEST))
        elif Path(path).is_dir():
            for file in sorted(file for file in Path(path).rglob("*") if file.is_file()):
                yield from _of_file(file)
        else:
            yield from _of_file(Path(path))


def _of_file(file: Path) -> Iterator[Found]:
    try:
        if file.stat().st_size > LARGEST:
            yield Found(str(file), problem=f"larger than {LARGEST // 1024**3} GiB; split the mailbox")
            return
        content = file.read_bytes()
    except OSError as problem:
        yield Found(str(file), problem=problem.strerror or str(problem))
        return
    yield from split(str(file), content)


def split(name: str, content: bytes) -> Iterator[Found]:
    """The messages of an mbox (RFC 4155, with `>From ` quoting undone); anything else is one message as it is."""
    if not _MBOX.match(content) or not _NEXT.search(content):
        yield Found(name, content)
        return
    for one in _NEXT.split(content):
        bare = one.partition(b"\n")[2]
        yield Found(name, _QUOTED.sub(rb"\1", bare))
