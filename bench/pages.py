"""How fast pages are: whole requests through Django's handler in this process, as a signed-in person, on real rows.

    ./tierline bench pages --tickets 100000

Each page is measured in turns with its floor of the same run: the rows that the page shows, fetched by one bare
statement and printed by a minimal Jinja2 template, without sign-in, rights, words or navigation.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bench import seed
from bench.floor import Floor

WARM_UP = 5  # requests


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tickets", type=int, default=100_000, metavar="N", help="how many there are (100000)")
    parser.add_argument("--repeats", type=int, default=60, metavar="N", help="requests for each page (60)")
    parser.add_argument("--only", metavar="PAGE", help="measure this page alone")
    parser.add_argument("--keep", metavar="NAME", help="keep the database under this name; use it if it is there")


@dataclass(frozen=True)
class Page:
    """A page to measure: whose it is, where it is, and what the floor does for it (nothing if None)."""

    name: str
    address: str
    person_id: int
    floor: Callable[[], str] | None = None
    piece: bool = False


@dataclass
class Spent:
    """What each request for one page took, in seconds; statements and bytes are those of the last one.

    `cpu` is the time that this process was computing: on a busy machine the steadiest of the figures.
    """

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    sql: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    statements: int = 0
    html: int = 0


def run(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    from tierline.desk.tickets.models import Ticket

    there = Ticket.objects.count()
    desk = seed.found() if there else seed.fill(args.tickets)
    seed.settle()
    with Floor.of(desk) as floor:
        for page in pages(desk, floor):
            if args.only in {None, page.name}:
                yield _summary(page, there or args.tickets, _measured(page, args.repeats))


def pages(desk: seed.Seeded, floor: Floor) -> list[Page]:
    """What is measured, in this order."""
    agent, ticket = desk.agent_id, f"/console/tickets/{desk.long_reference}"
    common = desk.common_word
    return [
        Page("queue", "/console/", agent, floor.queue),
        Page("queue_all", "/console/?view=all", agent, floor.queue_all),
        Page("queue_breached", "/console/?view=breached", agent, floor.queue_breached),
        Page("queue_resolved", "/console/?view=resolved", agent, floor.queue_resolved),
        Page("ticket", ticket, agent, floor.ticket),
        Page("ticket_step", f"{ticket}/step", agent, piece=True),
        Page("search", f"/console/search?q={desk.two_words}", agent, lambda: floor.search(desk.two_words)),
        Page("search_common", f"/console/search?q={common}", agent, lambda: floor.search(common)),
        Page("portal_requests", "/requests", desk.requester_id, floor.own_requests),
        Page("insights_ladder", "/insights/", desk.lead_id),
        Page("insights_flow", "/insights/flow", desk.lead_id),
        Page("portal_search", f"/search?q={desk.two_words}", desk.requester_id),
    ]


def _measured(page: Page, repeats: int) -> Spent:
    """Page and floor in turns: a busy moment of the machine then hits both alike."""
    client = _signed_in(page.person_id)
    _turns(client, page, Spent(), WARM_UP)
    return _turns(client, page, Spent(), repeats)


def _turns(client: Any, page: Page, spent: Spent, repeats: int) -> Spent:  # noqa: ANN401 (as below)
    for _ in range(repeats):
        _request(client, page, spent)
        if page.floor is not None:
            began = time.perf_counter()
            page.floor()
            spent.floor.append(time.perf_counter() - began)
    return spent


def _signed_in(person_id: int) -> Any:  # noqa: ANN401 (Django is loaded only when a benchmark runs)
    from django.test import Client

    from tierline.desk.people.models import Person

    client = Client()
    client.force_login(Person.objects.get(pk=person_id))
    return client


def _request(client: Any, page: Page, spent: Spent) -> None:  # noqa: ANN401 (as above)
    from django.db import connection

    statements: list[float] = []

    def timed(execute: Callable[..., Any], *given: Any) -> Any:  # noqa: ANN401 (Django's own signature)
        began = time.perf_counter()
        try:
            return execute(*given)
        finally:
            statements.append(time.perf_counter() - began)

    headers = {"HX-Request": "true"} if page.piece else {}
    began, computed = time.perf_counter(), time.process_time()
    with connection.execute_wrapper(timed):
        response = client.get(page.address, headers=headers)
    spent.wall.append(time.perf_counter() - began)
    spent.cpu.append(time.process_time() - computed)
    spent.sql.append(sum(statements))
    if response.status_code != 200:
        raise RuntimeError(f"{page.address} answered {response.status_code}")
    spent.statements, spent.html = len(statements), len(response.content)


def _summary(page: Page, tickets: int, spent: Spent) -> dict[str, Any]:
    p50, sql = _percentile(spent.wall, 0.5), _percentile(spent.sql, 0.5)
    told: dict[str, Any] = {
        "measure": page.name,
        "tickets": tickets,
        "p50_ms": p50,
        "p95_ms": _percentile(spent.wall, 0.95),
        "min_ms": _percentile(spent.wall, 0),
        "cpu_ms": _percentile(spent.cpu, 0.5),
        "sql_ms": sql,
        "sql_share": round(sql / p50, 2),
        "allowed_ms": round(3 * sql + 12, 2),
        "statements": spent.statements,
        "html_bytes": spent.html,
    }
    if spent.floor:
        floor = _percentile(spent.floor, 0.5)
        told |= {"floor_p50_ms": floor, "ratio": round(p50 / floor, 1)}
    return told


def _percentile(seconds: list[float], share: float) -> float:
    """In milliseconds."""
    ordered = sorted(seconds)
    return round(1000 * ordered[min(int(len(ordered) * share), len(ordered) - 1)], 2)
