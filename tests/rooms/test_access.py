"""Why somebody sees something: the answer and the rule that decides are one."""

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.rules import Audience
from tierline.desk.people import operations as people
from tierline.desk.people.models import Desk, Person
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Role
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets import queries as reading
from tierline.desk.tickets.models import Attachment, Follower, Message, Ticket
from tierline.desk.tickets.operations import NewAttachment
from tierline.doors.cli import desk as cli_desk
from tierline.doors.cli import why_access
from tierline.insight.access.objects import THINGS
from tierline.insight.access.queries import KINDS, grants, why
from tierline.ladder.problems import operations as problems
from tierline.work.diagnosis.models import Evidence
from tierline.work.knowledge.models import Article

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class World:
    """An IT desk and a confidential HR desk, a ticket on each, and one person of every sort."""

    desk: SmallDesk
    hr: Desk
    people: dict[str, Person]
    things: dict[str, int]
    secret: dict[str, int]

    def actor(self, name: str) -> Actor:
        return actor_for(Person.objects.get_queryset().get(pk=self.people[name].pk))


def person(name: str, roles: list[Role], **desk_roles: tuple[Desk, list[Role]]) -> Person:
    made = people.create_person(actor=SETUP, email=f"{name}@access.example", name=name.title(), roles=roles)
    for desk, given in desk_roles.values():
        people.set_desk_roles(actor=SETUP, person_id=made.pk, desk_id=desk.pk, roles=given)
    return made


def build() -> World:
    desk = small_desk()
    hr = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    group = people.create_group(actor=SETUP, desk=hr, key="hr-1", name="HR services", tier=1)
    everybody = {
        "requester": desk.requester,
        "agent": desk.agents[1],
        "lead": desk.lead,
        "administrator": desk.administrator,
        "stranger": person("stranger", [Role.REQUESTER]),
        "follower": person("follower", [Role.REQUESTER]),
        "hr": person("hr", [Role.AGENT]),
        "observer": person("observer", [Role.REQUESTER], a=(desk.desk, [Role.OBSERVER])),
        "auditor": person("auditor", [Role.AUDITOR], a=(hr, [Role.AUDITOR])),
        "house auditor": person("house", [Role.AUDITOR]),
        "asks hr": person("asks", [Role.AGENT]),
        "gone": person("gone", [Role.AGENT]),
    }
    people.join_group(actor=SETUP, person_id=everybody["hr"].pk, group_id=group.pk)
    people.set_active(actor=SETUP, person_id=everybody["gone"].pk, active=False)
    lines = b"2026-11-23 10:00:00 ERROR tunnel down\n" * 5
    log = NewAttachment(name="vpn.log", content_type="text/plain", content=lines)
    open_one = desk.ticket(attachments=[log])
    Follower.objects.create(ticket=open_one, person=everybody["follower"])
    secret = tickets.open_ticket(
        actor=actor_for(everybody["asks hr"]),
        requester=everybody["asks hr"],
        title="My salary",
        text="It is wrong.",
        desk=hr,
        attachments=[log],
    )
    return World(desk, hr, everybody, things_of(desk.desk, open_one), things_of(hr, secret))


def things_of(desk: Desk, ticket: Ticket) -> dict[str, int]:
    """One object of each kind around a ticket, made as plainly as the tables allow."""
    file = Attachment.objects.get(ticket=ticket)
    now = datetime(2026, 11, 23, tzinfo=UTC)
    read = {"ticket": ticket, "original": file.blob, "name": file.name, "size": file.size, "collected_at": now}
    evidence, _ = Evidence.objects.get_or_create(attachment=file, defaults=read)
    problem = problems.open_problem(actor=Actor.machine("test"), title="Tunnel", ticket_id=ticket.pk)
    article = Article.objects.create(
        title="Tunnel",
        confidence="not_validated",
        audience="internal",
        governance="open",
        desk=desk,
        author_label="x",
        created_at=now,
        changed_at=now,
    )
    return {
        "ticket": ticket.pk,
        "attachment": file.pk,
        "evidence": evidence.pk,
        "problem": problem.pk,
        "article": article.pk,
    }


world = held(build)


@pytest.mark.parametrize("kind", ["ticket", "attachment", "evidence", "problem", "article"])
def test_the_answer_is_that_of_the_rule_that_decides(world: World, kind: str) -> None:
    auditor = world.actor("auditor")
    for place in (world.things, world.secret):
        for name, somebody in world.people.items():
            answer = why(auditor, person_id=somebody.pk, kind=kind, object_id=place[kind])
            decided = THINGS[kind].visible(world.actor(name)).filter(pk=place[kind]).exists()
            first = THINGS[kind].first
            allowed = first is None or any(held.roles for held in answer.rights if held.right == first)
            assert answer.sees == (decided and allowed and name != "gone"), (kind, name)
            assert answer.reasons, (kind, name)
            assert all(not held.roles for held in answer.rights) or answer.sees or name == "gone", (kind, name)


@pytest.mark.parametrize(
    ("name", "place", "words"),
    [
        ("requester", "things", ["asked for it"]),
        ("follower", "things", ["follows it"]),
        ("agent", "things", ["is agent, and the desk IT is open to everybody who works here"]),
        ("observer", "things", ["was given the role observer for the desk IT"]),
        ("hr", "secret", ["is agent and works in HR services of the confidential desk HR"]),
        ("auditor", "secret", ["was given the role auditor for the desk HR"]),
        ("asks hr", "secret", ["asked for it"]),
        ("agent", "secret", ["the desk HR is confidential, and they work in none of its groups"]),
        (
            "administrator",
            "secret",
            [
                "the desk HR is confidential, and they work in none of its groups",
                "an administrator arranges this desk, but does not read its tickets",
            ],
        ),
        (
            "stranger",
            "things",
            [
                "has no role that opens the desk IT",
                "they neither asked for it nor follow it, and it is not published for them",
            ],
        ),
        ("gone", "things", ["the account is closed"]),
    ],
)
def test_the_words_of_an_answer(world: World, name: str, place: str, words: list[str]) -> None:
    number = getattr(world, place)["ticket"]
    answer = why(world.actor("auditor"), person_id=world.people[name].pk, kind="ticket", object_id=number)
    assert list(answer.reasons) == words


def test_what_somebody_may_do_names_the_roles(world: World) -> None:
    def held(name: str) -> dict[str, tuple[str, ...]]:
        number, pk = world.things["ticket"], world.people[name].pk
        answer = why(world.actor("auditor"), person_id=pk, kind="ticket", object_id=number)
        return {one.right.value: one.roles for one in answer.rights}

    assert held("observer")["evidence.read"] == ("observer",)
    assert held("observer")["ticket.work"] == ()
    assert held("lead")["ticket.work"] == ("agent", "lead")
    assert held("requester")["ticket.work"] == ()


def test_people_and_reports(world: World) -> None:
    auditor, hr = world.actor("auditor"), world.people["hr"].pk
    asked = {
        name: why(auditor, person_id=world.people[name].pk, kind="person", object_id=hr).sees
        for name in ("agent", "hr", "stranger", "gone")
    }
    assert asked == {"agent": True, "hr": True, "stranger": False, "gone": False}
    report = why(auditor, person_id=hr, kind="report")
    assert report.reasons == ("is agent; the figures count the tickets of: HR, IT",)
    assert not why(auditor, person_id=world.people["requester"].pk, kind="report").sees


def test_only_auditors_ask_and_only_about_what_they_see(world: World) -> None:
    secret = {"kind": "ticket", "object_id": world.secret["ticket"], "person_id": world.people["hr"].pk}
    for name in ("agent", "lead", "observer", "requester"):
        with pytest.raises(NotFound):
            why(world.actor(name), **secret)
    for name in ("house auditor", "administrator"):
        with pytest.raises(NotFound):
            why(world.actor(name), **secret)  # the HR ticket does not exist for them
        assert why(world.actor(name), **(secret | {"object_id": world.things["ticket"]})).sees
    for wrong in ({"kind": "secret"}, {"object_id": 0}, {"person_id": 0}):
        with pytest.raises(NotFound):
            why(world.actor("auditor"), **(secret | wrong))
    assert set(KINDS) >= {"person", "report", "ticket", "evidence", "article", "problem", "known-error"}


def test_who_gave_which_role_is_told_to_those_who_may_know(world: World) -> None:
    auditor = world.people["auditor"]
    [only] = grants(SETUP, auditor.pk)
    assert (only.by, only.given, only.taken, only.desk) == ("set-up", ("auditor",), (), "HR")
    assert grants(world.actor("house auditor"), auditor.pk) == [only]
    with pytest.raises(NotFound):
        grants(world.actor("lead"), auditor.pk)


def test_staff_who_ask_something_of_a_foreign_desk_are_requesters_there(world: World) -> None:
    number, hr = world.secret["ticket"], world.actor("hr")
    tickets.add_note(actor=hr, ticket_id=number, text="The manager disagrees privately.")
    asking = world.actor("asks hr")
    assert [one.audience for one in reading.messages(asking, number)] == [Audience.REQUESTER]
    assert all(one.audience == Audience.REQUESTER for one in reading.timeline(asking, number))
    assert {one.audience for one in reading.timeline(hr, number)} > {Audience.REQUESTER}
    assert reading.search(asking, "privately") == []
    assert [row.id for row in reading.search(hr, "privately")] == [number]
    note = Message.objects.get(ticket_id=number, audience=Audience.INTERNAL)
    assert not Message.objects.readable_by(asking).filter(pk=note.pk).exists()
    for verb in (tickets.add_note, tickets.reply):
        with pytest.raises(NotFound):
            verb(actor=asking, ticket_id=number, text="Let me")


class TestCommand:
    """`tierline why-access`, on the test's own database, which is open already."""

    @pytest.fixture(autouse=True)
    def _open(self, monkeypatch: pytest.MonkeyPatch) -> None:
        @contextmanager
        def opened(_data: Path | None) -> Iterator[None]:
            yield

        monkeypatch.setattr(cli_desk, "opened", opened)

    def run(self, *words: str) -> int:
        parser = argparse.ArgumentParser()
        why_access.add_parser(parser.add_subparsers())
        args = parser.parse_args(["why-access", *words])
        return int(args.run(args))

    def test_it_says_why(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        reference = Ticket.objects.get(pk=world.things["ticket"]).reference
        assert self.run("observer@access.example", "ticket", reference) == 0
        said = capsys.readouterr().out
        assert "because: was given the role observer for the desk IT" in said
        assert "ticket.work: no" in said

    def test_it_says_why_not_as_json(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run("agent1@desk.example", "ticket", str(world.secret["ticket"]), "--json") == 3
        told = json.loads(capsys.readouterr().out)
        assert (told["sees"], told["reasons"]) == (
            False,
            ["the desk HR is confidential, and they work in none of its groups"],
        )

    @pytest.mark.parametrize(
        "words",
        [("nobody@access.example", "report"), ("hr@access.example", "secret"), ("hr@access.example", "ticket", "x")],
    )
    def test_what_does_not_exist(self, world: World, words: tuple[str, ...]) -> None:
        with pytest.raises(NotFound):
            self.run(*words)
