"""The maker of the boards (tier 4): a contract, a case that was solved by their answer, and one that is with them."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.desk.catalogue.models import Product, Vendor
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.operations import NewAttachment
from tierline.ladder.vendors import operations as vendors
from tierline.ladder.vendors import queries
from tierline.ladder.vendors.models import Case
from tierline.ladder.vendors.operations import Agreed
from tierline.work.intake import operations as intake
from tierline.work.intake.operations.identity import answer_to

from .company import SETUP
from .lives import tolerant
from .world import Life, Pause, World, later, office

INTAKE = Actor.machine("intake")
EXPERT = "Hana Sato"
SUPPORT = "support@halden.example"
WITHOUT = "the board fails on every customer's bench; it needs their firmware people"
BLOCKS = "".join(f"2026-10-12 09:{n % 60:02}:07 updater: block {n} of 71 written, crc ok\n" for n in range(1, 72))
LOG = BLOCKS + "2026-10-12 10:12:31 updater: ERROR block 71 refused by loader, code 7\n"
QUESTION = "Which loader of revision C takes block 71 twice, and what do we write before it? The log is in the pack."
ANSWER = """\
From: Eva Lind <eva.lind@halden.example>
To: {to}
Subject: [SR-40112] Re: {title}
Message-ID: <sr-40112-{number}@halden.example>

Loader 4.2.1 keeps the block until the next start. Write 0x7f first; we add it to the release notes.

Eva Lind, Halden Boards
"""


def agree() -> None:
    """The contract with the maker."""
    agreed = Agreed(
        address=SUPPORT,
        senders=("@halden.example",),
        reference_pattern="SR-#",
        number="HB-2026-11",
        valid_until=clock.now().date() + timedelta(days=220),
        cases=24,
        products=tuple(Product.objects.filter(key="nx-2").values_list("pk", flat=True)),
        answer_minutes=240,
        cost_per_case=Decimal(180),
        cost_per_hour=Decimal("95.50"),
    )
    vendors.set_terms(actor=SETUP, vendor_id=_maker().pk, agreed=agreed)


def begin(world: World) -> None:
    """One case two weeks ago, and one since yesterday."""
    span = world.until - world.now
    for share, life in ((0.3, solved(world)), (0.03, waiting(world))):
        at = (world.until - span * share).replace(hour=8, minute=40, second=0, microsecond=0)
        world.begin(tolerant(life), max(world.now, at))


def solved(world: World) -> Life:
    """A firmware that stops: a pack with the log, an answer by mail with their number, the fix."""
    ticket = _ticket(world, "NX-2 firmware update stops at 71 percent", LOG)
    yield office(30)
    case = _opened(world, ticket, "NX-2, revision C: block 71 refused by the loader", QUESTION)
    yield later(5)
    files = [one.id for one in queries.choices(_expert(world), case) if not one.why_not]
    pack = vendors.make_pack(actor=_expert(world), case_id=case.pk, evidence_ids=files) if files else None
    vendors.send_to_vendor(
        actor=_expert(world), case_id=case.pk, text=QUESTION, pack_id=pack.pk if pack else None, attach=False
    )
    yield office(190)
    _mailed(case)
    yield office(45)
    vendors.close_case(actor=_expert(world), case_id=case.pk, outcome="solved", hours=Decimal("1.5"))
    tickets.resolve(
        actor=_expert(world),
        ticket_id=case.ticket_id,
        resolution="Loader 4.2.1 needs 0x7f before block 71 on revision C.",
        text="The update runs through now: please start it once more.",
        tier=3,
    )


def waiting(world: World) -> Iterator[Pause]:
    """A second one, which they have had since yesterday."""
    ticket = _ticket(world, "Boot loader of the NX-2 forgets its serial number", LOG)
    yield office(20)
    case = _opened(world, ticket, "NX-2: serial number lost after a reset", "Where does loader 4.2.1 keep the serial?")
    yield later(5)
    vendors.send_to_vendor(actor=_expert(world), case_id=case.pk, text=case.question)
    yield later(60)


def _maker() -> Vendor:
    return Vendor.objects.get(key="halden")


def _expert(world: World) -> Actor:
    return world.acting(world.company.staff[EXPERT])


def _ticket(world: World, title: str, log: str) -> Ticket:
    """A customer's request, taken by the expert."""
    customer = world.company.customers[0]
    made = tickets.open_ticket(
        actor=world.acting(customer),
        requester=customer,
        title=title,
        text="It happens on every board of revision C since the last update. The log is attached.",
        service=world.company.services["firmware"],
        facts={"product": "NX-2 firmware", "version": "2.11.0", "suspected_component": "updater"},
        attachments=[NewAttachment(name="nx2-update.log", content_type="text/plain", content=log.encode())],
    )
    group = world.company.groups["instrument-lab"]
    person = world.company.staff[EXPERT]
    why = {"reason": "the boards are theirs"}
    tickets.assign(
        actor=Actor.machine("routing"), ticket_id=made.pk, group_id=group.pk, person_id=person.pk, tier=3, why=why
    )
    return made


def _opened(world: World, ticket: Ticket, title: str, question: str) -> Case:
    """A case; what the ladder misses is taken on with a reason, as an expert does who knows the boards."""
    tickets.classify(actor=_expert(world), ticket_id=ticket.pk, impact=2, urgency=2)
    return vendors.open_case(
        actor=_expert(world),
        ticket_id=ticket.pk,
        vendor_id=_maker().pk,
        title=title,
        question=question,
        product_id=Product.objects.get(key="nx-2").pk,
        overrides=dict.fromkeys(("reproduction", "log"), WITHOUT),
    )


def _mailed(case: Case) -> None:
    """Their answer, to the signed address of our mail."""
    asked = queries.thread(case)[0]
    to = answer_to(Ticket.objects.get(pk=case.ticket_id).desk_id, asked.id)
    words = ANSWER.format(to=to, title=case.title, number=case.pk)
    intake.receive(actor=INTAKE, content=words.replace("\n", "\r\n").encode())
