"""Finding plug-ins: the built-in ones and those of installed packages, through one registry.

A room offers a built-in by `@built_in("runners")` on a class in its module `plugins`, which is imported on
first use. A package offers one by an entry point in the group `tierline.runners`. With the same key the
package wins. What cannot be used is left out and told by `broken()`, which the set-up page shows.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar, cast

from django.apps import apps
from django.utils.module_loading import autodiscover_modules

from tierline.core.kernel.errors import NotFound

from . import contracts
from .mail_verbs import MailVerb

GROUPS: dict[str, type] = {
    "channels": contracts.Channel,
    "mail_readers": contracts.MailReader,
    "mail_verbs": MailVerb,
    "actions": contracts.Action,
    "analysers": contracts.Analyser,
    "detectors": contracts.Detector,
    "models": contracts.Model,
    "trackers": contracts.Tracker,
    "runners": contracts.Runner,
}
BUILT_IN = "Tierline"
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_SHAPES = {"detectors": ("kind", re.compile(r"[a-z]{2,8}"), "2 to 8 letters, a to z")}
"""What an attribute of a group's plug-ins must look like, beyond being there."""
_T = TypeVar("_T", bound=type)
_built_in: dict[str, dict[str, type]] = {group: {} for group in GROUPS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A plug-in that can be used, and the package it comes from."""

    group: str
    key: str
    name: str
    version: str
    package: str
    plugin: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A plug-in that was left out, and why, in one sentence."""

    group: str
    entry: str
    package: str
    reason: str


def built_in(group: str) -> Callable[[_T], _T]:
    """Offer the decorated class in `group` ("channels", "actions", ...).

    Raises TypeError for one that is not fit.
    """

    def offer(cls: _T) -> _T:
        plugin = _made(group, cls)
        known = _built_in[group].get(plugin.key)
        if known is not None and known.__qualname__ != cls.__qualname__:
            raise TypeError(f"two built-in {group} have the key {plugin.key!r}")
        _built_in[group][plugin.key] = cls
        refresh()
        return cls

    return offer


def find(group: str) -> list[Any]:
    """Every usable plug-in of the group.

    Those of packages first, so that they win a tie, then the built-in ones.
    """
    return [found.plugin for found in catalogue() if found.group == group]


def get(group: str, key: str) -> Any:  # noqa: ANN401 (each group has its own Protocol; callers narrow it)
    """The plug-in with this key. Raises NotFound."""
    for plugin in find(group):
        if plugin.key == key:
            return plugin
    raise NotFound(f"There is no plug-in {key!r} among the {group}.", todo="See Set-up, Plug-ins.")


def best_analyser(sample: contracts.Sample) -> contracts.Analyser | None:
    """The analyser with the highest score; the first one found wins a tie. One that raises has no score."""
    best: tuple[int, contracts.Analyser] | None = None
    for analyser in find("analysers"):
        score = _score(analyser, sample)
        if score is not None and (best is None or score > best[0]):
            best = (score, cast(contracts.Analyser, analyser))
    return best[1] if best else None


def catalogue() -> tuple[Found, ...]:
    """Every usable plug-in with the package it comes from, for the set-up page."""
    return _survey()[0]


def broken() -> tuple[Broken, ...]:
    """Every plug-in that was left out, for the set-up page."""
    return _survey()[1]


def refresh() -> None:
    """Forget what was found: the next question looks at the installed packages again."""
    _survey.cache_clear()


@cache
def _survey() -> tuple[tuple[Found, ...], tuple[Broken, ...]]:
    if apps.ready:
        autodiscover_modules("plugins")
    found: dict[tuple[str, str], Found] = {}
    left_out: list[Broken] = []
    for group in GROUPS:
        for entry in _entries(group):
            _take(group, entry, found, left_out)
        for key, cls in _built_in[group].items():
            if (group, key) not in found:
                found[group, key] = _found(group, _made(group, cls), BUILT_IN)
    return tuple(found.values()), tuple(left_out)


def _entries(group: str) -> Iterable[EntryPoint]:
    return sorted(entry_points(group=f"tierline.{group}"), key=lambda entry: (_package(entry), entry.name))


def _take(group: str, entry: EntryPoint, found: dict[tuple[str, str], Found], left_out: list[Broken]) -> None:
    """Load one entry point; whatever goes wrong in somebody else's code must not stop the desk."""
    try:
        plugin = _made(group, entry.load())
        if (group, plugin.key) in found:
            taken = found[group, plugin.key].package
            raise TypeError(f"its key {plugin.key!r} is taken by {taken}")  # noqa: TRY301 (told like any other)
    except (Exception, SystemExit) as error:  # noqa: BLE001 (a stranger's failing import is shown, not raised)
        reason = f"{type(error).__name__}: {error}"
        left_out.append(Broken(group=group, entry=entry.name, package=_package(entry), reason=reason[:500]))
        return
    found[group, plugin.key] = _found(group, plugin, _package(entry))


def _made(group: str, cls: Any) -> Any:  # noqa: ANN401 (whatever the entry point names)
    """An instance of `cls`, checked against the group's Protocol. Raises TypeError with what is missing."""
    if group not in GROUPS:
        raise TypeError(f"there is no plug-in group {group!r}; there are {', '.join(GROUPS)}")
    if not isinstance(cls, type):
        raise TypeError(f"{cls!r} is not a class")
    plugin = cls()
    missing = [name for name in _required(GROUPS[group]) if not hasattr(plugin, name)]
    if missing:
        raise TypeError(f"{cls.__name__} lacks {', '.join(missing)}")
    for name in ("key", "name", "version"):
        if not isinstance(getattr(plugin, name), str) or not getattr(plugin, name):
            raise TypeError(f"{cls.__name__}.{name} must be a text")
    if not _KEY.fullmatch(plugin.key):
        raise TypeError(f"{cls.__name__}.key {plugin.key!r} may only hold a-z, 0-9, _ and -")
    if shape := _SHAPES.get(group):
        name, pattern, words = shape
        value = getattr(plugin, name)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise TypeError(f"{cls.__name__}.{name} {value!r} must be {words}")
    return plugin


def _required(protocol: type) -> list[str]:
    """The names a Protocol asks for, its bases included, in the order they are written."""
    bases = [base for base in reversed(protocol.__mro__) if getattr(base, "_is_protocol", False)]
    return [name for base in bases for name in vars(base) if not name.startswith("_")]


def _found(group: str, plugin: contracts.Plugin, package: str) -> Found:
    return Found(group=group, key=plugin.key, name=plugin.name, version=plugin.version, package=package, plugin=plugin)


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else "unknown package"


def _score(analyser: contracts.Analyser, sample: contracts.Sample) -> int | None:
    try:
        return analyser.score(sample)
    except Exception:  # noqa: BLE001 (a stranger's analyser that fails on a sample does not suit it)
        return None
