"""The Linux kernel: oops, BUG and KASAN (Documentation/admin-guide/bug-hunting, dev-tools/kasan)."""

import re
from dataclasses import replace

from tierline.work.diagnosis.rules.stacks.forms import DETECTED, Detail, Finding, Form, Frame, Runtime, Seen, Sign, says

_FRAME = re.compile(
    r"(?:\[[ \d.]{1,20}\] ?)?[ \t]{0,4}(?:#\d{1,3} )?(?:\[<(?:0x)?[0-9a-f]{1,16}>\] )?(\??)[ \t]?"
    r"([a-zA-Z_.][\w.]{1,120})\+0x[0-9a-f]{1,8}/0x[0-9a-f]{1,8}"
)
_STAMP = r"(?:<\d{1,2}>)?(?:\[[ \d.]{1,20}\] ?)?"
_KASAN = re.compile(rf"{_STAMP}BUG: K[AMC]SAN: ([a-z-]{{3,60}}|data-race) in ")
_SIZED = re.compile(rf"{_STAMP}(Read|Write) of size (\d{{1,9}}) (?:at addr |by task )?(?:by task )?([0-9a-f]{{8,16}})?")
_BUG = re.compile(rf"{_STAMP}kernel BUG at ([\w./-]{{3,200}}):\d+!")
_NULL = re.compile(
    rf"{_STAMP}(?:BUG: kernel NULL pointer dereference, address: |BUG: unable to handle (?:kernel )?"
    r"(?:NULL pointer dereference|paging request|page fault)[^\n]{0,20}? (?:at |for address: ?)|Unable to handle kernel"
    r" (?:NULL pointer dereference|paging request) at virtual address )([0-9a-f]{4,16})"
)
_PANIC = re.compile(rf"{_STAMP}(?:Kernel panic - not syncing|general protection fault|Internal error: Oops)")


def _frame(found: re.Match[str]) -> Frame:
    return Frame("native", found[2], "?" if found[1] else "")


def _kasan(found: Seen) -> Finding:
    return Finding(f"Kernel failure\n{found[1].capitalize()}", DETECTED)


def _bug(found: Seen) -> Finding:
    place = found[1][:1].upper() + found[1][1:]
    return Finding(f"Kernel failure\n{place}:{{*}}!", DETECTED)


def _sized(found: re.Match[str], finding: Finding) -> Finding:
    if not finding.type.startswith("Kernel failure") or finding.type.count("\n") > 1:
        return finding
    address = f"0x{found[3].lstrip('0') or '0'}" if found[3] else ""
    return replace(finding, type=f"{finding.type}\n{found[1].upper()} {found[2]}", address=address)


RUNTIME = Runtime(
    "kernel",
    forms=(Form(_FRAME, _frame),),
    signs=(
        Sign("SAN: ", _KASAN, _kasan),
        Sign("kernel BUG at ", _BUG, _bug),
        Sign("nable to handle", _NULL, lambda found: Finding("Kernel failure", DETECTED, f"0x{found[1]}")),
        Sign("NULL pointer", _NULL, lambda found: Finding("Kernel failure", DETECTED, f"0x{found[1]}")),
        Sign("Kernel panic", _PANIC, says("Kernel failure", DETECTED - 1)),
        Sign("protection fault", _PANIC, says("Kernel failure", DETECTED - 1)),
        Sign("Internal error", _PANIC, says("Kernel failure", DETECTED - 1)),
    ),
    details=(Detail(" of size ", _SIZED, _sized),),
)
