"""Android: tombstones of debuggerd, and the linker."""

import re
from dataclasses import replace

from tierline.work.diagnosis.rules.stacks.forms import SIGNAL, STATED, Detail, Finding, Form, Frame, Runtime, Seen, Sign

from .signals import caught

_FRAME = re.compile(
    r"[^#\n]{0,80}?#\d\d[ ]{1,2}pc [0-9a-f]{8,16}[ ]{1,2}([^\s(]{1,300})(?: \(offset [^)]{1,20}\))?"
    r"(?: \(([^\n]{1,400}?)(?:\+\d{1,9})?\)(?: \(BuildId: [0-9a-f]{1,64}\))?)?$"
)
_SIGNAL = re.compile(
    r"[^\n]{0,80}?(?:Fatal )?signal (\d{1,2}) \((SIG[A-Z]{2,5})\), code -?\d{1,4}[^\n]{0,40}"
    r"fault addr (0x[0-9a-f]{1,16})?"
)
_MISSING = re.compile(
    r"[^\n]{0,200}?(?:library \"([^\"\n]{1,200})\" (?:needed by [^\n]{1,200} )?not found"
    r"|error while loading shared libraries: ([^:\n]{1,200}): )"
)
_PROCESS = re.compile(r"[^\n]{0,40}?pid: \d{1,9}, tid: \d{1,9}, name: ([^\n]{1,60}?)  >>> ")


def _frame(found: re.Match[str]) -> Frame:
    return Frame("native", found[2] or "", found[1])


def _signal(found: Seen) -> Finding | None:
    return caught(found[2], found[3] or "")


def _missing(found: Seen) -> Finding:
    return Finding("Missing-library", STATED, first=(found[1] or found[2],))


def _process(found: re.Match[str], finding: Finding) -> Finding:
    """Without any named frame the process is all that is known of where it happened."""
    if finding.first or finding.rank > SIGNAL + 5:
        return finding
    return replace(finding, fallback=found[1][:1].upper() + found[1][1:])


RUNTIME = Runtime(
    "android",
    forms=(Form(_FRAME, _frame),),
    signs=(Sign("signal ", _SIGNAL, _signal), Sign("librar", _MISSING, _missing)),
    details=(Detail(">>> ", _PROCESS, _process),),
)
