"""The Jinja2 environment of every page: escaped by default, undefined names are errors, gettext."""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils.translation import get_language, gettext, ngettext, npgettext, pgettext
from jinja2 import Environment, StrictUndefined, Template

from tierline.core.kernel import clock
from tierline.doors.web import labels, whys, words
from tierline.doors.web.navigation import main_entries
from tierline.doors.web.uploads import largest

Macro = Callable[..., str]
IMPERSONAL = frozenset({"glyph", "prio", "icon", "state", "shape", "tier", "tier_mark", "legend", "brand", "bar"})
COMPONENT_FILES = (
    "icon.html",
    "tier.html",
    "trial.html",
    "people.html",
    "clock.html",
    "why.html",
    "form.html",
    "list.html",
    "chart.html",
)
AMOUNTS = (
    "span",
    "clock_time",
    "day_time",
    "day",
    "calendar_day",
    "number",
    "count",
    "percent",
    "money",
    "size",
    "people",
)
NAMES = ("initials", "tier_name", "helper_name", "machine_name", "plain_text", "moment_of")
FILTERS: dict[str, Callable[..., Any]] = {name: getattr(words, name) for name in (*AMOUNTS, *NAMES)}


class Components:
    """The macros of ``components/``: ``ui.<macro>`` in every template, also in a block rendered alone."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._home: dict[str, Template] = {}

    def __getattr__(self, name: str) -> Macro:
        """Find a macro by its name; the files are read once a process."""
        if not self._home:
            self._home = self._read()
        if name not in self._home:
            raise AttributeError(f"There is no component {name!r}; components/ holds: {', '.join(sorted(self._home))}")
        macro: Macro = getattr(self._home[name].module, name)
        found = remembered(macro) if name in IMPERSONAL else macro
        setattr(self, name, found)  # found directly from now on: a list page calls hundreds of them
        return found

    def _read(self) -> dict[str, Template]:
        home: dict[str, Template] = {}
        for file in COMPONENT_FILES:
            template = self._env.get_template(file)
            for macro in (name for name in vars(template.module) if not name.startswith("_")):
                if macro in home:
                    raise LookupError(f"The component {macro} is in {home[macro].name} and in {file}; rename one.")
                home[macro] = template
        return home


def remembered(macro: Macro) -> Macro:
    """The macro with what it drew kept by arguments and language: fifty rows draw the same few stairs."""

    @lru_cache(maxsize=2048, typed=True)  # typed: markup and plain text that look alike are not the same
    def kept(_language: str, *args: object, **kwargs: object) -> str:
        return macro(*args, **kwargs)

    def draw(*args: object, **kwargs: object) -> str:
        try:
            return kept(get_language() or "", *args, **kwargs)
        except TypeError:  # an argument that cannot be a key, such as a list
            return macro(*args, **kwargs)

    return draw


def url(name: str, *args: object, **kwargs: object) -> str:
    """Give the address of a named page: ``url("console:ticket", reference)``; the latest few are remembered."""
    return _address(get_script_prefix(), name, args, tuple(kwargs.items()))


@lru_cache(maxsize=2048, typed=True)
def _address(_prefix: str, name: str, args: tuple[object, ...], kwargs: tuple[tuple[str, object], ...]) -> str:
    return reverse(name, args=args, kwargs=dict(kwargs))


@cache
def asset(path: str) -> str:
    """Give the address of a static file (hashed where the storage hashes); looked up once a process."""
    return static(path)


def when(moment: Any) -> str:  # noqa: ANN401 - a datetime; Jinja passes what the page holds
    """Say a moment beside the present one."""
    return words.when(moment, clock.now())


def spoken(moment: Any) -> tuple[str, str]:  # noqa: ANN401 - as above
    """Say a moment beside the present one, and in full."""
    return words.spoken(moment, clock.now())


def environment(**options: Any) -> Environment:  # noqa: ANN401 - Django passes Jinja2's own options through
    """Build the environment for Django's Jinja2 backend (``TEMPLATES[...]["OPTIONS"]["environment"]``)."""
    options.update(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    env = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.loopcontrols"], **options)  # noqa: S701 - Django passes autoescape=True
    env.install_gettext_callables(  # type: ignore[attr-defined] # added by the i18n extension at run time
        gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext
    )
    env.filters.update(FILTERS, when=when, spoken=spoken, why_receipt=whys.receipt_of, **labels.FILTERS)
    env.globals.update(
        ui=Components(env),
        url=url,
        static=asset,
        now=clock.now,
        language=get_language,
        navigation=main_entries,
        tiers=tuple(range(5)),
        upload_limit=largest,
    )
    return env
