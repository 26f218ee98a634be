"""Address, HWAddress, Memory, Thread and Leak Sanitizer (compiler-rt), and what allocators with guards report."""

import re
from dataclasses import replace

from tierline.work.diagnosis.rules.stacks.forms import ABORTED, ACCESS, FOUND, Detail, Finding, Runtime, Seen, Sign

NULL_PAGES = 0x10000  # bytes; nothing is mapped below
_LONGEST_ACCESS = 16  # bytes; a longer one is that of a buffer and varies
_ERROR = re.compile(
    r"[^\n]{0,80}?(?:ERROR|WARNING): ?(?:HW)?(?:Address|Memory|Thread|Leak|UndefinedBehavior|DataFlow)Sanitizer:? "
    r"([^\n]{1,400})"
)
_UNKNOWN_ADDRESS = re.compile(r"([A-Za-z-]{2,40}) on unknown address(?: (0x[0-9a-fA-F]{1,16}))?")
_AT_ADDRESS = re.compile(r"([a-z][a-z-]{3,60})(?: on address| on| in)? (0x[0-9a-fA-F]{1,16})")
_KIND = re.compile(r"(data race|thread leak|[a-z][a-z-]{3,60})(?=[\s:(]|$)")
_FREE = re.compile(r"attempting (double-free|free) on (?:address which was not malloc\(\)-ed: )?(0x[0-9a-fA-F]{1,16})")
_ALLOCATION = ("out of memory", "out-of-memory", "requested allocation size", "allocation-size-too-big")
_LEAK = re.compile(r"(Direct|Indirect) leak of \d+ byte")
_SIZED = re.compile(r"[ \t]{0,4}(?:==\d{1,9}==)?(?i:(read|write)) of size (\d{1,12}) at (0x[0-9a-fA-F]{1,16})")
_CAUSED = re.compile(r"(?:==\d{1,9}==)?The signal is caused by a (READ|WRITE) memory access")
_SIGNALS = {
    "ABRT": "Abrt", "ILL": "Ill", "illegal-instruction": "Ill", "TRAP": "Trap", "breakpoint": "Breakpoint",
    "int-divide-by-zero": "Divide-by-zero",
}  # fmt: skip
_WILD = frozenset({"SEGV", "access-violation", "BUS", "bus", "in-page-error"})
_UNTOLD = frozenset({"detected memory leaks", "failed to", "CHECK failed", "nested bug", "symbolizer"})


def _error(found: Seen) -> Finding | None:
    said = found[1]
    if any(words in said for words in _ALLOCATION):
        return Finding("Out-of-memory", FOUND)
    if any(words in said for words in _UNTOLD):
        return None
    if wild := _UNKNOWN_ADDRESS.match(said):
        return _signal(wild[1], wild[2] or "")
    if freed := _FREE.match(said):
        return Finding("Heap-double-free" if freed[1] == "double-free" else "Invalid-free", FOUND, freed[2])
    if at := _AT_ADDRESS.match(said):
        return _fault(at[1], at[2])
    kind = _KIND.match(said)
    return Finding(kind[1].capitalize(), FOUND) if kind else None


def _signal(kind: str, address: str) -> Finding | None:
    if kind == "FPE":
        return Finding("Floating-point-exception", FOUND)
    if kind in _WILD:
        return access(address) if address else Finding("Segv on unknown address", ACCESS)
    return Finding(_SIGNALS.get(kind, kind.capitalize()), ABORTED, address)


def _fault(kind: str, address: str) -> Finding:
    if kind == "unknown-crash":
        return access(address)
    return Finding(kind.capitalize(), FOUND, address, recursion=kind == "stack-overflow")


def access(address: str, way: str = "") -> Finding:
    """A wild access: near zero it went through a null pointer, anywhere else nobody knows."""
    kind = "Null-dereference" if int(address, 16) < NULL_PAGES else "UNKNOWN"
    return Finding(f"{kind} {way}".strip(), ACCESS, address)


def _sized(found: re.Match[str], finding: Finding) -> Finding:
    if finding.rank != FOUND or "\n" in finding.type:
        return finding
    size = found[2] if int(found[2]) <= _LONGEST_ACCESS else "{*}"
    kind = f"{finding.type}\n{found[1].upper()} {size}"
    return replace(finding, type=kind, address=finding.address or found[3])


def _caused(found: re.Match[str], finding: Finding) -> Finding:
    if finding.rank != ACCESS or finding.type not in {"UNKNOWN", "Null-dereference"}:
        return finding
    return replace(finding, type=f"{finding.type} {found[1]}")


def _leak(found: Seen) -> Finding:
    # What is leaked directly is the cause of what is leaked with it.
    return Finding(f"{found[1]}-leak", FOUND + 1 if found[1] == "Direct" else FOUND)


RUNTIME = Runtime(
    "sanitizers",
    signs=(Sign("Sanitizer", _ERROR, _error), Sign(" leak of ", _LEAK, _leak)),
    details=(Detail(" of size ", _SIZED, _sized), Detail("signal is caused", _CAUSED, _caused)),
)
