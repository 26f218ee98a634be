"""A folder that counts as one with installed packages, and packages in it."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tierline.core.plugins import registry


@contextmanager
def plugin_site(folder: Path) -> Iterator[Path]:
    """While it lasts, the folder is looked into for plug-ins."""
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    registry.refresh()
    try:
        yield folder
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.startswith(("tierline_example", "stranger"))]:
            del sys.modules[name]
        importlib.invalidate_caches()
        registry.refresh()


def install(site: Path, name: str, source: str, *entries: tuple[str, str]) -> None:
    """A package of one module, with entry points, as an installer leaves it."""
    (site / f"{name}.py").write_text(source)
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [f"[tierline.{group}]\n{entry}\n" for group, entry in entries]
    (info / "entry_points.txt").write_text("\n".join(lines))
    importlib.invalidate_caches()
    registry.refresh()
