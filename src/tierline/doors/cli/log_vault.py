"""`tierline logs rebuild` and `verify`: the views of kept files made anew, and their originals checked."""

import argparse
import json
from dataclasses import asdict

from . import data_folder, output

_BAD = 1
_ROUND = 2.0  # seconds between two words of progress


def add_verbs(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The two words of the vault."""
    rebuild = verbs.add_parser(
        "rebuild", help="read kept files again by today's rules and replace what was made of them"
    )
    which = rebuild.add_mutually_exclusive_group(required=True)
    which.add_argument("ticket", metavar="TICKET", nargs="?", help="the files of one ticket, for example INC-20418")
    which.add_argument("--all", action="store_true", help="the files of every ticket; begun before, it goes on")
    _on_the_desk(rebuild, _rebuild)
    verify = verbs.add_parser("verify", help="hash every original anew; exit code 1 when one changed or is missing")
    verify.add_argument("ticket", metavar="TICKET", nargs="?", help="those of one ticket only")
    _on_the_desk(verify, _verify)


def _on_the_desk(parser: argparse.ArgumentParser, verb: object) -> None:
    data_folder.add_option(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(run=_run, verb=verb)


def _run(args: argparse.Namespace) -> int:
    from . import desk  # brings the database along, which reading a log does not need

    with desk.opened(args.data):
        return int(args.verb(args))


def _rebuild(args: argparse.Namespace) -> int:
    return _rebuild_all(args) if args.all else _rebuild_one(args)


def _rebuild_one(args: argparse.Namespace) -> int:
    from tierline.core.kernel.actors import Actor
    from tierline.work.diagnosis import operations

    done = operations.rebuild_ticket(actor=Actor.machine("command line"), ticket_id=_number(args.ticket))
    for one in done:
        told = {"name": one.name, "state": one.state, "sentence": one.sentence, "reason": one.reason}
        print(json.dumps(told) if args.json else f"{one.name}: {one.sentence or one.reason}")
    if not done and not args.json:
        print("This ticket has no file that was read.")
    return _BAD if any(one.state == "refused" for one in done) else 0


def _rebuild_all(args: argparse.Namespace) -> int:
    from tierline.core.kernel.actors import Actor
    from tierline.work.diagnosis import operations

    actor = Actor.machine("command line")
    running = operations.begin_rebuild(actor=actor)
    while operations.go_on(actor=actor, rebuild_id=running.pk, seconds=_ROUND):
        running.refresh_from_db()
        output.say(f"{running.done} of {running.total} tickets")
    running.refresh_from_db()
    told = {"tickets": running.done, "failed": running.failed, "state": running.state}
    print(json.dumps(told) if args.json else f"{running.done} tickets made anew, {running.failed} failed")
    return _BAD if running.failed else 0


def _verify(args: argparse.Namespace) -> int:
    from tierline.core.kernel.actors import Actor
    from tierline.work.diagnosis import operations

    counts: dict[str, int] = {}
    number = _number(args.ticket) if args.ticket else None
    for one in operations.verify(actor=Actor.machine("command line"), ticket_id=number):
        counts[one.state] = counts.get(one.state, 0) + 1
        if args.json:
            print(json.dumps(asdict(one)))
        elif one.state in {"changed", "missing"}:
            print(f"{one.state:8} {one.reference} {one.name} {one.sha256}")
    if not args.json:
        print(", ".join(f"{many} {state}" for state, many in sorted(counts.items())) or "there is no original")
    return _BAD if counts.keys() & {"changed", "missing"} else 0


def _number(reference: str) -> int:
    from tierline.core.kernel.errors import NotFound
    from tierline.desk.tickets.rules import number_in

    number = number_in(reference)
    if number is None:
        raise NotFound
    return number
