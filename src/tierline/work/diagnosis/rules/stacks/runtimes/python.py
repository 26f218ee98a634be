"""CPython: `traceback` (Library Reference, "traceback"), and Atheris, which fuzzes it."""

import re

from tierline.work.diagnosis.rules.stacks.forms import STATED, Form, Frame, Runtime, Sign, says

_FRAME = re.compile(r'[ \t|]{1,40}File "([^"\n]{1,400})", line \d+(?:, in ([^\n]{1,300}))?')


def _frame(found: re.Match[str]) -> Frame:
    name = re.split(r"[\\/]", found[1])[-1].removesuffix(".py")
    package = "site-packages." if "site-packages" in found[1] else ""
    return Frame("python", f"{package}{name}:{found[2] or '<module>'}", found[1])


RUNTIME = Runtime(
    "python",
    forms=(Form(_FRAME, _frame),),
    signs=(
        Sign(
            "Python exception",
            re.compile(r"\s*=== Uncaught Python exception: ==="),
            says("Uncaught exception", STATED),
        ),
        Sign("Traceback", re.compile(r"Traceback \(most recent call last\):"), says("Uncaught exception", STATED)),
    ),
)
