"""`tierline receiver`: takes mail out of mailboxes, from mail servers, and what `tierline mail pipe` left in the spool.

A process of its own: mail comes in whatever the worker's jobs do, and whoever restarts a stuck worker stops no mail.
"""

import argparse
import signal
import threading

from . import data_folder, database, desk, lifeline, mailroom


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("receiver", help="run the mail receiver alone")
    data_folder.add_option(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    database.require()
    lifeline.end_with_parent()
    folder = data_folder.choose(args.data)
    data_folder.claim(folder)
    desk.set_up_django()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with mailroom.opened(stopping, folder):
        stopping.wait()
    return 0
