"""The built-in runner: bubblewrap, a sandbox of Linux namespaces that needs no daemon and no image."""

import os
import shutil
import sys
from contextlib import ExitStack

from tierline.core.plugins.contracts import Execution, Limits, Outcome
from tierline.core.plugins.registry import built_in

from .sandbox.command import Manner, Tools, arguments
from .sandbox.supervise import supervise

_TRY = Execution(files={}, command=("true",), limits=Limits(wall_seconds=10))
_HOW = "Install it with your system's packages (Debian and Ubuntu: apt install bubblewrap util-linux)."


@built_in("runners")
class Bubblewrap:
    """Where it is missing or refused nothing runs at all."""

    key = "bubblewrap"
    name = "Sandbox on this machine (bubblewrap)"
    version = "1"

    def __init__(self) -> None:
        self._manner: Manner | None = None

    def obstacle(self) -> str:
        """Why nothing can run here; empty when all is well. Tries it once, and again as long as it fails."""
        if not sys.platform.startswith("linux"):
            return "Recipes run on Linux only: this system has no sandbox for them. Use a Linux worker."
        if missing := [tool for tool in Tools.__slots__ if shutil.which(tool) is None]:
            return f"The sandbox needs {' and '.join(missing)}, which this machine does not have. {_HOW}"
        if self._manner is not None:
            return ""
        said = ""
        for manner in _manners():
            outcome = self._run(_TRY, manner)
            if outcome.exit_code == 0:
                self._manner = manner
                return ""
            said = outcome.stderr.decode(errors="replace").strip().rpartition("\n")[2] or said
        return (
            f"This machine refuses the sandbox ({said or 'no reason given'}). Allow bwrap to make user "
            "namespaces: on Ubuntu by an AppArmor profile, in a container by its security profile."
        )

    def run(self, execution: Execution) -> Outcome:
        """Run once inside the sandbox, or raise RuntimeError: never without one."""
        if obstacle := self.obstacle():
            raise RuntimeError(obstacle)
        if self._manner is None:
            raise RuntimeError("the sandbox was not tried")
        return self._run(execution, self._manner)

    def _run(self, execution: Execution, manner: Manner) -> Outcome:
        tools = Tools(**{name: shutil.which(name) or name for name in Tools.__slots__})
        with ExitStack() as held:
            line, descriptors = arguments(execution, manner, tools, held)
            return supervise(line, descriptors, execution.limits)


def _manners() -> tuple[Manner, ...]:
    return (Manner.DROP, Manner.USER_NAMESPACE) if os.getuid() == 0 else (Manner.USER_NAMESPACE,)
