"""Policies of the clocks: read, and changed the way the pages change them: propose, look at the preview, apply."""

from datetime import datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import Field

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import whole_number
from tierline.desk.catalogue import queries as catalogue
from tierline.desk.people.rules import Right, require
from tierline.desk.sla import operations, queries
from tierline.desk.sla.models import ClockChange, Policy
from tierline.desk.tickets import operations as tickets
from tierline.doors.api.bearer import ApiRequest
from tierline.doors.api.bodies import only

from .routers import asks, policies_router
from .shapes_in import Key, Line, Sent

Minutes = Annotated[int, Field(ge=1, le=5_256_000)] | None
_SCOPE = {"desk": "desk_id", "service": "service_id", "vendor": "vendor_id"}


class PolicyOut(Schema):
    """A version of a policy. `targets` are business minutes for priority 1 to 5, null where nothing is promised."""

    key: str
    version: int
    name: str
    calendar: str
    targets: dict[str, list[int | None]]
    pauses: list[str]
    warn_at: int = Field(description="Percent of a target")
    desk: str | None
    service: str | None
    kind: str
    plan: str
    vendor: str | None
    since: datetime
    written_by: str


class PolicyList(Schema):
    """Policies in force, the most general first; or the versions of one, the newest first."""

    items: list[PolicyOut]


class NewPolicy(Sent):
    """What a policy should say. Scope that is left out holds for everything."""

    name: Line
    calendar: Key = Field(description="The short name of a calendar")
    targets: Annotated[dict[Key, Annotated[list[Minutes], Field(min_length=5, max_length=5)]], Field(max_length=8)]
    pauses: Annotated[list[Line], Field(max_length=8)] = Field(default_factory=lambda: ["requester"])
    warn_at: int = 75
    desk: Key | None = None
    service: Key | None = None
    kind: Line = ""
    plan: Line = ""
    vendor: Key | None = None


class ChangeOut(Schema):
    """A proposed change with its preview: how many due times would move, and how many would breach at once.

    `state` is preview (being counted), ready, applying, applied or dropped.
    """

    id: int
    title: str
    state: str
    done: int
    total: int
    moved: int
    later: int
    breached: int
    asked_by: str
    applied_by: str
    applied_at: datetime | None


@policies_router.get(
    "/policies", response=PolicyList, summary="List the policies in force", openapi_extra=asks(Right.DESK_SETUP)
)
def list_policies(request: ApiRequest) -> PolicyList:
    """Those that hold for every desk, and those of the desks that you administer."""
    only(request, ())
    return PolicyList(items=[_policy(one) for one in queries.policies(request.auth)])


@policies_router.get(
    "/policies/{policy}",
    response=PolicyList,
    summary="Read every version of a policy",
    openapi_extra=asks(Right.DESK_SETUP),
)
def read_policy(request: ApiRequest, policy: str) -> PolicyList:
    """The newest first; a version never changes."""
    only(request, ())
    return PolicyList(items=[_policy(one) for one in queries.policy_versions(request.auth, policy)])


@policies_router.post(
    "/policies", response={202: ChangeOut}, summary="Propose a new policy", openapi_extra=asks(Right.DESK_SETUP)
)
def propose_policy(request: ApiRequest, new: NewPolicy) -> ChangeOut:
    """Nothing holds yet: the preview is counted by a job, and `apply` puts it in force."""
    return _propose(request, "", new)


@policies_router.put(
    "/policies/{policy}",
    response={202: ChangeOut},
    summary="Propose a new version of a policy",
    openapi_extra=asks(Right.DESK_SETUP),
)
def propose_version(request: ApiRequest, policy: str, new: NewPolicy) -> ChangeOut:
    """As for a new policy. What was used under an earlier version stays used."""
    queries.policy_versions(request.auth, policy)
    return _propose(request, policy, new)


@policies_router.get(
    "/policy-changes/{change}",
    response=ChangeOut,
    summary="Read a change and its preview",
    openapi_extra=asks(Right.DESK_SETUP),
)
def read_change(request: ApiRequest, change: str) -> ChangeOut:
    """Ask again until `state` is no longer preview, or applying."""
    only(request, ())
    return _change(queries.change(request.auth, _number(change)))


@policies_router.post(
    "/policy-changes/{change}/apply",
    response=ChangeOut,
    summary="Put a change in force",
    openapi_extra=asks(Right.DESK_SETUP),
)
def apply_change(request: ApiRequest, change: str) -> ChangeOut:
    """Only one whose preview is ready, and only while no other policy has changed since: else 409."""
    return _change(tickets.apply_change(actor=request.auth, change_id=_number(change)))


def _propose(request: ApiRequest, key: str, new: NewPolicy) -> ChangeOut:
    require(request.auth, Right.DESK_SETUP)
    change = operations.propose_policy(actor=request.auth, key=key, **_fields(request.auth, new))
    return _change(tickets.ask_preview(actor=request.auth, change_id=change.pk))


def _fields(actor: Actor, new: NewPolicy) -> dict[str, Any]:
    """What the verb takes, with ids in place of short names. Raises Invalid."""
    known = {
        "desk": {one.key: one.pk for one in queries.desks_to_change(actor)},
        "service": {one.key: one.pk for one in catalogue.services(actor)},
        "vendor": {one.key: one.pk for one in catalogue.vendors(actor)},
    }
    sent = new.model_dump(exclude={"calendar", *_SCOPE})
    wrong = {}
    for name, field in _SCOPE.items():
        key = getattr(new, name)
        sent[field] = known[name].get(key) if key else None
        if key and sent[field] is None:
            wrong[name] = f"There is no {name} {key}."
    if wrong:
        raise Invalid(wrong)
    return sent | {"calendar_key": new.calendar}


def _number(change: str) -> int:
    number = whole_number(change)
    if number is None:
        raise NotFound
    return number


def _policy(one: Policy) -> PolicyOut:
    return PolicyOut(
        key=one.key,
        version=one.version,
        name=one.name,
        calendar=one.calendar.key,
        targets=one.targets,
        pauses=one.pauses,
        warn_at=one.warn_at,
        desk=one.desk.key if one.desk is not None else None,
        service=one.service.key if one.service is not None else None,
        kind=one.kind,
        plan=one.plan,
        vendor=one.vendor.key if one.vendor is not None else None,
        since=one.since,
        written_by=one.written_by,
    )


def _change(one: ClockChange) -> ChangeOut:
    return ChangeOut.from_orm(one)
