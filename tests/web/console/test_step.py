"""The next step: runbook, contract, collect, override, escalate; lessons, articles and problems from the ticket."""

from django.test import Client

from tests.support.console import text_of
from tests.support.ladder import QUESTION, ready_for_specialists, vpn_runbook
from tests.support.web_world import WebWorld
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Message, Ticket
from tierline.ladder.escalation.models import Handover
from tierline.ladder.problems.models import Problem
from tierline.work.knowledge.models import Article, ArticleLink, TransferObligation
from tierline.work.workflows.models import RunbookRun


def at(ticket: Ticket, verb: str = "step") -> str:
    return f"/console/tickets/{ticket.reference}/{verb}"


def piece(client: Client, ticket: Ticket) -> str:
    answer = client.get(at(ticket), headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.content.decode()


def fresh(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def frontline(world: WebWorld) -> Ticket:
    return world.desk.owned(1, title="VPN drops at the airport", text="It drops.")


class TestPiece:
    def test_htmx_gets_the_piece_alone_and_people_the_whole_page(self, world: WebWorld, tier2: Client) -> None:
        assert "<html" not in piece(tier2, world.climbing)
        whole = tier2.get(at(world.climbing)).content.decode()
        assert "<html" in whole
        assert "Contract to tier 3" in whole
        assert 'hx-trigger="load" hx-swap="outerHTML"' not in whole

    def test_the_contract_is_drawn_item_by_item(self, world: WebWorld, tier2: Client) -> None:
        page = piece(tier2, world.climbing)
        assert "contract items ready" in page
        assert "Suspected component" in page
        assert "Logs, masked" in page

    def test_what_was_tried_and_the_recipes_are_at_hand(self, world: WebWorld, tier2: Client) -> None:
        page = piece(tier2, world.climbing)
        assert "VPN basics" in page
        assert f"/console/lab/{world.recipe.pk}" in page
        assert "Switch off roaming when the VPN drops" in page


class TestRunbook:
    def test_it_is_offered_begun_and_worked_through(self, world: WebWorld, tier1: Client) -> None:
        ticket = frontline(world)
        assert "Start the runbook" in piece(tier1, ticket)
        said = text_of(tier1.post(at(ticket, "runbook/start"), {"runbook": vpn_runbook().pk}, follow=True))
        assert "The runbook has begun." in said
        run = RunbookRun.objects.get(ticket=ticket)
        assert "Is the certificate valid?" in piece(tier1, ticket)
        form = {"run": run.pk, "step": "cert", "result": "passed", "note": "valid until March"}
        tier1.post(at(ticket, "runbook/step"), form)
        assert "step 2 of 2" in piece(tier1, ticket)
        form = {"run": run.pk, "step": "portal", "result": "failed"}
        assert "The runbook is done." in text_of(tier1.post(at(ticket, "runbook/step"), form, follow=True))
        run.refresh_from_db()
        assert (run.state, run.ruled_out) == ("done", ["expired certificate"])

    def test_it_can_be_stopped_with_a_reason(self, world: WebWorld, tier1: Client) -> None:
        ticket = frontline(world)
        tier1.post(at(ticket, "runbook/start"), {"runbook": vpn_runbook().pk})
        run = RunbookRun.objects.get(ticket=ticket)
        tier1.post(at(ticket, "runbook/stop"), {"run": run.pk, "reason": "the line was cut"})
        run.refresh_from_db()
        assert run.state == "stopped"
        assert "the line was cut" in text_of(tier1.get(f"/console/tickets/{ticket.reference}"))

    def test_a_runbook_that_does_not_exist_is_not_found(self, world: WebWorld, tier1: Client) -> None:
        assert tier1.post(at(frontline(world), "runbook/start"), {"runbook": 99999}).status_code == 404

    def test_an_unknown_result_is_refused_in_words(self, world: WebWorld, tier1: Client) -> None:
        ticket = frontline(world)
        tier1.post(at(ticket, "runbook/start"), {"runbook": vpn_runbook().pk})
        run = RunbookRun.objects.get(ticket=ticket)
        answer = tier1.post(at(ticket, "runbook/step"), {"run": run.pk, "step": "cert", "result": "perhaps"})
        assert answer.status_code == 422
        assert "A step passed, failed, was skipped" in text_of(answer)


class TestEscalate:
    def test_it_is_refused_with_the_list_and_the_question_stays(self, world: WebWorld, tier1: Client) -> None:
        ticket = frontline(world)
        form = {"to_tier": 2, "question": QUESTION, "seen_version": ticket.version}
        answer = tier1.post(at(ticket, "escalate"), form)
        said = text_of(answer)
        assert answer.status_code == 403
        assert "missing for tier 2" in said
        assert "Your question is kept." in said
        assert f"{QUESTION}</textarea>" in answer.content.decode()
        assert not Handover.objects.filter(ticket=ticket).exists()

    def test_a_missing_item_is_asked_of_the_requester(self, world: WebWorld, tier1: Client) -> None:
        ticket = frontline(world)
        page = piece(tier1, ticket)
        collect = page.partition('action="/console/tickets/')[2]
        key = page.partition(f"/console/tickets/{ticket.reference}/collect/")[2].partition('"')[0]
        assert collect
        assert key
        said = text_of(tier1.post(at(ticket, f"collect/{key}"), follow=True))
        assert "The requester is asked for it." in said
        assert fresh(ticket).waiting_for == "requester"
        assert Message.objects.filter(ticket=ticket, direction="out").count() == 1

    def test_with_everything_there_the_question_goes_up_and_the_ticket_stays(
        self, world: WebWorld, tier1: Client
    ) -> None:
        ticket = ready_for_specialists(world.desk, title="VPN drops on the train")
        form = {"to_tier": 2, "question": QUESTION, "seen_version": fresh(ticket).version}
        said = text_of(tier1.post(at(ticket, "escalate"), form, follow=True))
        assert "Network specialists has your question. The ticket stays with you until they accept." in said
        assert (fresh(ticket).tier, fresh(ticket).offered_tier) == (1, 2)
        handover = Handover.objects.get(ticket=ticket)
        assert (handover.question, handover.overrides) == (QUESTION, {})
        assert f"/console/handovers/{handover.pk}" in piece(tier1, ticket)

    def test_a_gap_can_be_taken_responsibility_for(self, world: WebWorld, tier1: Client) -> None:
        ticket = frontline(world)
        form = {"to_tier": 2, "question": QUESTION, "seen_version": ticket.version}
        first = tier1.post(at(ticket, "escalate"), form).content.decode()
        keys = {part.partition('"')[0] for part in first.split('name="override-')[1:]}
        assert keys
        reasons = {f"override-{key}": "the plane leaves in ten minutes" for key in keys}
        assert tier1.post(at(ticket, "escalate"), {**form, **reasons}).status_code == 302
        assert set(Handover.objects.get(ticket=ticket).overrides) == keys
        assert "Went up with something missing" in text_of(tier1.get(f"/console/tickets/{ticket.reference}"))

    def test_a_newer_message_is_shown_before_it_goes_up(self, world: WebWorld, tier1: Client) -> None:
        ticket = ready_for_specialists(world.desk, title="VPN drops on the ship")
        seen = fresh(ticket).version
        tickets.receive_message(
            actor=world.desk.asking, ticket_id=ticket.pk, author=world.desk.requester, text="Found it myself!"
        )
        form = {"to_tier": 2, "question": QUESTION, "seen_version": seen}
        answer = tier1.post(at(ticket, "escalate"), form)
        assert answer.status_code == 409
        assert 'class="entry fresh"' in answer.content.decode()
        assert f"{QUESTION}</textarea>" in answer.content.decode()

    def test_ask_only_keeps_the_owner(self, world: WebWorld, tier1: Client) -> None:
        ticket = ready_for_specialists(world.desk, title="VPN drops in the lift")
        tier1.post(at(ticket, "escalate"), {"to_tier": 2, "question": QUESTION, "mode": "swarm"})
        assert Handover.objects.get(ticket=ticket).mode == "swarm"


class TestLesson:
    def test_a_solved_ticket_owes_its_lesson(self, world: WebWorld, tier2: Client) -> None:
        tickets.resolve(actor=world.desk.actor(2), ticket_id=world.climbing.pk, resolution="Roaming off.")
        assert "What it taught" in piece(tier2, world.climbing)
        form = {"to_tier": 1, "lesson": "When a tunnel drops every 600 s, switch roaming off."}
        assert "The lesson is owed to tier 1 now." in text_of(
            tier2.post(at(world.climbing, "return"), form, follow=True)
        )
        assert TransferObligation.objects.get(ticket=world.climbing).to_tier == 1
        assert "switch roaming off" in text_of(tier2.get("/console/articles"))

    def test_an_empty_lesson_is_refused(self, world: WebWorld, tier2: Client) -> None:
        answer = tier2.post(at(world.climbing, "return"), {"to_tier": 1, "lesson": ""})
        assert answer.status_code == 422
        assert "what the lower tier should learn" in text_of(answer)

    def test_an_open_ticket_goes_back_down_with_its_lesson(self, world: WebWorld, tier2: Client) -> None:
        tier2.post(at(world.climbing, "return"), {"to_tier": 1, "lesson": "Ask for the roaming setting first."})
        assert fresh(world.climbing).tier == 1


class TestKnowledge:
    def test_an_article_is_drafted_from_the_solution(self, world: WebWorld, tier1: Client) -> None:
        said = text_of(tier1.post(at(world.solved, "article"), follow=True))
        article = Article.objects.get(source_ticket=world.solved)
        assert f"{article.reference} is drafted." in said
        assert "Language was da-DK" in article.resolution

    def test_an_open_ticket_has_nothing_to_draft(self, world: WebWorld, tier2: Client) -> None:
        answer = tier2.post(at(world.climbing, "article"))
        assert answer.status_code == 403
        assert not Article.objects.filter(source_ticket=world.climbing).exists()

    def test_an_article_that_helped_is_linked(self, world: WebWorld, tier2: Client) -> None:
        form = {"article": world.article.pk, "how": "used"}
        said = text_of(tier2.post(at(world.climbing, "article/link"), form, follow=True))
        assert f"KB-{world.article.pk} is linked." in said
        assert ArticleLink.objects.get(ticket=world.climbing).how == "used"


class TestProblem:
    def test_a_problem_is_opened_behind_the_ticket(self, world: WebWorld, tier2: Client) -> None:
        said = text_of(tier2.post(at(world.climbing, "problem"), follow=True))
        problem = Problem.objects.get()
        assert f"{problem.reference} is open." in said
        assert problem.title in piece(tier2, world.climbing)

    def test_a_second_one_is_refused_in_words(self, world: WebWorld, tier2: Client) -> None:
        tier2.post(at(world.climbing, "problem"))
        answer = tier2.post(at(world.climbing, "problem"))
        assert answer.status_code == 403
        assert "belongs to PRB-" in text_of(answer)
