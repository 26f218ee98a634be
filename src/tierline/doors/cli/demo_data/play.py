"""Make the demo company once: set it up, let sixty days pass, and name one sign-in for each role."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.auth.hashers import make_password

from tierline.core.kernel import clock
from tierline.desk.people.models import Person
from tierline.desk.sla.rules import due

from .company import PASSWORD, Company, found, read_toml
from .lives import Case, live, tolerant
from .walk import Walk
from .world import OFFICE, World

DAYS = 60
SEED = 20_418
REQUESTS = 420
SIGN_INS = (
    ("requester", "Ines Okafor"),
    ("tier 1", "Tomasz Wilk"),
    ("tier 2", "Jonas Brandt"),
    ("tier 3", "Priya Raman"),
    ("lead", "Lena Graf"),
    ("administrator", "Astrid Berg"),
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

    `requests` people ask within `days` days up to now; the same seed makes the same company. A load that was
    interrupted left nothing behind: everything is one transaction.
    """
    from django.db import transaction

    if not _is_there():
        progress("Making the demo company: 60 days of work, played by the real operations (about a minute).")
        with transaction.atomic():
            _play(progress, requests=requests, days=days, seed=seed)
        _count_anew()
    return [SignIn(role, _address(name), PASSWORD) for role, name in SIGN_INS]


def _address(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@nordlicht.example"


def _is_there() -> bool:
    return Person.objects.with_address(_address("Astrid Berg")).exists()


def _play(progress: Callable[[str], None], *, requests: int, days: int, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 (made-up data, the same on every run)
    end = clock.now()
    start = end - timedelta(days=days)
    with clock.at(start):
        company = found()
    _passwords()
    world = World(company=company, rng=rng, now=start, until=end)
    _begin_walk(world, company, start)
    for number, moment in enumerate(_arrivals(rng, start, end, requests)):
        case = Case(world=world, scenario=_scenario(rng), requester=_who(rng, company), number=number)
        case.requester = _fitting(rng, case, company)
        world.begin(tolerant(live(case)), moment)
    steps = world.run(progress)
    progress(f"  {steps} steps played.")


def _begin_walk(world: World, company: Company, start: datetime) -> None:
    """The walk through all tiers begins on a working morning after two thirds of the time."""
    moment = due(OFFICE, start + (world.until - start) * 0.62, 90 * 60)
    people = {person.name: person for person in company.colleagues}
    walk = Walk(company=company, requester=people["Ines Okafor"], second_requester=people["Yuki Tan"])
    world.begin(walk.life(), moment)


def _arrivals(rng: random.Random, start: datetime, end: datetime, requests: int) -> list[datetime]:
    """Mostly in office hours, some in the evening; Mondays are busier, and the last two days as busy as any."""
    weights = [5, 4, 4, 4, 3, 1, 1]
    days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
    chosen = rng.choices(days, [weights[day.weekday()] for day in days], k=requests)
    moments = [
        day.replace(hour=0, minute=0, second=0, microsecond=0)
        + timedelta(minutes=min(1439, max(0, rng.gauss(11.5 * 60, 170))))
        for day in chosen
    ]
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


def _passwords() -> None:
    """Six people can sign in; the others of the demo company cannot."""
    Person.objects.get_queryset().filter(email__in=[_address(name) for _, name in SIGN_INS]).update(
        password=make_password(PASSWORD)
    )


def _count_anew() -> None:
    """Let the planner know what was written; autovacuum would come a minute later."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
