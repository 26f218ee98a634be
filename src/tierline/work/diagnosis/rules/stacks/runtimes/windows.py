"""Windows: what the debuggers (cdb, WinDbg) print, and symbolised stacks with brackets."""

import re
from dataclasses import replace

from tierline.work.diagnosis.rules.stacks.forms import FOUND, Detail, Finding, Form, Frame, Runtime, Seen, Sign

_BRACKETS = re.compile(
    r"\s{0,4}([A-Za-z_~`][^\n\[]{0,600}?(?:\[[^\]\n]{0,60}\][^\n\[]{1,200}?){0,6}) "
    r"\[0x[0-9A-Fa-f]{4,16}(?:\+\d{1,9})?\](?: \(([^\n()]{1,400})\))?[ \t]*$"
)
_DEBUGGER = re.compile(
    r"[0-9a-f`]{8,17} [0-9a-f`]{8,17} [^\n!]{0,200}?([\w.]{1,60})!([^\s+]{1,300})(?:\+0x[0-9a-f]{1,8})?"
)
_CODE = re.compile(r"[ \t]{0,4}ExceptionCode: ([0-9a-f]{8})")
_ATTEMPT = re.compile(
    r"Attempt to (read|write|execute)[a-z-]{0,10}(?: from| to)?(?: non-executable)? address ([0-9a-f`]{8,17})"
)
_CODES = {
    "c0000005": "UNKNOWN", "c0000374": "Heap-corruption", "c00000fd": "Stack-overflow", "c0000095": "Integer-overflow",
    "c0000094": "Divide-by-zero", "c000001d": "Ill", "c0000409": "Security check failure", "80000003": "Breakpoint",
}  # fmt: skip
_WAYS = {"read": "READ", "write": "WRITE", "execute": "EXECUTE"}


def _bracket(found: re.Match[str]) -> Frame:
    return Frame("native", found[1], found[2] or "")


def _debugger(found: re.Match[str]) -> Frame:
    return Frame("windows", found[2], found[1])


def _code(found: Seen) -> Finding | None:
    kind = _CODES.get(found[1])
    return Finding(kind, FOUND, recursion=kind == "Stack-overflow") if kind else None


def _attempt(found: re.Match[str], finding: Finding) -> Finding:
    if finding.type != "UNKNOWN":
        return finding
    digits = found[2].replace("`", "").lstrip("0").rjust(12, "0")
    return replace(finding, type=_WAYS[found[1]], address=f"0x{digits}")


RUNTIME = Runtime(
    "windows",
    forms=(Form(_BRACKETS, _bracket), Form(_DEBUGGER, _debugger)),
    signs=(Sign("ExceptionCode: ", _CODE, _code),),
    details=(Detail("Attempt to ", _ATTEMPT, _attempt),),
)
