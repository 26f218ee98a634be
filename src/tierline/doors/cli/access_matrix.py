"""`tierline access-matrix`: the reference page of who may see what through which door, read from the code."""

import argparse
from importlib import import_module

from . import desk


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The words that `tierline access-matrix` takes: none."""
    parser = subparsers.add_parser("access-matrix", help="who may see what through which door, as a page")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    """Print it. No desk is needed: nothing is read but the code."""
    del args
    desk.set_up_django()
    print(import_module("tierline.config.access").document(), end="")
    return 0
