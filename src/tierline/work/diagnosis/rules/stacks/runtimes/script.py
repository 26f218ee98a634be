"""JavaScript: stacks of V8 (Node, Chromium), of Firefox and Safari, and frames of programs that write like them."""

import re

from tierline.work.diagnosis.rules.stacks.forms import STATED, Form, Frame, Runtime, Sign, file_of, named, says

_V8 = re.compile(
    r"[ \t]{1,8}at (?:async )?(?:(?:new )?([\w.$<>\[\] ]{1,200}) \()?"
    r"((?:[^\s():]|:(?!\d)){1,300}):\d+:\d+\)?[ \t]*$"
)
_FOX = re.compile(r"([\w.$/<*]{0,120})@((?:https?|file|resource|moz-extension|webpack)[^\s]{1,300}?):\d+:\d+$")
_PLAIN = re.compile(r"[ \t]{1,8}at ([\w:.$~<>]{2,200})[ \t]+[\w./+-]{1,120}(?::\d+|[ \t]\d[\d.]*)[ \t]*$")
_UNCAUGHT = re.compile(r"(?:==\d{1,9}==[ ])?Uncaught (?:Exception|exception): |\s*throw [^\n]{1,200};$|Uncaught:$")


def _v8(found: re.Match[str]) -> Frame:
    name, place = found[1], found[2]
    runtime = "node:" if place.startswith(("node:", "internal/")) else ""
    return Frame("script", f"{runtime}{name.strip() if name else file_of(place)}", place if name else "")


def _fox(found: re.Match[str]) -> Frame:
    return Frame("script", found[1] or file_of(found[2]), found[2] if found[1] else "")


RUNTIME = Runtime(
    "script",
    forms=(Form(_V8, _v8), Form(_PLAIN, named("plain")), Form(_FOX, _fox)),
    signs=(Sign("ncaught", _UNCAUGHT, says("Uncaught exception", STATED)),),
)
