"""Logs of machines without a fault: what others are compared with."""

from datetime import timedelta

from tierline.core.kernel import clock
from tierline.desk.people.queries import actor_for
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets import queries
from tierline.desk.tickets.operations import NewAttachment
from tierline.desk.tickets.rules import Kind
from tierline.work.diagnosis import operations as diagnosis

from . import logs
from .company import Company

MANY = 12
VERSION = "5.1.4"  # what everybody had before the update
SPECIALIST = "Jonas Brandt"


def keep(company: Company) -> None:
    """One request of the specialist with a morning of several clients, each counted as healthy."""
    person = company.staff[SPECIALIST]
    actor = actor_for(person)
    at = clock.now()
    texts = [
        logs.write(
            "vpn_healthy", seed=n, at=at - timedelta(hours=n), version=VERSION, user=f"client{n}@nordlicht.example"
        )
        for n in range(1, MANY + 1)
    ]
    ticket = tickets.open_ticket(
        actor=actor,
        requester=person,
        kind=Kind.REQUEST,
        title=f"Logs of healthy Secure Access {VERSION} clients",
        text="Twelve mornings without a fault. Logs of other clients are compared with them.",
        service=company.services["vpn"],
        facts={"product": "Secure Access", "version": VERSION},
        attachments=[
            NewAttachment(name=f"client-{n:02}.log", content_type="text/plain", content=text.encode())
            for n, text in enumerate(texts, 1)
        ],
    )
    for file in queries.attachments(actor, ticket.pk):
        evidence = diagnosis.collect(actor=actor, ticket_id=ticket.pk, attachment_id=file.pk)
        diagnosis.analyse(actor=actor, evidence_id=evidence.pk)
        diagnosis.keep_baseline(actor=actor, evidence_id=evidence.pk)
    tickets.resolve(actor=actor, ticket_id=ticket.pk, resolution="They count as healthy now.", tier=2)
