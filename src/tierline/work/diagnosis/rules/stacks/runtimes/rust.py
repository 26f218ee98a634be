"""Rust: panics, in the form with the words in quotes (before 1.73) and with the words on the next line."""

import re

from tierline.work.diagnosis.rules.stacks.forms import STATED, Finding, Runtime, Seen, Sign

_PANIC = re.compile(r"thread '[^'\n]{0,100}' (?:\(\d{1,20}\) )?panicked at (?:'([^\n]{1,1000})|[^\n]{1,300}:\d+:\d+:$)")
_PLACE = re.compile(r"', [^\s]{1,300}:\d+:\d+$")


def _panic(found: Seen) -> Finding:
    said = _PLACE.sub("", found[1]) if found[1] else (found.after[0] if found.after else "")
    return Finding("ASSERT", STATED, first=(said,))


RUNTIME = Runtime("rust", signs=(Sign("panicked at ", _PANIC, _panic),))
