"""A vendor, a contract and cases for tests, made by the real operations."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.ladder import add_log
from tierline.core.kernel import storage
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.catalogue import operations as catalogue
from tierline.desk.catalogue.models import Product, Vendor
from tierline.desk.sla import operations as sla
from tierline.desk.tickets.models import Ticket
from tierline.ladder.escalation import operations as escalation
from tierline.ladder.vendors import operations
from tierline.ladder.vendors.models import Case
from tierline.ladder.vendors.operations import Agreed
from tierline.work.diagnosis.models import Evidence

SUPPORT = "support@halden.example"
QUESTION = "Which firmware resets the board when the tunnel is renewed?"
REASON = "agreed with the account manager by phone"
AGREED = Agreed(
    address=SUPPORT,
    senders=("@halden.example",),
    reference_pattern="SR-#",
    number="HB-2026-11",
    valid_until=date(2099, 12, 31),
    cases=3,
    answer_minutes=240,
    cost_per_case=Decimal(180),
    cost_per_hour=Decimal("95.50"),
)
REDACTED = "10:00 tunnel up for <account-1>\n10:10 tunnel down, code 7\n"
ITEMS = [{"kind": "question", "label": "The question"}, {"kind": "impact", "label": "Impact", "required": False}]


def vendor_desk() -> SmallDesk:
    """A small desk with clocks, a short contract to tier 4, and the vendor Halden with terms."""
    desk = small_desk(policy=True)
    escalation.write_contract(actor=SETUP, from_tier=3, to_tier=4, items=ITEMS)
    halden = catalogue.create_vendor(actor=SETUP, key="halden", name="Halden Boards")
    hours = sla.write_calendar(actor=SETUP, name="Halden hours", zone="UTC", week=[[[0, 1440]]] * 7)
    targets = {"underpinning": (240, 480, 960, 1920, 2880)}
    sla.write_policy(actor=SETUP, name="Halden", calendar=hours, vendor=halden, targets=targets)
    operations.set_terms(actor=SETUP, vendor_id=halden.pk, agreed=AGREED)
    return desk


def halden() -> Vendor:
    return Vendor.objects.get(key="halden")


def agree(**changes: object) -> None:
    """Other terms with Halden."""
    operations.set_terms(actor=SETUP, vendor_id=halden().pk, agreed=replace(AGREED, **changes))  # type: ignore[arg-type]  # tests pass what the verb takes


def board() -> Product:
    return catalogue.create_product(actor=SETUP, key="board", name="Control board")


def opened(desk: SmallDesk, ticket: Ticket | None = None, **more: object) -> Case:
    """A case of the expert on a ticket of theirs."""
    ticket = ticket or desk.owned(3)
    values = {"vendor_id": halden().pk, "title": "Board resets", "question": QUESTION, **more}
    return operations.open_case(actor=desk.actor(3), ticket_id=ticket.pk, **values)  # type: ignore[arg-type]  # as above


def asked(desk: SmallDesk, text: str = QUESTION, **more: object) -> Case:
    """A case that the vendor has."""
    case = opened(desk)
    operations.send_to_vendor(actor=desk.actor(3), case_id=case.pk, text=text, **more)  # type: ignore[arg-type]  # as above
    return again(case)


def again(case: Case) -> Case:
    return Case.objects.select_related("ticket", "vendor").get(pk=case.pk)


def redacted_log(ticket: Ticket, name: str = "board.log", text: str = REDACTED) -> Evidence:
    """A log whose original names somebody and whose redacted form does not."""
    blob = storage.put(text.encode())
    return add_log(ticket, name=name, redacted=blob, size=len(text), lines=text.count("\n"), masked={"account": 1})


def kinds(case: Case) -> list[str]:
    """What happened in the case, in order, without its prefix."""
    entries = TimelineEntry.objects.of("ticket", case.ticket_id).filter(kind__startswith="vendor.")
    return [one.kind.removeprefix("vendor.") for one in entries]
