"""The form of a known error: drafted from a ticket and what its files showed, changed, tried before it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import clean, one_line
from tierline.desk.tickets import queries as tickets
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.rules import number_in
from tierline.doors.web.console.pages.known import listed
from tierline.doors.web.words import tier_name
from tierline.ladder.problems.models import KnownError
from tierline.work.diagnosis import queries as diagnosis
from tierline.work.diagnosis.queries import EvidenceRow
from tierline.work.diagnosis.rules.match import RELATIONS, holds_template

ROWS = 10  # conditions that the form takes
SPARE = 2  # empty rows that wait
LINES = "lines"  # the name of the example that is made of lines
_MOST_DRAFTED = 3
_LONGEST = 200_000  # characters of a field; the room says what is too long for it
_GREETING = 30  # characters
_SYMPTOMS = 1_500  # characters of the requester's words


@dataclass(frozen=True)
class Row:
    """One condition as the form shows it. ``part`` is all_of or any_of."""

    part: str = "all_of"
    kind: str = ""
    value: str = ""
    name: str = ""
    relation: str = "is"
    least: str = "1"


def options() -> dict[str, Any]:
    """What the selects of the form offer."""
    return {
        "tier_options": [(n, f"{n} {tier_name(n)}") for n in range(5)],
        "part_options": [("all_of", _("must hold")), ("any_of", _("one of these"))],
        "kind_options": [
            ("", _("nothing")),
            ("template", _("a log line holds")),
            ("fingerprint", _("a stack trace has the fingerprint")),
            ("exception", _("a stack trace is of type")),
            ("fact", _("a fact")),
            ("text", _("the ticket says")),
        ],
        "relation_options": [(one, one) for one in RELATIONS],
        "audience_options": [("internal", _("the desk alone")), ("requester", _("requesters as well"))],
    }


@dataclass(frozen=True)
class Chosen:
    """What somebody picked on the page of a log: templates by id, stack traces by fingerprint, lines by number."""

    evidence_id: int
    templates: Sequence[str] = ()
    traces: Sequence[str] = ()
    lines: Sequence[int] = ()

    @property
    def nothing(self) -> bool:
        """Whether the draft has to choose by itself."""
        return not (self.templates or self.traces or self.lines)


def drafted(viewer: Actor, ticket_id: int, chosen: Chosen) -> dict[str, Any]:
    """The form, filled from a ticket and its log. Raises NotFound."""
    ticket = tickets.get(viewer, ticket_id)
    said = [one.text for one in tickets.messages(viewer, ticket_id) if one.direction == "in"]
    row = _evidence(viewer, ticket_id, chosen.evidence_id)
    rows, lines = _from_log(viewer, row, chosen) if row else ([], [])
    healthy = diagnosis.beside(viewer, row.id) if row and row.state == "ready" else None
    if not rows:
        rows.append(Row(kind="text", value=ticket.title[:200]))
    version = ticket.facts.get("version", "")
    if version:
        rows.append(Row(kind="fact", name="version", relation="is", value=f"{'.'.join(version.split('.')[:2])}.x"))
    return {
        "title": ticket.title,
        "symptoms": "\n\n".join([ticket.title, *(without_names(one, ticket.requester.name) for one in said[:1])])[
            :_SYMPTOMS
        ],
        "workaround": "",
        "lowest_tier": 1,
        "risk": "",
        "affected_versions": version,
        "audience": "internal",
        "review_on": "",
        "rows": rows,
        "must_tickets": ticket.reference,
        "must_not_tickets": healthy.reference if healthy and healthy.reference != ticket.reference else "",
        "must_log": "\n".join(lines),
        "must_not_log": "",
    }


def without_names(text: str, name: str) -> str:
    """What somebody wrote, without the greeting, and without the end of a letter with their name in it."""
    lines = text.strip().split("\n")
    if lines[0].rstrip().endswith((",", "!")) and len(lines[0]) <= _GREETING:
        del lines[0]
    signed = next((at for at, line in enumerate(lines) if name and name.lower() in line.lower()), None)
    if signed is None:
        return "\n".join(lines).strip()
    while signed and len(lines[signed - 1]) <= _GREETING and not lines[signed - 1].rstrip().endswith((".", "?", "!")):
        signed -= 1
    return "\n".join(lines[:signed]).strip()


def _evidence(viewer: Actor, ticket_id: int, evidence_id: int) -> EvidenceRow | None:
    found = [row for row in diagnosis.evidence_of(viewer, ticket_id) if row.details]
    if evidence_id and all(row.id != evidence_id for row in found):
        raise NotFound
    return next((row for row in found if row.id == evidence_id), None)


def _from_log(viewer: Actor, row: EvidenceRow, chosen: Chosen) -> tuple[list[Row], list[str]]:
    """The conditions that what was chosen makes, and the lines that were chosen; without a choice what is new."""
    templates = diagnosis.templates_of(viewer, row.id)
    lines = [line.text for number in chosen.lines for line in diagnosis.redacted_lines(viewer, row.id, number, 1)]
    wanted = [one.template for one in templates if one.template_id in chosen.templates]
    for line in lines:
        fitting = [one.template for one in templates if holds_template(one.template, line)]
        wanted.append(max(fitting, key=len, default=line[:400]))
    traces = [one for one in row.traces if one.fingerprint in chosen.traces]
    if chosen.nothing:
        wanted = [one.template for one in templates if one.kind == "new"][:_MOST_DRAFTED]
        traces = list(row.traces[:1])
    found = [Row(kind="template", value=one) for one in dict.fromkeys(wanted)]
    part = "any_of" if len(traces) > 1 else "all_of"
    found += [Row(part=part, kind="fingerprint", value=one.fingerprint) for one in traces]
    return found[: ROWS - 1], lines


def kept(known_error: KnownError) -> dict[str, Any]:
    """The form, filled with a known error as it is."""
    matcher, fixtures = known_error.matcher, known_error.fixtures
    rows = [
        Row(
            part,
            str(one.get("kind", "")),
            str(one.get("value", "")),
            one.get("name", ""),
            one.get("relation", "is"),
            str(one.get("least", 1)),
        )
        for part in ("all_of", "any_of")
        for one in listed(matcher, part)
    ]
    return {
        "title": known_error.title,
        "symptoms": known_error.symptoms,
        "workaround": known_error.workaround,
        "lowest_tier": known_error.lowest_tier,
        "risk": known_error.risk,
        "affected_versions": ", ".join(known_error.affected_versions),
        "audience": known_error.audience,
        "review_on": known_error.review_on.isoformat() if known_error.review_on else "",
        "rows": rows,
        "must_tickets": _tickets_in(fixtures, "must"),
        "must_not_tickets": _tickets_in(fixtures, "must_not"),
        "must_log": _log_in(fixtures, "must"),
        "must_not_log": _log_in(fixtures, "must_not"),
    }


def _tickets_in(fixtures: Mapping[str, Any], part: str) -> str:
    ids = [one["ticket"] for one in fixtures.get(part, ()) if "ticket" in one]
    known = {one.pk: one.reference for one in Ticket.objects.filter(pk__in=ids)}
    return ", ".join(known.get(pk, str(pk)) for pk in ids)


def _is_lines(example: Mapping[str, Any]) -> bool:
    return example.get("name") == LINES and set(example) == {"name", "log"}


def _log_in(fixtures: Mapping[str, Any], part: str) -> str:
    return next((str(one["log"]) for one in fixtures.get(part, ()) if _is_lines(one)), "")


def typed(data: Mapping[str, Any]) -> dict[str, Any]:
    """The form as it was sent, to show it again."""
    names: tuple[str, ...] = (
        "title",
        "symptoms",
        "workaround",
        "lowest_tier",
        "risk",
        "affected_versions",
        "audience",
        "review_on",
    )
    names += ("must_tickets", "must_not_tickets", "must_log", "must_not_log")
    return {**{name: clean(str(data.get(name, "")), _LONGEST) for name in names}, "rows": rows_of(data)}


def rows_of(data: Mapping[str, Any]) -> list[Row]:
    """The conditions as they were sent; rows of nothing are left out."""
    found = []
    for at in range(ROWS):
        given = {
            name: one_line(str(data.get(f"c{at}-{name}", "")), _LONGEST).strip() for name in Row.__dataclass_fields__
        }
        if given["kind"] or given["value"]:
            found.append(Row(**{**given, "part": "any_of" if given["part"] == "any_of" else "all_of"}))
    return found


def matcher_in(rows: Sequence[Row]) -> dict[str, Any]:
    """The matcher that the rows make; empty without any. Raises Invalid for a row that is half filled."""
    parts: dict[str, list[dict[str, Any]]] = {"all_of": [], "any_of": []}
    for number, row in enumerate(rows, 1):
        if not row.kind or not row.value:
            raise Invalid(
                {
                    "matcher": _("Condition %(n)s is half filled: choose what to look for, and say the value.")
                    % {"n": number}
                }
            )
        condition: dict[str, Any] = {"kind": row.kind, "value": row.value}
        if row.kind == "fact":
            condition |= {"name": row.name, "relation": row.relation or "is"}
        if row.kind == "template":
            condition["least"] = row.least or "1"
        parts[row.part].append(condition)
    return {name: conditions for name, conditions in parts.items() if conditions}


def fixtures_in(viewer: Actor, data: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The examples that the form names, and those of `before` that it does not show. Raises Invalid."""
    made: dict[str, list[dict[str, Any]]] = {}
    for part in ("must", "must_not"):
        others = [one for one in (before or {}).get(part, ()) if "ticket" not in one and not _is_lines(one)]
        log = str(data.get(f"{part}_log", "")).strip("\n")
        made[part] = [
            {"ticket": pk} for pk in _numbers(viewer, str(data.get(f"{part}_tickets", "")), f"{part}_tickets")
        ]
        made[part] += ([{"name": LINES, "log": log}] if log.strip() else []) + others
    return made


def _numbers(viewer: Actor, text: str, field: str) -> list[int]:
    found = []
    for word in text.replace(",", " ").split():
        number = number_in(word)
        try:
            found.append(tickets.get(viewer, number or 0).pk)
        except NotFound:
            raise Invalid({field: _("There is no ticket %(word)s.") % {"word": word[:40]}}) from None
    return list(dict.fromkeys(found))
