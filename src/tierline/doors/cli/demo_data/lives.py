"""How an ordinary request lives: it arrives, is tried at tier 0, worked on, perhaps escalated, solved and confirmed.

A life is a generator: each part between two `yield`s is one visit to the desk by somebody, and what it yields is the
time until the next one. Everything is done by the verbs that the pages call, so a refusal is lived with as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import TierlineError
from tierline.desk.people.models import Person
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets import queries
from tierline.desk.tickets.models import Attachment, Ticket
from tierline.desk.tickets.rules import Status, number_in
from tierline.ladder.assistant import operations as assistant
from tierline.ladder.escalation import operations as escalation
from tierline.ladder.escalation.errors import MissingItems
from tierline.ladder.escalation.models import Handover
from tierline.work.intake import operations as intake
from tierline.work.knowledge import operations as knowledge
from tierline.work.knowledge import queries as articles
from tierline.work.lab import operations as lab
from tierline.work.workflows import operations as workflows
from tierline.work.workflows.queries import runbook_for

from . import logs
from .company import ADDRESSES
from .letters import letter
from .macros import ask_when_it_began
from .world import Life, World, later, office

MAIL = Actor.machine("mail")
SPECIALISTS, EXPERTS = 2, 3


@dataclass
class Case:
    """One request of one person."""

    world: World
    scenario: dict[str, Any]
    requester: Person
    number: int
    ticket_id: int = 0

    @property
    def ticket(self) -> Ticket:
        return queries.get(MAIL, self.ticket_id)

    @property
    def asking(self) -> Actor:
        return self.world.acting(self.requester)

    @property
    def owner(self) -> Actor:
        """Who works on it: the assignee, else somebody of the group."""
        ticket, company = self.ticket, self.world.company
        person = company.agent(ticket.assignee_id) or company.member(ticket.group_id or 0, self.number)
        return self.world.acting(person)

    def pick(self, key: str) -> str:
        return str(self.world.rng.choice(self.scenario[key]))


def live(case: Case) -> Life:
    """The whole life of a request."""
    arrive(case)
    yield later(case.world.about(45))
    if case.ticket.status == Status.WAITING and case.ticket.group_id is None:
        yield from _answered_at_tier_0(case)
        if not case.ticket.is_open:
            return
    yield from _frontline(case)
    if case.ticket.group_id is None:
        return
    goal = int(case.scenario["solved_by"])
    for tier in range(SPECIALISTS, goal + 1):
        if case.ticket.tier == tier - 1 and case.ticket.is_open:
            yield from _climb(case, tier)
    if case.ticket.is_open:
        yield from _solve(case)
    yield from _afterwards(case)


def arrive(case: Case) -> None:
    """By mail in two of three cases, else through the portal."""
    title, text = case.pick("titles"), case.pick("texts")
    version = _version(case)
    log = None
    if "log" in case.scenario and case.world.chance(0.8):
        kind = case.scenario["log"]
        log = logs.write(kind, seed=case.number, at=clock.now(), version=version, user=case.requester.email)
    if case.world.chance(0.66):
        attachment = (f"{case.scenario['log']}-{case.number}.log", log) if log else None
        content = letter(
            case.requester,
            subject=title,
            text=text,
            at=clock.now(),
            number=case.number,
            to=ADDRESSES[case.scenario["desk"]],
            attachment=attachment,
        )
        received = intake.receive(actor=MAIL, content=content)
        case.ticket_id = number_in(received.ticket or "") or 0
    else:
        case.ticket_id = _by_portal(case, title, text, log, version).pk


def _by_portal(case: Case, title: str, text: str, log: str | None, version: str) -> Ticket:
    files = [tickets.NewAttachment(name="client.log", content_type="text/plain", content=log.encode())] if log else []
    facts = {"product": case.scenario["product"], "version": version} if version else {}
    return tickets.open_ticket(
        actor=case.asking,
        requester=case.requester,
        title=title,
        text=text,
        kind=case.scenario.get("kind", "incident"),
        desk=case.world.company.desks[case.scenario["desk"]],
        service=case.world.company.services[case.scenario["service"]],
        attachments=files,
        facts=facts,
    )


def _version(case: Case) -> str:
    newest = {
        "secure-access": ("5.2.0", "5.2.1", "5.2.1"),
        "groupware": ("8.4.0",),
        "access-point": ("3.8.0",),
        "ledger": ("11.2.0",),
        "spectraview": ("4.2.0", "4.2.0", "4.1.3"),
        "nx-2": ("2.11.0",),
    }
    return case.world.rng.choice(newest.get(case.scenario.get("product", ""), ("",)))


def _answered_at_tier_0(case: Case) -> Life:
    """The requester says that it helped, that it did not, or nothing at all."""
    yield later(case.world.about(90))
    says = case.world.draw(helped=74, did_not=19, nothing=7)
    if says == "helped":
        assistant.confirm(actor=case.asking, ticket_id=case.ticket_id)
    elif says == "did_not":
        words = "Thank you, but that did not help. I still have the same problem."
        assistant.decline(actor=case.asking, ticket_id=case.ticket_id, text=words)
        yield later(2)


def _frontline(case: Case) -> Life:
    """Tier 1 takes the ticket, follows a runbook, and answers."""
    if case.ticket.group_id is None:
        return  # it waits at tier 0 for a word from the requester
    yield office(case.world.about(35))
    agent = case.owner
    if case.ticket.assignee_id is None:
        tickets.take(actor=agent, ticket_id=case.ticket_id)
    yield office(case.world.about(6))
    _runbook(case, agent)
    _classify(case, agent)
    if case.world.chance(0.3):
        yield from _ask_back(case, agent)
    tickets.reply(
        actor=agent, ticket_id=case.ticket_id, text="Thank you for writing. I look into it and come back to you."
    )
    yield office(case.world.about(20))


def _runbook(case: Case, agent: Actor) -> None:
    offer = runbook_for(agent, case.ticket)
    if offer is None:
        return
    run = workflows.start_run(actor=agent, ticket_id=case.ticket_id, runbook_id=offer.id)
    for step in run.runbook.steps:
        result = "skipped" if case.world.chance(0.08) else "passed"
        workflows.complete_step(actor=agent, run_id=run.pk, step_key=step["key"], result=result)


def _classify(case: Case, agent: Actor) -> None:
    rng = case.world.rng
    impact = rng.choices((1, 2, 3), (1, 4, 9))[0]
    urgency = rng.choices((1, 2, 3), (2, 6, 5))[0]
    tickets.classify(actor=agent, ticket_id=case.ticket_id, impact=impact, urgency=urgency)


def _ask_back(case: Case, agent: Actor) -> Life:
    ask_when_it_began(agent, case.ticket_id)
    yield later(case.world.about(150))
    answer = case.world.rng.choice(
        ["Since Monday, and yes, my colleague has it too.", "Since yesterday. Only I have it, as far as I know."]
    )
    tickets.receive_message(actor=case.asking, ticket_id=case.ticket_id, author=case.requester, text=answer)
    yield office(case.world.about(15))


def _climb(case: Case, tier: int) -> Life:
    """Ask the next tier: often too early at first, then with everything, and sometimes bounced."""
    handover = None
    if case.world.chance(0.35):
        reason = "it hurts and the requester is in a meeting" if case.world.chance(0.3) else ""
        handover = _ask(case, tier, "Can you have a look at this? It comes back every hour.", all_the_same=reason)
        yield office(case.world.about(10))
    if handover is None:
        _fill_gaps(case, tier)
        usual = "What is the cause, and what can we tell the requester?"
        handover = _ask(case, tier, case.scenario.get("question", usual))
    while handover is not None:
        yield office(case.world.about(30))
        receiver = case.world.acting(case.world.company.member(handover.to_group_id, case.number))
        fate = case.world.draw(accepted=72, answered=12, bounced=16)
        if fate == "answered":
            words = "We know this one: " + str(case.scenario["resolution"])
            escalation.answer(actor=receiver, handover_id=handover.pk, text=words)
            return
        if fate == "bounced":
            escalation.bounce(
                actor=receiver,
                handover_id=handover.pk,
                reason_code="missing_information",
                reason="Please add since when it happens and what changed at that time.",
            )
            yield office(case.world.about(40))
            note = "Asked again: it began with the last update, nothing else changed."
            tickets.add_note(actor=case.owner, ticket_id=case.ticket_id, text=note)
            handover = _ask(case, tier, case.scenario.get("question", "See the note above: can you take it now?"))
            continue
        escalation.accept(actor=receiver, handover_id=handover.pk)
        yield office(case.world.about(50))
        return


def _ask(case: Case, tier: int, question: str, *, all_the_same: str = "") -> Handover | None:
    """Ask; what is missing stops it, unless somebody gives this reason for going up all the same."""
    mode = "swarm" if case.world.chance(0.08) else "transfer"
    overrides: dict[str, str] = {}
    while True:
        try:
            return escalation.escalate(
                actor=case.owner,
                ticket_id=case.ticket_id,
                to_tier=tier,
                question=question,
                group_id=_receivers(case, tier),
                mode=mode,
                overrides=overrides,
            )
        except MissingItems as refused:
            if overrides or not all_the_same:
                return None
            overrides = {item.key: all_the_same for item in refused.items}


def _receivers(case: Case, tier: int) -> int | None:
    company = case.world.company
    names = {
        ("vpn", 2): "network-access",
        ("network", 2): "network-access",
        ("mail", 2): "business-apps",
        ("erp", 2): "business-apps",
    }
    key = names.get((case.scenario["service"], tier))
    return company.groups[key].pk if key else None


def _fill_gaps(case: Case, tier: int) -> None:
    agent, scenario = case.owner, case.scenario
    facts = {
        "product": scenario.get("product", scenario["service"]),
        "version": case.ticket.facts.get("version") or _version(case) or "current",
        "os": "Windows 11",
        "ruled_out": "user error, network, other devices",
        "suspected_component": scenario.get("component", "unknown"),
        "support_contract": "HB-2024-118",
    }
    tickets.record_facts(actor=agent, ticket_id=case.ticket_id, facts=facts, source="asked and checked")
    tried = articles.search(agent, case.ticket.title, limit=1) or articles.search(agent, "first steps", limit=1)
    for row in tried:
        knowledge.link(actor=agent, ticket_id=case.ticket_id, article_id=row.id, how="used")
    knowledge.say_helped(actor=agent, ticket_id=case.ticket_id, helped=False)
    if tier >= EXPERTS:
        _add_log(case, agent)
        _write_recipe(case, agent)


def _add_log(case: Case, agent: Actor) -> None:
    kind = case.scenario.get("log")
    if kind is None or Attachment.objects.filter(ticket_id=case.ticket_id).exists():
        return
    log = logs.write(kind, seed=case.number, at=clock.now(), version=_version(case), user=case.requester.email)
    file = tickets.NewAttachment(name="collected.log", content_type="text/plain", content=log.encode())
    tickets.add_note(actor=agent, ticket_id=case.ticket_id, text="Log collected on the phone.", attachments=[file])


def _write_recipe(case: Case, agent: Actor) -> None:
    """Steps to reproduce as a recipe; they run once before the question goes up."""
    shows = case.scenario.get("component", "fault")
    spec = {
        "title": f"{case.scenario['titles'][0]}, smallest case",
        "files": {"run.py": f"import sys\nprint('step 1: start')\nprint('{shows}: error -19')\nsys.exit(3)\n"},
        "command": ["python3", "run.py"],
        "expect": {"exit_code": 3, "stdout_regex": "error -19"},
        "runs": 1,
    }
    recipe = lab.write_recipe(actor=agent, ticket_id=case.ticket_id, spec=spec)
    lab.run_recipe(actor=agent, recipe_id=recipe.pk)


def _solve(case: Case) -> Life:
    if case.ticket.group_id is None:
        return
    yield office(case.world.about(45))
    scenario, agent = case.scenario, case.owner
    tickets.resolve(
        actor=agent,
        ticket_id=case.ticket_id,
        resolution=scenario["resolution"],
        text=scenario["words"],
        level_one_capable=case.ticket.tier > 1 and case.world.chance(0.25),
    )
    if case.ticket.tier >= SPECIALISTS and case.world.chance(0.3):
        lesson = f"{scenario['titles'][0]}: {scenario['resolution']}"
        escalation.return_with_lesson(actor=agent, ticket_id=case.ticket_id, to_tier=1, lesson=lesson)


def _afterwards(case: Case) -> Life:
    """Most say thank you, some say nothing, a few write that it is back."""
    yield later(case.world.about(600))
    if case.ticket.status != Status.RESOLVED:
        return
    says = case.world.draw(thanks=55, nothing=39, again=6)
    if says == "thanks":
        tickets.confirm(actor=case.asking, ticket_id=case.ticket_id, words="Works, thank you.")
        return
    if says == "again":
        again = "Sorry, it happens again since this morning."
        tickets.receive_message(actor=case.asking, ticket_id=case.ticket_id, author=case.requester, text=again)
        yield office(case.world.about(60))
        yield from _solve(case)
    yield later(3 * 24 * 60)
    if case.ticket.status == Status.RESOLVED:
        tickets.close(actor=Actor.machine("closing"), ticket_id=case.ticket_id)


def tolerant(life: Life) -> Iterator[Any]:
    """A life that ends quietly where the desk refuses, as people do when a colleague was quicker."""
    while True:
        try:
            pause = next(life)
        except (StopIteration, TierlineError):
            return
        yield pause
