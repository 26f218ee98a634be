""".NET: `Exception.StackTrace`, whose words "at" and "in" are in the language of the machine."""

import re

from tierline.work.diagnosis.rules.stacks.forms import STATED, Form, Runtime, Sign, named, says

AT = r"(?:at|bei|à|en|in|в|w|em|vid|bij|στο)"
_FRAME = re.compile(
    rf"[ \t]{{1,24}}{AT} ([\w.`+<>\[\],|$]{{3,300}})\([^()\n]{{0,400}}\)"
    r"(?: (?:in|dans|en|à|в|w) [^\n]{1,300}:\D{0,12}\d+)?[ \t]*$"
)

RUNTIME = Runtime(
    "dotnet",
    forms=(Form(_FRAME, named("dotnet")),),
    signs=(Sign("nhandled", re.compile(r"Unhandled [Ee]xception[.:] "), says("Uncaught exception", STATED)),),
)
