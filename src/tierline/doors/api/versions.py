"""A ticket's version as its entity tag (RFC 9110 §8.8.3, §13.1)."""

import re

from tierline.core.kernel.errors import ChangedMeanwhile, Invalid
from tierline.desk.tickets.queries import PageRow

from .bearer import ApiRequest

_TAG = re.compile(r'\s*(?:W/)?"(\d{1,9})"\s*')


def tag(version: int) -> str:
    """The entity tag of a version."""
    return f'"{version}"'


def fresh(request: ApiRequest, version: int) -> bool:
    """Whether the caller has this version already (If-None-Match)."""
    given = request.headers.get("If-None-Match", "")
    return given.strip() == "*" or version in _versions(given)


def seen(request: ApiRequest, ticket: PageRow) -> int | None:
    """The version that the caller acts upon (If-Match); None when they do not say.

    Raises ChangedMeanwhile when the ticket has another one, and Invalid for a tag that is none of ours.
    """
    given = request.headers.get("If-Match", "*").strip()
    if given == "*":
        return None
    named = _versions(given)
    if not named:
        raise Invalid({"If-Match": 'Send the ETag of the ticket, for example "7".'})
    if ticket.version not in named:
        raise ChangedMeanwhile(seen=max(named), current=ticket.version)
    return ticket.version


def _versions(header: str) -> set[int]:
    return {int(found[1]) for part in header.split(",") if (found := _TAG.fullmatch(part))}
