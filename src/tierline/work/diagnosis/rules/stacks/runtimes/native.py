"""Native stacks: sanitizers, gdb, glibc's backtrace(3), glog, Fuchsia, Breakpad and WebKit write frames like these."""

import re

from tierline.work.diagnosis.rules.stacks.forms import Form, Frame, Runtime, named

_NUMBERED = re.compile(
    r"[ \t]{0,12}#\d{1,3}(\.\d{1,3})?[ ]{1,6}(?:0x\w{1,40}(?:[ \t]{1,4}|$))?(?:in(?:[ \t]{1,4}|$)){0,2}"
    r"((?:[^\s(]|\(anonymous)[^\n]{0,2000})"
)
_GLOG = re.compile(r"[ \t]{1,8}@[ \t]{1,20}0x[0-9a-f]{1,16}[ \t]{1,4}([^\n]{1,2000})")
_COLUMNS = re.compile(r"\d{1,3}[ \t]{2,40}[\w.+-]{1,80}[ \t]{1,40}0x[0-9a-f]{6,16} ([^\n]{1,2000}?) \+ \d{1,12}")
_BACKTRACE = re.compile(
    r"[ \t]{0,8}([^\s()]{1,400})\(([^\n]{0,2000}?)(?:\+0x[0-9a-f]{1,16})?\)[ \t]?\[0x[0-9a-f]{4,16}\]$"
)
_PLACED = re.compile(
    r"\s+at\s[^\n]{0,400}$|\s+from\s\S[^\n]{0,400}$|\s+\((?:[/<]|[A-Za-z]:\\)[^\n]{0,600}$|\s+\(BuildId: [^\n]{0,80}$"
    r"|\s+<<?[\w.+-]{1,80}>>?\+0x[^\n]{0,60}$|\s+(?:\.{0,2}/|[A-Za-z]:[\\/])[^\n]{0,600}$"
    r"|\s+[^\s()]{1,300}:\d{1,9}(?::\d{1,9})?(?:\s[^\n]{0,200})?$|\s+(?:_asan_rtl_|\?\?:\?)$"
)
_PATH = re.compile(r"(?:[A-Za-z]:)?[^\s:()]{1,300}")


def _numbered(found: re.Match[str]) -> Frame | None:
    return None if found[1] else _split(found[2])  # `#8.1` is inlined into `#8`


def _split(text: str) -> Frame:
    placed = _PLACED.search(text)
    if placed is None:
        return Frame("native", text.strip())
    words = text[placed.start() :].strip().removeprefix("at ").removeprefix("from ").strip("() ")
    path = _PATH.match(words)
    return Frame("native", text[: placed.start()].strip(), path.group() if path else "")


def _backtrace(found: re.Match[str]) -> Frame:
    return Frame("native", found[2], found[1])


RUNTIME = Runtime(
    "native",
    forms=(
        Form(_NUMBERED, _numbered),
        Form(_GLOG, named("native")),
        Form(_COLUMNS, named("native")),
        Form(_BACKTRACE, _backtrace),
    ),
)
