"""`tierline mail`: hand messages from files, mailboxes or standard input to the desk."""

import argparse
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
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
    pipe = verbs.add_parser("pipe", help="keep one message from standard input for the desk, for mail servers")
    data_folder.add_option(pipe)
    pipe.set_defaults(run=_pipe)
    reconcile = verbs.add_parser("reconcile", help="count each mailbox on its server and here, and name what differs")
    reconcile.add_argument("--mailbox", metavar="ADDRESS", help="only this one (default: all that are switched on)")
    reconcile.add_argument("--json", action="store_true", help="JSON lines instead of words")
    data_folder.add_option(reconcile)
    reconcile.set_defaults(run=_reconcile)
    trim = verbs.add_parser("trim", help="print only the new words of a reply, one JSON line for each")
    _paths(trim)
    trim.set_defaults(run=_trim)


def _pipe(args: argparse.Namespace) -> int:
    """Where there is no launcher, which reads the same program in."""
    program = Path(__file__).with_name("pipe.sh")
    os.execv("/bin/sh", ["sh", str(program), "--data", str(data_folder.choose(args.data))])  # noqa: S606 (our own program)


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


def _reconcile(args: argparse.Namespace) -> int:
    """Exit code 1 when something differs or a mailbox could not be asked."""
    with desk.opened(args.data):
        from tierline.work.intake.models import Mailbox

        chosen = Mailbox.objects.filter(address=args.mailbox.lower()) if args.mailbox else Mailbox.objects.active()
        told = [_compared(mailbox.pk, mailbox.address) for mailbox in chosen.order_by("address", "pk")]
    if not told:
        output.problem("There is no such mailbox." if args.mailbox else "No mailbox is switched on.")
    for one in told:
        print(json.dumps(one) if args.json else _in_words(one), flush=True)
    return int(not told or any(one.get("differs", True) for one in told))


def _compared(mailbox_id: int, address: str) -> dict[str, Any]:
    from tierline.core.kernel.actors import Actor
    from tierline.core.kernel.errors import TierlineError
    from tierline.work.intake.operations import reconcile

    try:
        return {"mailbox": address, **reconcile(actor=Actor.machine("intake"), mailbox_id=mailbox_id).to_data()}
    except TierlineError as problem:
        return {"mailbox": address, "problem": problem.for_people()}


def _in_words(told: dict[str, Any]) -> str:
    if "problem" in told:
        return f"{told['mailbox']}: {told['problem']}"
    counts = ("on_server", "taken", "there_before", "waiting", "missing", "refused", "left_behind", "not_understood")
    lines = [f"{told['mailbox']}: " + ", ".join(f"{name.replace('_', ' ')} {told[name]}" for name in counts)]
    for kind in ("missing", "refused", "left_behind", "not_understood"):
        lines += [f"  {one['message_id'] or one['uid']}: {one['why']}" for one in told[f"{kind}_messages"]]
    return "\n".join(lines)


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
