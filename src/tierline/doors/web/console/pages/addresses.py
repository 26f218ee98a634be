"""Which addresses the requests of one form of line asked for: a template has a slot where they stand."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tierline.core.kernel.actors import Actor
from tierline.doors.web.console.pages.log_lines import Form, Piece, pieces
from tierline.work.diagnosis import queries as diagnosis
from tierline.work.diagnosis.queries import Line, TemplateRow
from tierline.work.diagnosis.rules.headers import HeaderReader

_SHOWN = 3
_LONGEST = 90  # characters of an address
_VERB = r"(?<![^\s\"\]])(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|PROPFIND|REPORT)"  # RFC 9110 §9, RFC 4918 §9
_ASKS = re.compile(rf"{_VERB} <\*>")
_REQUEST = re.compile(rf"{_VERB} (?:[a-z]{{2,8}}://)?([^\s\"?#]{{0,400}}/[^\s\"?#]{{0,400}})")


@dataclass(frozen=True)
class Address:
    """An address without its query, how often it was asked for, and the first line that does."""

    pieces: list[Piece]
    count: int
    line: int


@dataclass(frozen=True)
class Addresses:
    """The most frequent addresses of a form of line, and how many others there are."""

    shown: list[Address]
    others: int


def addresses_of(viewer: Actor, evidence_id: int, templates: Sequence[TemplateRow]) -> dict[str, Addresses]:
    """By template, as far as they stand in the 2,000 lines from the first request on."""
    asking = [one for one in templates if _ASKS.search(one.template)]
    if not asking:
        return {}
    start = min(one.first_line for one in asking)
    return counted(diagnosis.redacted_lines(viewer, evidence_id, start, diagnosis.MOST_LINES), asking)


def counted(lines: Sequence[Line], templates: Sequence[TemplateRow]) -> dict[str, Addresses]:
    """The addresses in the lines by the template that each line has."""
    reader = HeaderReader()
    longest_first = sorted(templates, key=lambda one: -len(one.template))
    forms = [(one.template_id, Form(one.template)) for one in longest_first]
    found: dict[str, dict[str, list[int]]] = {}
    for line in lines:
        message = reader.read(line.text).message(line.text)
        if not (request := _REQUEST.search(message)):
            continue
        key = next((key for key, form in forms if form.fits(message)), "")
        if key:
            found.setdefault(key, {}).setdefault(request[1], []).append(line.number)
    return {key: _most_frequent(by_address) for key, by_address in found.items()}


def _most_frequent(by_address: dict[str, list[int]]) -> Addresses:
    ordered = sorted(by_address.items(), key=lambda one: -len(one[1]))
    shown = [Address(pieces(_short(address)), len(at), at[0]) for address, at in ordered[:_SHOWN]]
    return Addresses(shown, len(ordered) - len(shown))


def _short(address: str) -> str:
    return address if len(address) <= _LONGEST else f"{address[: _LONGEST - 1]}…"
