"""A believable afternoon on the console, made by the real operations: tickets on every rung, in every state."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from tests.support.desk import PASSWORD, SETUP, SmallDesk, small_desk
from tests.support.ladder import QUESTION, ready_for_specialists, vpn_runbook
from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.desk.people import operations as people
from tierline.desk.people.models import Person
from tierline.desk.people.rules import Role
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Attachment, Ticket
from tierline.ladder.escalation import operations as escalation
from tierline.ladder.escalation.models import Handover
from tierline.ladder.major import operations as major
from tierline.ladder.major.models import MajorIncident
from tierline.work.diagnosis import operations as diagnosis
from tierline.work.diagnosis.models import Evidence
from tierline.work.knowledge import operations as knowledge
from tierline.work.knowledge.models import Article
from tierline.work.lab import operations as lab
from tierline.work.lab.models import Recipe
from tierline.work.workflows import operations as workflows

ROUTING = Actor.machine("routing")
SPEC = {
    "title": "The tunnel drops after 600 s when roaming is on",
    "command": ["python3", "repro.py"],
    "files": {"repro.py": "import sys\nsys.exit(1 if open('release.txt').read() >= '5.2' else 0)\n"},
    "releases": {v: {"files": {"release.txt": v}} for v in ("5.1.9", "5.2.0", "5.2.1")},
    "expect": {"exit_code": 1},
}
TITLES = (
    ("Calibration server refuses certificates since midnight", "Henrik Dahl", 2, (1, 1)),
    ("Remote desktop freezes, then VPN reconnects", "Yuki Tan", 1, (2, 2)),
    ("Tunnel lost during upload, Oslo", "Henrik Dahl", 1, (2, 2)),
    ("Expense export misses the last day of the month", "Carla Reyes", 2, (3, 2)),
    ("Spectrometer NX-4 loses its licence after sleep", "Aino Salo", 2, (2, 1)),
    ("Driver 3.8 doubles readings on port B", "Mats Lind", 3, (2, 1)),
    ("NX-2 firmware update stops at 71 percent", "Lea Favre", 3, (2, 1)),
    ("Shared calendar shows private entries to deputies", "Nora Weiss", 2, (3, 2)),
    ("Password reset mail arrives in the wrong language", "Elif Aydin", 1, (3, 3)),
    ("Two-factor prompt appears twice on macOS", "Ravi Menon", 0, (3, 3)),
    ("Badge reader at the north gate answers slowly", "Piet Maas", 1, (3, 3)),
)


@dataclass(frozen=True)
class WebWorld:
    """What the console's pages stand on."""

    desk: SmallDesk
    climbing: Ticket
    asked: Ticket
    handover: Handover
    evidence: Evidence
    recipe: Recipe
    article: Article
    solved: Ticket
    others: list[Ticket]
    major: MajorIncident


def web_world(*, drops: int = 60) -> WebWorld:
    """Make the desk and its afternoon, ending now. `drops` is how often the tunnel drops in the log."""
    start = clock.now() - timedelta(hours=4)
    with clock.at(start):
        desk = small_desk(policy=True)
        escalation.ensure_default_contracts()
        vpn_runbook()
        article = _article()
        others = _others(desk, start)
    climbing, evidence, recipe = _climbing(desk, start + timedelta(minutes=150), drops)
    asked, handover = _asked(desk, start + timedelta(minutes=70))
    solved = _solved(desk, start + timedelta(minutes=20))
    for ticket in Ticket.objects.all():
        tickets.keep_clocks(ticket_id=ticket.pk)
    return WebWorld(desk, climbing, asked, handover, evidence, recipe, article, solved, others, _major(desk, others[0]))


def signed_in(person: Person) -> Client:
    """A browser in which somebody has signed in: one row, where `force_login` needs eight statements."""
    session = SessionStore()
    session.update({SESSION_KEY: str(person.pk), HASH_SESSION_KEY: person.get_session_auth_hash()})
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session.save(must_create=True)
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


def log(start: datetime, drops: int) -> bytes:
    """A client log: heartbeats and uploads, with a drop every ten minutes from the middle on."""
    lines = []
    for second in range(0, drops * 60, 5):
        at = (start + timedelta(seconds=second)).strftime("%Y-%m-%d %H:%M:%S")
        lines.append(f"{at} INFO tunneld: heartbeat ok, rtt {12 + second % 9} ms")
        lines.append(f"{at} DEBUG upload: cal-store part {second // 5} of 412, user ines@field.example")
        if second % 600 == 0 and second >= drops * 30:
            for attempt in range(3):
                lines.append(f"{at} ERROR tunneld: rekey window exceeded after 600 s, seq 48211 last {48275 + attempt}")
                lines.append(f"{at} WARN tunneld: tunnel down, reason replay, retry in 20 s")
    return "\n".join(lines).encode()


def _article() -> Article:
    made = knowledge.create(
        actor=SETUP,
        title="Switch off roaming when the VPN drops",
        issue="The VPN drops about every ten minutes, always during an upload.",
        environment="Secure Access 5.2",
        resolution="Open Settings.\nSwitch off Roaming.\nConnect again.",
        cause="The rekey fails when the network changes.",
    )
    knowledge.validate(actor=SETUP, article_id=made.pk)
    return knowledge.publish(actor=SETUP, article_id=made.pk, audience="requester")


def _others(desk: SmallDesk, start: datetime) -> list[Ticket]:
    found = []
    for number, (title, name, tier, (impact, urgency)) in enumerate(TITLES):
        with clock.at(start + timedelta(minutes=9 * number)):
            asking = people.ensure_requester(actor=SETUP, email=f"{name.split()[0].lower()}@field.example", name=name)
            ticket = tickets.open_ticket(
                actor=Actor.machine("intake"),
                requester=asking,
                title=title,
                text=f"{title}. Please help.",
                channel="mail",
            )
            tickets.classify(actor=desk.leading, ticket_id=ticket.pk, impact=impact, urgency=urgency)
            _climb(desk, ticket, tier, taken=number % 3 != 1)
            found.append(ticket)
    with clock.at(start + timedelta(minutes=110)):
        tickets.reply(actor=desk.actor(1), ticket_id=found[-1].pk, text="When may we come?", wait=True)
    return found


def _climb(desk: SmallDesk, ticket: Ticket, tier: int, *, taken: bool) -> None:
    tickets.tier_tried(actor=Actor.machine("assistant"), ticket_id=ticket.pk, tier=0)
    for step in range(1, tier + 1):
        tickets.assign(
            actor=ROUTING,
            ticket_id=ticket.pk,
            group_id=desk.groups[step].pk,
            person_id=desk.agents[step].pk if taken or step < tier else None,
        )


def _climbing(desk: SmallDesk, start: datetime, drops: int) -> tuple[Ticket, Evidence, Recipe]:
    with clock.at(start):
        ticket = desk.ticket(
            title="VPN drops every 10 minutes after client 5.2 update",
            text="Since Monday's update to 5.2 my VPN drops about every ten minutes, always during an upload. "
            "Cable or hotel Wi-Fi makes no difference.\n\nThis morning's log is attached.",
            channel="mail",
            facts={"product": "Secure Access", "version": "5.2.1", "os": "Windows 11"},
            html="<p>Since <b>Monday's</b> update to 5.2 my VPN drops.</p>",
            attachments=[
                tickets.NewAttachment(name="client.log", content_type="text/plain", content=log(start, drops))
            ],
        )
        tickets.classify(actor=desk.leading, ticket_id=ticket.pk, impact=2, urgency=1)
        _climb(desk, ticket, 1, taken=True)
    with clock.at(start + timedelta(minutes=3)):
        evidence = diagnosis.collect(
            actor=Actor.machine("diagnosis"),
            ticket_id=ticket.pk,
            attachment_id=Attachment.objects.get(ticket=ticket).pk,
        )
        diagnosis.analyse(actor=Actor.machine("diagnosis"), evidence_id=evidence.pk)
    with clock.at(start + timedelta(minutes=12)):
        run = workflows.start_run(actor=desk.actor(1), ticket_id=ticket.pk, runbook_id=vpn_runbook().pk)
        for key in ("cert", "portal"):
            workflows.complete_step(actor=desk.actor(1), run_id=run.pk, step_key=key, result="passed")
        tickets.reply(actor=desk.actor(1), ticket_id=ticket.pk, text="Thank you, we are looking at the log.")
    with clock.at(start + timedelta(minutes=40)):
        _climb(desk, ticket, 2, taken=True)
        tickets.add_note(
            actor=desk.actor(2), ticket_id=ticket.pk, text="Same line as before the last fix. Wants a recipe."
        )
        recipe = lab.write_recipe(actor=desk.actor(2), spec=SPEC, ticket_id=ticket.pk)
    return Ticket.objects.get(pk=ticket.pk), Evidence.objects.get(pk=evidence.pk), recipe


def _asked(desk: SmallDesk, start: datetime) -> tuple[Ticket, Handover]:
    with clock.at(start):
        ticket = ready_for_specialists(desk, title="VPN drops in every upload")
    with clock.at(start + timedelta(minutes=30)):
        handover = escalation.escalate(actor=desk.actor(1), ticket_id=ticket.pk, to_tier=2, question=QUESTION)
    return Ticket.objects.get(pk=ticket.pk), handover


def _solved(desk: SmallDesk, start: datetime) -> Ticket:
    with clock.at(start):
        ticket = desk.owned(1, title="Payslip for September is in Danish", text="I cannot read it.")
    with clock.at(start + timedelta(minutes=35)):
        tickets.resolve(
            actor=desk.actor(1),
            ticket_id=ticket.pk,
            resolution="Language was da-DK after the import; set to en.",
            text="We set your language to English and sent the payslip again.",
        )
    return Ticket.objects.get(pk=ticket.pk)


def confidential(desk: SmallDesk) -> Ticket:
    """A ticket of a desk that the agents of the first one must not know of."""
    hr = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    asking = people.create_person(actor=SETUP, email="olga@field.example", name="Olga Prinz", roles=[Role.REQUESTER])
    return tickets.open_ticket(
        actor=Actor.machine("intake"), requester=asking, title="Salary question", text="Confidential.", desk=hr
    )


__all__ = ["PASSWORD", "WebWorld", "confidential", "log", "signed_in", "web_world"]


def _major(desk: SmallDesk, ticket: Ticket) -> MajorIncident:
    """The whole laboratory cannot sign in: led by the lead, said outside, with nobody told by mail yet."""
    return major.declare(
        actor=desk.leading,
        ticket_id=ticket.pk,
        public_title="Calibration is down",
        public_words="Nobody can calibrate since midnight. We renew the certificates.",
    )
