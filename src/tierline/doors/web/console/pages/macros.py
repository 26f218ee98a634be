"""What the pages of macros show: the chosen one in the composer, the list to choose from, many tickets at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.kernel.text import one_line, whole_number
from tierline.core.timeline.rules import Audience
from tierline.desk.tickets import queries as tickets
from tierline.doors.web.macro_words import does_words, step_words
from tierline.work.workflows import queries
from tierline.work.workflows.queries import MacroOffer, MacroPreview
from tierline.work.workflows.rules.macros import Then, Words, poured

SHOWN = 110  # characters of a macro's words in the list
MANY_LIMIT = 200


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The macro that stands in the composer: what it does besides its words, and the note that goes along."""

    id: int
    name: str
    version: int
    does: list[str]
    note: str
    then: str
    resolves: bool


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A macro in the list to choose from."""

    id: int
    name: str
    personal: bool
    says: str
    inside: bool
    does: str


def choices(viewer: Actor, number: int, words: str) -> list[Choice]:
    """The macros that are offered on a ticket and hold the words."""
    return [choice(one) for one in queries.macros_offered(viewer, number, words)]


def choice(one: MacroOffer) -> Choice:
    """One line of the list."""
    return Choice(
        id=one.id,
        name=one.name,
        personal=one.personal,
        says=one_line(one.reply or one.note, SHOWN),
        inside=bool(one.note and not one.reply),
        does=", ".join([*step_words(one.steps), *(wanted.action.replace("_", " ") for wanted in one.steps.actions)]),
    )


def chosen_of(viewer: Actor, number: int, typed: Mapping[str, str] | None) -> Chosen | None:
    """The macro that a form of the composer says is applied, if it is still offered."""
    applied = whole_number((typed or {}).get("applied", ""))
    if applied is None or typed is None:
        return None
    try:
        found = queries.preview_macro(viewer, number, applied)
    except NotFound:
        return None
    return Chosen(
        id=found.id,
        name=found.name,
        version=found.version,
        does=does_words(found),
        note=typed.get("note", ""),
        then=typed.get("then") or found.steps.then.value,
        resolves=found.steps.then == Then.RESOLVE,
    )


def own_draft(viewer: Actor, number: int) -> dict[str, str]:
    """What the viewer began to write on a ticket."""
    own = next((one for one in tickets.drafts_of(viewer, number) if one.person_id == viewer.person_id), None)
    return {"text": own.text, "audience": own.audience} if own is not None else {}


def typed_words(typed: Mapping[str, str]) -> Words:
    """What stands in the composer, by who would read it. The second field is always for colleagues."""
    text, note = typed.get("text", ""), typed.get("note", "")
    if typed.get("audience") != Audience.INTERNAL:
        return Words(text, note)
    return Words("", "\n\n".join(part for part in (text.strip(), note.strip()) if part))


def composed(viewer: Actor, number: int, typed: Mapping[str, str], macro_id: int | None) -> dict[str, str]:
    """What stands in the composer after a macro was chosen, or with None after the chosen one was taken out.

    Raises NotFound for a macro that is not offered on the ticket.
    """
    chosen = queries.preview_macro(viewer, number, macro_id) if macro_id is not None else None
    made = poured(typed_words(typed), _words(chosen), _words(_before(viewer, number, typed)))
    outside = bool(made.reply.strip())
    if chosen is None and outside and made.note.strip():
        return {**_plain(typed), "kept": _("Both texts were changed by you. Empty one of them, then take it out.")}
    return {
        "text": made.reply if outside else made.note,
        "note": made.note if outside else "",
        "audience": Audience.REQUESTER.value if outside or not made.note.strip() else Audience.INTERNAL.value,
        "applied": str(chosen.id) if chosen is not None else "",
        "then": chosen.steps.then.value if chosen is not None else "",
        "seen_version": typed.get("seen_version", ""),
    }


def _before(viewer: Actor, number: int, typed: Mapping[str, str]) -> MacroPreview | None:
    applied = whole_number(typed.get("applied", ""))
    try:
        return queries.preview_macro(viewer, number, applied) if applied is not None else None
    except NotFound:
        return None


def _words(found: MacroPreview | None) -> Words:
    return Words(found.reply, found.note) if found is not None else Words()


def _plain(typed: Mapping[str, str]) -> dict[str, str]:
    return {name: typed.get(name, "") for name in ("text", "note", "audience", "applied", "then", "seen_version")}


def numbers_in(words: str) -> list[int]:
    """The tickets that an address names: numbers with commas."""
    return [n for part in words.split(",") if (n := whole_number(part)) is not None][:MANY_LIMIT]
