"""A day on the console in a real browser: climbing, handing over, writing together, on a phone, without script."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from django.db import connection

from tests.browser.checks import faults
from tests.browser.conftest import NARROW, Visit, Visitor
from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.ladder import QUESTION, ready_for_specialists, vpn_runbook
from tierline.core.kernel.actors import Actor
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Draft, Message, Ticket
from tierline.ladder.escalation import operations as escalation
from tierline.ladder.escalation.models import Handover
from tierline.work.workflows import operations as workflows
from tierline.work.workflows.models import Macro

Made = TypeVar("Made")
MACHINE = Actor.machine("routing")


def committed(work: Callable[[], Made]) -> Made:
    """What `work` does on a connection of its own, where it is committed and the server sees it."""

    def run() -> Made:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(run).result()


@pytest.fixture(scope="module")
def desk(server: object) -> SmallDesk:
    made = small_desk(policy=True)
    escalation.ensure_default_contracts()
    vpn_runbook()
    return made


@pytest.fixture
def ticket(desk: SmallDesk) -> Ticket:
    """A ticket on tier 1 that its agent has, with nothing collected yet."""
    return committed(lambda: desk.owned(1, title="VPN drops in every upload", text="It drops every ten minutes."))


@pytest.fixture
def asked(desk: SmallDesk) -> Handover:
    """A hand-over from tier 1 to tier 2 that waits for its answer."""

    def ask() -> Handover:
        going = ready_for_specialists(desk)
        return escalation.escalate(actor=desk.actor(1), ticket_id=going.pk, to_tier=2, question=QUESTION)

    return committed(ask)


def open_ticket(visitor: Visitor, ticket: Ticket, part: str = "") -> Any:
    """The ticket's page with its next step drawn."""
    visitor.go(f"/console/tickets/{ticket.reference}{part}")
    visitor.page.wait_for_selector("#step h3")
    return visitor.page


def test_a_draft_survives_a_reload(visit: Visit, desk: SmallDesk, ticket: Ticket) -> None:
    visitor = visit(desk.agents[1])
    page = open_ticket(visitor, ticket)
    page.keyboard.press("n")
    page.keyboard.type("The certificate is fine; ask")
    page.wait_for_selector("[data-draft-said]:has-text('Draft saved')")
    page.reload()
    assert page.input_value("#write-text") == "The certificate is fine; ask"
    assert page.is_checked("#aud-note")
    page.focus("#write-text")
    page.keyboard.press("Control+End")
    page.keyboard.type(" for the log")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".entry.note:has-text('The certificate is fine; ask for the log')")
    assert page.input_value("#write-text") == ""
    assert visitor.complaints == []


def test_what_is_half_typed_is_kept_when_the_page_is_left(visit: Visit, desk: SmallDesk, ticket: Ticket) -> None:
    page = open_ticket(visit(desk.agents[1]), ticket)
    page.keyboard.press("r")
    page.keyboard.type("Hel")
    page.click("nav.side a:has-text('Queue')")
    page.wait_for_url("**/console/")
    page.go_back()
    page.wait_for_selector("#write-text")
    page.reload()
    assert page.input_value("#write-text") == "Hel"


@pytest.fixture
def macro(desk: SmallDesk) -> Macro:
    def write() -> Macro:
        return workflows.write_macro(
            actor=SETUP,
            desk_id=desk.desk.pk,
            name=f"Ask for the log {Macro.objects.count()}",
            reply="Dear {first_name}, please send the log.",
            note="Known since the May release, look there first.",
            steps={"then": "wait"},
        )

    return committed(write)


def test_a_macro_by_the_keyboard_is_seen_changed_and_sent(
    visit: Visit, desk: SmallDesk, ticket: Ticket, macro: Macro
) -> None:
    visitor = visit(desk.agents[1])
    page = open_ticket(visitor, ticket)
    page.keyboard.press("r")
    page.keyboard.press("/")
    page.wait_for_selector(".macro-panel input:focus")
    page.wait_for_selector(".macro-list .macro")
    page.keyboard.type("nothing like it")
    page.wait_for_selector(".macro-list .none")
    page.fill(".macro-panel input", macro.name)
    page.keyboard.press("Enter")  # at once: the list is waited for
    page.wait_for_selector(".macro-on:has-text('waits for the requester')")
    page.wait_for_selector("#write-text:focus")
    assert page.input_value("#write-text") == "Dear Ines, please send the log."
    assert page.input_value("#write-note") == macro.note
    assert not Message.objects.filter(ticket=ticket, direction="out").exists()
    assert faults(page) == []
    page.keyboard.press("Control+End")
    page.keyboard.type(" Thank you!")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".entry:has-text('Dear Ines, please send the log. Thank you!')")
    page.wait_for_selector(f".happened:has-text('{macro.name}')")
    assert visitor.complaints == []


def test_a_macro_is_taken_out_and_files_stay(visit: Visit, desk: SmallDesk, ticket: Ticket, macro: Macro) -> None:
    page = open_ticket(visit(desk.agents[1]), ticket)
    file = {"name": "how.txt", "mimeType": "text/plain", "buffer": b"Steps"}
    page.set_input_files(".attach input", file)
    page.keyboard.press("m")
    page.wait_for_selector(f".macro:has-text('{macro.name}')")
    page.keyboard.press("Escape")
    page.wait_for_selector(".macro-panel", state="hidden")
    page.keyboard.press("/")
    page.click(f".macro:has-text('{macro.name}')")
    page.click(".macro-on button:has-text('Take it out')")
    page.wait_for_selector(".macro-on", state="detached")
    assert page.input_value("#write-text") == ""
    assert page.eval_on_selector(".attach input", "input => input.files.length") == 1


def test_a_macro_without_scripts(visit: Visit, desk: SmallDesk, ticket: Ticket, macro: Macro) -> None:
    visitor = visit(desk.agents[1], script=False, size=NARROW)
    visitor.go(f"/console/tickets/{ticket.reference}")
    page = visitor.page
    page.fill("#write-text", "Good morning.")
    page.click("#write button:has-text('Macro')")
    page.wait_for_url("**/macros")
    page.click(f".macro:has-text('{macro.name}')")
    page.wait_for_selector(".macro-on")
    assert page.input_value("#write-text") == "Good morning.\n\nDear Ines, please send the log."
    page.click("button:has-text('Send')")
    page.wait_for_selector(".entry:has-text('Good morning.')")


def test_a_refused_escalation_keeps_its_question_and_a_collected_one_goes_up(
    visit: Visit, desk: SmallDesk, ticket: Ticket
) -> None:
    visitor = visit(desk.agents[1])
    page = open_ticket(visitor, ticket)
    page.fill("#question", QUESTION)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".told.bad")
    assert page.input_value("#question") == QUESTION
    assert not Handover.objects.filter(ticket=ticket).exists()

    complete = committed(lambda: ready_for_specialists(desk))
    page = open_ticket(visitor, complete)
    page.keyboard.press("e")  # the browser itself asks for the question first
    assert not Handover.objects.filter(ticket=complete).exists()
    page.fill("#question", QUESTION)
    page.click("text=Escalate to tier 2")
    page.wait_for_selector("text=The ticket stays with you until they accept.")
    assert Handover.objects.get(ticket=complete).question == QUESTION
    assert visitor.complaints == ["Failed to load resource: the server responded with a status of 403 (Forbidden)"]


def test_a_runbook_is_walked_from_the_next_step(visit: Visit, desk: SmallDesk, ticket: Ticket) -> None:
    page = open_ticket(visit(desk.agents[1]), ticket)
    page.click("text=Start the runbook")
    page.wait_for_selector("text=Is the certificate valid?")
    page.fill("#step-note", "valid until May")
    page.click("text=As expected")
    page.wait_for_selector("text=Any captive portal?")
    page.click("#step-form button:has-text('Skip')")
    page.wait_for_selector("text=The runbook is done.")
    assert "valid until May" in page.inner_text(".stream")


def test_a_hand_over_is_accepted_with_one_key(visit: Visit, desk: SmallDesk, asked: Handover) -> None:
    visitor = visit(desk.agents[2])
    visitor.go(f"/console/handovers/{asked.pk}")
    assert visitor.page.inner_text(".question") == QUESTION
    visitor.page.keyboard.press("y")
    visitor.page.wait_for_url("**/console/tickets/*")
    going = Ticket.objects.get(pk=asked.ticket_id)
    assert (going.tier, going.assignee_id) == (2, desk.agents[2].pk)
    assert visitor.complaints == []


def test_answering_and_bouncing_have_their_keys(visit: Visit, desk: SmallDesk, asked: Handover) -> None:
    visitor = visit(desk.agents[2])
    visitor.go(f"/console/handovers/{asked.pk}")
    visitor.page.keyboard.press("b")
    assert visitor.page.is_visible("#bounce-reason")
    visitor.page.keyboard.press("w")
    assert visitor.page.evaluate("document.activeElement.id") == "answer-text"
    visitor.page.keyboard.type("The rekey fails when roaming is on.")
    visitor.page.keyboard.press("Control+Enter")
    visitor.page.wait_for_selector("text=The rekey fails when roaming is on.")
    asked.refresh_from_db()
    assert (asked.state, Ticket.objects.get(pk=asked.ticket_id).tier) == ("answered", 1)


def test_two_people_on_one_ticket_see_each_other_and_one_takes_the_draft_over(
    visit: Visit, desk: SmallDesk, ticket: Ticket
) -> None:
    first, second = visit(desk.agents[1]), visit(desk.lead)
    page = open_ticket(first, ticket)
    page.keyboard.press("r")
    page.keyboard.type("Try the cable first.")
    page.wait_for_selector("[data-draft-said]:has-text('Draft saved')")
    other = open_ticket(second, ticket)
    other.wait_for_selector("#presence:has-text('Agent 1 is writing')")
    assert "Try the cable first." in other.inner_text(".other-draft")
    assert faults(other) == []
    other.fill("#write-text", "Hello Ines,")
    other.click("text=Take the draft over")
    other.wait_for_selector("text=The draft of Agent 1 is yours now.")
    assert other.input_value("#write-text") == "Hello Ines,\n\nTry the cable first."
    assert Draft.objects.get(ticket=ticket).person_id == desk.lead.pk
    assert first.complaints == second.complaints == []


def test_a_newer_message_is_shown_before_anything_is_sent(visit: Visit, desk: SmallDesk, ticket: Ticket) -> None:
    page = open_ticket(visit(desk.agents[1]), ticket)
    page.fill("#write-text", "Please send the log.")
    news = "Here is the log already."
    committed(lambda: tickets.receive_message(actor=MACHINE, ticket_id=ticket.pk, author=desk.requester, text=news))
    page.click("[data-send-button]")
    page.wait_for_selector(f".entry.fresh:has-text('{news}')")
    assert page.input_value("#write-text") == "Please send the log."
    assert not Message.objects.filter(ticket=ticket, direction="out").exists()
    page.click("[data-send-button]")
    page.wait_for_selector("text=Sent.")


def test_tickets_are_ticked_and_taken_by_keys(visit: Visit, desk: SmallDesk) -> None:
    def nobodys() -> Ticket:
        made = desk.ticket(title="Nobody has this one")
        return tickets.assign(actor=MACHINE, ticket_id=made.pk, group_id=desk.groups[1].pk)

    free = committed(nobodys)
    visitor = visit(desk.agents[1])
    visitor.go("/console/?view=unassigned")
    assert not visitor.page.is_visible(".bulk")
    visitor.page.keyboard.press("j")
    visitor.page.keyboard.press("x")
    assert "1 selected" in visitor.page.inner_text(".bulk")
    assert faults(visitor.page) == []
    visitor.page.keyboard.press("t")
    visitor.page.wait_for_selector("text=Done for 1 ticket.")
    free.refresh_from_db()
    assert free.assignee_id == desk.agents[1].pk


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_one_pane_at_a_time(visit: Visit, desk: SmallDesk, ticket: Ticket, theme: str) -> None:
    visitor = visit(desk.agents[1], size=NARROW, theme=theme)
    visitor.go(f"/console/tickets/{ticket.reference}")
    page = visitor.page
    shown = {"Ticket": "#talk", "Queue": "#list", "Next step": "#next"}
    for tab, pane in shown.items():
        page.click(f".tabbar a:has-text('{tab}')")
        assert [other for other in shown.values() if page.is_visible(other)] == [pane]
        assert faults(page) == []
    page.fill("#question", "Why?")
    assert visitor.complaints == []


def test_a_hand_over_on_a_phone_is_a_sheet_and_an_answer(visit: Visit, desk: SmallDesk, asked: Handover) -> None:
    visitor = visit(desk.agents[2], size=NARROW)
    visitor.go(f"/console/handovers/{asked.pk}")
    assert (visitor.page.is_visible("#sheet"), visitor.page.is_visible("#answer")) == (True, False)
    assert faults(visitor.page) == []
    visitor.page.click(".tabbar a:has-text('Your answer')")
    assert (visitor.page.is_visible("#sheet"), visitor.page.is_visible("#answer")) == (False, True)
    assert faults(visitor.page) == []


def test_everything_needed_works_without_script(visit: Visit, desk: SmallDesk, ticket: Ticket) -> None:
    visitor = visit(desk.agents[1], script=False)
    visitor.go("/console/?view=mine")
    page = visitor.page
    page.click(f"a[href='/console/tickets/{ticket.reference}']")
    page.fill("#write-text", "We are looking at it.")
    page.click("[data-send-button]")
    page.wait_for_selector(".stream >> text=We are looking at it.")
    page.click("text=Show runbook, contract and matches")
    page.wait_for_selector("text=Contract to tier 2")
    page.click("summary:has-text('Resolve')")
    page.fill("[name=resolution]", "Roaming switched off.")
    page.click("form[action$=resolve] button:has-text('Resolve')")
    page.wait_for_selector("text=Solved on tier 1.")
    ticket.refresh_from_db()
    assert ticket.status == "resolved"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_that_is_not_there_is_clean_too(visit: Visit, desk: SmallDesk, theme: str) -> None:
    visitor = visit(desk.agents[1], theme=theme)
    assert visitor.go("/console/tickets/INC-99999").status == 404
    assert faults(visitor.page) == []
    assert "Something" not in visitor.text()
    visitor.page.keyboard.press("g")
    visitor.page.keyboard.press("q")
    visitor.page.wait_for_url("**/console/")


def test_a_receipt_opens_beside_its_figure_and_closes_by_escape(visit: Visit, desk: SmallDesk, ticket: Ticket) -> None:
    page = open_ticket(visit(desk.agents[1]), ticket)
    page.click("summary:has-text('why P')")
    assert "by the ITIL matrix" in page.inner_text("details[open] .derive")
    page.keyboard.press("Escape")
    assert page.locator("details.why-box[open]").count() == 0
    assert "why P" in page.evaluate("document.activeElement.textContent")
