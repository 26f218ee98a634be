"""Solved tickets that share rare words: one statement, only what the viewer may see, the most alike first."""

from typing import Any

import pytest
from django.db import connection

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people import operations as people
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Role
from tierline.desk.tickets import operations, queries
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.queries.similar import ALIKE
from tierline.desk.tickets.rules import Resolution

pytestmark = pytest.mark.django_db
MACHINE = Actor.machine("intake")


desk = held(small_desk)


def solved(desk: SmallDesk, title: str, text: str, code: Resolution = Resolution.SOLVED) -> Ticket:
    ticket = desk.owned(1, title=title, text=text)
    operations.resolve(actor=desk.actor(1), ticket_id=ticket.pk, resolution=f"How {title} was solved.", code=code)
    return Ticket.objects.get(pk=ticket.pk)


@pytest.fixture(scope="module")
def tunnel(desk: SmallDesk) -> Ticket:
    """Solved before, among others that have nothing to do with it."""
    for subject in ("payslip", "printer", "badge", "calendar", "licence"):
        solved(desk, f"My {subject} is wrong", f"Please look at the {subject} of my colleague.")
    return solved(desk, "VPN tunnel drops during an upload", "Roaming is on, it reconnects after a minute.")


def alike(viewer: Actor, ticket: Ticket, **more: Any) -> list[int]:
    return [one.id for one in queries.similar(viewer, ticket.pk, **more)]


def test_a_solved_ticket_with_the_same_rare_words_is_found(desk: SmallDesk, tunnel: Ticket) -> None:
    now = desk.ticket(title="Tunnel drops in every upload", text="I use roaming.")
    (found,) = queries.similar(desk.actor(1), now.pk)
    assert (found.id, found.reference, found.title) == (tunnel.pk, tunnel.reference, tunnel.title)
    assert found.resolution == "How VPN tunnel drops during an upload was solved."
    assert (found.resolution_code, found.resolved_tier) == ("solved", 1)
    assert ALIKE <= found.score <= 1


def test_the_most_alike_comes_first_and_the_limit_holds(desk: SmallDesk, tunnel: Ticket) -> None:
    closer = solved(desk, "Tunnel drops in every upload from Oslo", "Roaming was on.")
    now = desk.ticket(title="Tunnel drops in every upload from Oslo", text="Is it roaming?")
    assert alike(desk.actor(1), now) == [closer.pk, tunnel.pk]
    assert alike(desk.actor(1), now, limit=1) == [closer.pk]


def test_nothing_shared_or_one_word_is_not_alike(desk: SmallDesk, tunnel: Ticket) -> None:
    assert alike(desk.actor(1), desk.ticket(title="Zebra crossing", text="Quite another matter.")) == []
    assert alike(desk.actor(1), desk.ticket(title="Upload", text="Zebra.")) == []


@pytest.mark.parametrize("what", ["open", "withdrawn", "merged", "itself"])
def test_what_solved_nothing_is_left_out(desk: SmallDesk, tunnel: Ticket, what: str) -> None:
    words = {"title": "Spectrometer loses its licence after sleep", "text": "Only with the dongle."}
    now = desk.owned(1, **words)
    if what == "open":
        desk.ticket(**words)
    elif what == "withdrawn":
        solved(desk, words["title"], words["text"], Resolution.WITHDRAWN)
    elif what == "merged":
        other = desk.owned(1, **words)
        operations.merge(actor=desk.leading, ticket_id=other.pk, into_id=now.pk)
    else:
        operations.resolve(actor=desk.actor(1), ticket_id=now.pk, resolution="Driver.", code=Resolution.SOLVED)
    assert alike(desk.actor(1), now) == []


def test_tickets_of_a_confidential_desk_are_never_named(desk: SmallDesk) -> None:
    hr = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    words = {"title": "Salary of a director is visible", "text": "In the shared calendar."}
    secret = operations.open_ticket(actor=MACHINE, requester=desk.requester, desk=hr, **words)
    operations.resolve(actor=Actor.machine("routing"), ticket_id=secret.pk, resolution="x", code=Resolution.SOLVED)
    now = desk.ticket(**words)
    assert alike(Actor.machine("assistant"), now) == [secret.pk]
    assert alike(desk.actor(1), now) == []


def test_requesters_have_no_use_for_it(desk: SmallDesk, tunnel: Ticket) -> None:
    with pytest.raises(NotFound):
        queries.similar(desk.asking, tunnel.pk)


def test_whoever_sees_no_desk_sees_nothing(desk: SmallDesk, tunnel: Ticket) -> None:
    outside = people.create_person(actor=SETUP, email="x@desk.example", name="X", roles=[Role.AGENT])
    viewer = Actor(label="X", person_id=outside.pk, roles=actor_for(outside).roles)
    assert alike(viewer, desk.ticket(title="Tunnel drops in every upload", text="roaming")) == []


def test_common_words_by_the_statistics_tell_less_than_rare_ones(desk: SmallDesk, tunnel: Ticket) -> None:
    for number in range(20):
        solved(desk, f"Good morning, my colleague asks {number}", "Please look, thank you.")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tickets_ticketwords")
    now = desk.ticket(title="Good morning, the tunnel drops", text="Please look at the upload, my colleague asks.")
    assert alike(desk.actor(1), now)[0] == tunnel.pk


@pytest.mark.parametrize(
    "words",
    ["it's \\ 'quoted' \\' words", "a|b & !c <-> d:*A", "", "% %s %(x)s {0}", "\u201cTunnel\u201d 日本語 ünïcode"],
)
def test_any_words_can_be_asked_with(desk: SmallDesk, tunnel: Ticket, words: str) -> None:
    twin = solved(desk, f"{words} strange signs", f"{words} twice")
    now = desk.ticket(title=f"{words} strange signs", text=f"{words} twice")
    assert alike(desk.actor(1), now)[:1] == [twin.pk]


def test_it_is_one_statement(desk: SmallDesk, tunnel: Ticket, django_assert_num_queries: Any) -> None:
    now, viewer = desk.ticket(title="Tunnel drops in every upload"), desk.actor(1)
    with django_assert_num_queries(1):
        queries.similar(viewer, now.pk)
