"""`tierline files`: where large files are; the object storage tried, filled, and emptied again."""

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict

from . import data_folder, desk, output

_BAD = 1


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The words that `tierline files` takes."""
    files = subparsers.add_parser("files", help="where large files are; test, fill and empty the object storage")
    verbs = files.add_subparsers(required=True, metavar="VERB")
    _verb(verbs, "state", _state, "how many files are where, and what keeps the others")
    _verb(verbs, "test", _test, "write, read and delete an object; exit code 1 says that it does not work")
    _verb(verbs, "carry", _carry, "carry everything to the object storage now")
    _verb(verbs, "bring-back", _bring_back, "fetch everything into the data folder, before the object storage goes")


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    run: Callable[[argparse.Namespace], int],
    summary: str,
) -> None:
    parser = verbs.add_parser(name, help=summary)
    data_folder.add_option(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=_on_the_desk, verb=run)


def _on_the_desk(args: argparse.Namespace) -> int:
    with desk.opened(args.data):
        return int(args.verb(args))


def _state(args: argparse.Namespace) -> int:
    from tierline.core.kernel import storage

    told = storage.state()
    if args.json:
        print(json.dumps(asdict(told)))
        return 0
    print(f"{told.files} large files, {told.size:,} bytes; {told.here} in the data folder, {told.here_size:,} bytes")
    if not told.place:
        print("no object storage (TIERLINE_S3_BUCKET)")
        return 0
    print(f"{told.place}: {told.carried} carried, {told.waiting} waiting, {told.failed} failed")
    for words, many in told.problems:
        print(f"{many} failed: {words}")
    return 0


def _test(args: argparse.Namespace) -> int:
    from tierline.core.kernel import storage, trials

    steps = trials.take(storage.TRIAL)
    good = all(step["state"] == trials.GOOD for step in steps)
    if args.json:
        print(json.dumps({"good": good, "steps": steps}))
    else:
        for step in steps:
            print(" ".join(part for part in (f"{step['state']:8}", step["name"], step["words"], step["todo"]) if part))
    return 0 if good else _BAD


def _carry(args: argparse.Namespace) -> int:
    from tierline.core.kernel import storage

    storage.carry_everything()
    done = 0
    while carried := storage.carry():
        done += carried
        output.say(f"{done} carried")
    return max(_state(args), _BAD if storage.state().waiting else 0)


def _bring_back(args: argparse.Namespace) -> int:
    from tierline.core.kernel import storage

    fetched = storage.bring_back()
    print(json.dumps({"fetched": fetched}) if args.json else f"{fetched} files fetched; all are in the data folder now")
    return 0
