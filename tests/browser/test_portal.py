"""The portal as people use it: typing, dropping files, the keyboard, and no script at all."""

from pathlib import Path

import pytest

from tests.browser.conftest import NARROW, Visit
from tests.support.desk import PASSWORD
from tests.support.portal_world import LOG, PortalWorld, portal_world
from tierline.desk.tickets.models import Ticket

DROP = """([selector, name, text]) => {
  const files = new DataTransfer();
  files.items.add(new File([text], name, { type: "text/plain" }));
  const target = document.querySelector(selector);
  for (const kind of ["dragover", "drop"])
    target.dispatchEvent(new DragEvent(kind, { dataTransfer: files, bubbles: true, cancelable: true }));
}"""


@pytest.fixture(scope="module")
def world(server: object) -> PortalWorld:
    return portal_world()


def test_signing_in_with_the_keyboard_alone(visit: Visit, world: PortalWorld) -> None:
    visitor = visit()
    visitor.go("/requests?show=all")
    visitor.page.focus("[name=email]")
    visitor.page.keyboard.type("ines@field.example")
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.type(PASSWORD)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/requests?show=all")
    assert world.closed.title in visitor.text()


def test_a_wrong_password_is_said_to_a_screen_reader_too(visit: Visit, world: PortalWorld) -> None:
    visitor = visit()
    visitor.go("/sign-in")
    visitor.page.fill("[name=email]", "ines@field.example")
    visitor.page.fill("[name=password]", "wrong")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_selector("[role=alert]")
    assert "do not fit together" in visitor.page.inner_text("[role=alert]")
    assert visitor.page.input_value("[name=email]") == "ines@field.example"
    assert visitor.page.input_value("[name=password]") == ""


def test_results_come_while_typing_and_are_walked_with_the_arrows(visit: Visit, world: PortalWorld) -> None:
    visitor = visit(world.desk.requester)
    visitor.go("/")
    visitor.page.focus("#q")
    visitor.page.keyboard.type("instrument not found", delay=15)
    visitor.page.wait_for_selector("#finds a.find:has-text('Spectrometer')")
    assert visitor.page.inner_text("#finds mark").lower() == "instrument"
    visitor.page.keyboard.press("ArrowDown")
    assert "Spectrometer" in visitor.page.evaluate("document.activeElement.textContent")
    visitor.page.keyboard.press("ArrowUp")
    assert visitor.page.evaluate("document.activeElement.id") == "q"
    visitor.page.keyboard.press("ArrowDown")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url(f"**/requests/{world.climbing.reference}")
    assert visitor.complaints == []


def test_escape_puts_the_results_away(visit: Visit, world: PortalWorld) -> None:
    visitor = visit(world.desk.requester)
    visitor.go("/")
    visitor.page.focus("#q")
    visitor.page.keyboard.type("zzzqqq")
    visitor.page.wait_for_selector("#finds >> text=We have no words on this yet")
    visitor.page.keyboard.press("Escape")
    assert visitor.page.inner_text("#finds").strip() == ""


def test_a_log_dropped_anywhere_on_the_first_page_is_sent(visit: Visit, world: PortalWorld) -> None:
    visitor = visit(world.desk.requester)
    visitor.go("/")
    visitor.page.evaluate(DROP, ["footer", "dropped.log", LOG.decode()])
    visitor.page.wait_for_url("**/requests/INC-*")
    assert "A log: dropped.log" in visitor.page.inner_text("h1")
    ticket = Ticket.objects.latest("pk")
    assert ticket.attachments.get().size == len(LOG)


def test_a_file_dropped_on_a_form_waits_for_the_words(visit: Visit, world: PortalWorld) -> None:
    visitor = visit(world.desk.requester)
    visitor.go("/send/broken")
    visitor.page.evaluate(DROP, ["h1", "one.log", "1"])
    visitor.page.evaluate(DROP, ["main", "two.log", "2"])
    assert visitor.page.evaluate("document.getElementById('id_uploads').files.length") == 2
    visitor.page.fill("[name=text]", "The tunnel drops every ten minutes.")
    visitor.page.check("[name=q_can_work][value=no]")
    visitor.page.click("main form button.go")
    visitor.page.wait_for_url("**/requests/INC-*")
    ticket = Ticket.objects.latest("pk")
    assert {file.name for file in ticket.attachments.all()} == {"one.log", "two.log"}
    assert ticket.urgency == 1


def test_everything_needed_works_without_script(visit: Visit, world: PortalWorld, tmp_path: Path) -> None:
    log = tmp_path / "plain.log"
    log.write_bytes(LOG)
    visitor = visit(world.desk.requester, script=False)
    visitor.go("/")
    visitor.page.fill("#q", "instrument")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/search?q=instrument")
    assert "Reconnect an instrument" in visitor.text()
    visitor.go("/")
    visitor.page.set_input_files("#log", log)
    visitor.page.click("text=Send the log")
    visitor.page.wait_for_url("**/requests/INC-*")
    visitor.page.fill("#msg", "Here are more words.")
    visitor.page.click(".answer button")
    visitor.page.wait_for_selector("text=Everybody who works on it reads this.")
    assert "Here are more words." in visitor.text()


def test_one_question_is_answered_and_gone(visit: Visit, world: PortalWorld) -> None:
    visitor = visit(world.desk.requester, size=NARROW)
    visitor.go("/")
    visitor.page.click("text=We need one answer from you")
    visitor.page.wait_for_url("**#need")
    visitor.page.fill("#need-text", "It is 4711.")
    visitor.page.click("text=Send this answer")
    visitor.page.wait_for_selector("text=Thank you.")
    assert visitor.page.query_selector("#need") is None
    assert "The help desk has it." in visitor.text()


def test_saying_no_and_then_yes(visit: Visit, world: PortalWorld) -> None:
    visitor = visit(world.desk.requester)
    visitor.go(f"/requests/{world.solved.reference}")
    visitor.page.click("text=No, it is still there")
    visitor.page.wait_for_selector("text=It is open again")
    assert "The help desk has it." in visitor.text()
    world.solved.refresh_from_db()
    assert world.solved.reopened == 1


def test_the_assistant_shows_its_source_and_hands_over(visit: Visit, world: PortalWorld) -> None:
    visitor = visit(world.desk.requester)
    visitor.go("/")
    visitor.page.fill("#ask", "instrument is not found after an update")
    visitor.page.press("#ask", "Enter")
    visitor.page.wait_for_url("**/assistant/*")
    assert "Plug it into another socket." in visitor.text()
    source = visitor.page.get_attribute("a.cite", "href")
    assert source == f"/articles/{world.article.pk}"
    visitor.page.click("text=No, pass me on to a person")
    visitor.page.wait_for_url("**/requests/INC-*")
    assert "You do not repeat yourself." in visitor.text()


def test_the_theme_of_the_profile_goes_before_the_devices(visit: Visit, world: PortalWorld) -> None:
    visitor = visit(world.desk.requester, theme="light")
    visitor.go("/account")
    light = visitor.page.evaluate("getComputedStyle(document.body).backgroundColor")
    visitor.page.check("[name=theme][value=dark]")
    visitor.page.click("main button.go")
    visitor.page.wait_for_selector("text=Saved.")
    dark = visitor.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert light != dark
    visitor.page.check("[name=theme][value=system]")
    visitor.page.click("main button.go")
    visitor.page.wait_for_selector(":root:not([data-theme])", state="attached")
    assert visitor.page.evaluate("getComputedStyle(document.body).backgroundColor") == light


def test_a_request_of_somebody_else_is_a_page_that_is_not_there(visit: Visit, world: PortalWorld) -> None:
    visitor = visit(world.desk.requester)
    assert visitor.go(f"/requests/{world.stranger.reference}").status == 404
    assert "Salary" not in visitor.text()


def test_focus_is_always_visible(visit: Visit, world: PortalWorld) -> None:
    visitor = visit(world.desk.requester)
    visitor.go("/")
    for _step in range(14):
        visitor.page.keyboard.press("Tab")
        shown = visitor.page.evaluate(
            """() => { const e = document.activeElement; const own = getComputedStyle(e);
              const sheet = e.closest(".sheet"); const border = sheet ? getComputedStyle(sheet).borderColor : "";
              return own.outlineStyle !== "none" || own.boxShadow !== "none" || border !== ""; }"""
        )
        assert shown, visitor.page.evaluate("document.activeElement.outerHTML.slice(0, 120)")


def test_print_leaves_the_forms_out(visit: Visit, world: PortalWorld) -> None:
    visitor = visit(world.desk.requester)
    visitor.go("/")
    visitor.page.emulate_media(media="print")
    assert not visitor.page.is_visible(".drop")


def test_the_administrator_previews_a_contract_before_writing_it(visit: Visit, world: PortalWorld) -> None:
    visitor = visit(world.desk.administrator)
    visitor.go("/setup/contracts/1-2")
    visitor.page.fill("[name=label-6]", "The log of the day")
    visitor.page.select_option("[name=kind-6]", "log")
    visitor.page.fill("[name=option-6]", "12")
    visitor.page.click("text=Preview")
    visitor.page.wait_for_selector("#preview-h")
    preview = visitor.page.inner_text(".preview")
    assert "added" in preview
    assert "The log of the day" in preview
    visitor.page.click("text=Write as a new version")
    visitor.page.wait_for_selector("text=Version 2 is in force.")


def test_a_bar_of_the_insights_opens_its_tickets(visit: Visit, world: PortalWorld) -> None:
    visitor = visit(world.desk.lead)
    visitor.go("/insights/")
    label = visitor.page.get_attribute(".chart.broad a.t1", "aria-label")
    count = int(label.split()[0])
    visitor.page.focus(".chart.broad a.t1")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/insights/tickets?*")
    assert visitor.page.locator("tbody tr").count() == count


def test_a_large_file_goes_up_with_a_bar_and_one_that_is_too_large_stays_with_all_that_was_typed(
    visit: Visit, world: PortalWorld, tmp_path: Path
) -> None:
    log = tmp_path / "gateway.log"
    log.write_bytes(b"2026-11-23 10:00:00 INFO line\n" * 100_000)
    visitor = visit(world.desk.requester)
    visitor.go("/send/other")
    page = visitor.page
    page.fill("[name=text]", "The log of this morning.")
    page.locator("tl-upload").evaluate("(one) => { one.setAttribute('limit', '2000000'); }")
    page.set_input_files("[name=uploads]", str(log))
    page.wait_for_selector("tl-upload[data-tone=bad]:visible")
    page.click("form .btn.go")
    assert "at once" in page.inner_text("tl-upload")
    assert page.input_value("[name=text]") == "The log of this morning."
    assert not Ticket.objects.filter(title="The log of this morning.").exists()
    page.locator("tl-upload").evaluate("(one) => { one.setAttribute('limit', '9000000'); }")
    page.click("form .btn.go")
    page.wait_for_url("**/requests/*")
    page.wait_for_selector(".said:has-text('We have it.')")
    assert Ticket.objects.get(title="The log of this morning.").attachments.get().size == log.stat().st_size
