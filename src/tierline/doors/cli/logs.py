"""`tierline logs …`: templates of a log, and what crash reports say; without a desk and without keeping anything.

The verbs on files that a desk keeps are in `log_vault`.
"""

import argparse
import json
import sys
import tempfile
import time
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tierline.core.kernel.errors import Invalid
from tierline.work.diagnosis.rules.lines import EMPTY, Bounds, split_lines, texts_of
from tierline.work.diagnosis.rules.redact import Redactor
from tierline.work.diagnosis.rules.templates import LineMiner, Template, TemplateMiner

from . import log_vault

if TYPE_CHECKING:
    from tierline.work.diagnosis.rules.stacks import CrashReport

_CHUNK = 1024 * 1024  # bytes
_SPOOL = 65_536  # line numbers held before they go to a temporary file
_SAID_EVERY = 2.0  # seconds
_SHOWN = 40  # templates shown to a person


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The words that `tierline logs` takes."""
    logs = subparsers.add_parser("logs", help="look into log files")
    verbs = logs.add_subparsers(required=True, metavar="VERB")
    analyse = verbs.add_parser("analyse", help="group the lines of a log by template")
    analyse.add_argument("file", metavar="FILE", help="a text file, or - for standard input")
    analyse.add_argument("--json", action="store_true", help="one JSON object a line, the summary last")
    analyse.add_argument("--progress", action="store_true", help="say how far it is also where nobody watches")
    analyse.set_defaults(run=_analyse)
    stacks = verbs.add_parser("stacks", help="say what crash reports and stack traces report")
    stacks.add_argument("paths", metavar="PATH", nargs="+", help="text files, or folders of them")
    stacks.add_argument("--json", action="store_true", help="one JSON object a file")
    stacks.set_defaults(run=_stacks)
    log_vault.add_verbs(verbs)


def _analyse(args: argparse.Namespace) -> int:
    miner = TemplateMiner()
    bounds = Bounds()
    far = _Progress(args.file, shown=args.progress or sys.stderr.isatty())
    with tempfile.TemporaryFile() as spool:
        for numbers in _mined(args.file, miner, bounds, far):
            numbers.tofile(spool)
        templates, place = miner.settle()
        if args.json:
            spool.seek(0)
            _print_json(spool, templates, place, bounds)
        else:
            _print_words(templates, bounds)
    return 0


class _Progress:
    """Says on standard error every few seconds how many lines and bytes were read, and of how many."""

    def __init__(self, name: str, *, shown: bool) -> None:
        path = Path(name)
        self._whole = path.stat().st_size if name != "-" and path.is_file() else 0
        self._shown = shown
        self._read = 0
        self._next = time.monotonic() + _SAID_EVERY

    def add(self, size: int, lines: int) -> None:
        """So many bytes more; `lines` is how many lines there are by now."""
        self._read += size
        if self._shown and time.monotonic() >= self._next:
            self._next = time.monotonic() + _SAID_EVERY
            share = f" ({self._read * 100 // self._whole} %)" if self._whole else ""
            print(f"{lines:,} lines, {self._read / 1e6:,.0f} MB{share}", file=sys.stderr, flush=True)


def _mined(name: str, miner: TemplateMiner, bounds: Bounds, far: _Progress) -> Iterator["array[int]"]:
    """For each line the miner's number, in blocks. Raises Invalid when the file cannot be read or is no text."""
    reader = LineMiner(miner)
    held = array("I")
    for batch in _batches(name, bounds, far):
        held.extend(reader.feed(batch))
        if len(held) >= _SPOOL:
            yield held
            held = array("I")
    yield held


def _batches(name: str, bounds: Bounds, far: _Progress | None = None) -> Iterator[list[str]]:
    try:
        with sys.stdin.buffer if name == "-" else Path(name).open("rb") as stream:
            chunks = _chunks(stream)
            if far is not None:
                chunks = _told(chunks, far, bounds)
            texts = texts_of(chunks, Path(name).name)
            if texts == EMPTY:
                return
            if isinstance(texts, str):
                raise Invalid({"file": f"{name}: {texts}."})
            yield from split_lines(texts, bounds)
    except OSError as error:
        raise Invalid({"file": f"{name}: {error.strerror}."}) from None


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk


def _told(chunks: Iterator[bytes], far: _Progress, bounds: Bounds) -> Iterator[bytes]:
    for chunk in chunks:
        far.add(len(chunk), bounds.lines)
        yield chunk


def _stacks(args: argparse.Namespace) -> int:
    from tierline.work.diagnosis.rules.stacks import read_report

    refused = 0
    for path in _files(args.paths):
        try:
            report = read_report(line for batch in _batches(str(path), Bounds()) for line in batch)
        except Invalid as error:
            print(error.for_people(), file=sys.stderr)
            refused += 1
            continue
        print(json.dumps({"file": str(path), **asdict(report)}) if args.json else _in_words(path, report))
    return 1 if refused else 0


def _files(names: list[str]) -> Iterator[Path]:
    for name in names:
        path = Path(name)
        yield from sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]


def _in_words(path: Path, report: "CrashReport") -> str:
    if not report.type:
        return f"{path}: no crash"
    frames = "".join(f"\n    {line}" for line in _redacted(report.state))
    kind = ", ".join(report.type.split("\n"))
    return f"{path}: {kind}{' (may be exploited)' if report.security else ''}, like {report.group}{frames}"


def _print_json(spool: BinaryIO, templates: list[Template], place: list[int], bounds: Bounds) -> None:
    ids = [templates[at].id for at in place]
    line = 0
    while data := spool.read(_SPOOL * array("I").itemsize):
        numbers = array("I", data)
        sys.stdout.write(
            "".join(
                f'{{"line": {number}, "template_id": "{ids[skeleton]}"}}\n'
                for number, skeleton in enumerate(numbers, line + 1)
            )
        )
        line += len(numbers)
    shown = [
        {"template_id": one.id, "template": text, "count": one.count, "first_line": one.first}
        for one, text in zip(templates, _redacted([one.text for one in templates]), strict=True)
    ]
    summary = {
        "lines": bounds.lines,
        "long_lines": bounds.long_lines,
        "cut_characters": bounds.cut_characters,
        "templates": shown,
    }
    # Line 0 is no line: who reads the answers as one table needs no special case for the summary.
    print(json.dumps({"line": 0, "template_id": "", "summary": summary}))


def _print_words(templates: list[Template], bounds: Bounds) -> None:
    most = sorted(templates, key=lambda template: -template.count)[:_SHOWN]
    texts = _redacted([one.text for one in most])
    print(f"{bounds.lines:,} lines, {len(templates):,} templates")
    for one, text in zip(most, texts, strict=True):
        print(f"{one.count:>9,}  {text[:150]}")


def _redacted(texts: Sequence[str]) -> list[str]:
    """The texts without secrets, by the detectors in force; all at once, for most of the work is done once a text.

    Raises Invalid when a detector of a package fails: nothing is printed then.
    """
    if not texts:
        return []
    from tierline.work.diagnosis.rules.guarded import DetectorFailed

    try:
        return _redactor().redact("\n".join(texts)).split("\n")
    except DetectorFailed as failed:
        raise Invalid({"detector": f"{failed}."}) from None


def _redactor() -> Redactor:
    """The built-in detectors; those of packages are looked for only where one is installed, which takes a second."""
    from importlib.metadata import entry_points

    if not entry_points(group="tierline.detectors"):
        return Redactor()
    from . import desk

    desk.set_up_django()
    from tierline.work.diagnosis.operations.detecting import detectors_in_force
    from tierline.work.diagnosis.rules.guarded import load

    task = detectors_in_force()
    return Redactor(detectors=load(task["detectors"], task["path"]))
