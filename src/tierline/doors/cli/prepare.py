"""`tierline prepare`: database and static files up to date, then end. `up` runs it in a process of its own."""

import argparse
import json

from . import data_folder, desk, lifeline, output


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("prepare", help="bring database and static files up to date")
    data_folder.add_option(parser)
    parser.add_argument("--demo", action="store_true", help="also load the demo company, unless it is there")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    lifeline.end_with_parent()
    with desk.opened(args.data):
        from . import static_files

        static_files.collect()
        if args.demo:
            _load_demo()
        from . import first_desk

        first_desk.ensure()
    return 0


def _load_demo() -> None:
    """Print the sign-ins as one line of JSON: role, e-mail address and password of each."""
    from . import demo_data

    print(json.dumps([list(sign_in) for sign_in in demo_data.load(output.say)]))
