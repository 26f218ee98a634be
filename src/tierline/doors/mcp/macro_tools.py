"""The tool for macros: which fit a ticket, and what each would say. A person sends them, not a model."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.tickets.rules import number_in
from tierline.work.workflows import queries
from tierline.work.workflows.rules.macros import dump_macro_steps

SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class MacrosAsked:
    """The macros of one ticket."""

    ticket: str = field(metadata={"help": "A reference such as INC-20418, or a number", "max_length": 20})
    words: str = field(default="", metadata={"help": "Words that the macro must hold", "max_length": 200})


def list_macros(actor: Actor, asked: MacrosAsked) -> dict[str, Any]:
    """Those that fit the ticket, with their places put in, and where a person finds each in the composer."""
    number = number_in(asked.ticket)
    if number is None:
        raise NotFound
    found = queries.macros_offered(actor, number, asked.words)[:SHOWN]
    return {"macros": [_as_it_reads(actor, number, one.id) for one in found]}


def _as_it_reads(actor: Actor, number: int, macro_id: int) -> dict[str, Any]:
    one = queries.preview_macro(actor, number, macro_id)
    return {
        "id": one.id,
        "name": one.name,
        "reply": one.reply,
        "note": one.note,
        "steps": dump_macro_steps(one.steps),
        "does": list(one.deeds),
        "open": f"{settings.TIERLINE_URL.rstrip('/')}/console/tickets/{number}?macro={one.id}#write",
    }
