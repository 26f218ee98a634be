"""The runtimes that are known. To add one: a module with a `RUNTIME`, and its place in this table.

Order matters twice: the first form that fits a line makes its frame, and the first sign that fits tells.
"""

from tierline.work.diagnosis.rules.stacks.forms import Frame, Runtime

from . import (
    android,
    checks,
    dotnet,
    fuzzers,
    golang,
    java,
    kernel,
    native,
    python,
    rust,
    sanitizers,
    script,
    signals,
    undefined,
    windows,
)

TABLE: tuple[Runtime, ...] = (
    python.RUNTIME,
    java.RUNTIME,
    script.RUNTIME,
    dotnet.RUNTIME,
    golang.RUNTIME,
    rust.RUNTIME,
    checks.RUNTIME,
    undefined.RUNTIME,
    sanitizers.RUNTIME,
    fuzzers.RUNTIME,
    kernel.RUNTIME,
    android.RUNTIME,
    windows.RUNTIME,
    native.RUNTIME,
    signals.RUNTIME,
)
_FORMS = tuple(form for runtime in TABLE for form in runtime.forms)


def frame_in(line: str) -> Frame | None:
    """The frame that a line stands for, by the first form that fits."""
    for form in _FORMS:
        if (found := form.pattern.match(line)) and (frame := form.make(found)):
            return frame
    return None
