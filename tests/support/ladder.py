"""Tickets on their way up the ladder, made ready by the real operations."""

from tests.support.desk import SETUP, SmallDesk
from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Attachment, Ticket
from tierline.ladder.escalation import operations as escalation
from tierline.work.diagnosis.models import Evidence
from tierline.work.knowledge import operations as knowledge
from tierline.work.lab.models import Recipe
from tierline.work.workflows import operations as workflows
from tierline.work.workflows.models import Runbook

QUESTION = "Why does the tunnel drop after exactly 600 seconds?"
STEPS = [
    {"key": "cert", "text": "Is the certificate valid?", "kind": "check", "rules_out": "expired certificate"},
    {"key": "portal", "text": "Any captive portal?", "kind": "ask", "rules_out": "captive portal"},
]
RECIPE = {"title": "Drop after 600 s", "command": ["./connect.sh", "--roaming"], "expect": {"exit_code": 1}}


def vpn_runbook() -> Runbook:
    """The runbook "VPN basics" with two steps."""
    found = Runbook.objects.filter(key="vpn-basics", active=True).first()
    return found or workflows.write_runbook(
        actor=SETUP, key="vpn-basics", title="VPN basics", steps=STEPS, words="vpn tunnel drops"
    )


def ready_for_specialists(desk: SmallDesk, **rest: object) -> Ticket:
    """A frontline ticket that has everything the contract to tier 2 asks for, but the question."""
    text = "Since Monday my VPN drops about every ten minutes, always in an upload."
    ticket = desk.owned(1, text=text, facts={"product": "Secure Access", "version": "5.2.1"}, **rest)
    agent = desk.actor(1)
    tickets.classify(actor=agent, ticket_id=ticket.pk, impact=2, urgency=1)
    article = knowledge.create(actor=SETUP, title="Reset the tunnel profile", issue="VPN", resolution="Reset it")
    knowledge.link(actor=agent, ticket_id=ticket.pk, article_id=article.pk, how="cited")
    knowledge.say_helped(actor=desk.asking, ticket_id=ticket.pk, helped=False)
    run = workflows.start_run(actor=agent, ticket_id=ticket.pk, runbook_id=vpn_runbook().pk)
    for step in STEPS:
        workflows.complete_step(actor=agent, run_id=run.pk, step_key=step["key"], result="passed")
    return ticket


def accepted(desk: SmallDesk, ticket: Ticket, to_tier: int = 2) -> Ticket:
    """The same ticket, escalated by the tier below and accepted."""
    handover = escalation.escalate(
        actor=desk.actor(to_tier - 1), ticket_id=ticket.pk, to_tier=to_tier, question=QUESTION
    )
    escalation.accept(actor=desk.actor(to_tier), handover_id=handover.pk)
    return Ticket.objects.get(pk=ticket.pk)


def ready_for_experts(desk: SmallDesk) -> Ticket:
    """A ticket at tier 2 that has everything the contract to tier 3 asks for, but the question."""
    ticket = accepted(desk, ready_for_specialists(desk))
    add_log(ticket)
    add_recipe(ticket)
    tickets.record_facts(actor=desk.actor(2), ticket_id=ticket.pk, facts={"suspected_component": "tunneld"})
    return ticket


def add_log(ticket: Ticket, *, name: str = "client.log", state: str = "ready", **rest: object) -> Evidence:
    """A log as diagnosis leaves it, ending now."""
    message = tickets.receive_message(
        actor=Actor.machine("intake"),
        ticket_id=ticket.pk,
        author=ticket.requester,
        text="Here is the log.",
        attachments=[tickets.NewAttachment(name=name, content_type="text/plain", content=f"{name} up".encode())],
    )
    attachment = Attachment.objects.get(message=message)
    values = {
        "ended_at": clock.now(),
        "sentence": "One burst",
        "redacted": attachment.blob if state == "ready" else None,
    }
    return Evidence.objects.create(
        ticket=ticket,
        attachment=attachment,
        original=attachment.blob,
        name=name,
        state=state,
        collected_at=clock.now(),
        **(values | rest),
    )


def add_recipe(ticket: Ticket) -> Recipe:
    """A written recipe that nobody has run."""
    return Recipe.objects.create(
        title=RECIPE["title"],
        ticket=ticket,
        spec=RECIPE,
        author_label="Agent 2",
        created_at=clock.now(),
        changed_at=clock.now(),
    )
