"""The way of one issue: from a mail with a log up to tier 3, and its lesson back down to tier 0.

Each method is one step, made of the same verbs that the pages call. The demo company lives through it, one flow test
plays it step by step, and docs/flow.md tells it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.desk.catalogue.models import Product
from tierline.desk.people.models import Person
from tierline.desk.people.queries import actor_for
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.rules import Resolution, number_in
from tierline.ladder.assistant import operations as assistant
from tierline.ladder.escalation import operations as escalation
from tierline.ladder.escalation.errors import MissingItems
from tierline.ladder.problems import operations as problems
from tierline.ladder.problems.rules import KnownErrorAudience
from tierline.work.intake import operations as intake
from tierline.work.knowledge import operations as knowledge
from tierline.work.knowledge.models import Article, TransferObligation
from tierline.work.lab import operations as lab
from tierline.work.workflows import operations as workflows
from tierline.work.workflows.models import Runbook

from . import logs, vpn_logs
from .company import Company
from .letters import letter
from .world import Life, Pause, later, office

RECIPE = Path(__file__).parent / "recipe"
MATCHER = {
    "all_of": [{"kind": "template", "value": "rekey window exceeded"}],
    "any_of": [
        {"kind": "fact", "name": "version", "relation": "between", "value": "5.2 .. 5.2.2"},
        {"kind": "text", "value": "vpn | tunnel | drops"},
    ],
}
WORKAROUND = (
    "Your log shows the reason: the VPN client forgets to renew its key after ten minutes when Roaming is on.\n\n"
    "1. Open Secure Access and choose Settings, Connection.\n"
    "2. Switch Roaming off.\n"
    "3. Connect again.\n\n"
    "The connection then stays up. Version 5.2.2 repairs it for good; it reaches your computer with the next update."
)


@dataclass
class Walk:
    """One issue on its way. `steps` plays it; what each step made is kept here for whoever looks on."""

    company: Company
    requester: Person
    second_requester: Person
    seed: int = 1
    ticket_id: int = 0
    second_ticket_id: int = 0
    missing: tuple[Any, ...] = ()
    seen: dict[str, Any] = field(default_factory=dict)

    def steps(self) -> Iterator[tuple[str, Pause]]:
        """Play the steps in order; yields each step's name and the pause after it."""
        for step, pause in (
            (self.mail_arrives, later(4)),
            (self.frontline_follows_the_runbook, office(6)),
            (self.escalation_is_refused, office(3)),
            (self.escalation_is_complete, office(12)),
            (self.specialist_accepts, office(25)),
            (self.specialist_digs_deeper, office(40)),
            (self.experts_are_asked, office(20)),
            (self.expert_accepts, office(15)),
            (self.lab_reproduces, office(60)),
            (self.cause_is_found, office(60)),
            (self.known_error_is_published, office(90)),
            (self.fix_is_proven, office(15)),
            (self.ticket_is_resolved, office(30)),
            (self.article_is_published, office(20)),
            (self.lesson_comes_down, office(300)),
            (self.lesson_is_taught_back, office(240)),
            (self.second_mail_arrives, later(12)),
            (self.second_is_confirmed, later(1)),
        ):
            step()
            yield step.__name__, pause

    def life(self) -> Life:
        """The walk as a life in the simulated world."""
        for _, pause in self.steps():
            yield pause

    # who acts

    def _as(self, name: str) -> Actor:
        return actor_for(self.company.staff[name])

    @property
    def ticket(self) -> Ticket:
        """The first ticket as it is now."""
        return Ticket.objects.get(pk=self.ticket_id)

    @property
    def second_ticket(self) -> Ticket:
        """The second ticket as it is now."""
        return Ticket.objects.get(pk=self.second_ticket_id)

    # tier 0 and 1

    def mail_arrives(self) -> None:
        """A mail with the client's log: stored first, then understood, opened as a ticket."""
        now = clock.now()
        log = logs.write("vpn_rekey", seed=self.seed, at=now, version="5.2.1", user=self.requester.email)
        self.seen["client_log"] = log
        content = letter(
            self.requester,
            subject="VPN drops every 10 minutes after client 5.2 update",
            text=(
                "Since Monday's update to 5.2 my VPN drops about every ten minutes, always during an upload. "
                "Cable or hotel Wi-Fi makes no difference, two colleagues of my group see it as well. "
                "This morning's log is attached. It is urgent for the plant."
            ),
            at=now,
            number=90_000 + self.seed,
            attachment=("secure-access.log", log),
        )
        received = intake.receive(actor=Actor.machine("mail"), content=content)
        self.ticket_id = number_in(received.ticket or "") or 0

    def frontline_follows_the_runbook(self) -> None:
        """Tier 1 takes it and follows the runbook; each step says what it rules out."""
        agent = self._as("Tomasz Wilk")
        tickets.take(actor=agent, ticket_id=self.ticket_id)
        tickets.reply(
            actor=agent,
            ticket_id=self.ticket_id,
            text="Thank you for the log. I check the usual causes first and come back to you within the hour.",
        )
        runbook = Runbook.objects.get(key="vpn-basics", active=True)
        run = workflows.start_run(actor=agent, ticket_id=self.ticket_id, runbook_id=runbook.pk)
        for step in runbook.steps:
            workflows.complete_step(actor=agent, run_id=run.pk, step_key=step["key"], result="passed")

    def escalation_is_refused(self) -> None:
        """Too early: the contract to tier 2 lists what is missing, and the ticket stays."""
        try:
            escalation.escalate(actor=self._as("Tomasz Wilk"), ticket_id=self.ticket_id, to_tier=2, question="Why?")
        except MissingItems as refused:
            self.missing = tuple(refused.items)

    def escalation_is_complete(self) -> None:
        """The gaps are filled, and the question goes to tier 2 with its evidence."""
        agent = self._as("Tomasz Wilk")
        article = knowledge_for_vpn(agent)
        knowledge.link(actor=agent, ticket_id=self.ticket_id, article_id=article.pk, how="used")
        knowledge.say_helped(actor=agent, ticket_id=self.ticket_id, helped=False)
        tickets.classify(actor=agent, ticket_id=self.ticket_id, impact=2, urgency=1)
        facts = {"product": "Secure Access", "version": "5.2.1", "os": "Windows 11"}
        tickets.record_facts(actor=agent, ticket_id=self.ticket_id, facts=facts, source="asked on the phone")
        handover = escalation.escalate(
            actor=agent,
            ticket_id=self.ticket_id,
            to_tier=2,
            question="Why does the tunnel close about every ten minutes although the profile and certificate are fine?",
            group_id=self.company.groups["network-access"].pk,
        )
        self.seen["handover_2"] = handover.pk

    # tier 2

    def specialist_accepts(self) -> None:
        """Tier 2 accepts; only now does the owner change."""
        escalation.accept(actor=self._as("Jonas Brandt"), handover_id=self.seen["handover_2"])

    def specialist_digs_deeper(self) -> None:
        """A second log comes in and is read; what it shows becomes facts."""
        agent = self._as("Jonas Brandt")
        tickets.reply(
            actor=agent,
            ticket_id=self.ticket_id,
            text="Thank you for the log. I compare it with the gateway's log of that hour and tell you what I find.",
        )
        log = vpn_logs.gateway(self.seen["client_log"])
        tickets.add_note(
            actor=agent,
            ticket_id=self.ticket_id,
            text="Gateway log attached: the client never asks for a new key, and the gateway closes with reason 17.",
            attachments=[tickets.NewAttachment(name="gw-hh-02.log", content_type="text/plain", content=log.encode())],
        )
        facts = {"suspected_component": "tunneld", "ruled_out": "certificate, clock, second client, captive portal"}
        tickets.record_facts(actor=agent, ticket_id=self.ticket_id, facts=facts, source="log analysis")

    def experts_are_asked(self) -> None:
        """The steps to reproduce are written down as a recipe, and tier 3 is asked."""
        agent = self._as("Jonas Brandt")
        recipe = lab.write_recipe(actor=agent, ticket_id=self.ticket_id, spec=recipe_spec())
        self.seen["recipe"] = recipe.pk
        handover = escalation.escalate(
            actor=agent,
            ticket_id=self.ticket_id,
            to_tier=3,
            question="Why does the client miss its rekey after exactly 600 seconds when roaming is on?",
            group_id=self.company.groups["platform"].pk,
        )
        self.seen["handover_3"] = handover.pk

    # tier 3

    def expert_accepts(self) -> None:
        """Tier 3 accepts: logs and steps are there."""
        escalation.accept(actor=self._as("Priya Raman"), handover_id=self.seen["handover_3"])

    def lab_reproduces(self) -> None:
        """The recipe runs in the lab on the affected version: 3 of 3."""
        run = lab.run_recipe(
            actor=self._as("Priya Raman"), recipe_id=self.seen["recipe"], release_version="5.2.1", runs=3
        )
        self.seen["affected_run"] = run.pk

    def cause_is_found(self) -> None:
        """A problem is opened and its cause recorded with evidence."""
        expert = self._as("Priya Raman")
        problem = problems.open_problem(
            actor=expert, ticket_id=self.ticket_id, title="Rekey fails after 600 s when roaming is on"
        )
        self.seen["problem"] = problem.pk
        problems.record_cause(
            actor=expert,
            problem_id=problem.pk,
            cause="A path change while the key is renewed makes the client forget the renewal.",
            component="tunneld",
            evidence=["The recipe shows it 3 of 3 on 5.2.1", "Gateway closes with reason 17 after 600 s"],
        )

    def known_error_is_published(self) -> None:
        """The known error has a matcher that runs, a workaround tier 0 may give, and its examples."""
        expert = self._as("Priya Raman")
        known_error = problems.record_workaround(
            actor=expert,
            problem_id=self.seen["problem"],
            title="VPN drops every ten minutes with roaming on",
            symptoms="The VPN drops about every ten minutes, mostly during uploads, and connects again by itself.",
            workaround=WORKAROUND,
            matcher=MATCHER,
            lowest_tier=0,
            affected_versions=["5.2.0", "5.2.1"],
            audience=KnownErrorAudience.REQUESTER,
        )
        self.seen["known_error"] = known_error.pk
        problems.publish_known_error(actor=expert, known_error_id=known_error.pk)

    def fix_is_proven(self) -> None:
        """The fix counts because the recipe that failed now passes: 0 of 3 on 5.2.2."""
        expert = self._as("Priya Raman")
        product = Product.objects.get(key="secure-access")
        fix = problems.record_fix(
            actor=expert,
            problem_id=self.seen["problem"],
            fixed_in="5.2.2",
            product_id=product.pk,
            recipe_id=self.seen["recipe"],
        )
        self.seen["fix"] = problems.verify_fix(actor=expert, fix_id=fix.pk).pk

    def ticket_is_resolved(self) -> None:
        """The ticket is resolved and the requester told in plain words."""
        tickets.resolve(
            actor=self._as("Priya Raman"),
            ticket_id=self.ticket_id,
            resolution=(
                "The client forgot to renew its key after 600 seconds when the path changed (roaming on). "
                "Switch Roaming off under Settings, Connection until version 5.2.2 is installed."
            ),
            code=Resolution.KNOWN_ERROR,
            text=(
                "We found it. After ten minutes the VPN client forgot to renew its key when Roaming was switched on. "
                "Please switch Roaming off under Settings, Connection; the connection then stays up. "
                "Version 5.2.2 repairs it, and your computer gets it with the next update."
            ),
        )

    # the lesson comes down

    def article_is_published(self) -> None:
        """The article was drafted from the ticket when it was resolved; now it is validated and published."""
        expert = self._as("Priya Raman")
        article = knowledge.draft_from_ticket(actor=expert, ticket_id=self.ticket_id)
        knowledge.validate(actor=expert, article_id=article.pk)
        knowledge.publish(actor=expert, article_id=article.pk, audience="internal")
        self.seen["article"] = article.pk

    def lesson_comes_down(self) -> None:
        """Tier 3 owes the lesson to tier 1 and teaches it."""
        expert = self._as("Priya Raman")
        escalation.return_with_lesson(
            actor=expert,
            ticket_id=self.ticket_id,
            to_tier=1,
            lesson="A drop after exactly ten minutes with roaming on is the missed rekey: switch Roaming off.",
        )
        lesson = TransferObligation.objects.get(ticket_id=self.ticket_id, to_tier=1)
        knowledge.teach(actor=expert, obligation_id=lesson.pk, article_id=self.seen["article"])
        self.seen["lesson"] = lesson.pk

    def lesson_is_taught_back(self) -> None:
        """Tier 1 shows on the old ticket that the lesson arrived."""
        learner = self.company.staff["Tomasz Wilk"]
        article = Article.objects.get(pk=self.seen["article"])
        tried = knowledge.teach_back(
            actor=self._as("Priya Raman"),
            obligation_id=self.seen["lesson"],
            person_id=learner.pk,
            past_ticket_id=self.ticket_id,
            answer=f"This is {article.reference}: switch Roaming off under Settings, Connection until 5.2.2.",
        )
        self.seen["teach_back"] = tried.pk

    def second_mail_arrives(self) -> None:
        """The same fault in other words and with another log: tier 0 knows it."""
        now = clock.now()
        log = logs.write("vpn_rekey", seed=self.seed + 900, at=now, version="5.2.0", user=self.second_requester.email)
        content = letter(
            self.second_requester,
            subject="Connection lost again and again",
            text=(
                "When I copy measurement files to the share, the tunnel goes away after a while and comes back "
                "by itself a minute later. It started last week. I attach what the program writes."
            ),
            at=now,
            number=91_000 + self.seed,
            attachment=("client-trace.txt", log),
        )
        received = intake.receive(actor=Actor.machine("mail"), content=content)
        self.second_ticket_id = number_in(received.ticket or "") or 0

    def second_is_confirmed(self) -> None:
        """The requester says that it worked: solved at tier 0."""
        assistant.confirm(actor=actor_for(self.second_requester), ticket_id=self.second_ticket_id)


def recipe_spec() -> dict[str, Any]:
    """The recipe of the walk: the fictional client in an affected and in the fixed version."""
    affected = (RECIPE / "tunneld_affected.py.txt").read_text(encoding="utf-8")
    return {
        "title": "Tunnel with roaming closes after 600 s",
        "files": {"run.py": (RECIPE / "run.py.txt").read_text(encoding="utf-8")},
        "releases": {
            "5.2.1": {"files": {"tunneld.py": affected}},
            "5.2.0": {"files": {"tunneld.py": affected}},
            "5.2.2": {"files": {"tunneld.py": (RECIPE / "tunneld_fixed.py.txt").read_text(encoding="utf-8")}},
        },
        "command": ["python3", "run.py"],
        "expect": {"stdout_regex": "rekey window exceeded"},
        "runs": 3,
        "timeout_s": 20,
    }


def knowledge_for_vpn(agent: Actor) -> Article:
    """The article that tier 1 tries first; written once."""
    title = "VPN: import the tunnel profile again"
    known = Article.objects.filter(title=title).first()
    if known is not None:
        return known
    return knowledge.create(
        actor=agent,
        title=title,
        issue="The VPN client says that the profile is not valid, or does not connect at all.",
        environment="Secure Access 5.",
        resolution="Open Settings, Profiles, remove the profile and import it again from the portal.",
    )
