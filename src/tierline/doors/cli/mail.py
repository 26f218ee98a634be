"""`tierline mail`: hand messages from files, mailboxes or standard input to the desk."""

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from . import data_folder, desk, messages, output


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The words that `tierline mail` takes."""
    mail = subparsers.add_parser("mail", help="receive messages from files, mailboxes or standard input")
    verbs = mail.add_subparsers(required=True, metavar="VERB")
    receive = verbs.add_parser("receive", help="hand messages to the desk, one JSON line for each")
    _paths(receive)
    receive.add_argument(
        "--scratch", action="store_true", help="each message on a fresh, empty desk that is thrown away"
    )
    data_folder.add_option(receive)
    receive.set_defaults(run=_receive)
    pipe = verbs.add_parser("pipe", help="hand one message from standard input to the running desk, for mail servers")
    data_folder.add_option(pipe)
    pipe.set_defaults(run=_pipe)
    trim = verbs.add_parser("trim", help="print only the new words of a reply, one JSON line for each")
    _paths(trim)
    trim.set_defaults(run=_trim)


def _pipe(args: argparse.Namespace) -> int:
    """Where there is no launcher that starts `pipe` by itself."""
    from .pipe import main

    return main(["--data", str(args.data)] if args.data else [])


def _paths(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="a message, an mbox file, a folder, or - for standard input"
    )
    parser.add_argument("--json", action="store_true", help="JSON lines (the default)")


def _receive(args: argparse.Namespace) -> int:
    unread = 0
    with desk.scratch() if args.scratch else desk.opened(args.data):
        for found in messages.read(args.paths):
            if found.problem:
                unread += 1
                output.problem(f"{found.name}: {found.problem}")
                continue
            with _thrown_away() if args.scratch else _kept():
                print(json.dumps(_take(found)), flush=True)
    return 1 if unread else 0


def _take(found: messages.Found) -> dict[str, Any]:
    from tierline.core.kernel.actors import Actor
    from tierline.core.kernel.errors import TierlineError
    from tierline.work.intake.operations import receive

    try:
        received = receive(actor=Actor.machine("intake"), content=found.content)
    except TierlineError as refused:
        # nothing was stored: for the program that waits, that is what quarantine means
        reason = refused.for_people()
        return {"file": found.name, "outcome": "quarantined", "ticket": None, "reason": reason, "auto_reply": False}
    return {
        "file": found.name,
        "outcome": received.outcome,
        "ticket": received.ticket,
        "reason": received.reason,
        "auto_reply": received.auto_reply,
    }


@contextmanager
def _kept() -> Iterator[None]:
    yield


@contextmanager
def _thrown_away() -> Iterator[None]:
    """A desk with one group, rolled back at the end: the next message finds it empty again."""
    from django.db import transaction

    from tierline.desk.people.models import Desk

    with transaction.atomic():
        Desk.objects.create(key="desk", name="Desk", kind="it")
        yield
        transaction.set_rollback(True)


def _trim(args: argparse.Namespace) -> int:
    from tierline.work.intake.rules import parse, visible_reply

    unread = 0
    for found in messages.read(args.paths):
        if found.problem:
            unread += 1
            output.problem(f"{found.name}: {found.problem}")
            continue
        is_text = found.name.endswith(".txt")
        text = found.content.decode("utf-8", "replace") if is_text else parse(found.content).text
        print(json.dumps({"file": found.name, "reply": visible_reply(text)}), flush=True)
    return 1 if unread else 0
