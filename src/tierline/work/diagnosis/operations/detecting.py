"""Which detectors are in force: those of packages first, then the built-in ones that none of them replaces."""

import sys
from typing import Any

from tierline.core.plugins import registry


def detectors_in_force() -> dict[str, Any]:
    """The part of a reading process's task that says what looks for secrets, and where packages are found."""
    found = [one for one in registry.catalogue() if one.group == "detectors"]
    listed = [{"key": one.key, "package": one.package, "at": _place(type(one.plugin))} for one in found]
    strangers = any(one.package != registry.BUILT_IN for one in found)
    return {"detectors": listed, "path": [folder for folder in sys.path if folder] if strangers else []}


def _place(cls: type) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"
