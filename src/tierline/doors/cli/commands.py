"""The `tierline` command: one table, one module a command.

A command's module has `add_parser(subparsers)`, which sets the default `run`: `(args) -> int`, the exit code.
Only the chosen module is imported, so that `--help` stays quick. A command that hands its words on to another program
has `run(args)` with the words in `args.words`, and no parser.
"""

import argparse
import errno
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

from . import output


@dataclass(frozen=True, slots=True)
class Command:
    """One word after `tierline`."""

    name: str
    module: str
    summary: str
    hands_on: bool = False


COMMANDS = (
    Command("demo", "demo", "start Tierline with the demo company"),
    Command("up", "up", "start Tierline: database, web server and worker"),
    Command("test", "test", "run the project's tests (words are handed on to pytest)", hands_on=True),
    Command("doctor", "doctor", "check this machine and say what to do"),
    Command("mail", "mail", "receive messages from files, mailboxes or standard input"),
    Command("logs", "logs", "look into log files"),
    Command("sla", "sla", "answer questions about business hours"),
    Command("eval", "eval", "learn from one file and answer another, for scoring"),
    Command("lab", "lab", "run a reproduction recipe in the sandbox"),
    Command("files", "files", "where large files are; test, fill and empty the object storage"),
    Command("token", "token", "make, list and revoke API tokens"),
    Command("why-access", "why_access", "why somebody sees something, or does not"),
    Command("access-matrix", "access_matrix", "who may see what through which door, as a page"),
    Command("bench", "bench", "measure Tierline on this machine"),
    Command("prepare", "prepare", "bring the database and the static files up to date, then end"),
    Command("web", "web", "run the web server alone (`up` runs it for you)"),
    Command("worker", "worker", "run the worker for queued jobs alone (`up` runs it for you)"),
    Command("receiver", "receiver", "run the mail receiver alone (`up` runs it for you)"),
)


def main(words: Sequence[str]) -> int:
    """Run one command and return its exit code; every refusal ends as one sentence on standard error."""
    from tierline.core.kernel.errors import TierlineError

    try:
        return _run(words)
    except TierlineError as refused:
        output.problem(refused.for_people())
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read our output has seen enough
        sys.stderr.close()
        return 0
    except OSError as refused:
        if refused.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        output.problem("The disk is full. Nothing was lost. Make room, then start again.")
    return 1


def _run(words: Sequence[str]) -> int:
    chosen = next((word for word in words if not word.startswith("-")), None)
    command = next((command for command in COMMANDS if command.name == chosen), None)
    if command and command.hands_on and words[0] == chosen:
        module = import_module(f"{__package__}.{command.module}")
        return int(module.run(argparse.Namespace(words=list(words[1:]))))
    parser = _parser(command)
    args = parser.parse_args(words)
    if args.version:
        print(f"tierline {_version()}")
        return 0
    if not hasattr(args, "run"):
        parser.print_help()
        return 2
    return int(args.run(args))


def _parser(chosen: Command | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tierline", description="The tiered support desk.")
    parser.add_argument("--version", action="store_true", help="show the version")
    subparsers = parser.add_subparsers(metavar="COMMAND", title="commands")
    for command in COMMANDS:
        if command is chosen and not command.hands_on:
            import_module(f"{__package__}.{command.module}").add_parser(subparsers)
        else:
            subparsers.add_parser(command.name, help=command.summary, add_help=False)
    return parser


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("tierline")
    except PackageNotFoundError:  # run from a checkout, which is not installed
        from tierline import __version__

        return __version__
