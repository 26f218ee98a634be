"""Telling thousands of people about a major incident, also when the worker is killed in the middle.

    ./tierline bench major --children 5000 --kills 2

First the room itself tells everybody, in this process, and only that. Then a second update is told by a worker process
that is killed (SIGKILL) on the way; afterwards each person must have exactly one message for each update.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_CHECKOUT = Path(__file__).resolve().parents[1]
_PATIENCE = 900  # seconds without anybody being told


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--children", type=int, default=5000, metavar="N", help="tickets that are parts of it (5000)")
    parser.add_argument("--kills", type=int, default=2, metavar="N", help="how often the worker is killed (2)")


def run(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    major, lead = _world(args.children)
    yield {"measure": "major_told", "children": args.children, **_in_this_process(major, lead)}
    yield {
        "measure": "major_killed",
        "children": args.children,
        "kills": args.kills,
        **_killed(major, lead, args.kills),
    }


def _world(children: int) -> tuple[Any, Any]:
    """A desk, a lead, and a major incident with its parts, one requester each."""
    from tierline.core.kernel.actors import Actor
    from tierline.desk.people import operations as people
    from tierline.desk.people.queries import actor_for
    from tierline.ladder.major import operations

    setup = Actor(label="bench", roles=frozenset({"administrator"}))
    desk = people.create_desk(actor=setup, key="it", name="IT", kind="it")
    group = people.create_group(actor=setup, desk=desk, key="first", name="First", tier=1)
    lead = people.create_person(actor=setup, email="lead@desk.example", name="Lead", roles=["lead"])
    people.join_group(actor=setup, person_id=lead.pk, group_id=group.pk)
    numbers = [_ticket(setup, f"person{n}@field.example") for n in range(children + 1)]
    actor = actor_for(lead)
    major = operations.declare(actor=actor, ticket_id=numbers[0], reason="a benchmark", public_title="VPN is down")
    operations.attach(actor=actor, major_id=major.pk, ticket_ids=numbers[1:])
    _forget_jobs()
    return major, actor


def _ticket(setup: Any, email: str) -> int:  # noqa: ANN401 (imported late: Django is set up by then)
    from tierline.core.kernel.actors import Actor
    from tierline.desk.people import operations as people
    from tierline.desk.tickets import operations as tickets

    person = people.ensure_requester(actor=setup, email=email, name=email)
    intake = Actor.machine("intake")
    return tickets.open_ticket(actor=intake, requester=person, title="The tunnel drops", text="Please help.").pk


def _forget_jobs() -> None:
    """What is queued so far is not measured."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE status = 'todo'")


def _in_this_process(major: Any, lead: Any) -> dict[str, Any]:  # noqa: ANN401 (as above)
    from tierline.core.kernel.actors import Actor
    from tierline.ladder.major import operations

    update = operations.update(actor=lead, major_id=major.pk, text="We look.", public=True)
    began, used, told = time.perf_counter(), time.process_time(), 0
    while some := operations.tell_round(actor=Actor.machine("major"), update_id=update.pk):
        told += some
    seconds, own = time.perf_counter() - began, time.process_time() - used
    _forget_jobs()
    return {"seconds": round(seconds, 1), "cpu_seconds": round(own, 1), "told": told, **_counts(update.pk)}


def _killed(major: Any, lead: Any, kills: int) -> dict[str, Any]:  # noqa: ANN401 (as above)
    from tierline.ladder.major import operations, queries

    update = operations.update(actor=lead, major_id=major.pk, text="It holds.", public=True)
    everybody, began = queries.progress(update).of, time.perf_counter()
    cut_at: list[int] = []
    for turn in range(kills + 1):
        worker = _worker()
        wanted = everybody * (turn + 1) // (kills + 1)
        told = _wait(update, wanted)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        if turn < kills:
            cut_at.append(told)
    return {"seconds": round(time.perf_counter() - began, 1), "cut_at": cut_at, **_counts(update.pk)}


def _worker() -> "subprocess.Popen[bytes]":
    ours = {**os.environ, "TIERLINE_PARENT": str(os.getpid()), "PYTHONPATH": str(_CHECKOUT / "src")}
    words = [sys.executable, "-m", "tierline.doors.cli", "worker"]
    return subprocess.Popen(words, env=ours, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 (our own)


def _wait(update: Any, wanted: int) -> int:  # noqa: ANN401 (as above)
    from tierline.ladder.major.models import Told

    until = time.monotonic() + _PATIENCE
    while (told := Told.objects.filter(update=update).count()) < wanted:
        if time.monotonic() > until:
            raise RuntimeError("nobody is told any more")
        time.sleep(0.02)
    return told


def _counts(update_id: int) -> dict[str, int]:
    """`twice` and `silent` count people whose messages are more or fewer than the public updates so far; both are 0."""
    from django.db.models import Count, Q

    from tierline.desk.tickets.models import Ticket
    from tierline.ladder.major.models import Told, Update

    updates = Update.objects.public().count()
    told = Count("messages", filter=Q(messages__direction="out"))
    counts = list(Ticket.objects.annotate(told=told).values_list("told", flat=True))
    rows = Told.objects.filter(update_id=update_id).count()
    more, fewer = sum(n > updates for n in counts), sum(n < updates for n in counts)
    return {"rows": rows, "twice": more, "silent": fewer}
