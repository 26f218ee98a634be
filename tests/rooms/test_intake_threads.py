"""Which ticket a mail goes to where it is not plain: two desks, merges of merges, lost headers, shared addresses."""

import pytest

from tests.support.desk import SmallDesk, small_desk
from tests.support.held import held
from tests.support.mails import mail
from tierline.core.kernel.actors import Actor
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people.models import Desk
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Message, Ticket
from tierline.work.intake import operations
from tierline.work.intake.models import InboundMessage
from tierline.work.intake.operations.known import forget

pytestmark = pytest.mark.django_db
desk = held(small_desk)

INTAKE, MERGING = Actor.machine("intake"), Actor.machine("test")


def take(content: bytes, into: Desk | None = None) -> operations.Received:
    return operations.receive(actor=INTAKE, content=content, desk_id=into.pk if into else None)


def ticket_of(received: operations.Received) -> Ticket:
    assert received.ticket is not None, received
    return Ticket.objects.get(pk=int(received.ticket.partition("-")[2]))


@pytest.fixture
def hr(desk: SmallDesk) -> Desk:
    other = Desk.objects.create(key="hr", name="People", kind="hr")
    forget()
    return other


class TestTwoDesks:
    def test_one_mail_to_both_is_one_ticket_that_says_so(self, desk: SmallDesk, hr: Desk) -> None:
        rest = {"Message_ID": "<both@x>", "To": "it@desk.example, people@desk.example"}
        first = take(mail("Laptop and contract", Delivered_To="it@desk.example", **rest), desk.desk)
        copies = [take(mail("Laptop and contract", Delivered_To="people@desk.example", **rest), hr) for _ in range(2)]

        assert {first.ticket} == {one.ticket for one in copies}
        assert Message.objects.filter(ticket=ticket_of(first)).count() == 1
        [said] = TimelineEntry.objects.of("ticket", ticket_of(first).pk).filter(kind="intake.mail_came_too")
        assert said.data == {"desk_id": hr.pk, "desk": "People"}
        assert InboundMessage.objects.filter(duplicate_of__isnull=False).count() == 1

    def test_a_copy_to_the_same_desk_says_nothing(self, desk: SmallDesk) -> None:
        for to in ("it@desk.example", "help@desk.example"):
            received = take(mail("Laptop", Message_ID="<one@x>", Delivered_To=to), desk.desk)
        kinds = TimelineEntry.objects.of("ticket", ticket_of(received).pk).values_list("kind", flat=True)
        assert "intake.mail_came_too" not in kinds

    def test_an_answer_to_it_goes_on_in_that_ticket_wherever_it_arrives(self, desk: SmallDesk, hr: Desk) -> None:
        first = take(mail("Laptop and contract", Message_ID="<both@x>"), desk.desk)
        answer = take(mail("And a chair", In_Reply_To="<both@x>"), hr)
        assert (answer.outcome, answer.ticket) == ("follow_up", first.ticket)


class TestMerged:
    def chain(self) -> list[Ticket]:
        made = [ticket_of(take(mail(f"{n}", Message_ID=f"<m{n}@x>"))) for n in range(3)]
        for source, target in ((made[0], made[1]), (made[1], made[2])):
            tickets.merge(actor=MERGING, ticket_id=source.pk, into_id=target.pk)
        return made

    @pytest.mark.parametrize(
        "headers",
        [
            {"In_Reply_To": "<m0@x>"},
            {"References": "<gone@x> <m0@x>"},
            {"References": "<m1@x> <gone@x>", "Subject": "Something else"},
        ],
    )
    def test_mail_to_the_first_goes_on_in_the_last(self, desk: SmallDesk, headers: dict[str, str]) -> None:
        made = self.chain()
        received = take(mail("More.", **headers))
        assert (received.outcome, received.ticket) == ("follow_up", made[2].reference)
        assert Message.objects.filter(ticket=made[2], text="More.").exists()

    def test_by_the_number_of_the_first_for_its_requester(self, desk: SmallDesk) -> None:
        made = self.chain()
        assert take(mail("More.", Subject=f"[{made[0].reference}]")).ticket == made[2].reference
        stranger = take(mail("More.", Subject=f"[{made[0].reference}]", From="eve@else.example"))
        assert stranger.outcome == "ticket"

    def test_a_resolved_one_opens_again(self, desk: SmallDesk) -> None:
        made = self.chain()
        tickets.resolve(actor=MERGING, ticket_id=made[2].pk, resolution="done")
        take(mail("Again.", In_Reply_To="<m0@x>"))
        made[2].refresh_from_db()
        assert made[2].is_open


class TestFirstTheCopy:
    """A colleague in copy was faster than the mail itself."""

    @pytest.mark.parametrize("subject", ["Re: Oven", "Something else", ""])
    def test_the_mail_joins_under_any_subject(self, desk: SmallDesk, subject: str) -> None:
        early = take(mail("Me too.", From="bob@customer.example", Subject=subject, In_Reply_To="<oven@x>"))
        late = take(mail("Cold oven.", Subject="Oven", Message_ID="<oven@x>"))
        third = take(mail("Thanks.", References="<oven@x>", Subject="Oven, once more"))
        assert early.ticket == late.ticket == third.ticket
        assert [late.outcome, third.outcome] == ["follow_up", "follow_up"]

    def test_known_by_references_only(self, desk: SmallDesk) -> None:
        early = take(mail("Me too.", From="bob@customer.example", References="<oven@x>"))
        assert take(mail("Cold oven.", Message_ID="<oven@x>")).ticket == early.ticket

    def test_the_original_of_each_is_its_own(self, desk: SmallDesk) -> None:
        take(mail("Me too.", From="bob@customer.example", In_Reply_To="<oven@x>"))
        take(mail("Cold oven.", Message_ID="<oven@x>"))
        said = {m.text: InboundMessage.objects.get(message=m).sender for m in Message.objects.order_by("pk")}
        assert said["Me too."] == "bob@customer.example"
        assert said["Cold oven."] == "nora@customer.example"
