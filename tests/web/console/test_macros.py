"""Macros on the ticket page: chosen, seen, changed, sent as one; taken out; on several tickets; and one's own."""

from typing import Any

import pytest
from django.test import Client

from tests.support.console import statements, text_of
from tests.support.desk import SETUP
from tests.support.web_world import WebWorld, signed_in
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Draft, Message, Ticket
from tierline.work.workflows import operations
from tierline.work.workflows.models import Macro, MacroBatch

NOTE = "Look into the May release before you answer."
REPLY = "Dear {first_name}, please restart {reference}. {agent}"


@pytest.fixture
def ticket(world: WebWorld, db: None) -> Ticket:
    return world.desk.owned(2, title="Tunnel {agent} {{7*7}}")


@pytest.fixture
def both(world: WebWorld, db: None) -> Macro:
    """A macro with a text for each audience, and steps."""
    steps = {"then": "wait", "urgency": 1}
    return written(world, "Restart", reply=REPLY, note=NOTE, steps=steps)


def written(world: WebWorld, name: str, **parts: Any) -> Macro:
    return operations.write_macro(actor=SETUP, desk_id=world.desk.desk.pk, name=name, **parts)


def at(ticket: Ticket, verb: str = "") -> str:
    return f"/console/tickets/{ticket.reference}{verb}"


def picked(client: Client, ticket: Ticket, macro: Macro | str, **typed: str) -> Any:
    macro_id = macro if isinstance(macro, str) else str(macro.pk)
    return client.post(at(ticket, "/macros/pick"), {"text": "", "audience": "requester", "macro": macro_id, **typed})


def fields(answer: Any) -> dict[str, str]:
    """What stands in the composer that was answered with."""
    context = answer.context_data if hasattr(answer, "context_data") else None
    assert context is None
    html = answer.content.decode().partition('id="write"')[2].partition("</form>")[0]
    text = html.partition('id="write-text"')[2].partition(">")[2].partition("</textarea>")[0]
    note = html.partition('id="write-note"')[2].partition(">")[2].partition("</textarea>")[0]
    applied = html.partition('name="applied" value="')[2].partition('"')[0]
    inside = 'value="internal" id="aud-note" checked' in html
    seen = html.partition('name="seen_version" value="')[2].partition('"')[0]
    return {"text": text[1:], "note": note[1:], "applied": applied, "inside": str(inside), "seen_version": seen}


def said(ticket: Ticket) -> list[tuple[str, str]]:
    return list(Message.objects.filter(ticket=ticket).order_by("pk").values_list("audience", "text"))[1:]


class TestChoosing:
    def test_its_words_are_there_to_see_and_nothing_is_sent(self, ticket: Ticket, both: Macro, tier2: Client) -> None:
        answer = picked(tier2, ticket, both)
        assert answer.status_code == 200
        shown = fields(answer)
        assert shown["text"] == f"Dear Ines, please restart {ticket.reference}. Agent"
        assert (shown["note"], shown["applied"], shown["inside"]) == (NOTE, str(both.pk), "False")
        page = text_of(answer)
        assert "sets the urgency to high" in page
        assert "waits for the requester" in page
        assert said(ticket) == []
        assert Draft.objects.get(ticket=ticket).text == shown["text"]  # not lost when the browser goes

    def test_the_piece_for_the_page_keeps_the_version_that_was_seen(
        self, world: WebWorld, ticket: Ticket, both: Macro, tier2: Client
    ) -> None:
        seen = str(ticket.version)
        tickets.add_note(actor=world.desk.actor(3), ticket_id=ticket.pk, text="Meanwhile")
        typed = {"text": "", "audience": "requester", "macro": str(both.pk), "seen_version": seen}
        answer = tier2.post(at(ticket, "/macros/pick"), typed, headers={"HX-Request": "true"})
        assert answer.content.decode().lstrip().startswith('<form class="composer"')
        assert fields(answer)["seen_version"] == seen
        sent = tier2.post(at(ticket, "/write"), typed | {"applied": str(both.pk), "text": "Hello", "then": "wait"})
        assert sent.status_code == 409
        assert said(ticket) == [("internal", "Meanwhile")]

    @pytest.mark.parametrize(
        ("typed", "text", "note", "inside"),
        [
            ({"text": "I said"}, "I said\n\nHi Ines", "", False),
            ({"text": "Only us", "audience": "internal"}, "Hi Ines", "Only us", False),  # never into the reply
            ({"text": "Hi Ines"}, "Hi Ines\n\nHi Ines", "", False),
        ],
    )
    def test_what_was_typed_stays_with_its_readers(
        self, world: WebWorld, ticket: Ticket, tier2: Client, typed: dict[str, str], text: str, note: str, inside: bool
    ) -> None:
        macro = written(world, "Hi", reply="Hi {first_name}")
        shown = fields(picked(tier2, ticket, macro, **typed))
        assert (shown["text"], shown["note"], shown["inside"]) == (text, note, str(inside))

    def test_a_note_alone_stands_where_only_agents_read(self, world: WebWorld, ticket: Ticket, tier2: Client) -> None:
        macro = written(world, "Inside", note=NOTE)
        shown = fields(picked(tier2, ticket, macro))
        assert (shown["text"], shown["note"], shown["inside"]) == (NOTE, "", "True")
        shown = fields(picked(tier2, ticket, macro, text="To Ines"))
        assert (shown["text"], shown["note"], shown["inside"]) == ("To Ines", NOTE, "False")

    def test_another_takes_its_place_and_it_can_be_taken_out(
        self, world: WebWorld, ticket: Ticket, both: Macro, tier2: Client
    ) -> None:
        first = fields(picked(tier2, ticket, both))
        typed = {"text": first["text"], "note": first["note"], "applied": first["applied"]}
        other = written(world, "Other", reply="Something else")
        assert fields(picked(tier2, ticket, other, **typed))["text"] == "Something else"
        out = fields(picked(tier2, ticket, "none", **typed))
        assert (out["text"], out["note"], out["applied"]) == ("", "", "")
        changed = picked(tier2, ticket, "none", **(typed | {"text": "Mine", "note": "Mine, too"}))
        assert "Empty one of them" in text_of(changed)
        assert fields(changed)["applied"] == str(both.pk)

    def test_one_that_is_gone_meanwhile_leaves_the_words(self, ticket: Ticket, both: Macro, tier2: Client) -> None:
        operations.retire_macro(actor=SETUP, macro_id=both.pk)
        answer = picked(tier2, ticket, both, text="My words")
        assert "not offered here any more" in text_of(answer)
        assert fields(answer)["text"] == "My words"

    def test_without_scripts_a_page_lists_them_and_the_draft_is_kept(
        self, ticket: Ticket, both: Macro, tier2: Client
    ) -> None:
        answer = tier2.post(at(ticket, "/macros/pick"), {"text": "Half a sentence", "audience": "requester"})
        assert answer["Location"] == f"/console/tickets/{ticket.pk}/macros"
        page = tier2.get(at(ticket, "/macros"))
        assert "Restart" in text_of(page)
        assert b'form="write"' not in page.content
        shown = fields(tier2.post(at(ticket, "/macros/pick"), {"macro": both.pk}))
        assert shown["text"].startswith("Half a sentence\n\nDear Ines")

    def test_the_list_is_searched(self, world: WebWorld, ticket: Ticket, both: Macro, tier2: Client) -> None:
        written(
            world, "Only in Oslo", reply="x", conditions=[{"field": "fact.site", "operator": "is", "value": "Oslo"}]
        )
        piece = tier2.get(at(ticket, "/macros"), {"q": "MAY release"}, headers={"HX-Request": "true"})
        assert "Restart" in text_of(piece)
        assert b"<html" not in piece.content
        assert "No macro holds these words." in text_of(tier2.get(at(ticket, "/macros"), {"q": "oslo"}))

    def test_a_link_leads_to_it_ready_to_send(
        self, ticket: Ticket, both: Macro, tier2: Client, world: WebWorld
    ) -> None:
        tier2.post(at(ticket, "/draft"), {"text": "Begun", "audience": "requester"})
        link = f"{at(ticket)}?macro={both.pk}"
        for _ in range(2):  # looking at it changes nothing
            assert fields(tier2.get(link))["text"].startswith("Begun\n\nDear Ines")
        assert Draft.objects.get(ticket=ticket).text == "Begun"
        whole = fields(tier2.get(link))["text"]
        tier2.post(at(ticket, "/draft"), {"text": whole, "audience": "requester"})
        assert fields(tier2.get(link))["text"] == whole
        for wrong in ("0", "x", "99999999999999"):
            assert fields(tier2.get(f"{at(ticket)}?macro={wrong}"))["applied"] == ""

    def test_a_ticket_page_costs_what_it_did(self, ticket: Ticket, tier2: Client) -> None:
        written_macros = Macro.objects.count()
        _page, before = statements(tier2, at(ticket))
        assert before <= 10
        assert Macro.objects.count() == written_macros


class TestSending:
    def test_words_and_steps_go_as_one(self, ticket: Ticket, both: Macro, tier2: Client) -> None:
        shown = fields(picked(tier2, ticket, both))
        answer = tier2.post(
            at(ticket, "/write"),
            {
                "text": shown["text"] + " Changed.",
                "note": shown["note"],
                "applied": shown["applied"],
                "audience": "requester",
                "then": "wait",
                "seen_version": shown["seen_version"],
            },
            follow=True,
        )
        assert "Sent, with everything the macro does." in text_of(answer)
        assert said(ticket) == [("internal", NOTE), ("requester", shown["text"] + " Changed.")]
        now = Ticket.objects.get(pk=ticket.pk)
        assert (now.urgency, now.status) == (1, "waiting")
        assert "applied the macro Restart version 1" in text_of(answer)
        assert not Draft.objects.filter(ticket=ticket).exists()

    def test_a_line_of_the_note_is_refused_and_everything_typed_is_there(
        self, ticket: Ticket, both: Macro, tier2: Client
    ) -> None:
        typed = {"text": f"So:\n{NOTE}", "note": "x", "applied": both.pk, "audience": "requester", "then": "wait"}
        answer = tier2.post(at(ticket, "/write"), typed)
        assert answer.status_code == 403
        shown = fields(answer)
        assert (shown["text"], shown["note"], shown["applied"]) == (f"So:\n{NOTE}", "x", str(both.pk))
        assert "is from the macro&#39;s internal note" in answer.content.decode()
        assert said(ticket) == []

    def test_turned_to_a_note_both_texts_are_for_colleagues(self, ticket: Ticket, both: Macro, tier2: Client) -> None:
        typed = {"text": "Rather inside", "note": NOTE, "applied": both.pk, "audience": "internal", "then": "keep"}
        tier2.post(at(ticket, "/write"), typed)
        assert said(ticket) == [("internal", f"Rather inside\n\n{NOTE}")]

    def test_steps_alone_need_no_words(self, world: WebWorld, ticket: Ticket, tier2: Client) -> None:
        macro = written(world, "Urgent", steps={"urgency": 1})
        shown = fields(picked(tier2, ticket, macro))
        assert shown["text"] == ""
        typed = {"text": "", "applied": macro.pk, "audience": "requester", "then": "keep"}
        assert "Done, as the macro says." in text_of(tier2.post(at(ticket, "/write"), typed, follow=True))
        assert Ticket.objects.get(pk=ticket.pk).urgency == 1

    def test_only_a_macro_that_resolves_lets_the_composer_resolve(
        self, world: WebWorld, ticket: Ticket, tier2: Client
    ) -> None:
        answer = tier2.post(at(ticket, "/write"), {"text": "x", "audience": "requester", "then": "resolve"})
        assert answer.status_code == 422
        macro = written(world, "Done", reply="Done, {first_name}.", steps={"then": "resolve", "code": "workaround"})
        page = picked(tier2, ticket, macro)
        assert '<option value="resolve" selected>' in page.content.decode()
        typed = {"text": "Done.", "applied": macro.pk, "audience": "requester", "then": "resolve"}
        tier2.post(at(ticket, "/write"), typed)
        assert Ticket.objects.get(pk=ticket.pk).resolution_code == "workaround"

    @pytest.mark.parametrize("applied", ["99999999", "0", "²", "x", "-1", "99999999999999999999"])
    def test_a_number_that_is_no_macro(self, ticket: Ticket, tier2: Client, applied: str) -> None:
        typed = {"text": "x", "applied": applied, "audience": "requester"}
        assert tier2.post(at(ticket, "/write"), typed).status_code in (404, 422)
        assert said(ticket) == []


class TestMany:
    def test_seen_on_each_then_done_on_each(self, world: WebWorld, ticket: Ticket, both: Macro, tier2: Client) -> None:
        solved = world.desk.owned(2)
        tickets.resolve(actor=world.desk.actor(2), ticket_id=solved.pk, resolution="Done")
        numbers = f"{ticket.pk},{solved.pk}"
        chosen = tier2.post("/console/bulk", {"verb": "macro", "ticket": [ticket.pk, solved.pk]})
        assert chosen["Location"] == f"/console/macros/many?tickets={numbers}"
        assert "Restart" in text_of(tier2.get(chosen["Location"]))
        seen = text_of(tier2.get("/console/macros/many", {"tickets": numbers, "macro": both.pk}))
        assert "It would be put on 2 tickets" in seen
        assert f"please restart {ticket.reference}" in seen
        assert said(ticket) == []
        done = text_of(tier2.post("/console/macros/many/apply", {"tickets": numbers, "macro": both.pk}, follow=True))
        assert "Done on 1 ticket, 1 refused it" in done
        assert "Reopen it first" in done
        assert len(said(ticket)) == 2
        assert said(solved) == []

    def test_a_batch_is_its_owners(self, world: WebWorld, ticket: Ticket, both: Macro, tier2: Client) -> None:
        batch = operations.apply_macro_to_many(actor=world.desk.actor(2), ticket_ids=[ticket.pk], macro_id=both.pk)
        assert tier2.get(f"/console/macros/batches/{batch.pk}").status_code == 200
        assert signed_in(world.desk.lead).get(f"/console/macros/batches/{batch.pk}").status_code == 404

    def test_a_long_one_tells_how_far_it_is(
        self, world: WebWorld, ticket: Ticket, both: Macro, tier2: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tierline.work.workflows.operations.macros.AT_ONCE", 0)
        answer = tier2.post("/console/macros/many/apply", {"tickets": ticket.pk, "macro": both.pk}, follow=True)
        assert "1 to go" in text_of(answer)
        assert b'hx-trigger="every 2s"' in answer.content
        assert MacroBatch.objects.get().tickets.get().state == "waiting"

    @pytest.mark.parametrize("numbers", ["", "x,²,-1", "99999999999", "1," * 500])
    def test_nonsense_names_no_ticket(self, both: Macro, tier2: Client, numbers: str) -> None:
        assert tier2.get("/console/macros/many", {"tickets": numbers, "macro": both.pk}).status_code == 200
        assert tier2.post("/console/macros/many/apply", {"tickets": numbers, "macro": "x"}).status_code == 404


class TestOwn:
    def test_written_tried_used_and_seen_by_nobody_else(self, world: WebWorld, ticket: Ticket, tier2: Client) -> None:
        where = f"/console/macros/new/{world.desk.desk.pk}"
        tried = text_of(tier2.post(where, {"name": "Mine", "reply": "Yours, {agent}", "try": "1"}))
        assert "It would be offered on" in tried
        assert "Yours, Agent" in tried
        kept = tier2.post(where, {"name": "Mine", "reply": "Yours, {agent}", "write": "1"}, follow=True)
        assert "Mine is written. Only you see it." in text_of(kept)
        macro = Macro.objects.get(name="Mine")
        assert macro.owner == world.desk.agents[2]
        assert "Mine" in text_of(tier2.get("/console/macros"))
        lead = signed_in(world.desk.lead)
        assert "Mine" not in text_of(lead.get("/console/macros"))
        for path in ("", "/state"):
            assert lead.post(f"/console/macros/{macro.pk}{path}", {"verb": "retire"}).status_code == 404
        picked(tier2, ticket, macro)
        tier2.post(at(ticket, "/write"), {"text": "x", "applied": macro.pk, "audience": "requester"})
        shown = text_of(lead.get(at(ticket)))
        assert "applied a macro of their own." in shown
        assert TimelineEntry.objects.get(subject_id=ticket.pk, kind="macro.applied").data["name"] == ""

    def test_out_of_use_and_back(self, world: WebWorld, tier2: Client) -> None:
        macro = operations.write_macro(
            actor=world.desk.actor(2), desk_id=world.desk.desk.pk, name="Mine", reply="x", personal=True
        )
        where = f"/console/macros/{macro.pk}/state"
        assert "out of use" in text_of(tier2.post(where, {"verb": "retire"}, follow=True))
        assert not Macro.objects.get(pk=macro.pk).active
        assert "in use again" in text_of(tier2.post(where, {"verb": "revive"}, follow=True))
        assert Macro.objects.get(pk=macro.pk).active

    def test_a_macro_of_the_desk_is_not_changed_here(self, both: Macro, tier2: Client, world: WebWorld) -> None:
        admin = signed_in(world.desk.administrator)
        for client in (tier2, admin):
            assert client.get(f"/console/macros/{both.pk}").status_code == 404
