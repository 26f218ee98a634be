"""Reads for the telephone: who is calling, what rings, what was missed, what was said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, F, Func, Q, Value
from django.db.models.functions import Length

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.kernel.text import one_line
from tierline.desk.people.models import Organisation, Person, PersonQuerySet
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.rules import OPEN_STATUSES

from .models import Call, PhoneSystem
from .rules import EXTENSION, core, digits, same

FOUND = 20
ORGANISATIONS = 100
CANDIDATES = 200  # people whose numbers end alike are compared; more share a switchboard
RINGS_FOR = timedelta(minutes=2)
SHORTEST = 2  # characters that are searched for


def systems(viewer: Actor) -> list[PhoneSystem]:
    """All telephone systems by name. Raises NotFound without the right."""
    require(viewer, Right.SETUP)
    return list(PhoneSystem.objects.select_related("desk").order_by("name"))


def system(viewer: Actor, system_id: int) -> PhoneSystem:
    """One telephone system. Raises NotFound."""
    require(viewer, Right.SETUP)
    found = PhoneSystem.objects.select_related("desk").filter(pk=system_id).first()
    if found is None:
        raise NotFound
    return found


def home_region() -> str:
    """The country whose numbers need no country code: that of the first telephone system, else none."""
    return PhoneSystem.objects.order_by("pk").values_list("region", flat=True).first() or ""


@dataclass(frozen=True, slots=True)
class Caller:
    """A person for the list of callers, with how many of their tickets are open."""

    person: Person
    open_tickets: int


def callers(viewer: Actor, text: str) -> list[Caller]:
    """People by number, name, address or organisation; those with open tickets first. For staff."""
    require(viewer, Right.TICKET_WORK)
    asked = one_line(text, 80)
    if len(asked) < SHORTEST:
        return []
    mine = Q(requested__status__in=OPEN_STATUSES, requested__desk_id__in=viewer.desk_ids)
    people = Person.objects.get_queryset().filter(is_active=True).select_related("organisation")
    number, order = digits(asked), ["-open_count", "name", "pk"]
    if len(number) >= SHORTEST + 1 and not any(sign.isalpha() for sign in asked):
        people = by_digits(people, number if len(number) <= EXTENSION else core(asked, home_region()))
        people, order = people.annotate(longer=Length("plain") - len(number)), ["longer", *order]
    else:
        for word in asked.split()[:5]:
            people = people.filter(Q(name__icontains=word) | Q(email__icontains=word) | _works_for(word))
    found = people.annotate(open_count=Count("requested", filter=mine)).order_by(*order)[:FOUND]
    return [Caller(person, person.open_count) for person in found]  # type: ignore[attr-defined] # as annotated


def _works_for(word: str) -> Q:
    """Who belongs to an organisation with this word in its name; asked for first, for the sake of indexes."""
    named = Organisation.objects.filter(name__icontains=word).order_by("name").values_list("pk", flat=True)
    return Q(organisation_id__in=list(named[:ORGANISATIONS]))


def by_digits(people: PersonQuerySet, number: str, *, whole: bool = False) -> PersonQuerySet:
    """People whose telephone number has these digits; `whole`: and no others.

    The index person_by_digits of this room's migrations serves both; its expression is the one written here.
    """
    plain = Func(F("phone"), Value("[^0-9]"), Value(""), Value("g"), function="regexp_replace")
    known = people.exclude(phone="").annotate(plain=plain)
    return known.filter(plain=number) if whole else known.filter(plain__contains=number)


def _with_number(people: PersonQuerySet, number: str, region: str) -> list[Person]:
    """The people whose telephone this is, however either number is written; as many as could be one too many."""
    plain = digits(number)
    if not plain:
        return []
    short = len(plain) <= EXTENSION
    candidates = by_digits(people, plain if short else core(number, region), whole=short)
    return [one for one in candidates[:CANDIDATES] if same(one.phone, number, region)]


def caller_of(number: str, region: str) -> tuple[Person | None, str]:
    """Who calls from this number, and why we think so: their own number, or an earlier call. (None, "") for nobody.

    Two people with one number are nobody: the agent has to ask.
    """
    found = _with_number(Person.objects.get_queryset().filter(is_active=True), number, region)
    if len(found) == 1:
        return found[0], "number"
    if found or len(digits(number)) <= EXTENSION:
        return None, ""
    earlier = Call.objects.filter(number=number, caller__isnull=False, known_by="hand")
    last = earlier.select_related("caller").order_by("-started_at").first()
    return (last.caller, "earlier call") if last else (None, "")


def agent_of(named: str, region: str) -> Person | None:
    """The member of staff whose address or extension a telephone system names; None for nobody, or for two."""
    if "@" in named:
        return Person.objects.staff().with_address(named).first()
    found = _with_number(Person.objects.staff(), named, region)
    return found[0] if len(found) == 1 else None


def ringing(viewer: Actor) -> Call | None:
    """The newest call that rings for this agent or that they talk on, and that is not written up; None for none."""
    now = clock.now()
    waiting = Q(state="ringing", started_at__gt=now - RINGS_FOR) | Q(
        state="answered", started_at__gt=now - RINGS_FOR * 30
    )
    mine = Call.objects.filter(waiting, agent_id=viewer.person_id or 0, logged_at=None)
    return mine.select_related("caller__organisation").order_by("-started_at").first()


def call(viewer: Actor, call_id: int) -> Call:
    """One call. Raises NotFound."""
    require(viewer, Right.TICKET_WORK)
    found = Call.objects.visible_to(viewer).select_related("caller__organisation", "ticket").filter(pk=call_id).first()
    if found is None:
        raise NotFound
    return found


def missed(viewer: Actor) -> list[Call]:
    """Calls that nobody answered and nobody called back, oldest first."""
    require(viewer, Right.TICKET_WORK)
    waiting = Call.objects.visible_to(viewer).filter(state="missed", logged_at=None)
    return list(waiting.select_related("caller__organisation").order_by("started_at")[:FOUND])


def lately(viewer: Actor) -> list[Call]:
    """The last calls, newest first."""
    require(viewer, Right.TICKET_WORK)
    known = Call.objects.visible_to(viewer).select_related("caller", "agent", "ticket")
    return list(known.order_by("-started_at", "-pk")[:FOUND])


def open_tickets(viewer: Actor, person_id: int) -> Sequence[Ticket]:
    """The open tickets of a caller that the viewer may see, changed last first."""
    require(viewer, Right.TICKET_WORK)
    return list(Ticket.objects.visible_to(viewer).open().filter(requester_id=person_id).order_by("-changed_at")[:FOUND])
