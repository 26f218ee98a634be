"""A change of a policy or a calendar: proposed as data, tried on every open clock, then put in force.

A proposal is {"calendar": new calendar or null, "policies": [new versions]}. A new calendar pulls along every policy
that uses it, so that there is one mechanism: new versions of policies.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.utils.text import slugify

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import one_line
from tierline.desk.people.rules import Right, require
from tierline.desk.sla.errors import NothingChanges, PreviewOutdated
from tierline.desk.sla.models import BusinessCalendar, ClockChange, Policy
from tierline.desk.sla.queries import hours_of, promised, require_change, require_setup, version_of
from tierline.desk.sla.rules import PAUSES, Targets, Version, faults

CLOSURES = 2000
SCOPE = ("desk_id", "service_id", "kind", "plan", "vendor_id")
_NAMED = ("calendar", "desk", "service", "vendor")
WAITS = frozenset({*PAUSES, "vendor"})
Proposal = Mapping[str, Any]


def slug(name: str) -> str:
    """The key of a policy or calendar of this name. Raises Invalid for a name without letters."""
    key = slugify(name)[:40]
    if not key:
        raise Invalid({"name": "A name with letters or digits is needed."})
    return key


def calendar_data(
    key: str,
    *,
    name: str,
    zone: str,
    week: Sequence[Sequence[Sequence[int]]],
    closures: Iterable[Mapping[str, Any]],
) -> dict[str, Any]:
    """A calendar as a proposal holds it. Raises Invalid for hours that overlap or an unknown time zone."""
    data = {
        "key": key,
        "name": one_line(name, 80),
        "zone": zone,
        "week": [[list(window) for window in day] for day in week],
        "closures": sorted((dict(one) for one in closures), key=lambda one: (one["day"], one.get("from") or 0)),
    }
    if len(data["closures"]) > CLOSURES:
        raise Invalid({"closures": f"A calendar has at most {CLOSURES} days on which it is closed."})
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid({"zone": "This time zone is not known."}) from None
    try:
        hours = hours_of(BusinessCalendar(**data))
    except (ValueError, KeyError, TypeError) as problem:
        raise Invalid({"week": f"These opening hours cannot be used: {problem}."}) from problem
    if not any(hours.week):
        raise Invalid({"week": "A calendar that never opens has no due times: open it for an hour a week at least."})
    return data


def policy_data(
    key: str,
    *,
    name: str,
    calendar_key: str,
    targets: Targets,
    pauses: Sequence[str],
    warn_at: int,
    withdrawn: bool = False,
    **scope: Any,  # noqa: ANN401 (the fields of SCOPE)
) -> dict[str, Any]:
    """A policy's version as a proposal holds it. Raises Invalid when it cannot be used."""
    wrong = faults(targets, for_vendor=scope.get("vendor_id") is not None)
    if not one_line(name, 80):
        wrong["name"] = "A policy needs a name."
    if not 1 <= warn_at <= 99:  # noqa: PLR2004 (percent)
        wrong["warn_at"] = "A warning comes at 1 to 99 percent of the target."
    if set(pauses) - WAITS:
        wrong["pauses"] = "Clocks rest for the requester, a vendor, a change or an approval."
    if not BusinessCalendar.objects.filter(key=calendar_key).exists():
        wrong["calendar"] = "There is no such calendar."
    if not withdrawn:
        wrong |= _taken(key, scope)
    if wrong:
        raise Invalid(wrong)
    return {
        "key": key,
        "name": one_line(name, 80),
        "calendar_key": calendar_key,
        "targets": {row: list(given) for row, given in targets.items()},
        "pauses": sorted(pauses),
        "warn_at": warn_at,
        "withdrawn": withdrawn,
        **{field: scope.get(field) or ("" if field in {"kind", "plan"} else None) for field in SCOPE},
    }


def _taken(key: str, scope: Mapping[str, Any]) -> dict[str, str]:
    """Two policies for exactly the same tickets would leave it open which one holds."""
    for other in Policy.objects.newest():
        same = all((getattr(other, field) or None) == (scope.get(field) or None) for field in SCOPE)
        if same and other.key != key and not other.withdrawn:
            return {"scope": f"“{other.name}” holds for exactly these tickets already."}
    return {}


def propose_policy(*, actor: Actor, key: str = "", name: str, **rest: Any) -> ClockChange:  # noqa: ANN401 (see policy_data)
    """A new policy, or a new version of the one with this key, to be looked at before it applies.

    Takes what `policy_data` takes. Raises Invalid, NotFound for a key that is not there, and NothingChanges.
    """
    before = _newest(key) if key else None
    for desk_id in {rest.get("desk_id"), *([before.desk_id] if before is not None else [])}:
        require_setup(actor, desk_id)
    if before is not None:
        data = policy_data(key, name=name, **rest)
        if data == _data_of(before):
            raise NothingChanges
        title = f"{data['name']}, version {before.version + 1}"
    else:
        data = policy_data(_free_key(name), name=name, **rest)
        title = f"{data['name']}, a new policy"
    return _proposed(actor, title, {"calendar": None, "policies": [data]})


def propose_withdrawal(*, actor: Actor, key: str) -> ClockChange:
    """End a policy: the next more general one takes its place. Raises NotFound."""
    before = _newest(key)
    require_setup(actor, before.desk_id)
    data = _data_of(before) | {"withdrawn": True}
    return _proposed(actor, f"{before.name} is withdrawn", {"calendar": None, "policies": [data]})


def propose_calendar(*, actor: Actor, key: str, **rest: Any) -> ClockChange:  # noqa: ANN401 (see calendar_data)
    """New hours of a calendar, and with them a new version of each policy that uses it.

    Takes what `calendar_data` takes. Raises Invalid, NotFound and NothingChanges.
    """
    require(actor, Right.SETUP)
    before = BusinessCalendar.objects.newest().filter(key=key).first()
    if before is None:
        raise NotFound
    data = calendar_data(key, **rest)
    if all(getattr(before, field) == data[field] for field in ("name", "zone", "week", "closures")):
        raise NothingChanges
    title = f"{data['name']}, version {before.version + 1}"
    return _proposed(actor, title, {"calendar": data, "policies": []})


def _newest(key: str) -> Policy:
    found = Policy.objects.select_related("calendar").newest().filter(key=key).first()
    if found is None or found.withdrawn:
        raise NotFound
    return found


def _free_key(name: str) -> str:
    wanted = slug(name)
    known = set(Policy.objects.values_list("key", flat=True))
    return next(key for key in (wanted, *(f"{wanted[:36]}-{n}" for n in range(2, 999))) if key not in known)


def _data_of(policy: Policy) -> dict[str, Any]:
    plain = ("key", "name", "targets", "pauses", "warn_at", "withdrawn", *SCOPE)
    return {field: getattr(policy, field) for field in plain} | {"calendar_key": policy.calendar.key}


def _proposed(actor: Actor, title: str, proposal: Proposal) -> ClockChange:
    stamp = promised(()).stamp
    return ClockChange.objects.create(
        title=one_line(title, 160),
        proposal=dict(proposal),
        base=f"{stamp[0]}:{stamp[1]}",
        as_of=clock.now(),
        asked_by=one_line(actor.label, 120),
    )


def drafted(proposal: Proposal, since: datetime) -> list[Policy]:
    """The versions that a proposal would write, unsaved, each with its calendar."""
    calendar = _drafted_calendar(proposal["calendar"], since) if proposal["calendar"] else None
    wanted = {data["key"]: data for data in proposal["policies"]}
    if calendar is not None:
        users = [one for one in Policy.objects.select_related("calendar").newest() if not one.withdrawn]
        wanted |= {one.key: _data_of(one) for one in users if one.calendar.key == calendar.key}
    return [_drafted(data, calendar, since) for data in wanted.values()]


def _drafted(data: Mapping[str, Any], calendar: BusinessCalendar | None, since: datetime) -> Policy:
    key = data["calendar_key"]
    hours = calendar if calendar is not None and calendar.key == key else BusinessCalendar.objects.newest().get(key=key)
    last = Policy.objects.filter(key=data["key"]).order_by("-version").first()
    fields = {name: value for name, value in data.items() if name != "calendar_key"}
    return Policy(**fields, calendar=hours, version=last.version + 1 if last else 1, since=since)


def _drafted_calendar(data: Mapping[str, Any], since: datetime) -> BusinessCalendar:
    last = BusinessCalendar.objects.filter(key=data["key"]).order_by("-version").first()
    return BusinessCalendar(**data, version=last.version + 1 if last else 1, since=since)


def proposed_versions(change: ClockChange) -> list[Version]:
    """What a change would put in force, as values for the rules, as of its preview."""
    return [version_of(one) for one in drafted(change.proposal, change.as_of)]


Calendars = list[tuple[BusinessCalendar | None, BusinessCalendar]]
Policies = list[tuple[Policy | None, Policy]]


def replaced_by(change: ClockChange) -> tuple[Calendars, Policies]:
    """The versions that a change writes, or has written, each behind the one that it replaces (None: the first)."""
    if change.applied_at is not None:
        calendars = list(BusinessCalendar.objects.filter(since=change.applied_at))
        policies = list(Policy.objects.select_related(*_NAMED).filter(since=change.applied_at).order_by("pk"))
    else:
        data = change.proposal["calendar"]
        calendars = [_drafted_calendar(data, change.as_of)] if data else []
        policies = drafted(change.proposal, change.as_of)
    return (
        [(BusinessCalendar.objects.filter(key=one.key, version=one.version - 1).first(), one) for one in calendars],
        [
            (Policy.objects.select_related(*_NAMED).filter(key=one.key, version=one.version - 1).first(), one)
            for one in policies
        ],
    )


def put_in_force(actor: Actor, proposal: Proposal, since: datetime) -> list[Policy]:
    """Write the new versions. In the caller's transaction."""
    # one writer at a time: the number of a version and the book that a preview knows follow from what is there
    list(Policy.objects.select_for_update().order_by("pk")[:1])
    written_by = one_line(actor.label, 120)
    calendar = _drafted_calendar(proposal["calendar"], since) if proposal["calendar"] else None
    versions = drafted(proposal, since)
    if calendar is not None:
        calendar.written_by = written_by
        calendar.save(force_insert=True)
    for one in versions:
        if calendar is not None and one.calendar.key == calendar.key:
            one.calendar = calendar
        one.written_by = written_by
        one.save(force_insert=True)
    return versions


def check_outdated(change: ClockChange) -> None:
    """Raises PreviewOutdated when a policy changed after the preview was made."""
    stamp = promised(()).stamp
    if change.base != f"{stamp[0]}:{stamp[1]}":
        raise PreviewOutdated


def drop_change(*, actor: Actor, change_id: int) -> ClockChange:
    """Forget a change that was not applied. Raises NotFound."""
    with transaction.atomic():
        found = ClockChange.objects.select_for_update().filter(pk=change_id, state__in=["preview", "ready"]).first()
        if found is None:
            raise NotFound
        require_change(actor, found)
        found.state = "dropped"
        found.save(update_fields=["state"])
        return found
