"""Make the demo company once: set it up, let sixty days pass, and name one sign-in for each role."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.auth.hashers import make_password
from django.db import connection

from tierline.core.kernel import clock
from tierline.desk.people.models import Person
from tierline.desk.sla.rules import due

from . import doors, fieldwork, gateway, healthy, makers, satisfaction, staffing
from .company import PASSWORD, Company, found, read_toml
from .lives import Case, live, tolerant
from .macros import write_macros
from .walk import Walk
from .world import OFFICE, World

DAYS = 60
SEED = 20_418
REQUESTS = 260
OWNER = "Astrid Berg"
SIGN_INS = (
    ("requester", "Ines Okafor"),
    ("tier 1", "Tomasz Wilk"),
    ("tier 2", "Jonas Brandt"),
    ("tier 3", "Priya Raman"),
    ("lead", "Lena Graf"),
    ("administrator", OWNER),
)


class SignIn(NamedTuple):
    """How to try one role."""

    role: str
    address: str
    password: str


def load(
    progress: Callable[[str], None], *, requests: int = REQUESTS, days: int = DAYS, seed: int = SEED
) -> list[SignIn]:
    """Make the demo company unless it is there, and return one sign-in for each role.

    `requests` people ask within `days` days up to now; the same seed makes the same company. What an interrupted load
    left behind is removed first, so that the company is whole or not there.
    """
    if not _is_whole():
        if _is_begun():
            progress("An earlier start was interrupted: clearing what it left behind.")
            _clear()
        progress(f"Making the demo company: {days} days of work, played by the real operations.")
        _play(progress, requests=requests, days=days, seed=seed)
    return [SignIn(role, _address(name), PASSWORD) for role, name in SIGN_INS]


def _is_begun() -> bool:
    return Person.objects.with_address(_address(OWNER)).exists()


def _is_whole() -> bool:
    """The passwords are set last: with them the company is complete."""
    owner = Person.objects.with_address(_address(OWNER)).first()
    return owner is not None and owner.has_usable_password()


def _clear() -> None:
    """Empty every table; only ever called for a company that was never finished."""
    with connection.cursor() as cursor:
        cursor.execute("SET tierline.flushing = 'on'")
        tables = ", ".join(connection.ops.quote_name(name) for name in _own_tables())
        cursor.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
        cursor.execute("SET tierline.flushing = 'off'")


def _own_tables() -> list[str]:
    kept = {"django_migrations", "django_content_type", "auth_permission"}
    return [name for name in connection.introspection.table_names() if name not in kept]


def _address(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@nordlicht.example"


def _play(progress: Callable[[str], None], *, requests: int, days: int, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 (made-up data, the same on every run)
    end = clock.now()
    start = end - timedelta(days=days)
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")  # made-up data: an interrupted load is made again
    with clock.at(start):
        company = found()
        write_macros(company)
        staffing.begin(company)
        healthy.keep(company)
    world = World(company=company, rng=rng, now=start, until=end)
    walk_begins = _begin_walk(world, company, start)
    gateway.begin(world)
    for number, moment in enumerate(_arrivals(rng, start, end, requests)):
        case = Case(world=world, scenario=_scenario(rng), requester=_who(rng, company), number=number)
        case.requester = _fitting(rng, case, company)
        world.begin(tolerant(live(case)), moment)
    with doors.slack_that_agrees() as slack:
        with clock.at(start):
            ways_in = doors.set_up(world, slack)
            makers.agree()
        doors.begin(ways_in)
        doors.say_of_gateway(ways_in, walk_begins)
        makers.begin(world)
        steps = world.run(progress)
    progress(f"  {steps} steps played.")
    staffing.ahead(company)
    fieldwork.ahead(company)
    satisfaction.asked_and_answered(company, seed)
    _finish()


def _begin_walk(world: World, company: Company, start: datetime) -> datetime:
    """The walk through all tiers begins on a working morning after two thirds of the time; says when."""
    moment = due(OFFICE, start + (world.until - start) * 0.62, 90 * 60)
    people = {person.name: person for person in company.colleagues}
    walk = Walk(company=company, requester=people["Ines Okafor"], second_requester=people["Yuki Tan"])
    world.begin(walk.life(), moment)
    return moment


def _arrivals(rng: random.Random, start: datetime, end: datetime, requests: int) -> list[datetime]:
    """Mostly in office hours, some in the evening; Mondays are busier, and the last days fill the queue."""
    weights = [5, 4, 4, 4, 3, 1, 1]
    days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
    chosen = rng.choices(days, [weights[day.weekday()] for day in days], k=requests)
    moments = [
        day.replace(hour=0, minute=0, second=0, microsecond=0)
        + timedelta(minutes=min(1439, max(0, rng.gauss(11.5 * 60, 170))))
        for day in chosen
    ]
    # what came in since Friday is still on the desk: a queue that people can look at
    moments += [end - timedelta(minutes=rng.uniform(20, 66 * 60)) for _ in range(requests // 8)]
    return sorted(moment for moment in moments if start < moment < end)


def _scenario(rng: random.Random) -> dict[str, object]:
    known = read_scenarios()
    return rng.choices(known, [float(str(one["weight"])) for one in known])[0]


def read_scenarios() -> list[dict[str, object]]:
    """Every kind of request, from scenarios.toml."""
    found_ones: list[dict[str, object]] = read_toml("scenarios.toml")["scenario"]
    return found_ones


def _who(rng: random.Random, company: Company) -> Person:
    return rng.choice(company.colleagues)


def _fitting(rng: random.Random, case: Case, company: Company) -> Person:
    return rng.choice(company.customers) if case.scenario["desk"] == "customer" else case.requester


def _finish() -> None:
    """Let six people sign in, and the planner know what was written; from now on commits are durable again."""
    invited = [_address(name) for _, name in SIGN_INS]
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
        Person.objects.get_queryset().filter(email__in=invited).update(password=make_password(PASSWORD))
        cursor.execute("ANALYZE")
