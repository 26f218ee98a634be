"""What programs say when a check of their own fails: Chromium, V8, glog, Abseil, glibc, libc++, WebKit, spdlog."""

import re

from tierline.work.diagnosis.rules.stacks.forms import DETECTED, STATED, Finding, Runtime, Seen, Sign, file_of, says

_CHROMIUM = re.compile(
    r"[ \t]{0,8}(?:\S{1,60} ){0,4}?\[[^\]\n]{0,120}?FATAL:([^\]\n(]{1,200}?)(?:\(\d{1,9}\)|:\d{1,9})\] ?([^\n]{0,2000})"
)
_GLOG = re.compile(r"F\d{4,8} \d\d:\d\d:\d\d\.\d{1,9}[ ]{1,8}\d{1,12} ([^\s:]{1,200}):\d{1,9}\] ([^\n]{1,2000})")
_CHECK = re.compile(
    r"(?:(Security )?(D?CHECK) failed|(Debug check|Check) failed|NOTREACHED hit\.)(?::)?[ ]?([^\n]{0,2000})"
)
_V8 = re.compile(r"(?:#[ ]{1,2})?Fatal error(?: in ([^\n]{1,300}))?$")
_V8_PLACE = re.compile(r"([^\n]{1,280}), line \d{1,9}$")
_V8_RUNTIME = re.compile(r"#[ ]{1,2}Runtime error in ([^\n]{1,280}), line \d{1,9}$")
_V8_API = "V8 error: "
_V8_ABORT = re.compile(r"abort: ((?:CSA_D?(?:ASSERT|CHECK)|CSA_DCHECK|Assert)[^\n]{1,1000})")
_V8_SOURCE = re.compile(r" \[([^\]\s]{1,200}):\d{1,9}\]")
_GLIBC = re.compile(r"[^\n]{0,400}?: Assertion `([^\n]{1,1000}?)'? ?failed\.?$")
_LIBCXX = re.compile(
    r"[^\n]{0,400}?:\d{1,9}: ?assertion [^\n]{1,400}? failed: ?([^\n]{1,1000}?)(?:AddressSanitizer:DEADLY[^\n]{0,20})?$"
)
_WEBKIT = re.compile(r"ASSERTION FAILED: ([^\n]{1,1000})")
_SPDLOG = re.compile(r"\[[^\n]{0,120}\]\[assert\] [^\]\n]{1,200}\] (?:assert failure|panic): ([^\n]{1,1000})")
_MEDIA = re.compile(
    r"(?:\S{1,40} ){0,5}?([^\s:]{1,200}):\d{1,9} (CHECK(?:_\w{1,4})?\([^\n]{1,600}?\) failed)(?:: |\.|$)"
)
_GENERIC = re.compile(r"(?:Assertion failed|assertion failed|Assert failed): ([^\n]{1,1000})")
_HASH = re.compile(r"#[ ]?")


def _said(text: str) -> str:
    """The words of a check, without the values that were compared: `a == b (2 vs. 3).` -> `a == b`."""
    said = text.rstrip().rstrip(".").rstrip()
    compared = said.find(" vs. ")
    if compared < 0 or not said.endswith(")"):
        return said
    at = said.rfind(" (", 0, compared)
    while at >= 0:
        values = said[at + 1 :]
        if values.count("(") == values.count(")"):
            return said[:at]
        at = said.rfind(" (", 0, at)
    return said


def _in(said: str, place: str) -> str:
    return f"{said} in {file_of(place)}" if place else said


def _failed(said: str, place: str) -> Finding | None:
    """A check in the words of Chromium, V8 and glog."""
    check = _CHECK.match(said)
    if check is None:
        return None
    security, name, words, rest = check.groups()
    kind = "DCHECK failure" if words == "Debug check" or (security and name == "DCHECK") else "CHECK failure"
    return Finding(f"Security {kind}" if security else kind, STATED, first=(_in(_said(rest), place),))


def _chromium(found: Seen) -> Finding | None:
    place, said = found[1], found[2]
    if said.startswith(_V8_API):
        return Finding("V8 API error", STATED, first=(_said(said.removeprefix(_V8_API)),), most=4)
    if said.startswith("Out of memory"):
        return Finding("Out-of-memory", STATED)
    return _failed(said, place) or None


def _glog(found: Seen) -> Finding:
    place, said = found[1], found[2]
    return _failed(said, place) or Finding("Fatal error", STATED, first=(_in(_said(said), place),))


def _v8(found: Seen) -> Finding | None:
    if not found.after or not found.after[0].startswith("#"):
        return None
    said = _HASH.sub("", found.after[0], count=1).strip()
    placed = _V8_PLACE.match(found[1]) if found[1] else None
    place = placed[1] if placed else ""
    if failed := _failed(said, place):
        return failed
    if said in {"unimplemented code", "unreachable code"}:
        return Finding("Unreachable code", STATED, first=(file_of(place),))
    return Finding("Fatal error", STATED, first=(_in(_said(said), place),))


def _v8_runtime(found: Seen) -> Finding:
    said = next((_HASH.sub("", line, count=1) for line in found.after if line.strip("# ")), "")
    return Finding("RUNTIME_ASSERT", STATED, first=(_in(_said(said), found[1]),))


def _v8_abort(found: Seen) -> Finding:
    places = [file_of(place) for place in _V8_SOURCE.findall(found[1])]
    said = _V8_SOURCE.sub("", found[1]).strip()
    return Finding("ASSERT", STATED, first=(said, *places[:1]), most=0)


def _assert(found: Seen) -> Finding:
    said = re.split(r"\. Details: ", found[1])[0]
    return Finding("ASSERT", STATED, first=(_said(said),))


def _media(found: Seen) -> Finding:
    return Finding("CHECK failure", STATED, first=(_in(found[2], found[1]),))


RUNTIME = Runtime(
    "checks",
    signs=(
        Sign("sandbox violation detected", re.compile(r"## V8 sandbox violation detected!"),
             says("V8 sandbox violation", DETECTED, labels=True)),
        Sign("FATAL:", _CHROMIUM, _chromium),
        Sign("] ", _GLOG, _glog),
        Sign("Fatal error", _V8, _v8),
        Sign("Runtime error in ", _V8_RUNTIME, _v8_runtime),
        Sign("abort: ", _V8_ABORT, _v8_abort),
        Sign(": Assertion `", _GLIBC, _assert),
        Sign("assertion ", _LIBCXX, _assert),
        Sign("ASSERTION FAILED", _WEBKIT, _assert),
        Sign("[assert]", _SPDLOG, _assert),
        Sign("CHECK", _MEDIA, _media),
    ),
)  # fmt: skip
