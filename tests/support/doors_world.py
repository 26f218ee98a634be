"""The other ways in, each with something that came by it; by the real operations."""

import json
from dataclasses import dataclass

from tests.support.alerts import alert, notification
from tests.support.desk import SETUP, SmallDesk
from tierline.core.kernel.actors import Actor
from tierline.desk.tickets.models import Ticket
from tierline.ladder.chat import operations as chat
from tierline.work.alerts import operations as alerts
from tierline.work.messengers import operations as messengers
from tierline.work.messengers.rules import Incoming
from tierline.work.phone import operations as phone

MACHINE = Actor.machine("intake")


@dataclass(frozen=True)
class OtherDoors:
    """What was set up, and the ticket that the alerts opened."""

    alerts: int
    phone: int
    chat: int
    slack: int
    teams: int
    storm: Ticket


def other_doors(desk: SmallDesk) -> OtherDoors:
    """One of each, and a storm of alerts, three calls, a chat that wants a person, and a thread."""
    source, _ = alerts.add_source(
        actor=SETUP, name="Prometheus", format="alertmanager", desk_id=desk.desk.pk, reporter_email="ops@desk.example"
    )
    alerts.receive(
        actor=MACHINE, source_id=source.pk, content=notification(alert(instance=f"web-{n}") for n in range(60))
    )
    widget = chat.add_widget(actor=SETUP, name="Help page", desk_id=desk.desk.pk, origins=["https://help.example"])
    _chat, token = chat.begin(
        actor=MACHINE, key=widget.key, email="visitor@field.example", name="Vera Visitor", text="The export is empty."
    )
    chat.ask_for_people(actor=MACHINE, token=token)
    slack = messengers.add_workspace(
        actor=SETUP, name="Field office", network="slack", desk_id=desk.desk.pk, secret="a signing secret"
    )
    said = Incoming(
        event_id="E1",
        place="C1",
        thread="1.1",
        author="U1",
        author_name="Sam Sender",
        text="The plotter in room 4 prints stripes.",
    )
    messengers.take(actor=MACHINE, workspace_id=slack.pk, message=said)
    teams = messengers.add_workspace(
        actor=SETUP, name="Head office", network="teams", desk_id=desk.desk.pk, secret="c2VjcmV0IGVub3VnaA=="
    )
    return OtherDoors(
        alerts=source.pk,
        phone=_telephone(desk),
        chat=widget.pk,
        slack=slack.pk,
        teams=teams.pk,
        storm=Ticket.objects.filter(channel="alert").earliest("pk"),
    )


def _telephone(desk: SmallDesk) -> int:
    system, _secret = phone.add_system(actor=SETUP, name="Exchange", desk_id=desk.desk.pk, region="DE")
    for number, events in (("+4930123456", ["ringing"]), ("+4930123457", ["ringing", "missed"])):
        for event in events:
            told = {"event": event, "call_id": number, "from": number}
            phone.take_event(actor=MACHINE, system_id=system.pk, content=json.dumps(told).encode())
    phone.log_call(
        actor=desk.actor(1), caller=desk.requester, notes="Asked when the tool comes back.", title="Where is my tool?"
    )
    return system.pk
