"""The hand-over sheet: frozen, and decided once by those who were asked."""

from django.test import Client

from tests.support.console import text_of
from tests.support.ladder import QUESTION
from tests.support.web_world import WebWorld, signed_in
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Message, Ticket
from tierline.ladder.escalation.models import Handover


def at(world: WebWorld, verb: str = "") -> str:
    return f"/console/handovers/{world.handover.pk}" + (f"/{verb}" if verb else "")


def state(world: WebWorld) -> str:
    return Handover.objects.get(pk=world.handover.pk).state


class TestSheet:
    def test_it_opens_with_the_question_and_what_was_found_out(self, world: WebWorld, tier2: Client) -> None:
        said = text_of(tier2.get(at(world)))
        assert f"The question {QUESTION}" in said
        assert "Agent 1 asks Network specialists." in said
        assert "6 of 6" in said
        assert "expired certificate ruled out" in said
        assert "Secure Access" in said
        assert "2 Specialists to accept" in said

    def test_it_is_frozen_while_the_ticket_goes_on(self, world: WebWorld, tier2: Client) -> None:
        tickets.record_facts(actor=world.desk.actor(1), ticket_id=world.asked.pk, facts={"version": "9.9.9"})
        said = text_of(tier2.get(at(world)))
        assert "9.9.9" not in said
        assert "5.2.1" in said

    def test_receivers_see_their_keys_and_others_do_not_decide(
        self, world: WebWorld, tier1: Client, tier2: Client
    ) -> None:
        page = tier2.get(at(world)).content.decode()
        assert all(f'data-key="{key}"' in page for key in "ywb")
        assert "Your answer" in page
        assert "Waits for Network specialists" in text_of(tier1.get(at(world)))

    def test_it_does_not_exist_for_requesters(self, world: WebWorld, db: None) -> None:
        assert signed_in(world.desk.requester).get(at(world)).status_code == 404

    def test_what_waits_for_ones_groups_is_listed(self, world: WebWorld, tier2: Client, tier3: Client) -> None:
        assert QUESTION in text_of(tier2.get("/console/handovers"))
        assert "Nothing waits for your answer" in text_of(tier3.get("/console/handovers"))


class TestDecision:
    def test_accept_moves_the_ticket_to_me(self, world: WebWorld, tier2: Client) -> None:
        said = text_of(tier2.post(at(world, "accept"), follow=True))
        ticket = Ticket.objects.get(pk=world.asked.pk)
        assert "You own it now." in said
        assert (state(world), ticket.tier, ticket.assignee_id) == ("accepted", 2, world.desk.agents[2].pk)
        assert "Accepted" in text_of(tier2.get(at(world)))

    def test_afterwards_the_way_names_who_had_it(self, world: WebWorld, tier2: Client) -> None:
        tier2.post(at(world, "accept"))
        assert "2 Specialists now Agent 2" in text_of(tier2.get(at(world)))
        tickets.resolve(actor=world.desk.actor(2), ticket_id=world.asked.pk, resolution="Done")
        said = text_of(tier2.get(at(world)))
        assert "2 Specialists solved here Agent 2" in said
        assert "nobody yet" not in said

    def test_answer_leaves_the_ticket_where_it_is(self, world: WebWorld, tier2: Client) -> None:
        said = text_of(tier2.post(at(world, "answer"), {"text": "Roaming must be off."}, follow=True))
        assert "The ticket stays where it is." in said
        assert (state(world), Ticket.objects.get(pk=world.asked.pk).tier) == ("answered", 1)
        assert Message.objects.filter(ticket=world.asked).latest("pk").text == "Roaming must be off."

    def test_bounce_needs_its_reason(self, world: WebWorld, tier2: Client) -> None:
        refused = tier2.post(at(world, "bounce"), {"reason_code": "", "reason": "Not ours."})
        assert refused.status_code == 422
        assert "Please choose why it goes back." in text_of(refused)
        assert "Not ours.</textarea>" in refused.content.decode()
        tier2.post(at(world, "bounce"), {"reason_code": "wrong_group", "reason": "Ask the gateway team."})
        assert state(world) == "bounced"
        said = text_of(tier2.get(f"/console/tickets/{world.asked.reference}"))
        assert "Tier 2 sent it back: not our component." in said

    def test_an_empty_answer_is_refused(self, world: WebWorld, tier2: Client) -> None:
        assert tier2.post(at(world, "answer"), {"text": ""}).status_code == 422
        assert state(world) == "pending"

    def test_it_is_decided_once(self, world: WebWorld, tier2: Client) -> None:
        tier2.post(at(world, "accept"))
        again = tier2.post(at(world, "bounce"), {"reason_code": "other", "reason": "changed my mind"})
        assert again.status_code == 403
        assert state(world) == "accepted"

    def test_another_group_cannot_decide(self, world: WebWorld, tier3: Client) -> None:
        answer = tier3.post(at(world, "accept"))
        assert answer.status_code == 403
        assert "addressed to another group" in text_of(answer)
        assert state(world) == "pending"

    def test_who_asked_may_take_it_back(self, world: WebWorld, tier1: Client) -> None:
        said = text_of(tier1.post(at(world, "withdraw"), follow=True))
        assert "Withdrawn." in said
        assert state(world) == "withdrawn"
        assert Ticket.objects.get(pk=world.asked.pk).offered_tier is None

    def test_reading_decides_nothing(self, world: WebWorld, tier2: Client) -> None:
        assert tier2.get(at(world, "accept")).status_code == 405
        assert state(world) == "pending"
