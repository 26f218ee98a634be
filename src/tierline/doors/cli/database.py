"""The database of a command: the one in DATABASE_URL, else the embedded one in the data folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tierline.core.kernel import embedded

from .errors import CannotRun, DatabaseUnreachable

OLDEST = 150000
_SECONDS = 10


def given() -> bool:
    """Whether DATABASE_URL names a server of the user's own."""
    return bool(os.environ.get("DATABASE_URL"))


def require() -> None:
    """For the processes that run apart from the others. Raises CannotRun without DATABASE_URL."""
    if not given():
        raise CannotRun(
            "DATABASE_URL is not set, and this process runs without a database of its own.",
            todo="Set it to a PostgreSQL 15 or newer, or use `./tierline up`.",
        )


def check_given() -> str:
    """The version of the server in DATABASE_URL. Raises DatabaseUnreachable with the server's own reason."""
    try:
        with psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=_SECONDS) as connection:
            number = connection.info.server_version
    except psycopg.Error as problem:
        raise DatabaseUnreachable(_reason(problem)) from problem
    if number < OLDEST:
        raise DatabaseUnreachable(f"it is PostgreSQL {number // 10000}, and Tierline needs 15 or newer")
    return f"{number // 10000}.{number % 10000}"


def _reason(problem: psycopg.Error) -> str:
    """The part of libpq's message that tells the cause, in one line."""
    lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
    told = [line for line in lines if line.startswith("- ")] or lines or ["no answer"]
    return told[0].rsplit("failed: ", 1)[-1].rstrip(".?")


@contextmanager
def at_hand(data: Path) -> Iterator[None]:
    """DATABASE_URL names a running server inside; an embedded one is started only if none runs on the folder."""
    if given():
        check_given()
        yield
        return
    with embedded.use(data / "postgres") as server:
        os.environ["DATABASE_URL"] = server.url
        try:
            yield
        finally:
            del os.environ["DATABASE_URL"]
