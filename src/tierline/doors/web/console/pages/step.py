"""The next step in full: runbook, contract, matches, what is written about it, and to whom it can go."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tierline.core.kernel.actors import Actor
from tierline.desk.people import queries as people
from tierline.desk.people.rules import Right, may
from tierline.desk.tickets import queries as tickets
from tierline.desk.tickets.queries import PageRow
from tierline.doors.web import words
from tierline.doors.web.shapes import Receipt, ReceiptRow
from tierline.insight.economics import queries as economics
from tierline.ladder.escalation import queries as escalation
from tierline.ladder.escalation.queries import ContractState
from tierline.ladder.escalation.rules.checks import Collect, ItemState, State
from tierline.ladder.problems import queries as problems
from tierline.work.diagnosis import queries as diagnosis
from tierline.work.knowledge import queries as knowledge
from tierline.work.lab import queries as lab
from tierline.work.workflows import queries as workflows
from tierline.work.workflows.queries import RunRow

TOP = 4
TONES = {State.READY: "good", State.PARTIAL: "warn", State.MISSING: "bad"}
PASSAGES = 3


@dataclass(frozen=True)
class Need:
    """One item of the contract with the verb that fills it. ``verb`` is post, link, fact, write or nothing."""

    key: str
    label: str
    detail: str
    tone: str
    verb: str = ""
    action: str = ""
    words: str = ""
    required: bool = True


def need_of(item: ItemState, ticket: PageRow, runbook_id: int | None) -> Need:
    """Give an item with its button."""
    verb, action, say = collecting(item.collect, ticket, item.key, runbook_id)
    return Need(item.key, item.label, item.detail, TONES[item.state], verb, action, say, required=item.required)


def collecting(collect: Collect, ticket: PageRow, key: str, runbook_id: int | None) -> tuple[str, str, str]:
    """Give (kind of button, address, words) for a way to fill a gap; empty when no button can."""
    here = ticket.reference
    if collect == Collect.RUNBOOK and runbook_id is None:
        return "", "", ""
    buttons = {
        Collect.ASK_REQUESTER: ("post", reverse("console:collect", args=[here, key]), _("Collect now")),
        Collect.RUNBOOK: ("runbook", reverse("console:start_runbook", args=[here]), _("Start runbook")),
        Collect.LAB: ("link", f"{reverse('console:write_recipe')}?ticket={ticket.pk}", _("Write steps")),
        Collect.KNOWLEDGE: ("link", f"{reverse('console:search')}?{urlencode({'q': ticket.title})}", _("Search")),
        Collect.CLASSIFY: ("classify", reverse("console:classify", args=[here]), _("Confirm")),
        Collect.FACT: ("fact", reverse("console:fact", args=[here]), _("Note it")),
    }
    return buttons.get(collect, ("", "", ""))


def step_page(viewer: Actor, number: int, *, typed: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Everything the next step shows below its sentence. Raises NotFound."""
    ticket = tickets.page_row(viewer, number)
    said = typed or {}
    runs = workflows.runs_of(viewer, number)
    running = next((run for run in runs if run.state == "running"), None)
    offer = workflows.runbook_for(viewer, ticket) if ticket.is_open and running is None else None
    pending = escalation.pending_of(viewer, number) if ticket.offered_tier is not None else None
    goal = ticket.tier + 1
    climbs = ticket.is_open and pending is None and goal <= TOP
    contract = escalation.contract_state(viewer, number, goal, question=said.get("question", "")) if climbs else None
    return {
        "ticket": ticket,
        "typed": said,
        "running": running,
        "next_step": current_step(running),
        "offer": offer if offer is not None and not done_before(offer.title, runs) else None,
        "done_runs": [run for run in runs if run.state != "running"],
        "pending": pending,
        "decides": pending is not None and pending.to_group_id in viewer.group_ids,
        "contract": contract,
        "needs": needs_of(contract, ticket, offer.id if offer is not None else None),
        "goal": goal,
        "matches": diagnosis.matches_of(viewer, number),
        "alike": tickets.similar(viewer, number),
        "cost": cost_receipt(number),
        "behind": next(iter(problems.problems_of(viewer, number)), None),
        "recipes": lab.recipes_of(viewer, number),
        "passages": knowledge.passages(viewer, ticket.title, limit=PASSAGES),
        "links": knowledge.links_of(viewer, number),
        "lessons": knowledge.obligations(viewer, ticket_id=number) if not ticket.is_open else [],
        "groups": [g for g in people.groups(viewer) if g.active and g.tier <= max(ticket.tier, 1)],
        "appeal": escalation.open_appeal_of(viewer, number),
        "may_decide_appeal": may(viewer, Right.APPEAL_DECIDE),
        "may_override": may(viewer, Right.ESCALATION_OVERRIDE),
        "gap_words": gap_words(contract),
        "tiers_below": lambda tier: [(n, f"{n} {words.tier_name(n)}") for n in range(tier - 1, -1, -1)],
    }


def cost_receipt(number: int) -> tuple[str, Receipt]:
    """Say what the ticket's path has cost so far, with the visit to each tier that was charged."""
    cost = economics.path_cost([number])[number]
    rows = [
        ReceiptRow(
            words.money(float(step.amount), cost.currency),
            ngettext("tier %(tier)s, %(n)s touch", "tier %(tier)s, %(n)s touches", step.touches)
            % {"tier": step.tier, "n": step.touches},
        )
        for step in cost.steps
    ]
    total = words.money(float(cost.total), cost.currency)
    rows.append(ReceiptRow(total, _("the path so far"), total=True))
    note = _("Each visit to a tier is charged once, by the rate card of the desk.")
    return total, Receipt(_("Path cost, because"), rows, note)


def current_step(run: RunRow | None) -> Any:  # noqa: ANN401 - a StepRow or nothing
    """Give the first open step of a running runbook."""
    if run is None:
        return None
    return next((step for step in run.steps if step.key == run.next_key), None)


def done_before(title: str, runs: list[RunRow]) -> bool:
    """Tell whether a runbook of this title was worked through on the ticket already."""
    return any(run.title == title and run.state == "done" for run in runs)


def needs_of(contract: ContractState | None, ticket: PageRow, runbook_id: int | None) -> dict[str, list[Need]]:
    """Give the items of a contract: the open ones with their verbs, the ready ones as a short list."""
    items = contract.items if contract is not None else ()
    made = [need_of(item, ticket, runbook_id) for item in items if item.collect != Collect.WRITE]
    open_ = sorted((need for need in made if need.tone != "good"), key=lambda need: (not need.required, need.tone))
    return {"open": open_, "ready": [need for need in made if need.tone == "good"]}


def gap_words(contract: ContractState | None) -> str:
    """Say how far the contract is; the question itself is what is asked, not collected."""
    if contract is None or not contract.version:
        return ""
    needed = [item for item in contract.items if item.required and item.collect != Collect.WRITE]
    gap = sum(item.state != State.READY for item in needed)
    if not gap:
        return _("Everything is there. Ask your question.")
    return ngettext("Collect %(n)s item, then ask.", "Collect %(n)s items, then ask.", gap) % {"n": gap}
