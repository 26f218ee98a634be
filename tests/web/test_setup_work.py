"""Work in the background: an administrator sees what gave up and why, has it tried again, or forgets it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from tests.support.desk import SmallDesk, small_desk
from tierline.core.kernel import failed_jobs, jobs, rows
from tierline.core.kernel.errors import TemporaryError
from tierline.core.timeline.models import TimelineEntry

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def desk(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[SmallDesk]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield small_desk()
        transaction.set_rollback(True)


@pytest.fixture
def admin(desk: SmallDesk) -> Client:
    client = Client()
    client.force_login(desk.administrator)
    return client


def left(status: str, tries: int = 10, name: str = "intake.send_reply", why: str = "", **ids: int) -> int:
    jobs.enqueue(name, **ids)
    pk = int(rows.run("SELECT max(id) FROM procrastinate_jobs", []).fetchone()[0])
    rows.run("UPDATE procrastinate_jobs SET status = %s, attempts = %s WHERE id = %s", [status, tries, pk])
    if why:
        failed_jobs.note(pk, TemporaryError(why))
    return pk


def page(client: Client) -> str:
    return client.get("/setup/work").content.decode()


def test_nothing_wrong_is_one_sentence(admin: Client) -> None:
    shown = page(admin)
    assert "No job has given up." in shown
    assert "Nothing. Work that goes wrong is tried ten times" in shown
    assert "No job has given up." in admin.get("/setup/").content.decode()


def test_what_gave_up_says_what_why_and_about_which_ticket(admin: Client, desk: SmallDesk) -> None:
    ticket = desk.ticket()
    entry = TimelineEntry.objects.of("ticket", ticket.pk).first()
    left("failed", entry_id=entry.pk, why="The <b>server</b> is away.")
    left("failed", name="intake.send", outbound_id=4711)
    shown = page(admin)
    assert "one mail for each reader of the answer." in shown
    assert f'href="/console/tickets/{ticket.reference}"' in shown
    assert "The &lt;b&gt;server&lt;/b&gt; is away." in shown
    assert "outbound_id 4711" in shown
    assert "No reason was kept." in shown
    assert "2 jobs gave up." in shown
    home = admin.get("/setup/").content.decode()
    assert "2 jobs gave up." in home
    assert 'href="/setup/work"' in home


def test_what_is_tried_again_by_itself_has_no_buttons(admin: Client) -> None:
    left("todo", tries=3, entry_id=1, why="Not yet.")
    shown = page(admin)
    assert "Not yet." in shown
    assert "/again" not in shown
    assert "No job has given up." in shown


def test_one_is_tried_again_and_one_forgotten(admin: Client) -> None:
    first, second = left("failed", entry_id=1, why="a"), left("failed", entry_id=2, why="b")
    admin.post(f"/setup/work/{first}/again")
    assert "It is tried again." in page(admin)
    admin.post(f"/setup/work/{second}/drop")
    assert "what it was to do stays undone" in page(admin)
    found = rows.run("SELECT id, status::text, attempts FROM procrastinate_jobs", []).fetchall()
    assert (first, "todo", 0) in found
    assert second not in {one[0] for one in found}
    for verb, words in (("again", "not there any more, or"), ("drop", "not there any more.")):
        admin.post(f"/setup/work/{second}/{verb}")
        assert words in page(admin)


def test_all_are_tried_again_with_one_click(admin: Client) -> None:
    for number in range(3):
        left("failed", entry_id=number)
    assert "Try all of these again" in page(admin)
    admin.post("/setup/work/again")
    assert "3 jobs are tried again." in page(admin)
    assert failed_jobs.how_many_gave_up() == 0


@pytest.mark.parametrize(("args", "name"), [({}, "intake.retry_unfinished"), ({"entry_id": 10**17}, "no.such_job")])
def test_any_job_can_be_shown(admin: Client, args: dict[str, int], name: str) -> None:
    jobs.enqueue("intake.send_reply", entry_id=1)
    pk = int(rows.run("SELECT max(id) FROM procrastinate_jobs", []).fetchone()[0])
    rows.run(
        "UPDATE procrastinate_jobs SET status = 'failed', task_name = %s, args = %s::jsonb WHERE id = %s",
        [name, '{"timestamp": 5, "entry_id": "x"}' if not args else '{"entry_id": 100000000000000000}', pk],
    )
    assert name in page(admin)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("where", ["work", "work/again", "work/1/again", "work/1/drop"])
def test_it_is_for_administrators(desk: SmallDesk, where: str, method: str) -> None:
    for person in (desk.lead, desk.agents[1], desk.requester):
        client = Client()
        client.force_login(person)
        assert getattr(client, method)(f"/setup/{where}").status_code in (404, 405)
