"""A small life for the pages: a desk, requests in every state, articles, logs; all by the real operations."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.support.desk import SETUP, SmallDesk, small_desk
from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.desk.people import operations as people
from tierline.desk.people.rules import Role
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.ladder.escalation import operations as escalation
from tierline.ladder.problems import operations as problems
from tierline.ladder.problems.models import KnownError
from tierline.work.diagnosis import operations as diagnosis
from tierline.work.intake import operations as intake
from tierline.work.intake.models import ConnectionTest, LearnedRule, Mailbox
from tierline.work.knowledge import operations as knowledge
from tierline.work.knowledge.models import Article

LOG = b"""2026-11-20T07:58:11Z INFO  session opened for anna.keller@field.example from 10.20.30.44
2026-11-20T07:58:14Z WARN  usb probe: firmware version timed out after 400 ms
2026-11-20T07:58:14Z ERROR device host offline: instrument not found
2026-11-20T07:58:15Z ERROR device host offline: instrument not found
"""
BROKEN_MAIL = b"From: \nSubject: \n\n"


@dataclass(frozen=True)
class PortalWorld:
    """What the pages stand on."""

    desk: SmallDesk
    climbing: Ticket
    asked: Ticket
    solved: Ticket
    closed: Ticket
    stranger: Ticket
    article: Article


def portal_world() -> PortalWorld:
    """Make the desk and a week of its life, ending now."""
    start = clock.now().replace(hour=8, minute=0, second=0, microsecond=0) - timedelta(days=6)
    with clock.at(start):
        desk = _named(small_desk(policy=True))
        escalation.ensure_default_contracts()
        people.create_organisation(actor=SETUP, name="Field Instruments", domain="field.example")
        article = _article()
    world = PortalWorld(
        desk=desk,
        closed=_closed(desk, start + timedelta(days=1)),
        stranger=_stranger(desk, start + timedelta(days=2)),
        solved=_solved(desk, start + timedelta(days=3)),
        asked=_asked(desk, start + timedelta(days=4)),
        climbing=_climbing(desk, clock.now() - timedelta(hours=4)),
        article=article,
    )
    for ticket in (world.climbing, world.asked, world.stranger):
        tickets.keep_clocks(ticket_id=ticket.pk)
    return world


AGENTS = {1: ("Tomas Ostrow", "help desk"), 2: ("Pria Ramani", "instrument software"), 3: ("Anders Holm", "engineer")}


def _named(desk: SmallDesk) -> SmallDesk:
    """Give the agents names that read like people's."""
    for tier, agent in desk.agents.items():
        agent.name, agent.job_title = AGENTS[tier]
        agent.save(update_fields=["name", "job_title"])
    return desk


def read_logs(world: PortalWorld) -> None:
    """Let diagnosis read what was sent with the climbing request."""
    diagnosis.examine_ticket(actor=Actor.machine("diagnosis"), ticket_id=world.climbing.pk)


def known_issue(world: PortalWorld, *, lowest_tier: int = 0, audience: str = "requester") -> KnownError:
    """The fault of the climbing request, published as a known error."""
    engineer = world.desk.actor(3)
    problem = problems.open_problem(actor=engineer, ticket_id=world.climbing.pk, title="USB power saving")
    problems.record_cause(actor=engineer, problem_id=problem.pk, cause="The update turns on power saving.")
    known = problems.record_workaround(
        actor=engineer,
        problem_id=problem.pk,
        title="SpectraView 4.2 loses the instrument after sleep",
        symptoms="The program says “instrument not found” after the laptop slept.",
        workaround="Turn off USB power saving.",
        lowest_tier=lowest_tier,
        audience=audience,
    )
    return problems.publish_known_error(actor=engineer, known_error_id=known.pk).known_error


def quarantined() -> None:
    """Mail that nobody can place."""
    intake.receive(actor=Actor.machine("intake"), content=BROKEN_MAIL)


def mail_set_up(desk: SmallDesk) -> None:
    """Mailboxes well and in trouble, a server that waits for its test, a web hook, a learned rule."""
    usual = {"desk": desk.desk, "host": "imap.desk.example", "port": 993, "created_at": clock.now()}
    steps = [
        {"name": "reach", "state": "good", "words": "imap.desk.example:993 answers.", "todo": ""},
        {"name": "encryption", "state": "good", "words": "The connection is encrypted.", "todo": ""},
        {"name": "sign-in", "state": "bad", "words": "It does not accept this sign-in.", "todo": "Check the password."},
        {"name": "folder", "state": "waiting", "words": "", "todo": ""},
    ]
    compared = {
        "on_server": 12,
        "taken": 10,
        "missing": 1,
        "missing_messages": [{"uid": 7, "message_id": "<lost@customer.example>", "why": "never taken"}],
    }
    said = "imap.desk.example does not accept this sign-in for help@desk.example. Check user name and password."
    Mailbox.objects.create(
        address="help@desk.example",
        username="help@desk.example",
        active=True,
        health="well",
        said="Nothing new. The server tells of new mail.",
        checked_at=clock.now(),
        compared=compared,
        compared_at=clock.now(),
        **usual,
    )
    ill = Mailbox.objects.create(address="it@desk.example", folder="Support", health="trouble", said=said, **usual)
    ConnectionTest.objects.create(mailbox=ill, state="bad", steps=steps, asked_by="Ada Admin", created_at=clock.now())
    ConnectionTest.objects.create(recipient="ada@desk.example", asked_by="Ada Admin", created_at=clock.now())
    intake.add_hook(actor=SETUP, provider="postmark", desk_id=desk.desk.pk)
    spam = {"mark": "domain", "value": "shop.example", "verdict": "ignore", "learned_by": "Lena Lead"}
    LearnedRule.objects.create(**spam, created_at=clock.now())


def _article() -> Article:
    made = knowledge.create(
        actor=SETUP,
        title="Reconnect an instrument over USB-C in four steps",
        issue="The instrument is not found after an update or after the laptop slept.",
        environment="SpectraView 4.2, any bench",
        resolution="1. Unplug the instrument.\n2. Wait ten seconds.\n3. Plug it into another socket.\n"
        "4. Start SpectraView again.",
        cause="The update switches the port to power saving.",
    )
    knowledge.validate(actor=SETUP, article_id=made.pk)
    return knowledge.publish(actor=SETUP, article_id=made.pk, audience="requester")


def _climbing(desk: SmallDesk, start: datetime) -> Ticket:
    with clock.at(start):
        ticket = desk.ticket(
            title="Spectrometer is not found after the update",
            text="Since last night's update SpectraView says “instrument not found”. It worked yesterday.\n\n"
            "I have 40 samples waiting.",
            facts={"product": "SpectraView", "version": "4.2"},
        )
        tickets.tier_tried(actor=Actor.machine("assistant"), ticket_id=ticket.pk, tier=0)
    with clock.at(start + timedelta(minutes=1)):
        _owned(desk, ticket, 1)
    with clock.at(start + timedelta(minutes=14)):
        tickets.reply(
            actor=desk.actor(1),
            ticket_id=ticket.pk,
            text="Good morning Ines, that is annoying right before a measuring day. Please restart SpectraView once, "
            "then try the second cable in the drawer.",
        )
        tickets.add_note(actor=desk.actor(1), ticket_id=ticket.pk, text="Internal: smells like the port driver again.")
    with clock.at(start + timedelta(hours=2)):
        tickets.receive_message(
            actor=desk.asking,
            ticket_id=ticket.pk,
            author=desk.requester,
            text="Tried both, no change. Log attached.",
            attachments=[tickets.NewAttachment(name="spectraview.log", content_type="text/plain", content=LOG)],
        )
    with clock.at(start + timedelta(hours=3)):
        _owned(desk, ticket, 2)
    with clock.at(start + timedelta(hours=3, minutes=20)):
        tickets.reply(
            actor=desk.actor(2),
            ticket_id=ticket.pk,
            text="Thank you for the log, it is very clear. I am rebuilding your bench here to see whether the same "
            "happens to me.",
        )
    return Ticket.objects.get(pk=ticket.pk)


def _asked(desk: SmallDesk, start: datetime) -> Ticket:
    with clock.at(start):
        ticket = desk.ticket(title="Badge does not open lab 3", text="Since this morning the door stays closed.")
        _owned(desk, ticket, 1)
    with clock.at(start + timedelta(minutes=30)):
        tickets.reply(
            actor=desk.actor(1), ticket_id=ticket.pk, text="Which number is printed on your badge?", wait=True
        )
    return Ticket.objects.get(pk=ticket.pk)


def _solved(desk: SmallDesk, start: datetime) -> Ticket:
    with clock.at(start):
        ticket = desk.ticket(title="Payslip for September is in Danish", text="I cannot read it.", kind="request")
        _owned(desk, ticket, 1)
    with clock.at(start + timedelta(hours=1)):
        tickets.resolve(
            actor=desk.actor(1),
            ticket_id=ticket.pk,
            resolution="Language was da-DK after the import; set to en.",
            text="We set your language to English and sent the payslip again.",
        )
    return Ticket.objects.get(pk=ticket.pk)


def _closed(desk: SmallDesk, start: datetime) -> Ticket:
    with clock.at(start):
        ticket = desk.ticket(title="New chair", text="Mine is broken.", kind="request")
        _owned(desk, ticket, 1)
    with clock.at(start + timedelta(hours=2)):
        tickets.resolve(
            actor=desk.actor(1), ticket_id=ticket.pk, resolution="Swapped.", text="A new one is at your desk."
        )
    with clock.at(start + timedelta(hours=3)):
        tickets.confirm(actor=desk.asking, ticket_id=ticket.pk)
    return Ticket.objects.get(pk=ticket.pk)


def _stranger(desk: SmallDesk, start: datetime) -> Ticket:
    with clock.at(start):
        other = people.create_person(
            actor=SETUP, email="piet@field.example", name="Piet Somebody", roles=[Role.REQUESTER]
        )
        ticket = tickets.open_ticket(
            actor=Actor.machine("intake"), requester=other, title="Salary question of Piet", text="Confidential."
        )
        _owned(desk, ticket, 1)
    return ticket


def _owned(desk: SmallDesk, ticket: Ticket, tier: int) -> None:
    tickets.assign(
        actor=Actor.machine("routing"),
        ticket_id=ticket.pk,
        group_id=desk.groups[tier].pk,
        person_id=desk.agents[tier].pk,
    )


@dataclass(frozen=True)
class Course:
    """How one ticket of a busy month goes: the tiers that own it in turn, and who solves it (always the last)."""

    tiers: tuple[int, ...]
    quick: bool = False


COURSES = (
    *(Course((0,)),) * 7,
    *(Course((1,)),) * 9,
    *(Course((1, 2)),) * 3,
    Course((1, 2), quick=True),
    Course((1, 2, 3)),
    Course((1, 2, 1, 2)),
)


def busy_month(desk: SmallDesk, *, tickets_made: int = 44, days: int = 28) -> list[Ticket]:
    """Solved tickets of the last weeks, going the courses in turn, and two lessons on their way down."""
    begin = clock.now() - timedelta(days=days)
    step = timedelta(days=days - 1) / tickets_made
    made = [_gone(desk, COURSES[n % len(COURSES)], begin + n * step, n) for n in range(tickets_made)]
    climbed = [ticket for ticket in made if ticket.resolved_tier == 2]
    for ticket in climbed[:2]:
        knowledge.owe_lesson(
            actor=desk.actor(2),
            ticket_id=ticket.pk,
            from_tier=2,
            to_tier=1,
            summary=f"Rebuild the profile after the swap, as in {ticket.reference}",
        )
    return made


def _gone(desk: SmallDesk, course: Course, start: datetime, number: int) -> Ticket:
    at = start
    with clock.at(at):
        ticket = desk.ticket(title=f"Profile is missing after the laptop swap {number}", text="The profile is gone.")
        tickets.tier_tried(actor=Actor.machine("assistant"), ticket_id=ticket.pk, tier=0)
    for tier in course.tiers:
        if tier == 0:
            continue
        at += timedelta(minutes=4 + 9 * number % 300)
        with clock.at(at):
            _owned(desk, ticket, tier)
        at += timedelta(minutes=5 if course.quick else 35)
        with clock.at(at):
            tickets.add_note(actor=desk.actor(tier), ticket_id=ticket.pk, text="Looked at it.")
    with clock.at(at + timedelta(minutes=3)):
        _solve(desk, ticket, course.tiers[-1])
    return Ticket.objects.get(pk=ticket.pk)


def _solve(desk: SmallDesk, ticket: Ticket, tier: int) -> None:
    actor = Actor.machine("assistant") if tier == 0 else desk.actor(tier)
    tickets.resolve(
        actor=actor, ticket_id=ticket.pk, resolution="Profile rebuilt.", text="It is there again.", tier=tier
    )
