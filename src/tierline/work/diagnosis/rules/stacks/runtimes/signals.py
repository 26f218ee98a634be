"""Signals as debuggers and signal handlers tell them, when nobody says more."""

import re

from tierline.work.diagnosis.rules.stacks.forms import SIGNAL, STATED, Finding, Runtime, Seen, Sign

from .sanitizers import access

_RECEIVED = re.compile(r"Received signal (\d{1,2})(?: ([A-Z]{3,8}_[A-Z]{2,10}|<unknown>))? ([0-9a-f]{6,16})")
_PROGRAM = re.compile(r"(?:Program|Thread \d{1,9}[^\n]{0,60}) received signal (SIG[A-Z]{2,5})")
_SEGV = "11"


def caught(name: str, address: str) -> Finding:
    """What a signal means on its own; without an address a wild access is just that."""
    if name in {"SIGSEGV", "SIGBUS"}:
        if not address:
            return Finding("UNKNOWN", SIGNAL)
        found = access(address)
        return Finding(found.type, SIGNAL + 1, address)
    if name == "SIGFPE":
        return Finding("Floating-point-exception", SIGNAL + 1)
    return Finding({"SIGABRT": "Abrt", "SIGILL": "Ill"}.get(name, name), SIGNAL, address)


def _received(found: Seen) -> Finding | None:
    return caught("SIGSEGV", f"0x{found[3]}") if found[1] == _SEGV else None


def _short(address: str) -> str:
    """Without the leading zeros that go beyond 48 bits."""
    return address if len(address) <= len("0x000000000000") else f"0x{address[2:].lstrip('0').rjust(12, '0')}"


def _program(found: Seen) -> Finding:
    place = re.match(r"(0x[0-9a-f]{4,16}) in ", found.after[0]) if found.after else None
    finding = caught(found[1], _short(place[1]) if place else "")
    return Finding(finding.type, STATED, finding.address)


RUNTIME = Runtime(
    "signals",
    signs=(Sign("Received signal", _RECEIVED, _received), Sign("received signal", _PROGRAM, _program)),
)
