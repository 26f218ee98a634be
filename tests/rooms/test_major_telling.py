"""The parts of a major incident, and telling everybody concerned exactly once."""

from collections import Counter

import pytest

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.mails import mail
from tests.support.major import MACHINE, another, asked_by, declared, kinds, said_to
from tierline.core.kernel import jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people import operations as people
from tierline.desk.people.models import Person
from tierline.desk.people.queries import actor_for
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.ladder.major import operations, queries
from tierline.ladder.major.errors import NothingToAttach, WrongState
from tierline.ladder.major.models import Child, MajorIncident, Subscription, Told, Update
from tierline.ladder.major.rules import Shown
from tierline.work.intake import operations as intake
from tierline.work.intake.models import OutboundMessage
from tierline.work.intake.operations.outgoing import queue_notice

pytestmark = pytest.mark.django_db
desk = held(small_desk)


@pytest.fixture
def major(desk: SmallDesk) -> MajorIncident:
    return declared(desk)


@pytest.fixture
def parts(desk: SmallDesk, major: MajorIncident) -> list[Ticket]:
    found = [asked_by(another(f"person{n}")) for n in range(6)]
    operations.attach(actor=desk.leading, major_id=major.pk, ticket_ids=[one.pk for one in found])
    return found


def say(desk: SmallDesk, major: MajorIncident, text: str = "We look.", *, public: bool = True) -> Update:
    return operations.update(actor=desk.leading, major_id=major.pk, text=text, public=public)


def notices() -> list[tuple[str, str]]:
    found = OutboundMessage.objects.filter(purpose="notice", audience="requester").order_by("pk")
    return list(found.values_list("recipient", "text"))


# --- parts ---


def test_parts_are_attached_and_stand_on_both_timelines(
    desk: SmallDesk, major: MajorIncident, parts: list[Ticket]
) -> None:
    assert kinds(major.ticket_id) == ["major.declared", "major.children_attached"]
    assert {tuple(kinds(one.pk)) for one in parts} == {("major.joined",)}
    assert queries.of_ticket(desk.actor(1), parts[0].pk) == major
    operations.detach(actor=desk.leading, major_id=major.pk, ticket_id=parts[0].pk)
    assert kinds(parts[0].pk) == ["major.joined", "major.left"]
    with pytest.raises(NotFound):
        operations.detach(actor=desk.leading, major_id=major.pk, ticket_id=parts[0].pk)
    assert Child.objects.filter(major=major).count() == 5


def test_what_cannot_be_a_part_is_passed_over(desk: SmallDesk, major: MajorIncident, parts: list[Ticket]) -> None:
    quiet = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    secret = asked_by(desk.requester, desk=quiet)
    solved = desk.ticket()
    tickets.resolve(actor=desk.actor(1), ticket_id=solved.pk, resolution="done")
    other = declared(desk)
    for pk in (secret.pk, solved.pk, other.ticket_id, major.ticket_id, parts[0].pk, 999_999):
        with pytest.raises(NothingToAttach):
            operations.attach(actor=desk.leading, major_id=major.pk, ticket_ids=[pk])
    assert operations.attach(actor=desk.leading, major_id=major.pk, ticket_ids=[parts[0].pk, desk.ticket().pk]) == 1


def test_tickets_alike_are_suggested(desk: SmallDesk, major: MajorIncident, parts: list[Ticket]) -> None:
    found = asked_by(another("late"), "VPN drops in the yard")
    asked_by(another("else"), "Payroll shows wrong hours")
    assert queries.suggested(desk.leading, major.ticket) == [found], "parts are not suggested again"
    assert queries.suggested(desk.asking, major.ticket) == []


# --- telling ---


def test_each_person_is_told_once_whatever_they_asked(
    desk: SmallDesk, major: MajorIncident, parts: list[Ticket]
) -> None:
    twice = asked_by(parts[0].requester)
    operations.attach(actor=desk.leading, major_id=major.pk, ticket_ids=[twice.pk])
    update = say(desk, major)
    jobs.drain()
    assert Told.objects.filter(update=update).count() == 7, "six people and who carries it"
    assert Counter(len(said_to(one)) for one in [*parts, major.ticket, twice]) == {1: 7, 0: 1}
    words = said_to(parts[0])[0]
    assert words.startswith("VPN is down: We look.")
    assert f"/status/{major.pk}" in words
    for _ in range(2):
        assert operations.tell_round(actor=MACHINE, update_id=update.pk) == 0
    say(desk, major, "It holds.")
    jobs.drain()
    assert len(said_to(parts[3])) == 2


def test_internal_words_reach_nobody_outside(desk: SmallDesk, major: MajorIncident, parts: list[Ticket]) -> None:
    operations.subscribe(actor=_reader(desk, major), major_id=major.pk)
    secret = say(desk, major, "The password was on the wall.", public=False)
    jobs.drain()
    assert operations.tell_round(actor=MACHINE, update_id=secret.pk) == 0, "not even when the job is asked for"
    assert "wall" not in str([said_to(one) for one in [*parts, major.ticket]])
    assert "wall" not in str(notices())
    assert "wall" not in str(queries.status(actor_for(parts[0].requester), major.pk))


def _reader(desk: SmallDesk, major: MajorIncident) -> Actor:
    say(desk, major, "We look.")
    return actor_for(another("reader"))


def test_who_joins_later_is_told_the_newest_words_only(desk: SmallDesk, major: MajorIncident) -> None:
    say(desk, major, "First.")
    jobs.drain()
    say(desk, major, "Second.")
    jobs.drain()
    late = asked_by(another("late"))
    operations.attach(actor=desk.leading, major_id=major.pk, ticket_ids=[late.pk])
    jobs.drain()
    assert ["Second." in one for one in said_to(late)] == [True]


def test_telling_goes_on_in_rounds_with_progress(desk: SmallDesk, major: MajorIncident, parts: list[Ticket]) -> None:
    update = say(desk, major)
    assert queries.progress(update) == queries.Progress(told=0, of=7)
    assert operations.tell_round(actor=MACHINE, update_id=update.pk, most=3) == 3
    half = queries.progress(update)
    assert (half.told, half.of, half.done) == (3, 7, False)
    jobs.drain()
    assert queries.progress(update).done
    assert [len(said_to(one)) for one in parts] == [1] * 6


class PowerCut(BaseException):
    """Not an error that anything catches."""


def test_a_cut_in_the_middle_of_a_round_tells_nobody_twice(
    desk: SmallDesk, major: MajorIncident, parts: list[Ticket], monkeypatch: pytest.MonkeyPatch
) -> None:
    update, calls, whole = say(desk, major), [0], tickets.reply

    def cut(**values: object) -> object:
        calls[0] += 1
        said = whole(**values)  # type: ignore[arg-type]  # passed on as it came
        if calls[0] == 4:
            raise PowerCut  # after the message, before its transaction ends
        return said

    monkeypatch.setattr(tickets, "reply", cut)
    with pytest.raises(PowerCut):
        operations.tell_round(actor=MACHINE, update_id=update.pk)
    assert Told.objects.filter(update=update).count() == 3 == sum(len(said_to(one)) for one in [*parts, major.ticket])
    assert operations.tell_round(actor=MACHINE, update_id=update.pk) == 4
    assert [len(said_to(one)) for one in [*parts, major.ticket]] == [1] * 7


def test_solved_parts_are_left_alone(desk: SmallDesk, major: MajorIncident, parts: list[Ticket]) -> None:
    tickets.resolve(actor=desk.actor(1), ticket_id=parts[0].pk, resolution="by a restart")
    say(desk, major)
    jobs.drain()
    assert [len(said_to(one)) for one in parts] == [0, 1, 1, 1, 1, 1]


@pytest.mark.parametrize("resolves", [True, False])
def test_standing_down_tells_each_once_and_resolves_by_choice(
    desk: SmallDesk, major: MajorIncident, parts: list[Ticket], *, resolves: bool
) -> None:
    twice = asked_by(parts[0].requester)
    operations.attach(actor=desk.leading, major_id=major.pk, ticket_ids=[twice.pk])
    operations.stand_down(actor=desk.leading, major_id=major.pk, text="It is over.", resolve_children=resolves)
    jobs.drain()
    fresh = {one.pk: one for one in Ticket.objects.filter(pk__in=[one.pk for one in [*parts, twice]])}
    assert {one.status == "resolved" for one in fresh.values()} == {resolves}
    assert [len(said_to(one)) for one in [*parts, twice, major.ticket]] == [1, 1, 1, 1, 1, 1, 0, 1]
    assert Ticket.objects.get(pk=major.ticket_id).is_open
    if resolves:
        assert "It is over." in fresh[twice.pk].resolution


# --- the portal ---


def test_me_too_opens_a_request_of_ones_own(desk: SmallDesk, major: MajorIncident) -> None:
    person = another("reader")
    actor = actor_for(person)
    with pytest.raises(NotFound):
        operations.me_too(actor=actor, major_id=major.pk, person=person, text="x")  # nothing public was said yet
    say(desk, major)
    jobs.drain()
    ticket = operations.me_too(actor=actor, major_id=major.pk, person=person, text="For me, too.")
    again = operations.me_too(actor=actor, major_id=major.pk, person=person, text="Still.")
    assert (ticket, ticket.requester, ticket.title, ticket.service) == (again, person, "VPN is down", desk.service)
    assert Child.objects.get(ticket=ticket).major == major
    jobs.drain()
    assert ["We look." in one for one in said_to(ticket)].count(True) == 1
    assert queries.status(actor, major.pk).own == ticket.reference
    carrier = desk.asking
    assert operations.me_too(actor=carrier, major_id=major.pk, person=desk.requester, text="x").pk == major.ticket_id


def test_a_subscriber_is_mailed_once_and_leaves_with_one_click(desk: SmallDesk, major: MajorIncident) -> None:
    say(desk, major)
    jobs.drain()
    person = another("reader")
    for _ in range(2):
        operations.subscribe(actor=actor_for(person), major_id=major.pk)
    assert queries.status(actor_for(person), major.pk).subscribed
    say(desk, major, "It holds.")
    jobs.drain()
    assert [recipient for recipient, _ in notices()] == [person.email]
    sent = OutboundMessage.objects.get(recipient=person.email)
    token = sent.leave.rpartition("/")[2]
    assert sent.leave in sent.text
    assert "VPN drops" not in sent.subject + sent.text, "the carrier's own title is not for others"
    for _ in range(2):
        operations.leave(token)
    assert not Subscription.objects.exists()
    say(desk, major, "Once more.")
    jobs.drain()
    assert len(notices()) == 1
    for wrong in ("", "x", token[:-1], token + "x"):
        with pytest.raises(NotFound):
            operations.leave(wrong)


def test_a_subscriber_with_a_request_is_told_there_alone(
    desk: SmallDesk, major: MajorIncident, parts: list[Ticket]
) -> None:
    say(desk, major)
    operations.subscribe(actor=actor_for(parts[0].requester), major_id=major.pk)
    jobs.drain()
    assert len(said_to(parts[0])) == 1
    assert notices() == []


def test_nobody_joins_what_is_over(desk: SmallDesk, major: MajorIncident) -> None:
    person = another("reader")
    operations.stand_down(actor=desk.leading, major_id=major.pk, text="It is over.", resolve_children=True)
    for verb in (
        lambda: operations.subscribe(actor=actor_for(person), major_id=major.pk),
        lambda: operations.me_too(actor=actor_for(person), major_id=major.pk, person=person, text="x"),
    ):
        with pytest.raises(WrongState):
            verb()
    assert queries.statuses(actor_for(person)) == []
    assert not queries.status(actor_for(person), major.pk).is_active, "the page stays for those who have its address"


def readers(desk: SmallDesk) -> dict[str, Person]:
    house = people.create_organisation(actor=SETUP, name="House", domain="house.example")
    colleague = another("colleague", organisation=house)
    return {"stranger": another("stranger"), "colleague": colleague}


@pytest.mark.parametrize(
    ("shown_to", "who"),
    [
        (Shown.EVERYONE, {"requester", "stranger", "colleague", "part"}),
        (Shown.ORGANISATION, {"requester", "colleague", "part"}),
        (Shown.AFFECTED, {"requester", "part"}),
    ],
)
def test_who_reads_the_status_page(desk: SmallDesk, shown_to: Shown, who: set[str]) -> None:
    some = readers(desk)
    carrier = asked_by(another("carrier", organisation=some["colleague"].organisation), "VPN drops")
    major = declared(desk, carrier, shown_to=shown_to, public_words="We look.")
    part = asked_by(another("part"))
    operations.attach(actor=desk.leading, major_id=major.pk, ticket_ids=[part.pk])
    everybody = {**some, "requester": carrier.requester, "part": part.requester}
    seen = {name for name, person in everybody.items() if queries.statuses(actor_for(person))}
    assert seen == who
    for name in set(everybody) - who:
        with pytest.raises(NotFound):
            queries.status(actor_for(everybody[name]), major.pk)
        with pytest.raises(NotFound):
            operations.subscribe(actor=actor_for(everybody[name]), major_id=major.pk)


def test_a_notice_stands_in_no_thread(desk: SmallDesk, major: MajorIncident) -> None:
    values = {"actor": MACHINE, "ticket": major.ticket, "subject": "s", "text": "t"}
    made = queue_notice(**values, recipient="a@b.example", audience="requester", leave="https://desk/leave")  # type: ignore[arg-type]  # a StrEnum's value
    assert (made.in_reply_to, made.references, made.automatic) == ("", "", True)
    assert str(major.ticket_id) not in made.subject
    reply = tickets.reply(actor=desk.actor(1), ticket_id=major.ticket_id, text="Hello.")
    jobs.drain()
    mail = OutboundMessage.objects.get(message=reply)
    assert made.mail_id not in mail.references + mail.in_reply_to


def test_an_answer_to_a_notice_is_a_request_of_its_own(desk: SmallDesk, major: MajorIncident) -> None:
    say(desk, major)
    person = another("reader")
    operations.subscribe(actor=actor_for(person), major_id=major.pk)
    jobs.drain()
    sent = OutboundMessage.objects.get(recipient=person.email)
    answer = mail(
        "When is it over?", From=person.email, In_Reply_To=f"<{sent.mail_id}>", References=f"<{sent.mail_id}>"
    )
    received = intake.receive(actor=Actor.machine("intake"), content=answer, desk_id=desk.desk.pk)
    assert (received.outcome, Ticket.objects.filter(requester=person).count()) == ("ticket", 1)
    assert not major.ticket.messages.filter(author=person).exists(), "the carrier's conversation is not theirs"
