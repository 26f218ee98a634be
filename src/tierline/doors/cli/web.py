"""`tierline web`: the web server alone. One process listens and restarts, the others answer."""

import argparse
import os
from collections.abc import Callable
from typing import Any

from . import database, lifeline

THREADS = 6  # requests answered at once by one process; each may hold one database connection
PROCESSES = 2
STOP_SECONDS = 8
LAST_PORT = 65535


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("web", help="run the web server alone")
    add_address(parser)
    parser.set_defaults(run=run)


def add_address(parser: argparse.ArgumentParser) -> None:
    """The `--port` and `--bind` flags."""
    parser.add_argument(
        "--port", type=port, default=os.environ.get("TIERLINE_PORT", "8420"), help="default: TIERLINE_PORT, else 8420"
    )
    parser.add_argument(
        "--bind",
        default=os.environ.get("TIERLINE_BIND", "127.0.0.1"),
        metavar="ADDRESS",
        help="default: TIERLINE_BIND, else 127.0.0.1 (this machine only)",
    )


def port(text: str) -> int:
    """A port number, for argparse."""
    if not text.isdecimal() or not 0 < int(text) <= LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; use a number from 1 to {LAST_PORT}")
    return int(text)


def run(args: argparse.Namespace) -> int:
    database.require()
    lifeline.end_with_parent()
    lifeline.announce()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tierline.config.settings")
    os.environ.setdefault("TIERLINE_STATIC_MANIFEST", "1")
    os.environ.setdefault("TIERLINE_DB_POOL", str(THREADS))
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    Server(
        target="tierline.config.wsgi:application",
        address=args.bind,
        port=args.port,
        interface=Interfaces.WSGI,
        workers=min(PROCESSES, os.cpu_count() or 1),
        blocking_threads=THREADS,
        backlog=256,
        websockets=False,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    ).serve(target_loader=load, wrap_loader=False)
    return 0


def load() -> Callable[..., Any]:
    """Runs in each answering process: tie it to the listening one, then load the application."""
    lifeline.end_with_parent()
    from importlib import import_module

    application: Callable[..., Any] = import_module("tierline.config.wsgi").application
    return application
