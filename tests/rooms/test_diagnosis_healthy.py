"""Which healthy files a file is compared with: product, version, and the program that its name tells."""

import pytest

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.catalogue import operations as catalogue
from tierline.desk.catalogue.models import Product
from tierline.desk.tickets import operations as tickets
from tierline.work.diagnosis import operations, queries
from tierline.work.diagnosis.models import Evidence

pytestmark = pytest.mark.django_db
MACHINE = Actor.machine("diagnosis")
desk = held(small_desk)


def text(program: str, *more: str) -> bytes:
    lines = [
        f"2026-11-23 10:00:0{at} INFO {line}" for at, line in enumerate((f"{program} is up", "all is well", *more))
    ]
    return "\n".join(lines).encode() + b"\n"


def read(desk: SmallDesk, *logs: tuple[str, bytes], **facts: str) -> list[Evidence]:
    files = [tickets.NewAttachment(name=name, content_type="text/plain", content=content) for name, content in logs]
    ticket = desk.ticket(text="See the logs.", attachments=files, facts=facts)
    operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk)
    return list(Evidence.objects.filter(ticket=ticket).order_by("pk"))


@pytest.fixture
def product(desk: SmallDesk) -> Product:
    return catalogue.create_product(actor=SETUP, key="tunnel", name="Tunnel")


def keep(desk: SmallDesk, product: Product, version: str, *names: str) -> list[Evidence]:
    kept = read(desk, *((name, text(name.rpartition("-")[0])) for name in names))
    for one in kept:
        operations.keep_baseline(actor=desk.actor(3), evidence_id=one.pk, product_id=product.pk, version=version)
    return kept


def test_a_file_of_another_program_is_compared_with_its_own_kind(desk: SmallDesk, product: Product) -> None:
    kept = keep(desk, product, "5.2", "client-1.log", "client-2.log", "gateway-1.log")
    gateway, client, other = read(
        desk,
        ("gateway.log", text("gateway", "rekey failed")),
        ("client.log", text("client")),
        ("dns.log", text("dns")),
        product="Tunnel",
        version="5.2",
    )
    assert (gateway.compared_with, client.compared_with, other.compared_with) == (1, 2, 3)
    assert [row.template for row in gateway.templates.filter(is_new=True)] == ["rekey failed"]
    assert gateway.gone == [], "what only clients write is not missed"
    choice = queries.choice_of(desk.actor(2), gateway.pk)
    assert choice is not None
    assert (choice.product, choice.version, choice.named_by) == ("Tunnel", "5.2", "ticket")
    assert (choice.same_version, choice.akin, choice.number, choice.kept) == (True, True, 1, 3)
    assert [one.evidence_id for one in queries.chosen_files(desk.actor(2), choice)] == [kept[2].pk]
    all_of_them = queries.choice_of(desk.actor(2), other.pk)
    assert all_of_them is not None
    assert (all_of_them.akin, all_of_them.number) == (False, 3)
    beside = queries.beside(desk.actor(2), gateway.pk)
    assert beside is not None
    assert (beside.name, beside.healthy) == ("gateway-1.log", True)


def test_its_own_kind_of_another_version_comes_before_others_of_its_version(desk: SmallDesk, product: Product) -> None:
    keep(desk, product, "5.1", "gateway-1.log")
    keep(desk, product, "5.2", "client-1.log", "client-2.log")
    (gateway,) = read(desk, ("gateway.log", text("gateway")), product="Tunnel", version="5.2")
    choice = queries.choice_of(desk.actor(2), gateway.pk)
    assert choice is not None
    assert (choice.version, choice.same_version, choice.akin, gateway.compared_with) == ("5.1", False, True, 1)


def test_only_files_that_the_viewer_sees_are_named(desk: SmallDesk, product: Product) -> None:
    keep(desk, product, "5.2", "client-1.log", "client-2.log")
    (client,) = read(desk, ("client.log", text("client")), product="Tunnel", version="5.2")
    choice = queries.choice_of(desk.actor(2), client.pk)
    assert choice is not None
    stranger = Actor(label="x", person_id=1, roles=frozenset({"agent"}), desk_ids=frozenset({0}))
    assert queries.chosen_files(stranger, choice) == []
    assert len(queries.chosen_files(desk.actor(2), choice, limit=1)) == 1
    for nobody in (stranger, desk.asking):
        with pytest.raises(NotFound):
            queries.choice_of(nobody, client.pk)


def test_without_a_product_or_a_healthy_file_there_is_no_choice(desk: SmallDesk, product: Product) -> None:
    (unnamed,) = read(desk, ("client.log", text("client")))
    assert queries.choice_of(desk.actor(2), unnamed.pk) is None
    (alone,) = read(desk, ("client.log", text("client")), product="Tunnel", version="5.2")
    assert (queries.choice_of(desk.actor(2), alone.pk), alone.compared_with) == (None, 0)
