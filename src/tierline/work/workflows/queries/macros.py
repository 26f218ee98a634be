"""Reads of macros: those offered on a ticket, what one would say and do, and how often each is used."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Q

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound, TierlineError
from tierline.core.plugins import registry
from tierline.core.plugins.schema import read_params
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.catalogue.models import Service
from tierline.desk.people.models import Desk, SupportGroup
from tierline.desk.people.rules import Right, Tier, holding, may, require
from tierline.desk.tickets.models import Ticket
from tierline.work.workflows.events import MacroApplied
from tierline.work.workflows.models import Macro, MacroBatch, MacroQuerySet
from tierline.work.workflows.rules.conditions import all_hold
from tierline.work.workflows.rules.macros import (
    MacroSteps,
    Words,
    check_macro,
    dump_macro_steps,
    filled,
    first_name,
    parse_macro_conditions,
    parse_macro_steps,
)

from .views import ticket_view

COUNTED = timedelta(days=90)
OFFERED_LIMIT = 100
TRIED = 200
"""Past tickets that a macro is tried on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroOffer:
    """A macro that fits a ticket, for the list to choose from; for one ticket its places are put in."""

    id: int
    name: str
    version: int
    personal: bool
    reply: str
    note: str
    steps: MacroSteps


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroPreview(MacroOffer):
    """The same with its places put in; `deeds` are the actions in words, `resolution` what solved it."""

    resolution: str
    service: str
    group: str
    deeds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroRow:
    """A macro as it is arranged: for whom, and on how many tickets it was put in the last 90 days."""

    macro: Macro
    groups: tuple[str, ...]
    uses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """One ticket of a batch, or of the preview of one: `why` says what is in the way."""

    ticket_id: int
    reference: str
    title: str
    state: str
    why: str = ""
    reply: str = ""


def macros_offered(viewer: Actor, ticket_id: int, words: str = "") -> list[MacroOffer]:
    """The macros that fit a ticket and hold every one of the words; one's own first, then by name. Raises NotFound."""
    ticket = _ticket(viewer, ticket_id)
    rank = {True: 0, False: 1}
    found = [one for one in _usable(viewer).filter(desk_id=ticket.desk_id) if fits(one, ticket) and _says(one, words)]
    found.sort(key=lambda one: (rank[one.owner_id is not None], one.name.casefold()))
    places = places_of(ticket, viewer)
    return [_offer(one, filled(one.words, places)) for one in found[:OFFERED_LIMIT]]


def preview_macro(viewer: Actor, ticket_id: int, macro_id: int) -> MacroPreview:
    """What a macro would say and do on a ticket. Raises NotFound, also for one that is not offered there."""
    ticket = _ticket(viewer, ticket_id)
    found = _usable(viewer).filter(pk=macro_id, desk_id=ticket.desk_id).first()
    if found is None or not fits(found, ticket):
        raise NotFound
    return preview_of(found, ticket, viewer)


def preview_of(found: Macro, ticket: Ticket, viewer: Actor) -> MacroPreview:
    """The same for rows that are known already."""
    places, steps = places_of(ticket, viewer), found.parsed_steps
    said = filled(found.words, places)
    group = group_named(steps.group, found.desk_id)
    return MacroPreview(
        id=found.pk,
        name=found.name,
        version=found.version,
        personal=found.owner_id is not None,
        reply=said.reply,
        note=said.note,
        resolution=filled(Words(steps.resolution), places).reply,
        steps=steps,
        service=_service_name(steps.service, found.desk_id),
        group=group.name if group is not None else steps.group,
        deeds=tuple(_described(one.action, one.params) for one in steps.actions),
    )


def _service_name(key: str, desk_id: int) -> str:
    named = Service.objects.filter(key=key, desk_id=desk_id).values_list("name", flat=True).first() if key else None
    return named or key


def _described(action: str, params: object) -> str:
    try:
        plugin = registry.get("actions", action)
        return str(plugin.describe(read_params(plugin.Params, params)))  # type: ignore[arg-type] # read_params checks it
    except TierlineError:
        return action


def places_of(ticket: Ticket, viewer: Actor) -> dict[str, str]:
    """What stands in the places of a macro's words; nothing that the requester may not know."""
    return {
        "first_name": first_name(ticket.requester.name),
        "name": ticket.requester.name,
        "reference": ticket.reference,
        "title": ticket.title,
        "agent": first_name(viewer.label),
        "group": ticket.group.name if ticket.group else ticket.desk.name,
        "desk": ticket.desk.name,
        "portal_link": f"{settings.TIERLINE_URL.rstrip('/')}/requests/{ticket.reference}",
    }


def fits(found: Macro, ticket: Ticket) -> bool:
    """Whether a macro is for a ticket as it stands: its conditions hold, and it leads nowhere upwards."""
    group = group_named(found.steps.get("group", ""), found.desk_id)
    if group is not None and group.tier > max(ticket.tier, Tier.FRONTLINE):
        return False
    return found.desk_id == ticket.desk_id and all_hold(parse_macro_conditions(found.conditions), ticket_view(ticket))


def group_named(key: str, desk_id: int) -> SupportGroup | None:
    """The group in use with a short name on a desk."""
    return SupportGroup.objects.filter(key=key, desk_id=desk_id, active=True).first() if key else None


def _usable(viewer: Actor) -> MacroQuerySet:
    return Macro.objects.visible_to(holding(viewer, Right.TICKET_WORK)).filter(active=True)


def _says(found: Macro, words: str) -> bool:
    text = f"{found.name} {found.reply} {found.note}".casefold()
    return all(word in text for word in words.casefold().split())


def _offer(found: Macro, said: Words) -> MacroOffer:
    return MacroOffer(
        id=found.pk,
        name=found.name,
        version=found.version,
        personal=found.owner_id is not None,
        reply=said.reply,
        note=said.note,
        steps=found.parsed_steps,
    )


def _ticket(viewer: Actor, ticket_id: int) -> Ticket:
    seen = Ticket.objects.inside(holding(viewer, Right.TICKET_WORK))
    found = seen.select_related("desk", "group", "service", "requester").filter(pk=ticket_id).first()
    if found is None:
        raise NotFound
    return found


# --- for several tickets


def macros_for_many(viewer: Actor, ticket_ids: Sequence[int]) -> list[MacroOffer]:
    """The macros of the desks that these tickets are on, by name."""
    seen = Ticket.objects.inside(holding(viewer, Right.TICKET_WORK)).filter(pk__in=ticket_ids)
    found = _usable(viewer).filter(desk_id__in=set(seen.values_list("desk_id", flat=True)))
    return [_offer(one, one.words) for one in sorted(found, key=lambda one: one.name.casefold())]


def batch_preview(
    viewer: Actor, ticket_ids: Sequence[int], macro_id: int
) -> tuple[MacroPreview | None, list[BatchRow]]:
    """What a macro would say on each of the tickets, and on which it is not offered; nothing is touched.

    Raises NotFound for a macro that the viewer may not use; tickets that they may not see are not there.
    """
    found = _usable(viewer).filter(pk=macro_id).first()
    if found is None:
        raise NotFound
    seen = Ticket.objects.inside(holding(viewer, Right.TICKET_WORK)).filter(pk__in=ticket_ids)
    tickets = list(seen.select_related("desk", "group", "service", "requester").order_by("pk"))
    rows, shown = [], None
    for ticket in tickets:
        fitting = fits(found, ticket)
        said = preview_of(found, ticket, viewer) if fitting else None
        shown = shown or said
        rows.append(
            BatchRow(
                ticket_id=ticket.pk,
                reference=ticket.reference,
                title=ticket.title,
                state="waiting" if fitting else "refused",
                reply=said.reply if said is not None else "",
            )
        )
    return shown, rows


def batch(viewer: Actor, batch_id: int) -> tuple[MacroBatch, list[BatchRow]]:
    """How far a batch of one's own is: its tickets with what became of each. Raises NotFound."""
    require(viewer, Right.TICKET_WORK)
    found = MacroBatch.objects.select_related("macro").filter(pk=batch_id, asked_by_id=viewer.person_id).first()
    if found is None:
        raise NotFound
    seen = Ticket.objects.visible_to(viewer)
    rows = found.tickets.filter(ticket__in=seen).select_related("ticket").order_by("ticket_id")
    return found, [
        BatchRow(
            ticket_id=one.ticket_id,
            reference=one.ticket.reference,
            title=one.ticket.title,
            state=one.state,
            why=one.why,
        )
        for one in rows
    ]


# --- as they are arranged


def desks_of_macros(viewer: Actor) -> list[Desk]:
    """The desks whose macros the viewer may change, by name. Raises NotFound without the right."""
    require(viewer, Right.AUTOMATION_CHANGE)
    return [one for one in Desk.objects.order_by("name", "pk") if may(viewer, Right.AUTOMATION_CHANGE, desk_id=one.pk)]


def macros_arranged(viewer: Actor, desk_id: int, *, active: bool = True) -> list[MacroRow]:
    """A desk's macros by name with how often they were used, for set-up. Raises NotFound without the right."""
    require(viewer, Right.AUTOMATION_CHANGE, desk_id=desk_id)
    return _rows(_newest(Macro.objects.filter(desk_id=desk_id, owner=None)), active=active)


def own_macros(viewer: Actor, *, active: bool = True) -> list[MacroRow]:
    """One's own macros by name, on the desks that one works on."""
    seen = Macro.objects.visible_to(holding(viewer, Right.TICKET_WORK))
    mine = seen.filter(owner_id=viewer.person_id, owner__isnull=False)
    return _rows(_newest(mine), active=active)


def macro(viewer: Actor, macro_id: int) -> Macro:
    """A version that the viewer may change: of a desk with the right, else their own. Raises NotFound."""
    found = Macro.objects.select_related("desk").filter(pk=macro_id).first()
    if found is None or not may_change(viewer, found):
        raise NotFound
    return found


def may_change(viewer: Actor, found: Macro) -> bool:
    """A desk's macros ask for the right on the desk; a personal one is its owner's alone, while they work there."""
    if found.owner_id is None:
        return may(viewer, Right.AUTOMATION_CHANGE, desk_id=found.desk_id)
    return found.owner_id == viewer.person_id and may(viewer, Right.TICKET_WORK, desk_id=found.desk_id)


def macro_versions(viewer: Actor, found: Macro) -> list[Macro]:
    """Every version of a macro, newest first. Raises NotFound."""
    if not may_change(viewer, found):
        raise NotFound
    return list(Macro.objects.named(found.desk_id, found.name, found.owner_id).order_by("-version"))


def _newest(found: Iterable[Macro]) -> list[Macro]:
    newest: dict[tuple[int, int | None, str], Macro] = {}
    for one in sorted(found, key=lambda one: one.version):
        newest[one.desk_id, one.owner_id, one.name] = one
    return sorted(newest.values(), key=lambda one: one.name.casefold())


def _rows(found: list[Macro], *, active: bool) -> list[MacroRow]:
    wanted = [one for one in found if one.active is active]
    names = {
        one.pk: one.name for one in SupportGroup.objects.filter(pk__in={key for one in wanted for key in one.groups})
    }
    uses = _uses(wanted)
    return [
        MacroRow(macro=one, groups=tuple(names[key] for key in one.groups if key in names), uses=uses.get(one.pk, 0))
        for one in wanted
    ]


def _uses(wanted: Sequence[Macro]) -> dict[int, int]:
    """Id of a macro's newest version: on how many tickets all its versions were put in the last 90 days."""
    if not wanted:
        return {}
    named = Q()
    for one in wanted:
        named |= Q(desk_id=one.desk_id, name=one.name, owner_id=one.owner_id)
    keys = {(one.desk_id, one.owner_id, one.name): one.pk for one in wanted}
    versions = {one.pk: keys[one.desk_id, one.owner_id, one.name] for one in Macro.objects.filter(named)}
    applied = TimelineEntry.objects.filter(kind=MacroApplied.kind, at__gte=clock.now() - COUNTED)
    counted = applied.filter(data__macro_id__in=list(versions)).values_list("data__macro_id").annotate(n=Count("id"))
    totals: dict[int, int] = {}
    for version, n in counted:
        totals[versions[int(version)]] = totals.get(versions[int(version)], 0) + n
    return totals


def macro_targets(desk_id: int) -> tuple[list[tuple[str, str]], list[tuple[int, str, str]]]:
    """What a macro of a desk may name: services (short name, name), and groups in use (id, short name, name)."""
    services = Service.objects.filter(desk_id=desk_id).order_by("name").values_list("key", "name")
    groups = SupportGroup.objects.filter(desk_id=desk_id, active=True).order_by("tier", "name")
    return list(services), list(groups.values_list("id", "key", "name"))


def desks_of_own_macros(viewer: Actor) -> list[Desk]:
    """The desks for which the viewer may keep macros: those on which they work. Raises NotFound without one."""
    return list(Desk.objects.filter(pk__in=holding(viewer, Right.TICKET_WORK).desk_ids).order_by("name", "pk"))


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroTrial:
    """On how many of the last tickets a macro would be offered, and how it would read on the newest of these."""

    total: int
    fitting: int
    reference: str = ""
    example: MacroPreview | None = None


def tried_macro(viewer: Actor, desk_id: int, **parts: Any) -> MacroTrial:  # noqa: ANN401 (what `write_macro` takes)
    """Try a macro that is not written yet on the last tickets of its desk that the viewer sees. Raises Invalid.

    Whoever arranges a desk without seeing its tickets gets no example and no number of them.
    """
    steps = parse_macro_steps(parts.get("steps", {}))
    made = Macro(
        desk_id=desk_id,
        name=parts.get("name", ""),
        reply=parts.get("reply", ""),
        note=parts.get("note", ""),
        steps=dump_macro_steps(steps),
        conditions=parts.get("conditions", []),
    )
    check_macro(made.name, made.words, steps)
    parse_macro_conditions(made.conditions)
    seen = Ticket.objects.inside(viewer).filter(desk_id=desk_id)
    last = list(seen.select_related("desk", "group", "service", "requester").order_by("-pk")[:TRIED])
    fitting = [one for one in last if fits(made, one)]
    example = preview_of(made, fitting[0], viewer) if fitting else None
    reference = fitting[0].reference if fitting else ""
    return MacroTrial(total=len(last), fitting=len(fitting), reference=reference, example=example)
