"""Private keys that stand over several lines: masked line by line, so that no chunk can end inside one unnoticed.

A key begins with its first line (RFC 7468 §2 for PEM, RFC 9580 §6.2 for OpenPGP, also OpenVPN, SSH2 and PuTTY) and
lasts until its last line. One that was cut short lasts as long as lines look like parts of a key. Lines of others that
came between stay. What came before the key on its lines (a stamp, a mark of quotation) stays as well.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

_MARKS = ("-----BEGIN ", "---- BEGIN SSH2 ", "Private-Lines: ")
_LABEL = r"(?:[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?|OpenVPN Static key V\d)"
_SSH2 = r"SSH2 ENCRYPTED PRIVATE KEY ----"
_BEGIN = re.compile(rf"-----BEGIN {_LABEL}-----|---- BEGIN {_SSH2}|Private-Lines: \d{{1,4}}")
_END = re.compile(rf"-----END {_LABEL}-----|---- END {_SSH2}|Private-(?:MAC|Hash): [0-9a-fA-F]{{8,128}}")
_AROUND = r"(?:[\"'`>|,;{}()\[\] \t]|\\[nrt\"'])*+"
_PART = re.compile(rf"{_AROUND}(?:[A-Za-z0-9+/=_-]++(?:\\[nrt])*+)*+{_AROUND}")
_HEADER = re.compile(
    r"[ \t>|]{0,20}(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|MessageID|Subject|Key-Derivation"
    r"|Argon2-[\w-]{1,30}|X-[\w-]{1,40}): [^\n]{0,300}"
)
_RUN = re.compile(r"[A-Za-z0-9+/=]{40,}+")
_SURE = 16  # characters that make a line a part of a key and not a short word
_STRANGERS = 8  # lines of others after which a key without an end is over
_HELD = 1_000_000  # characters
_LONGEST_PREFIX = 200  # characters


@dataclass(slots=True)
class _Block:
    """A key that is not over: the text before it, its parts so far, and the lines that wait for its name."""

    head: str
    parts: list[str]
    prefix: re.Pattern[str]
    waiting: list[str] = field(default_factory=list)
    size: int = 0
    strangers: int = 0
    named: bool = False


class KeyBlocks:
    """Feed whole lines in any chunks; `name` gives a secret its name. The number of lines stays."""

    def __init__(self, name: Callable[[str], str]) -> None:
        self._name = name
        self._block: _Block | None = None

    def feed(self, text: str) -> str:
        """What can be told of the lines so far; lines of a key wait for its end. Every line ends with a line feed."""
        if not text or (self._block is None and not any(mark in text for mark in _MARKS)):
            return text
        out: list[str] = []
        for line in text.removesuffix("\n").split("\n"):
            if self._block is None:
                self._outside(line, out)
            else:
                self._inside(self._block, line, out)
        return "".join(f"{line}\n" for line in out)

    def close(self) -> str:
        """What still waits; a key ends with its file."""
        out: list[str] = []
        self._end(out)
        return "".join(f"{line}\n" for line in out)

    def _outside(self, line: str, out: list[str]) -> None:
        done = ""
        while begin := _BEGIN.search(line):
            before, secret = line[: begin.start()], line[begin.start() :]
            end = _END.search(line, begin.end())
            if end is None:
                self._block = _Block(done + before, [secret], _prefix(before))
                return
            done += before + self._name(line[begin.start() : end.end()])
            line = line[end.end() :]
        out.append(done + line)

    def _inside(self, block: _Block, line: str, out: list[str]) -> None:
        prefix = block.prefix.match(line)
        start = prefix.end() if prefix else 0
        end = _END.search(line, start)
        if end is not None:
            block.parts.append(line[start : end.end()])
            self._end(out)
            self._outside(line[:start] + line[end.end() :], out)
            return
        if _PART.fullmatch(line, start) or _HEADER.fullmatch(line, start):
            block.parts.append(line[start:])
            block.strangers = 0 if len(line) - start >= _SURE else block.strangers
            self._keep(block, line[:start], out)
            return
        block.strangers += 1
        self._keep(block, _RUN.sub(lambda run: self._name(run.group()), line), out)
        if block.strangers >= _STRANGERS:
            self._end(out)

    def _keep(self, block: _Block, line: str, out: list[str]) -> None:
        """A line waits for the name of the key, unless too much waits: then the key is named by what is known of it."""
        if block.named:
            block.parts.clear()
            out.append(line)
            return
        block.waiting.append(line)
        block.size += len(line) + len(block.parts[-1])
        if block.size > _HELD:
            self._tell(block, out)

    def _tell(self, block: _Block, out: list[str]) -> None:
        out.append(block.head + self._name("\n".join(block.parts)))
        out.extend(block.waiting)
        block.waiting.clear()
        block.named = True

    def _end(self, out: list[str]) -> None:
        if self._block is not None and not self._block.named:
            self._tell(self._block, out)
        self._block = None


def _prefix(before: str) -> re.Pattern[str]:
    """What stands before each line of a key that was logged line by line: the same words with other numbers."""
    if len(before) > _LONGEST_PREFIX:
        return re.compile("")
    return re.compile(re.sub(r"\d+", r"\\d{1,20}+", re.escape(before)))
