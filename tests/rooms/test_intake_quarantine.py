"""Quarantine: put right and released, deleted, learned from; and every decision says why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.mails import mail
from tierline.core.kernel import storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.models import Blob
from tierline.core.kernel.storage.files import path_of
from tierline.desk.people.models import Desk
from tierline.desk.tickets.models import Ticket
from tierline.work.intake import operations, queries
from tierline.work.intake.errors import NotInQuarantine
from tierline.work.intake.models import InboundMessage, LearnedRule
from tierline.work.intake.operations.known import forget
from tierline.work.intake.rules.learned import fits, value_of

INTAKE = Actor.machine("intake")
LENA = Actor(label="Lena Lead", roles=frozenset({"lead"}))
ANNA = Actor(label="Anna", roles=frozenset({"agent"}))


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk.objects.create(key="it", name="IT", kind="it")


def arrive(**headers: str | None) -> operations.Received:
    return operations.receive(actor=INTAKE, content=mail(**headers))


def strange(**headers: str | None) -> InboundMessage:
    """A message without a sender: it waits in quarantine."""
    received = arrive(**{"From": None, **headers})
    assert received.outcome == "quarantined"
    return InboundMessage.objects.get(pk=received.inbound_id)


def learned(desk: Desk, mark: str, verdict: str = "ignore", **headers: str) -> LearnedRule:
    inbound = quarantined_from(headers.pop("From", ""), **headers)
    rule = operations.learn(actor=LENA, inbound_id=inbound.pk, mark=mark, verdict=verdict)
    forget()  # a test's transaction never commits
    return rule


def quarantined_from(sender: str, **headers: str) -> InboundMessage:
    inbound = strange(**headers)
    inbound.sender = sender
    inbound.save(update_fields=["sender"])
    return inbound


def test_a_message_without_a_sender_is_released_with_one(desk: Desk) -> None:
    inbound = strange(Subject="Who am I")
    received = operations.release(actor=LENA, inbound_id=inbound.pk, sender=" Nora@Customer.example ")
    assert received.outcome == "ticket"
    ticket = Ticket.objects.get()
    assert (ticket.requester.email, ticket.title) == ("nora@customer.example", "Who am I")
    inbound.refresh_from_db()
    assert inbound.sender == "nora@customer.example"


def test_released_as_it_is_it_stays_where_it_is(desk: Desk) -> None:
    assert operations.release(actor=LENA, inbound_id=strange().pk).outcome == "quarantined"


def test_an_address_that_is_none_is_refused(desk: Desk) -> None:
    inbound = strange()
    with pytest.raises(Invalid):
        operations.release(actor=LENA, inbound_id=inbound.pk, sender="nora at customer")
    inbound.refresh_from_db()
    assert inbound.outcome == "quarantined"


def test_what_is_deleted_is_gone_and_still_counted(desk: Desk) -> None:
    inbound = strange()
    sha256 = inbound.blob_id
    operations.discard(actor=LENA, inbound_id=inbound.pk)
    inbound.refresh_from_db()
    assert (inbound.outcome, inbound.reason) == ("ignored", "deleted from the quarantine by Lena Lead")
    assert inbound.blob_id is None
    with pytest.raises(NotFound):
        storage.read(sha256)
    assert queries.outcomes(LENA) == {"ignored": 1}


def test_bytes_that_something_else_needs_stay(desk: Desk) -> None:
    content = mail(From=None)
    first = operations.receive(actor=INTAKE, content=content)
    second = operations.receive(actor=INTAKE, content=content, channel="other")
    sha256 = InboundMessage.objects.get(pk=first.inbound_id).blob_id
    operations.discard(actor=LENA, inbound_id=first.inbound_id)
    assert storage.read(sha256) == content
    operations.discard(actor=LENA, inbound_id=second.inbound_id)
    assert not Blob.objects.filter(pk=sha256).exists()


@pytest.mark.django_db(transaction=False)
def test_large_bytes_leave_the_disk_with_the_commit(desk: Desk, django_capture_on_commit_callbacks: object) -> None:
    content = mail("x" * (storage.INLINE_LIMIT + 1), From=None)
    received = operations.receive(actor=INTAKE, content=content)
    blob = InboundMessage.objects.get(pk=received.inbound_id).blob
    assert blob.inline is None
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator] # pytest-django's
        operations.discard(actor=LENA, inbound_id=received.inbound_id)
    assert not path_of(blob.sha256).exists()


def test_the_same_message_again_is_looked_at_again(desk: Desk) -> None:
    content = mail(From=None)
    first = operations.receive(actor=INTAKE, content=content)
    operations.discard(actor=LENA, inbound_id=first.inbound_id)
    assert operations.receive(actor=INTAKE, content=content).outcome == "quarantined"


def test_a_rule_decides_the_next_and_says_why(desk: Desk) -> None:
    rule = learned(desk, "domain", From="news@shop.example")
    received = arrive(From="other@mail.shop.example")
    assert received.outcome == "ignored"
    assert received.reason.startswith(f"mail from the domain shop.example is ignored: rule {rule.pk}, learned by Lena")
    assert arrive(From="nora@customer.example").outcome == "ticket"


def test_a_rule_decides_those_that_wait_too(desk: Desk) -> None:
    alike = quarantined_from("spam@shop.example", Subject="Buy now")
    other = quarantined_from("nora@customer.example", Subject="Help")
    learned(desk, "subject", Subject="Re: buy now")
    alike.refresh_from_db()
    other.refresh_from_db()
    assert (alike.outcome, other.outcome) == ("ignored", "quarantined")
    assert "with the subject buy now" in alike.reason


def test_a_rule_may_keep_in_quarantine_and_a_person_lets_through(desk: Desk) -> None:
    learned(desk, "sender", "quarantine", From="odd@customer.example")
    received = arrive(From="odd@customer.example")
    assert received.outcome == "quarantined"
    assert operations.release(actor=LENA, inbound_id=received.inbound_id).outcome == "ticket"


def test_a_rule_that_is_forgotten_decides_no_more(desk: Desk) -> None:
    rule = learned(desk, "sender", From="news@shop.example")
    operations.unlearn(actor=LENA, rule_id=rule.pk)
    forget()
    assert arrive(From="news@shop.example").outcome == "ticket"
    with pytest.raises(NotFound):
        operations.unlearn(actor=LENA, rule_id=rule.pk)


def test_a_delivery_report_is_never_ignored_by_a_rule(desk: Desk) -> None:
    from tests.support.mails import bounce

    learned(desk, "domain", From="x@mx.example")
    assert operations.receive(actor=INTAKE, content=bounce("a@b")).outcome == "delivery_report"


def test_what_shows_nothing_teaches_nothing(desk: Desk) -> None:
    inbound = strange(Subject="Re:")
    for mark in ("sender", "domain", "subject", "colour"):
        with pytest.raises(Invalid):
            operations.learn(actor=LENA, inbound_id=inbound.pk, mark=mark, verdict="ignore")
    with pytest.raises(Invalid):
        operations.learn(actor=LENA, inbound_id=inbound.pk, mark="subject", verdict="burn")


def test_one_rule_for_one_mark(desk: Desk) -> None:
    learned(desk, "subject", "quarantine", Subject="Buy now")
    with pytest.raises(Invalid, match="already"):
        learned(desk, "subject", "ignore", Subject="Buy now")


def test_only_what_is_in_quarantine_and_only_with_the_right(desk: Desk) -> None:
    placed = arrive().inbound_id
    waiting = strange().pk
    verbs = (
        lambda actor, pk: operations.release(actor=actor, inbound_id=pk),
        lambda actor, pk: operations.discard(actor=actor, inbound_id=pk),
        lambda actor, pk: operations.learn(actor=actor, inbound_id=pk, mark="subject", verdict="ignore"),
    )
    for verb in verbs:
        with pytest.raises(NotInQuarantine):
            verb(LENA, placed)
        with pytest.raises(NotFound):
            verb(LENA, 0)
        with pytest.raises(NotFound):
            verb(ANNA, waiting)


# --- the rule itself ---


@given(st.text(max_size=50), st.text(max_size=50), st.sampled_from(["sender", "domain", "subject"]))
def test_a_message_fits_the_rule_learned_from_it(sender: str, subject: str, mark: str) -> None:
    value = value_of(mark, sender, subject)
    assert not value or fits(mark, value, sender, subject)


@pytest.mark.parametrize(
    ("mark", "value", "sender", "subject", "expected"),
    [
        ("sender", "a@b.example", "A@B.example", "", True),
        ("sender", "a@b.example", "aa@b.example", "", False),
        ("domain", "b.example", "x@b.example", "", True),
        ("domain", "b.example", "x@deep.b.example", "", True),
        ("domain", "b.example", "x@notb.example", "", False),
        ("domain", "", "x@b.example", "", False),
        ("subject", "buy now", "", "AW: Buy  NOW and save", True),
        ("subject", "buy now", "", "buy later", False),
        ("colour", "red", "a@b.example", "red", False),
    ],
)
def test_by_what_a_message_is_known(mark: str, value: str, sender: str, subject: str, expected: bool) -> None:
    assert fits(mark, value, sender, subject) is expected
