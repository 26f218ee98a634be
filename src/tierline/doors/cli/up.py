"""`tierline up`: database, web server, worker and mail receiver as one tree of processes; `demo`: with the company."""

import argparse
import contextlib
import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path

from tierline.core.kernel import embedded

from . import data_folder, database, lifeline, output
from .errors import CannotRun, ChildFailed, PortRefused, PortTaken
from .supervisor import Child, Supervisor
from .web import add_address

READY_SECONDS = 60
PATIENCE = 3.0  # seconds for the processes of a killed run to let go of port and folder
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 (told from, not bound to)


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str = "up") -> None:
    summary = {"up": "start Tierline", "demo": "start Tierline with the demo company"}[name]
    parser = subparsers.add_parser(name, help=summary, description=f"{summary}. Stop it with Ctrl+C.")
    data_folder.add_option(parser)
    add_address(parser)
    parser.set_defaults(run=run, demo=name == "demo")


def run(args: argparse.Namespace) -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until the supervisor listens: as Ctrl+C
    folder = data_folder.choose(args.data)
    data_folder.claim(folder)
    data_folder.ensure_secret_key(folder)
    _check_port(args.bind, args.port, folder)
    url = f"http://{_shown(args.bind)}:{args.port}"
    _set_environment(args.bind, url)
    lifeline.announce()
    with _database(folder) as check:
        sign_ins = _prepare(folder, demo=args.demo)
        web, *others = _children(args)
        with Supervisor([web, *others]) as supervisor:
            web.start()  # the others follow when people can already sign in
            if _wait_until_ready(supervisor, web, url):
                _welcome(url, folder, sign_ins)
                supervisor.run(check)
            output.say("stopping")
    output.say("stopped; everything is kept")
    return 0


def _shown(bind: str) -> str:
    address = _ANYWHERE.get(bind, bind)
    return f"[{address}]" if ":" in address else address


def _set_environment(bind: str, url: str) -> None:
    """What the child processes read through the settings; a variable of the user's own wins."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tierline.config.settings")
    os.environ.setdefault("TIERLINE_STATIC_MANIFEST", "1")
    os.environ.setdefault("TIERLINE_URL", url)
    if "TIERLINE_HOSTS" not in os.environ:
        os.environ["TIERLINE_HOSTS"] = ",".join(["localhost", "127.0.0.1", "[::1]", _shown(bind)])
        if bind in _ANYWHERE:
            output.say("set TIERLINE_HOSTS to the names under which others reach this machine (name1,name2)")


def _check_port(bind: str, port: int, folder: Path) -> None:
    """Raises PortTaken, PortRefused, or FolderInUse when it is a Tierline on the same folder that holds the port."""
    until = time.monotonic() + PATIENCE
    while problem := _cannot_listen(bind, port):
        if problem.errno != errno.EADDRINUSE:
            raise PortRefused(bind, port, problem.strerror or str(problem))
        with contextlib.suppress(embedded.NotRunning):
            embedded.attach(folder / "postgres").stop()
            raise embedded.FolderInUse(folder)
        if time.monotonic() > until:
            raise PortTaken(bind, port)
        time.sleep(0.2)


def _cannot_listen(bind: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
            probe.listen(1)
        except OSError as problem:
            return problem
    return None


@contextlib.contextmanager
def _database(folder: Path) -> Iterator[Callable[[], None]]:
    """The database for as long as Tierline runs; gives a check that raises when it is gone."""
    if database.given():
        output.say(f"using PostgreSQL {database.check_given()} of DATABASE_URL")
        yield lambda: None
        return
    new = not (folder / "postgres" / "cluster").exists()
    with output.step(f"{'making' if new else 'starting'} the database in {folder}"):
        try:
            server = embedded.start(folder / "postgres", wait=PATIENCE)
        except embedded.FolderInUse:
            raise embedded.FolderInUse(folder) from None

    def check() -> None:
        if not server.running:
            raise server.why_stopped()

    with server:
        os.environ["DATABASE_URL"] = server.url
        try:
            yield check
        finally:
            del os.environ["DATABASE_URL"]


def _prepare(folder: Path, *, demo: bool) -> list[tuple[str, str, str]]:
    """Migrate and collect in a process that ends, so that its memory is free again; returns the demo's sign-ins."""
    command = [*_command("prepare"), "--data", str(folder), *(["--demo"] if demo else [])]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603 (our own command)
    if ran.returncode:
        raise ChildFailed("preparation", ran.returncode)
    return [(role, email, password) for role, email, password in json.loads(ran.stdout)] if demo else []


def _children(args: argparse.Namespace) -> list[Child]:
    web = [*_command("web"), "--port", str(args.port), "--bind", args.bind]
    return [
        Child("web server", web),
        Child("worker", _command("worker")),
        Child("mail receiver", _command("receiver")),
    ]


def _command(name: str) -> list[str]:
    return [sys.executable, "-m", "tierline.doors.cli", name]


def _wait_until_ready(supervisor: Supervisor, web: Child, url: str) -> bool:
    """Whether the web server answers; False when asked to stop meanwhile. Raises ChildFailed, CannotRun."""
    until = time.monotonic() + READY_SECONDS
    while not supervisor.stopping:
        if web.process is not None and not web.running:
            raise ChildFailed(web.name, web.process.returncode)
        if _answers(url):
            return True
        if time.monotonic() > until:
            raise CannotRun(f"The web server did not answer within {READY_SECONDS} seconds.")
        supervisor.wait(0.1)
    return False


def _answers(url: str) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy has no business on this machine
    try:
        with direct.open(f"{url}/healthz", timeout=5) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except urllib.error.HTTPError as refused:
        return (
            refused.code < HTTPStatus.INTERNAL_SERVER_ERROR
        )  # the host name may be forbidden; a server that says so is up
    except OSError:
        return False


def _welcome(url: str, folder: Path, sign_ins: list[tuple[str, str, str]]) -> None:
    print(f"\n  Tierline is ready:  {url}\n", flush=True)
    widths = [max((len(row[column]) for row in sign_ins), default=0) for column in range(3)]
    for row in sign_ins:
        print("  " + "   ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    print(f"{chr(10) if sign_ins else ''}  Data: {folder}    Stop: Ctrl+C\n", flush=True)
