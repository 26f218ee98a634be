"""Recipes and limits for tests of the lab."""

from typing import Any

from tierline.core.plugins.contracts import Limits
from tierline.work.lab.plugins import Bubblewrap

MB = 1024 * 1024
SHORT = Limits(
    wall_seconds=15,
    cpu_seconds=1,
    memory_bytes=48 * MB,
    processes=8,
    disk_bytes=4 * MB,
    output_bytes=64 * 1024,
    open_files=32,
)
"""Small enough that a hostile program meets each of them within a second."""


def missing_sandbox() -> str:
    """Why the sandbox cannot work here; empty when it can."""
    return Bubblewrap().obstacle()


def fault_recipe(**parts: Any) -> dict[str, Any]:
    """A small real fault: a rekey whose window is too small in 5.2.1 and large enough in 5.3.0."""
    steps = (
        "import sys\nfrom tunnel import WINDOW\n"
        "late = 600\n"
        "print(f'window {WINDOW}, packet {late} late')\n"
        "sys.exit('rekey window exceeded' if late > WINDOW else 0)\n"
    )
    recipe: dict[str, Any] = {
        "title": "Rekey fails with roaming on",
        "files": {"steps.py": steps},
        "releases": {
            "5.2.1": {"files": {"tunnel.py": "WINDOW = 64\n"}},
            "5.3.0": {"files": {"tunnel.py": "WINDOW = 2048\n"}},
        },
        "command": ["python3", "steps.py"],
        "expect": {"exit_code": 1, "stderr_regex": "^rekey window exceeded"},
        "runs": 3,
        "timeout_s": 10,
    }
    return {**recipe, **parts}
