"""`tierline test`: the project's own tests. All words but two go to pytest as they are.

`--browser` insists on the tests in headless Chromium (they run by themselves where Chromium is found), `--no-browser`
leaves them out.
"""

import argparse
import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from . import output
from .errors import CannotRun

_REPOSITORY = Path(__file__).resolve().parents[4]
# A whole file to a worker, folder by folder: what a file or a folder sets up once is set up once.
_SPREAD = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
_CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def run(args: argparse.Namespace) -> int:
    if find_spec("pytest") is None or not (_REPOSITORY / "tests").is_dir():
        raise CannotRun("The tests need a checkout and its tools.", todo="Run `./tierline test` in a checkout.")
    words = pytest_words(args.words, browser=chromium() is not None)
    os.chdir(_REPOSITORY)
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *words])  # noqa: S606 (no shell, our own interpreter)


def chromium() -> str | None:
    """The browser for tests: TIERLINE_CHROMIUM, else the first that is installed."""
    named = os.environ.get("TIERLINE_CHROMIUM")
    return named or next((found for name in _CHROMIUM if (found := shutil.which(name))), None)


def pytest_words(words: list[str], *, browser: bool) -> list[str]:
    """What pytest gets: without browser tests where none is to be had, unless the words choose by mark themselves."""
    rest = [word for word in words if word not in ("--browser", "--no-browser")]
    if "--no-browser" in words:
        browser = False
    elif "--browser" in words:
        browser = True
    elif not browser:
        output.say("no Chromium found: the browser tests are left out (apt install chromium-headless-shell)")
    spread = () if _narrowed(rest) else _SPREAD
    chooses = any(word == "-m" or word.startswith("-m") for word in rest)
    return [*spread, *([] if browser or chooses else ["-m", "not browser"]), *rest]


def _narrowed(words: list[str]) -> bool:
    """Whether the words pick some tests, or say themselves how to spread them: then one process is quicker."""
    return any(word.startswith(("-n", "-k", "-x", "--lf", "--pdb", "tests")) for word in words)
