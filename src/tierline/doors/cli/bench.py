"""`tierline bench NAME`: measure this machine. The benchmarks are in `bench/` of the source checkout.

Each module there has `add_arguments(parser)` and `run(args)`, which yields one JSON object a measure. It runs with
Django set up on a database of its own, made on the same server and dropped afterwards: the user's desk is not touched.
"""

import argparse
import json
import os
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tierline.core.kernel import embedded

from . import database, desk, output
from .errors import CannotRun

BENCHMARKS = {
    "assignment": "a queue of tickets given to people as one problem, with the proof that it is optimal",
    "clocks": "a change of a policy over many open clocks, and the due times of one ticket",
    "intake": "messages a second",
    "pipe": "messages a second from a mail server, and with a receiver that is killed",
    "fuzz": "damaged mail in great numbers: none lost, none an exception",
    "logs": "redaction in megabytes a second, templates against Drain3, memory of a long log",
    "major": "telling thousands of people about a major incident, with a worker that is killed",
    "matching": "one ticket against thousands of known errors, and one known error against past tickets",
    "pages": "queue, ticket and search, as a browser sees them",
}
_CHECKOUT = Path(__file__).resolve().parents[4]


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The words that `tierline bench` takes."""
    bench = subparsers.add_parser("bench", help="measure Tierline on this machine")
    names = bench.add_subparsers(required=True, metavar="NAME")
    for name, summary in BENCHMARKS.items():
        parser = names.add_parser(name, help=summary)
        module = _module(name)
        if module is not None:
            module.add_arguments(parser)
        parser.set_defaults(run=_run, name=name)


def _module(name: str) -> ModuleType | None:
    if not (_CHECKOUT / "bench" / f"{name}.py").is_file():
        return None
    if str(_CHECKOUT) not in sys.path:
        sys.path.insert(0, str(_CHECKOUT))
    return import_module(f"bench.{name}")


def _run(args: argparse.Namespace) -> int:
    module = _module(args.name)
    if module is None:
        raise CannotRun(
            "The benchmarks are not part of the installed package.", todo="Run ./tierline from a source checkout."
        )
    with _desk(keep=getattr(args, "keep", None)):
        for measure in module.run(args):
            print(json.dumps(measure), flush=True)
    return 0


@contextmanager
def _desk(*, keep: str | None) -> Iterator[None]:
    """A migrated, empty database: on the server of DATABASE_URL, else on an embedded one that writes durably.

    With `keep` it is the database of that name on the server of DATABASE_URL: filled if it was used before.
    """
    if keep and not database.given():
        raise CannotRun("--keep needs a server of your own.", todo="Set DATABASE_URL to a PostgreSQL 15 or newer.")
    with tempfile.TemporaryDirectory(prefix="tierline-bench-", ignore_cleanup_errors=True) as folder:
        os.environ["TIERLINE_DATA"] = str(Path(folder) / "data")
        if database.given():
            database.check_given()
            with _own_database(os.environ["DATABASE_URL"], keep) as url:
                yield from _set_up(url)
        else:
            output.say("starting a PostgreSQL for the measurement")
            with embedded.start(Path(folder) / "postgres") as server:
                yield from _set_up(server.url)


def _set_up(url: str) -> Iterator[None]:
    os.environ["DATABASE_URL"] = url
    with desk.on_database():
        yield


@contextmanager
def _own_database(url: str, keep: str | None) -> Iterator[str]:
    name = keep or f"tierline_bench_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as connection:
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount
        if not known:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    finally:
        if not keep:
            _drop(url, name)


def _drop(url: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
