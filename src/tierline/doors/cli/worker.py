"""`tierline worker`: the process that works off queued jobs, alone."""

import argparse
import os

from . import database, desk, lifeline

CONCURRENCY = 2
SLOW = 2  # jobs that take minutes, beside them


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("worker", help="run the worker for queued jobs alone")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    del args
    database.require()
    lifeline.end_with_parent()
    os.environ.setdefault("TIERLINE_DB_POOL", str(CONCURRENCY + SLOW + 1))
    desk.set_up_django()
    from tierline.core.kernel import jobs

    jobs.run_worker(concurrency=CONCURRENCY, slow=SLOW)
    return 0
