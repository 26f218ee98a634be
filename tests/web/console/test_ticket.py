"""The ticket page: what it shows, the conversation's verbs, drafts, and nothing typed is ever lost."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.support.console import text_of
from tests.support.desk import SETUP
from tests.support.web_world import WebWorld, confidential, signed_in
from tierline.core.kernel.actors import Actor
from tierline.desk.people import operations as people
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Draft, Message, Presence, Ticket
from tierline.work.diagnosis import operations as diagnosis
from tierline.work.diagnosis.queries.unfinished import folder_of


def at(ticket: Ticket, verb: str = "") -> str:
    return f"/console/tickets/{ticket.reference}" + (f"/{verb}" if verb else "")


def fresh(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


class TestPage:
    def test_it_shows_words_way_evidence_and_clocks(self, world: WebWorld, tier2: Client) -> None:
        said = text_of(tier2.get(at(world.climbing)))
        assert "VPN drops every 10 minutes after client 5.2 update" in said
        assert "always during an upload" in said
        assert "2 Specialists now" in said
        assert "Agent 2 (you)" in said
        assert "1 Frontline 40 min" in said
        assert "Evidence read: client.log" in said
        assert "Is the certificate valid? as expected" in said
        assert "First reply met in" in said
        assert "P2, because" in said

    def test_the_number_alone_or_in_other_letters_leads_there_too(self, world: WebWorld, tier2: Client) -> None:
        assert tier2.get(f"/console/tickets/{world.climbing.pk}").status_code == 200
        assert tier2.get("/console/tickets/XYZ-1").status_code == 404

    def test_missing_denied_and_foreign_look_the_same(self, world: WebWorld, tier2: Client) -> None:
        secret = confidential(world.desk)
        missing, denied = tier2.get("/console/tickets/INC-999999"), tier2.get(at(secret))
        assert missing.status_code == denied.status_code == 404
        assert text_of(missing) == text_of(denied)
        assert signed_in(world.desk.requester).get(at(world.climbing)).status_code == 404

    def test_what_people_wrote_is_escaped(self, world: WebWorld, tier2: Client) -> None:
        tickets.add_note(actor=world.desk.actor(2), ticket_id=world.climbing.pk, text="<script>alert(1)</script>")
        page = tier2.get(at(world.climbing)).content.decode()
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page

    def test_a_formatted_mail_sits_in_a_sandbox_that_loads_nothing(self, world: WebWorld, tier2: Client) -> None:
        message = Message.objects.filter(ticket=world.climbing).exclude(html="").get()
        page = tier2.get(at(world.climbing)).content.decode()
        address = at(world.climbing, f"messages/{message.pk}/html")
        assert 'sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer"' in page
        assert f'title="The mail as it was formatted" src="{address}"' in page
        mail = tier2.get(address)
        assert f"<body>{message.html}</body>" in mail.content.decode()
        policy = mail["Content-Security-Policy"]
        assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none';")
        assert "img-src data:;" in policy
        assert tier2.get(at(world.solved, f"messages/{message.pk}/html")).status_code == 404

    def test_a_very_long_message_is_cut_and_whole_a_click_away(self, world: WebWorld, tier2: Client) -> None:
        message = tickets.add_note(actor=world.desk.actor(2), ticket_id=world.climbing.pk, text="x" * 9000 + " the end")
        assert "the end" not in text_of(tier2.get(at(world.climbing)))
        whole = tier2.get(at(world.climbing, f"messages/{message.pk}"))
        assert whole["Content-Type"].startswith("text/plain")
        assert whole.content.endswith(b"the end")

    def test_it_is_one_html_page_without_inline_script_or_style(self, world: WebWorld, tier2: Client) -> None:
        answer = tier2.get(at(world.climbing))
        page = answer.content.decode()
        assert " style=" not in page
        assert "onclick" not in page
        nonce = answer["Content-Security-Policy"].partition("'nonce-")[2].partition("'")[0]
        assert page.count("<script") == page.count(f'nonce="{nonce}"')


class TestWriting:
    def test_a_reply_goes_to_the_requester(self, world: WebWorld, tier2: Client) -> None:
        form = {
            "text": "Please switch off roaming.",
            "audience": "requester",
            "then": "keep",
            "seen_version": fresh(world.climbing).version,
        }
        answer = tier2.post(at(world.climbing, "write"), form, follow=True)
        assert "Sent." in text_of(answer)
        last = Message.objects.filter(ticket=world.climbing).latest("pk")
        assert (last.text, last.audience, last.direction) == ("Please switch off roaming.", "requester", "out")

    def test_then_wait_pauses_the_ticket(self, world: WebWorld, tier2: Client) -> None:
        form = {"text": "Which version?", "audience": "requester", "then": "wait"}
        tier2.post(at(world.climbing, "write"), form)
        assert (fresh(world.climbing).status, fresh(world.climbing).waiting_for) == ("waiting", "requester")
        assert "It goes on" in text_of(tier2.post(at(world.climbing, "resume"), follow=True))
        assert fresh(world.climbing).status == "open"

    def test_a_note_is_for_agents_and_takes_files(self, world: WebWorld, tier2: Client) -> None:
        file = [SimpleUploadedFile(f"trace{n}.txt", b"frame 1\n", content_type="text/plain") for n in (1, 2)]
        tier2.post(at(world.climbing, "write"), {"text": "See the trace.", "audience": "internal", "attachments": file})
        last = Message.objects.filter(ticket=world.climbing).latest("pk")
        assert (last.direction, last.audience) == ("note", "internal")
        assert sorted(one.name for one in last.attachments.all()) == ["trace1.txt", "trace2.txt"]

    def test_an_empty_reply_is_refused_in_words(self, world: WebWorld, tier2: Client) -> None:
        answer = tier2.post(at(world.climbing, "write"), {"text": " ", "audience": "requester"})
        assert answer.status_code == 403
        assert "There is nothing to send yet" in text_of(answer)

    def test_a_newer_message_is_shown_and_the_typed_text_stays(self, world: WebWorld, tier2: Client) -> None:
        seen = fresh(world.climbing).version
        tickets.receive_message(
            actor=world.desk.asking, ticket_id=world.climbing.pk, author=world.desk.requester, text="It works again!"
        )
        form = {"text": "My long answer.", "audience": "requester", "then": "keep", "seen_version": seen}
        answer = tier2.post(at(world.climbing, "write"), form)
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "Somebody changed this while you were writing." in page
        assert "My long answer.</textarea>" in page
        assert 'class="entry fresh"' in page
        assert f'name="seen_version" value="{fresh(world.climbing).version}"' in page
        assert not Message.objects.filter(text="My long answer.").exists()
        form["seen_version"] = fresh(world.climbing).version
        assert tier2.post(at(world.climbing, "write"), form).status_code == 302

    def test_a_form_without_csrf_is_refused(self, world: WebWorld, db: None) -> None:
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(world.desk.agents[2])
        assert strict.post(at(world.climbing, "write"), {"text": "x", "audience": "requester"}).status_code == 403

    def test_reading_a_verb_is_not_doing_it(self, world: WebWorld, tier2: Client) -> None:
        assert tier2.get(at(world.climbing, "resolve")).status_code == 405
        assert fresh(world.climbing).status == "open"


class TestDrafts:
    def test_what_is_typed_is_kept_and_comes_back(self, world: WebWorld, tier2: Client) -> None:
        answer = tier2.post(at(world.climbing, "draft"), {"text": "Hello Ines, ", "audience": "internal"})
        assert answer.content.decode().startswith("Draft saved ")
        page = tier2.get(at(world.climbing)).content.decode()
        assert "Hello Ines, </textarea>" in page
        assert 'value="internal" id="aud-note" checked' in page

    def test_colleagues_see_a_draft_with_its_words(self, world: WebWorld, tier1: Client, tier2: Client) -> None:
        tier1.post(at(world.climbing, "draft"), {"text": "I have an idea"})
        said = text_of(tier2.get(at(world.climbing)))
        assert "Agent 1 began" in said
        assert "I have an idea Take the draft over" in said
        assert "Take the draft over" not in text_of(tier1.get(at(world.climbing)))

    def test_taking_a_draft_over_keeps_both_texts(self, world: WebWorld, tier1: Client, tier2: Client) -> None:
        tier1.post(at(world.climbing, "draft"), {"text": "Try the cable first.", "audience": "requester"})
        theirs = Draft.objects.get()
        form = {"draft": theirs.pk, "text": "Hello Ines,", "audience": "requester"}
        said = tier2.post(at(world.climbing, "draft/take"), form, follow=True)
        assert "The draft of Agent 1 is yours now." in text_of(said)
        assert "Hello Ines,\n\nTry the cable first.</textarea>" in said.content.decode()
        assert Draft.objects.get().person_id == world.desk.agents[2].pk
        assert "Try the cable" not in tier1.get(at(world.climbing)).content.decode().partition("<textarea")[2][:200]

    @pytest.mark.parametrize(("mine", "theirs"), [("internal", "requester"), ("requester", "internal")])
    def test_words_for_agents_never_slip_into_an_answer(
        self, world: WebWorld, tier1: Client, tier2: Client, mine: str, theirs: str
    ) -> None:
        tier1.post(at(world.climbing, "draft"), {"text": "one", "audience": theirs})
        form = {"draft": Draft.objects.get().pk, "text": "two", "audience": mine}
        tier2.post(at(world.climbing, "draft/take"), form)
        assert Draft.objects.get().audience == "internal"

    def test_a_draft_of_another_ticket_or_one_that_was_sent_is_not_there(
        self, world: WebWorld, tier1: Client, tier2: Client
    ) -> None:
        tier1.post(at(world.asked, "draft"), {"text": "elsewhere"})
        elsewhere = Draft.objects.get().pk
        for number in (elsewhere, elsewhere + 1000):
            assert tier2.post(at(world.climbing, "draft/take"), {"draft": number, "text": "mine"}).status_code == 404
        assert Draft.objects.get(pk=elsewhere).person_id == world.desk.agents[1].pk
        assert tier2.post(at(world.climbing, "draft/take"), {"draft": "x", "text": "mine"}).status_code == 422

    def test_sending_or_emptying_removes_it(self, world: WebWorld, tier2: Client) -> None:
        tier2.post(at(world.climbing, "draft"), {"text": "half a sentence"})
        tier2.post(at(world.climbing, "draft"), {"text": ""})
        assert not Draft.objects.exists()
        tier2.post(at(world.climbing, "draft"), {"text": "half a sentence"})
        tier2.post(at(world.climbing, "write"), {"text": "A whole one.", "audience": "internal"})
        assert not Draft.objects.exists()

    def test_presence_names_the_others(self, world: WebWorld, tier1: Client, tier2: Client) -> None:
        assert text_of(tier2.post(at(world.climbing, "presence"))) == ""
        assert "Agent 2 is looking" in text_of(tier1.post(at(world.climbing, "presence")))
        assert Presence.objects.count() == 2

    def test_presence_says_who_writes_and_when_they_stop(self, world: WebWorld, tier1: Client, tier2: Client) -> None:
        tier2.post(at(world.climbing, "presence"), {"writing": "1"})
        assert "Agent 2 is writing" in text_of(tier1.post(at(world.climbing, "presence")))
        tier2.post(at(world.climbing, "presence"), {"writing": ""})
        assert "Agent 2 is looking" in text_of(tier1.post(at(world.climbing, "presence")))

    def test_a_saved_draft_tells_at_once_that_somebody_writes(
        self, world: WebWorld, tier1: Client, tier2: Client
    ) -> None:
        tier2.post(at(world.climbing, "draft"), {"text": "Hello"})
        assert "Agent 2 is writing" in text_of(tier1.post(at(world.climbing, "presence")))
        tier2.post(at(world.climbing, "draft"), {"text": ""})
        assert "Agent 2 is looking" in text_of(tier1.post(at(world.climbing, "presence")))

    def test_writers_come_before_those_who_look(
        self, world: WebWorld, tier1: Client, tier2: Client, tier3: Client
    ) -> None:
        tier1.post(at(world.climbing, "presence"))
        tier3.post(at(world.climbing, "presence"), {"writing": "1"})
        assert text_of(tier2.post(at(world.climbing, "presence"))) == "A3 Agent 3 is writing, 1 more is here"


class TestVerbs:
    def test_take_and_give_back(self, world: WebWorld, tier2: Client) -> None:
        free = Ticket.objects.open().filter(group=world.desk.groups[2], assignee=None)[0]
        assert "It is yours." in text_of(tier2.post(at(free, "take"), {"seen_version": free.version}, follow=True))
        assert fresh(free).assignee_id == world.desk.agents[2].pk
        tier2.post(at(free, "release"))
        assert fresh(free).assignee_id is None

    def test_what_one_may_not_take_is_refused_in_words(self, world: WebWorld, tier1: Client) -> None:
        answer = tier1.post(at(world.climbing, "take"))
        assert answer.status_code == 403
        assert "You do not work in the group that owns this ticket." in text_of(answer)

    def test_assign_to_a_group(self, world: WebWorld, tier2: Client) -> None:
        tier2.post(at(world.climbing, "assign"), {"group": world.desk.groups[1].pk})
        assert (fresh(world.climbing).tier, fresh(world.climbing).assignee_id) == (1, None)

    def test_a_group_above_is_not_offered_and_refused(self, world: WebWorld, tier2: Client) -> None:
        above = world.desk.groups[3]
        step = tier2.get(at(world.climbing, "step")).content.decode()
        assert f'value="{above.pk}"' not in step.split('id="assign-group"')[1].split("</select>")[0]
        answer = tier2.post(at(world.climbing, "assign"), {"group": above.pk})
        assert answer.status_code == 403
        assert "Escalate it" in text_of(answer)
        assert fresh(world.climbing).tier == 2

    def test_after_it_went_to_a_desk_out_of_sight_one_stands_in_the_queue(self, world: WebWorld, tier2: Client) -> None:
        hr = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
        group = people.create_group(actor=SETUP, desk=hr, key="hr-1", name="HR questions", tier=1)
        answer = tier2.post(at(world.climbing, "assign"), {"group": group.pk}, follow=True)
        assert answer.redirect_chain == [("/console/", 302)]
        assert "Tier 1 has it now." in text_of(answer)
        assert tier2.get(at(world.climbing)).status_code == 404

    def test_assign_without_a_group_keeps_everything(self, world: WebWorld, tier2: Client) -> None:
        answer = tier2.post(at(world.climbing, "assign"), {})
        assert answer.status_code == 422
        assert "Choose the group." in text_of(answer)
        assert fresh(world.climbing).version == world.climbing.version

    def test_classify_follows_the_matrix_or_needs_a_reason(self, world: WebWorld, tier2: Client) -> None:
        tier2.post(at(world.climbing, "classify"), {"impact": 1, "urgency": 1})
        assert fresh(world.climbing).priority == 1
        refused = tier2.post(at(world.climbing, "classify"), {"impact": 1, "urgency": 1, "priority": 4})
        assert refused.status_code == 422
        assert "needs a reason" in text_of(refused)
        tier2.post(
            at(world.climbing, "classify"), {"impact": 1, "urgency": 1, "priority": 4, "reason": "the board asks"}
        )
        assert fresh(world.climbing).priority == 4

    def test_wait_for_somebody_else(self, world: WebWorld, tier2: Client) -> None:
        tier2.post(at(world.climbing, "wait"), {"whom": "vendor", "reason": "ticket 77 at Halden"})
        assert fresh(world.climbing).waiting_for == "vendor"
        assert "waits for the vendor" in text_of(tier2.get(at(world.climbing)))

    def test_resolve_tells_the_requester_and_opens_the_lesson(self, world: WebWorld, tier2: Client) -> None:
        form = {"resolution": "Roaming off.", "text": "Please switch off roaming.", "code": "workaround"}
        said = text_of(tier2.post(at(world.climbing, "resolve"), form, follow=True))
        assert "Resolved. The requester is told." in said
        assert "Solved on tier 2. What did it teach?" in said
        assert (fresh(world.climbing).status, fresh(world.climbing).resolution_code) == ("resolved", "workaround")
        assert "It is open again" in text_of(tier2.post(at(world.climbing, "reopen"), {"reason": "again"}, follow=True))

    def test_resolve_without_the_solution_keeps_the_words(self, world: WebWorld, tier2: Client) -> None:
        answer = tier2.post(at(world.climbing, "resolve"), {"resolution": "", "text": "All is well.", "code": "solved"})
        assert answer.status_code == 422
        assert "All is well.</textarea>" in answer.content.decode()
        assert fresh(world.climbing).status == "open"

    def test_merge_goes_on_in_the_other(self, world: WebWorld, tier2: Client) -> None:
        said = text_of(tier2.post(at(world.climbing, "merge"), {"into": world.asked.reference.lower()}, follow=True))
        assert f"It goes on in {world.asked.reference}." in said
        assert fresh(world.climbing).merged_into_id == world.asked.pk

    @pytest.mark.parametrize("into", ["INC-999999", "nonsense", ""])
    def test_merge_into_nothing_changes_nothing(self, world: WebWorld, tier2: Client, into: str) -> None:
        assert tier2.post(at(world.climbing, "merge"), {"into": into}).status_code in (404, 422)
        assert fresh(world.climbing).merged_into_id is None

    def test_a_fact_is_noted_once(self, world: WebWorld, tier2: Client) -> None:
        form = {"name": "Suspected component", "value": "tunneld"}
        assert "Noted." in text_of(tier2.post(at(world.climbing, "fact"), form, follow=True))
        assert fresh(world.climbing).facts["suspected_component"] == "tunneld"
        assert "That was known already." in text_of(tier2.post(at(world.climbing, "fact"), form, follow=True))


class TestFilesThatAreBeingRead:
    def test_the_file_leads_to_its_lines_and_says_how_far_reading_is(self, world: WebWorld, tier2: Client) -> None:
        file = tickets.NewAttachment(name="gateway.log", content_type="text/plain", content=b"one\n")
        ticket = world.desk.ticket(title="A large log", attachments=[file])
        attachment = ticket.attachments.get()
        assert f"/files/{attachment.pk}" in tier2.get(at(ticket)).content.decode()
        evidence = diagnosis.collect(actor=Actor.machine("diagnosis"), ticket_id=ticket.pk, attachment_id=attachment.pk)
        page = tier2.get(at(ticket))
        assert f"/evidence/{evidence.pk}" in page.content.decode()
        assert "gateway.log being read, 0 %" in text_of(page)
        folder = folder_of(evidence.pk)
        folder.mkdir(parents=True)
        (folder / "progress").write_text('{"read": 42, "total": 100, "lines": 5, "until": null}')
        assert "gateway.log being read, 42 %" in text_of(tier2.get(at(ticket)))
        diagnosis.analyse(actor=Actor.machine("diagnosis"), evidence_id=evidence.pk)
        assert "being read" not in text_of(tier2.get(at(ticket)))
