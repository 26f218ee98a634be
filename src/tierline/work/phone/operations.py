"""The verbs on calls: told by a telephone system, or written down by an agent."""

import base64
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from tierline.core.kernel import clock, own_address, sealing, strict_json, trials
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import clean, one_line
from tierline.core.timeline.rules import Payload
from tierline.desk.people import operations as people
from tierline.desk.people.models import Desk, Person
from tierline.desk.people.rules import Right, holding, require
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets import queries as ticket_queries
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.rules import Kind

from .errors import NotTheSystem
from .events import CallLogged, CallMissed
from .models import Call, PhoneSystem
from .queries import agent_of, caller_of, home_region, open_tickets
from .rules import LONGEST, SECRET_PREFIX, CallEvent, fits, is_test, known_region, normalise, probe, read_event

NOTES = 20_000  # characters
LONGEST_CALL = timedelta(days=1)
CHANNEL = "phone"
TRIAL = "phone"


def add_system(*, actor: Actor, name: str, desk_id: int, region: str) -> tuple[PhoneSystem, str]:
    """Let a telephone system tell of calls. Returns it with its signing secret, which is not shown again.

    Raises NotFound without the right, and Invalid.
    """
    require(actor, Right.SETUP)
    faults = {}
    if not one_line(name):
        faults["name"] = "Give it a name."
    if not known_region(region.upper()):
        faults["region"] = "Two letters of a country, such as DE or GB."
    if not Desk.objects.filter(pk=desk_id).exists():
        faults["desk"] = "There is no such desk."
    if faults:
        raise Invalid(faults)
    secret = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
    system = PhoneSystem(name=one_line(name, 80), desk_id=desk_id, region=region.upper(), created_at=clock.now())
    system.key, system.secret = secrets.token_urlsafe(12), sealing.seal(secret, purpose=PhoneSystem.purpose)
    try:
        with transaction.atomic():
            system.save(force_insert=True)
    except IntegrityError as problem:
        raise Invalid({"name": "There is a telephone system with this name already."}) from problem
    return system, secret


def remove_system(*, actor: Actor, system_id: int) -> None:
    """Take no calls from it any more; the log stays. Raises NotFound."""
    require(actor, Right.SETUP)
    deleted, _ = PhoneSystem.objects.filter(pk=system_id).delete()
    if not deleted:
        raise NotFound


def admit(*, actor: Actor, key: str, content: bytes, headers: Mapping[str, str]) -> PhoneSystem:
    """The telephone system that signed this (Standard Webhooks 1.0). Raises NotFound, NotTheSystem."""
    del actor
    system = PhoneSystem.objects.filter(key=key).first()
    if system is None:
        raise NotFound
    if not fits(
        content,
        secret=sealing.unseal(system.secret, purpose=PhoneSystem.purpose),
        event_id=headers.get("webhook-id", "")[:100],
        timestamp=headers.get("webhook-timestamp", ""),
        signatures=headers.get("webhook-signature", "")[:1000],
        at=clock.now(),
    ):
        raise NotTheSystem
    return system


def ask_for_test(*, actor: Actor, system_id: int) -> None:
    """Have tried whether this system's calls would come in (a trial of kind TRIAL). Raises NotFound."""
    require(actor, Right.SETUP)
    if not PhoneSystem.objects.filter(pk=system_id).exists():
        raise NotFound
    trials.ask(actor=actor, kind=TRIAL, subject_id=system_id)


@trials.runner(TRIAL)
def trial_steps(system_id: int) -> Iterator[trials.Step]:
    """Reach the system's address; be refused with a wrong signature and let in with the right one. Raises NotFound."""
    system = PhoneSystem.objects.filter(pk=system_id).first()
    if system is None:
        raise NotFound

    def event(secret: str) -> own_address.Shown:
        now = int(clock.now().timestamp())
        content, headers = probe(secret=secret, event_id=secrets.token_hex(8), timestamp=now)
        return own_address.Shown(content=content, headers=headers)

    def proven() -> own_address.Shown:
        return event(sealing.unseal(system.secret, purpose=PhoneSystem.purpose))

    yield from own_address.steps(system.path, forged=event("another secret"), proven=proven)


def take_event(*, actor: Actor, system_id: int, content: bytes) -> Call | None:
    """What a telephone system tells of a call. Told twice, or late, it changes nothing; a test is no call (None).

    Raises NotAnEvent, NotFound.
    """
    body = strict_json.read(content)
    if is_test(body):
        return None
    told = read_event(body)
    with transaction.atomic():
        system = PhoneSystem.objects.select_for_update().filter(pk=system_id).first()
        if system is None:
            raise NotFound
        system.last_at = clock.now()
        system.save(update_fields=["last_at"])
        call = Call.objects.select_for_update().filter(system=system, external_id=told.call_id).first()
        if call is None:
            call = _begun(system, told)
        _go_on(actor, call, told, system)
        return call


def _begun(system: PhoneSystem, told: CallEvent) -> Call:
    number = normalise(told.number, system.region) or told.number
    caller, known_by = caller_of(number, system.region)
    return Call.objects.create(
        system=system,
        external_id=told.call_id,
        outgoing=told.outgoing,
        number=number,
        caller=caller,
        known_by=known_by,
        agent=agent_of(told.agent, system.region) if told.agent else None,
        state="ringing",
        started_at=_believable(told.at),
    )


def _believable(at: datetime | None) -> datetime:
    """A moment of the telephone system's clock, unless that is far off."""
    now = clock.now()
    return at if at is not None and abs(now - at) < LONGEST_CALL else now


def _go_on(actor: Actor, call: Call, told: CallEvent, system: PhoneSystem) -> None:
    if call.state in ("ended", "missed"):
        return
    at = max(_believable(told.at), call.started_at)
    if told.event == "answered":
        call.state, call.answered_at = "answered", at
        call.agent = agent_of(told.agent, system.region) or call.agent
    elif told.event in ("ended", "missed"):
        # a system that tells of the end alone: nobody had answered
        call.state = "ended" if call.state == "answered" or call.outgoing else "missed"
        call.ended_at = at
    call.save(update_fields=["state", "answered_at", "ended_at", "agent"])
    if call.state == "missed":
        _tell_missed(actor, call)


def _tell_missed(actor: Actor, call: Call) -> None:
    """A missed call of somebody with one open ticket is told on it; with several, nobody knows which it was about."""
    waiting = open_tickets(actor, call.caller_id) if call.caller_id else ()
    if len(waiting) == 1:
        payload = CallMissed(call_id=call.pk, number=call.number, known_by=call.known_by)
        _tell(actor, waiting[0].pk, payload)


def _tell(actor: Actor, ticket_id: int, payload: Payload) -> None:
    tickets.note_event(actor=actor, ticket_id=ticket_id, payload=payload)


def log_call(
    *,
    actor: Actor,
    caller: Person,
    notes: str,
    call_id: int | None = None,
    ticket_id: int | None = None,
    title: str = "",
    kind: Kind = Kind.INCIDENT,
    number: str = "",
    outgoing: bool = False,
    started_at: datetime | None = None,
    ended_at: datetime | None = None,
) -> Ticket:
    """Write up a call: as a note on an open ticket of the caller, or as a new one in their words.

    `call_id` names a call that a telephone system told of; otherwise it is written down by hand. Raises Invalid,
    and NotFound for a ticket or call that is not for the actor.
    """
    actor = holding(actor, Right.TICKET_WORK)
    words = clean(notes, NOTES).strip()
    if not words:
        raise Invalid({"notes": "Write down what was said."})
    with transaction.atomic():
        call = _call_for(actor, call_id, caller, number, outgoing, started_at, ended_at)
        if ticket_id is None:
            ticket = tickets.open_ticket(
                actor=actor,
                requester=caller,
                title=one_line(title, 200),
                text=words,
                kind=kind,
                channel=CHANNEL,
                desk=call.system.desk if call.system else None,
            )
        else:
            ticket = ticket_queries.get(actor, ticket_id)
            if ticket.requester_id != caller.pk:
                raise Invalid({"ticket": "This ticket is somebody else's."})
            tickets.add_note(actor=actor, ticket_id=ticket.pk, text=words)
        call.caller, call.known_by = caller, "hand"
        call.ticket, call.notes, call.logged_at = ticket, words, clock.now()
        call.save()
        payload = CallLogged(call_id=call.pk, number=call.number, seconds=call.seconds, outgoing=call.outgoing)
        _tell(actor, ticket.pk, payload)
        _called_back(call)
        return ticket


def _call_for(
    actor: Actor,
    call_id: int | None,
    caller: Person,
    number: str,
    outgoing: bool,
    started_at: datetime | None,
    ended_at: datetime | None,
) -> Call:
    if call_id is not None:
        known = Call.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=call_id).first()
        if known is None:
            raise NotFound
        return known
    now = clock.now()
    begun, over = started_at or now, ended_at or now
    if begun > over:
        raise Invalid({"ended_at": "The call ended before it began."})
    if over > now + timedelta(minutes=5) or over - begun > LONGEST_CALL:
        raise Invalid({"ended_at": "A call lies in the past and lasts less than a day."})
    given = one_line(number or caller.phone, LONGEST)
    return Call(
        number=normalise(given, home_region()) or given,
        outgoing=outgoing,
        agent_id=actor.person_id,
        state="ended",
        started_at=begun,
        answered_at=begun,
        ended_at=over,
    )


def _called_back(call: Call) -> None:
    """Missed calls of this person or number are answered by this one."""
    missed = Call.objects.filter(state="missed", logged_at=None)
    missed.filter(caller_id=call.caller_id).update(logged_at=call.logged_at)
    if call.number:
        missed.filter(number=call.number).update(logged_at=call.logged_at)


def dismiss(*, actor: Actor, call_id: int) -> None:
    """Take a call off the list of those to write up or to call back. Raises NotFound."""
    actor = holding(actor, Right.TICKET_WORK)
    if not Call.objects.visible_to(actor).filter(pk=call_id, logged_at=None).update(logged_at=clock.now()):
        raise NotFound


def caller_for(*, actor: Actor, email: str, name: str = "") -> Person:
    """The person with this address, made known when they are new. Raises Invalid."""
    actor = holding(actor, Right.TICKET_WORK)
    return people.ensure_requester(actor=actor, email=email, name=one_line(name, 120))


def note_refusal(*, actor: Actor, system_id: int, words: str) -> None:
    """Keep why the last event was refused, for the set-up page."""
    del actor
    PhoneSystem.objects.filter(pk=system_id).update(refusal=one_line(words, 300))
