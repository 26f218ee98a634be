"""The demo company's other ways in, played by the systems that would call: telephone, chat, monitoring, Slack.

Numbers and addresses are of those that regulators keep for fiction (Hamburg 040 66969, RFC 2606). Answers into Slack go
to a server of this process that says yes to everything: nothing leaves the machine.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.desk.people import operations as people
from tierline.desk.people.models import Person
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.rules import Kind
from tierline.ladder.chat import operations as chats
from tierline.ladder.chat.models import ChatWidget
from tierline.work.alerts import operations as alerts
from tierline.work.alerts.models import AlertSource
from tierline.work.messengers import operations as messengers
from tierline.work.messengers.models import Workspace
from tierline.work.messengers.rules import read_slack
from tierline.work.phone import operations as phone
from tierline.work.phone.models import Call, PhoneSystem

from .company import SETUP, Company
from .lives import tolerant
from .world import Life, World, later, office

PHONE, ALERTS, SLACK, CHAT = (Actor.machine(name) for name in ("phone", "alerts", "messengers", "chat"))
EXTENSIONS = {"Tomasz Wilk": "4101", "Dana Novak": "4102", "Kofi Mensah": "4103"}
STORM_GROUPS, STORM_HOSTS = 6, 40

# who calls, for whom it rings, what about (a title makes a new ticket), what is said
CALLS = (
    ("Katrin Vogel", "Tomasz Wilk", "Second screen stays dark after the move", "Cable and socket changed, still dark."),
    (
        "Marco Bianchi",
        "Dana Novak",
        "Label printer in the dispatch prints blanks",
        "New roll is in. Needs the driver again.",
    ),
    (
        "Freya Nielsen",
        "Kofi Mensah",
        "Code for the second factor never arrives",
        "New telephone since Monday; identity confirmed.",
    ),
    (
        "Daniel Osei",
        "Tomasz Wilk",
        "Headset is not heard in meetings",
        "Works with the other computer: settings of the meeting.",
    ),
    (
        "Leila Haddad",
        "Dana Novak",
        "Shared folder of the plant is read-only",
        "Needs it for the night shift. Group is missing.",
    ),
)
# minutes before the end, who calls (a name or a number of nobody), how it ends
LATELY = ((210, "Oskar Lund", "missed"), (95, "+49 40 66969 880", "missed"), (40, "Grace Adeyemi", "logged"))


@dataclass
class Doors:
    """What was set up, with the server that stands for Slack."""

    world: World
    telephone: PhoneSystem
    widget: ChatWidget
    monitoring: AlertSource
    workspace: Workspace

    @property
    def company(self) -> Company:
        return self.world.company

    def staff(self, name: str) -> Actor:
        return self.world.acting(self.company.staff[name])

    def owner(self, ticket_id: int) -> Actor:
        """Who works on it: its assignee, else somebody of its group."""
        ticket = Ticket.objects.get(pk=ticket_id)
        person = self.company.agent(ticket.assignee_id) or self.company.member(ticket.group_id or 0, ticket_id)
        return self.world.acting(person)

    def person(self, name: str) -> Person:
        return next(person for person in self.company.colleagues + self.company.customers if person.name == name)


def set_up(world: World, slack: str) -> Doors:
    """Every other way in, and the numbers by which people are known; `slack` is the address of Slack's API."""
    company = world.company
    for number, person in enumerate(company.colleagues):
        person.phone = people.set_phone(actor=SETUP, person_id=person.pk, phone=f"+49 40 66969 {100 + number}").phone
    for name, extension in EXTENSIONS.items():
        people.set_phone(actor=SETUP, person_id=company.staff[name].pk, phone=extension)
    it, customer = company.desks["it"].pk, company.desks["customer"].pk
    telephone, _secret = phone.add_system(actor=SETUP, name="Telephones of the house", desk_id=it, region="DE")
    monitoring, _token = alerts.add_source(
        actor=SETUP,
        name="Prometheus",
        format="alertmanager",
        desk_id=it,
        reporter_email="monitoring@nordlicht.example",
        service_id=company.services["network"].pk,
    )
    return Doors(
        world=world,
        telephone=telephone,
        monitoring=monitoring,
        widget=chats.add_widget(
            actor=SETUP, name="Nordlicht shop", desk_id=customer, origins=["https://shop.nordlicht.example"]
        ),
        workspace=messengers.add_workspace(
            actor=SETUP,
            name="Nordlicht",
            network="slack",
            desk_id=it,
            secret="of the demo company",  # noqa: S106 (nothing real is signed with it)
            access="of the demo company",
            api=slack,
        ),
    )


def begin(doors: Doors) -> None:
    """Let everything that comes by these ways happen at its time; the newest of it today."""
    world = doors.world
    day, end = timedelta(days=1), world.until
    span = world.until - world.now
    for number, (caller, agent, title, words) in enumerate(CALLS):
        at = _morning(world, end - span * (0.7 - 0.14 * number))
        world.begin(tolerant(call(doors, f"c{number}", caller, agent, title, words)), at)
    for minutes, caller, ends in LATELY:
        at = end - timedelta(minutes=minutes)
        life = missed(doors, f"m{minutes}", caller) if ends == "missed" else call_about_open(doors, caller)
        world.begin(tolerant(life), at)
    world.begin(tolerant(chat_solved(doors)), _morning(world, end - span * 0.3))
    world.begin(tolerant(chat_handed_over(doors)), end - timedelta(hours=3))
    world.begin(tolerant(storm(doors)), max(world.now, end - min(day * 2, span / 2)))
    world.begin(tolerant(one_alert(doors)), end - timedelta(minutes=70))
    world.begin(tolerant(slack_thread(doors)), _morning(world, end - min(day * 1.5, span / 3)))


def _morning(world: World, at: datetime) -> datetime:
    return max(world.now, at.replace(hour=9, minute=12, second=0, microsecond=0))


# --- telephone ---


def _told(doors: Doors, event: str, call_id: str, number: str, extension: str) -> Call | None:
    told = {"event": event, "call_id": call_id, "from": number, "to": "110", "agent": extension}
    content = json.dumps(told | {"at": clock.now().isoformat()}).encode()
    return phone.take_event(actor=PHONE, system_id=doors.telephone.pk, content=content)


def call(doors: Doors, call_id: str, caller: str, agent: str, title: str, words: str) -> Life:
    """It rings, is answered, ends, and is written up as something new."""
    person, extension = doors.person(caller), EXTENSIONS[agent]
    _told(doors, "ringing", call_id, person.phone, extension)
    yield later(0.2)
    _told(doors, "answered", call_id, person.phone, extension)
    yield later(doors.world.about(5))
    ended = _told(doors, "ended", call_id, person.phone, extension)
    yield later(1)
    ticket = phone.log_call(
        actor=doors.staff(agent),
        caller=person,
        notes=words,
        title=title,
        call_id=ended.pk if ended else None,
        kind=Kind.INCIDENT,
    )
    yield office(doors.world.about(120))
    tickets.resolve(
        actor=doors.owner(ticket.pk),
        ticket_id=ticket.pk,
        resolution=f"Solved on the telephone. {words}",
        text="As we said on the telephone: it works again. Call us if it does not stay that way.",
    )


def call_about_open(doors: Doors, caller: str) -> Life:
    """Somebody asks about a ticket that they have: the call becomes a note on it."""
    person = doors.person(caller)
    ticket = tickets.open_ticket(
        actor=doors.world.acting(person),
        requester=person,
        title="Laptop of the new colleague has no dock",
        text="The laptop came without its dock, and the new colleague starts tomorrow.",
        desk=doors.company.desks["it"],
        service=doors.company.services["workplace"],
    )
    yield later(12)
    answered = _told(doors, "answered", "open-1", person.phone, EXTENSIONS["Tomasz Wilk"])
    yield later(4)
    _told(doors, "ended", "open-1", person.phone, EXTENSIONS["Tomasz Wilk"])
    phone.log_call(
        actor=doors.staff("Tomasz Wilk"),
        caller=person,
        notes="Asks whether the dock arrives before 8 tomorrow. One lies in the store: put aside.",
        call_id=answered.pk if answered else None,
        ticket_id=ticket.pk,
    )


def missed(doors: Doors, call_id: str, caller: str) -> Life:
    """It rings in vain."""
    number = caller if caller.startswith("+") else doors.person(caller).phone
    _told(doors, "ringing", call_id, number, EXTENSIONS["Dana Novak"])
    yield later(0.6)
    _told(doors, "missed", call_id, number, EXTENSIONS["Dana Novak"])


# --- chat ---


def chat_solved(doors: Doors) -> Life:
    """A customer asks something that is written down: tier 0 answers, and it is solved."""
    customer = doors.person("Sari Koski")
    given = {"email": customer.email, "name": customer.name}
    _chat, token = chats.begin(
        actor=CHAT, key=doors.widget.key, text="How do I calibrate the NX-4 and print the calibration report?", **given
    )
    yield later(3)
    chats.solved(actor=CHAT, token=token)


def chat_handed_over(doors: Doors) -> Life:
    """A customer wants a person: the chat becomes a ticket, an agent answers, and the visitor reads it."""
    customer = doors.person("Emma Clarke")
    words = "Our order says the spectrometer is delivered on Friday. Can the engineer come the same day?"
    _chat, token = chats.begin(actor=CHAT, key=doors.widget.key, text=words, email=customer.email, name=customer.name)
    yield later(1)
    ticket = chats.ask_for_people(actor=CHAT, token=token)
    yield later(4)
    chats.news(actor=CHAT, token=token)
    agent = doors.owner(ticket.pk)
    tickets.reply(
        actor=agent, ticket_id=ticket.pk, text="Yes: Friday at 14 o'clock is free. Shall I book it in your name?"
    )
    chats.news(actor=CHAT, token=token)
    yield later(2)
    chats.say(actor=CHAT, token=token, text="Please do. We are at gate 3.")


# --- monitoring ---


def _alert(status: str, name: str, host: str, severity: str, words: str) -> dict[str, Any]:
    return {
        "status": status,
        "labels": {"alertname": name, "instance": host, "severity": severity, "site": "Hamburg"},
        "annotations": {"summary": f"{words} on {host}", "runbook_url": "https://wiki.nordlicht.example/network"},
        "startsAt": clock.now().isoformat(),
        "fingerprint": f"{name}-{host}".lower(),
    }


def _notify(doors: Doors, group: str, told: list[dict[str, Any]]) -> None:
    content = json.dumps({"version": "4", "groupKey": group, "status": told[0]["status"], "alerts": told}).encode()
    alerts.receive(actor=ALERTS, source_id=doors.monitoring.pk, content=content)


def storm(doors: Doors) -> Life:
    """A switch dies and everything behind it with it: hundreds of alerts, one ticket, resolved when all is back."""
    names = ("HostDown", "TargetLost", "LinkFlapping", "HighLatency", "DNSFailing", "BackupLate")[:STORM_GROUPS]
    hosts = [f"hh-{number:02}.nordlicht.example" for number in range(STORM_HOSTS)]
    for name in names:
        _notify(doors, name, [_alert("firing", name, host, "critical", "No answer") for host in hosts])
        yield later(0.4)
    yield later(25)
    for name in names:
        _notify(doors, name, [_alert("resolved", name, host, "critical", "No answer") for host in hosts])
        yield later(0.3)


def say_of_gateway(doors: Doors, mailed_at: datetime) -> None:
    """Monitoring sees at the gateway what a client's log of the same minutes tells; that log is mailed later."""
    doors.world.begin(tolerant(_replayed(doors)), mailed_at - timedelta(minutes=2))


def _replayed(doors: Doors) -> Life:
    told = "Replayed sequence numbers"
    _notify(doors, "ReplayedSequence", [_alert("firing", "ReplayedSequence", "gw-hh-02", "warning", told)])
    yield later(9)
    _notify(doors, "ReplayedSequence", [_alert("resolved", "ReplayedSequence", "gw-hh-02", "warning", told)])


def one_alert(doors: Doors) -> Life:
    """Something small that is still going on."""
    _notify(doors, "DiskFilling", [_alert("firing", "DiskFilling", "files-1", "warning", "Disk is full in four hours")])
    yield later(1)


# --- Slack ---


def _said(doors: Doors, user: str, text: str, stamp: str, thread: str = "") -> int:
    event = {"type": "message", "channel": "C0HELPDESK", "user": user, "text": text, "ts": stamp}
    message = read_slack({"event": event | ({"thread_ts": thread} if thread else {})})
    ticket = messengers.take(actor=SLACK, workspace_id=doors.workspace.pk, message=message) if message else None
    return ticket.pk if ticket else 0


def slack_thread(doors: Doors) -> Life:
    """A question in a channel, an answer into its thread, and a thank-you there."""
    text = "The projector of room Elbe says “no signal” with every laptop since this morning. Guests come at 11."
    ticket = _said(doors, "U04VIKTOR", text, "1700000000.000100")
    yield later(6)
    agent = doors.owner(ticket)
    tickets.reply(actor=agent, ticket_id=ticket, text="I am on my way with another cable. Five minutes.")
    yield later(14)
    _said(doors, "U04VIKTOR", "It works, thank you!", "1700000840.000200", thread="1700000000.000100")
    yield office(20)
    tickets.resolve(
        actor=agent,
        ticket_id=ticket,
        resolution="Cable of the projector in room Elbe replaced.",
        text="The cable was broken and is replaced. Enjoy your meeting.",
    )


@contextmanager
def slack_that_agrees() -> Iterator[str]:
    """The address of a server on this machine that takes every answer, as Slack would."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = b'{"ok": true}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
