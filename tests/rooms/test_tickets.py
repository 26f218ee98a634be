from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import ChangedMeanwhile, Invalid, NotFound
from tierline.core.timeline import operations as timeline
from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.rules import ERASED, Audience
from tierline.desk.people import operations as people
from tierline.desk.people.queries import actor_for
from tierline.desk.sla import operations as sla
from tierline.desk.tickets import operations, queries
from tierline.desk.tickets.errors import GoesUp, NothingToSend, WrongState
from tierline.desk.tickets.events import rebuild
from tierline.desk.tickets.models import Draft, Follower, Message, Ticket
from tierline.desk.tickets.rules import Waiting

pytestmark = pytest.mark.django_db
MACHINE = Actor.machine("routing")


desk = held(small_desk)


def fresh(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def history(ticket: Ticket) -> list[str]:
    return [entry.kind for entry in TimelineEntry.objects.of("ticket", ticket.pk)]


def holds(ticket: Ticket) -> None:
    row = fresh(ticket)
    entries = list(TimelineEntry.objects.of("ticket", ticket.pk))
    assert rebuild(entries) == row.state
    assert [entry.seq for entry in entries] == list(range(1, row.version + 1))


class TestOpening:
    def test_a_ticket_starts_new_at_tier_0_with_its_first_message(self, desk: SmallDesk) -> None:
        ticket = fresh(desk.ticket("VPN drops", "Every ten minutes"))
        assert (ticket.status, ticket.tier, ticket.version, ticket.group_id) == ("new", 0, 1, None)
        assert [m.text for m in queries.messages(desk.asking, ticket.pk)] == ["Every ten minutes"]
        assert ticket.reference == f"INC-{ticket.pk}"
        holds(ticket)

    def test_control_characters_and_line_ends_are_cleaned(self, desk: SmallDesk) -> None:
        ticket = desk.ticket("a\x00b\r\nc", "x\x00y\r\nz")
        assert ticket.title == "ab c"
        assert Message.objects.get(ticket=ticket).text == "xy\nz"

    def test_without_a_title_the_text_gives_one(self, desk: SmallDesk) -> None:
        assert desk.ticket("", "The printer on floor 3 is on fire").title == "The printer on floor 3 is on fire"

    def test_without_any_words_it_is_refused(self, desk: SmallDesk) -> None:
        with pytest.raises(Invalid) as refused:
            desk.ticket(" ", "\n")
        assert "title" in refused.value.fields

    def test_nobody_opens_a_ticket_in_the_name_of_another_requester(self, desk: SmallDesk) -> None:
        stranger = people.ensure_requester(actor=MACHINE, email="stranger@else.example", name="S")
        with pytest.raises(NotFound):
            operations.open_ticket(actor=actor_for(stranger), requester=desk.requester, title="x", text="y")

    def test_an_attachment_keeps_its_bytes_and_loses_its_path(self, desk: SmallDesk) -> None:
        from tierline.core.kernel import storage

        new = operations.NewAttachment(name="../../etc/passwd", content_type="text/plain", content=b"log\x00line")
        ticket = desk.ticket(attachments=[new])
        kept = queries.attachments(desk.asking, ticket.pk)[0]
        assert kept.name == ".._.._etc_passwd"
        assert storage.read(kept.blob_id) == b"log\x00line"

    def test_rolled_back_opening_leaves_nothing(self, desk: SmallDesk) -> None:
        with transaction.atomic():
            desk.ticket()
            transaction.set_rollback(True)
        assert not Ticket.objects.exists()
        assert jobs.waiting() == 0


class TestTalking:
    def test_the_first_reply_of_a_person_counts_and_a_machines_does_not(self, desk: SmallDesk) -> None:
        ticket = desk.owned()
        operations.reply(actor=Actor.machine("assistant"), ticket_id=ticket.pk, text="Did you try this?")
        assert fresh(ticket).first_reply_at is None
        operations.reply(actor=desk.actor(1), ticket_id=ticket.pk, text="I am on it")
        assert fresh(ticket).first_reply_at is not None
        holds(ticket)

    def test_a_reply_may_wait_and_the_requesters_word_ends_the_wait(self, desk: SmallDesk) -> None:
        ticket = desk.owned()
        operations.reply(actor=desk.actor(1), ticket_id=ticket.pk, text="Which version?", wait=True)
        assert (fresh(ticket).status, fresh(ticket).waiting_for) == ("waiting", "requester")
        operations.receive_message(actor=desk.asking, ticket_id=ticket.pk, author=desk.requester, text="5.2.1")
        assert (fresh(ticket).status, fresh(ticket).waiting_for) == ("open", "")
        holds(ticket)

    def test_an_empty_reply_is_refused(self, desk: SmallDesk) -> None:
        ticket = desk.owned()
        with pytest.raises(NothingToSend):
            operations.reply(actor=desk.actor(1), ticket_id=ticket.pk, text=" \n ")

    def test_the_second_of_two_writers_is_told_and_nothing_is_sent(self, desk: SmallDesk) -> None:
        ticket = desk.owned()
        seen = fresh(ticket).version
        operations.reply(actor=desk.actor(1), ticket_id=ticket.pk, text="first", seen_version=seen)
        with pytest.raises(ChangedMeanwhile):
            operations.reply(actor=desk.actor(1), ticket_id=ticket.pk, text="second", seen_version=seen)
        assert Message.objects.filter(ticket=ticket, direction="out").count() == 1

    def test_notes_never_reach_the_requester(self, desk: SmallDesk) -> None:
        ticket = desk.owned()
        operations.add_note(actor=desk.actor(1), ticket_id=ticket.pk, text="zebra is a secret word")
        assert [m.text for m in queries.messages(desk.asking, ticket.pk)] == ["It drops every ten minutes."]
        assert {e.audience for e in queries.timeline(desk.asking, ticket.pk)} == {Audience.REQUESTER}
        assert queries.search(desk.asking, "zebra") == []
        assert [row.id for row in queries.search(desk.actor(1), "zebra")] == [ticket.pk]

    def test_a_message_to_a_resolved_ticket_opens_it_again(self, desk: SmallDesk) -> None:
        ticket = desk.owned()
        operations.resolve(actor=desk.actor(1), ticket_id=ticket.pk, resolution="restarted")
        operations.receive_message(actor=desk.asking, ticket_id=ticket.pk, author=desk.requester, text="still broken")
        assert (fresh(ticket).status, fresh(ticket).reopened) == ("open", 1)
        holds(ticket)


class TestOwning:
    def test_one_owner_group_and_the_tiers_that_had_it(self, desk: SmallDesk) -> None:
        ticket = desk.owned(1)
        operations.assign(actor=MACHINE, ticket_id=ticket.pk, group_id=desk.groups[2].pk)
        row = fresh(ticket)
        assert (row.group_id, row.assignee_id, row.tier, row.tiers_tried) == (
            desk.groups[2].pk,
            None,
            2,
            [1, 2],
        )
        holds(ticket)

    def test_an_assignee_works_in_the_group(self, desk: SmallDesk) -> None:
        ticket = desk.ticket()
        with pytest.raises(Invalid):
            operations.assign(
                actor=MACHINE, ticket_id=ticket.pk, group_id=desk.groups[1].pk, person_id=desk.agents[2].pk
            )

    def test_only_the_owning_group_takes_it(self, desk: SmallDesk) -> None:
        ticket = operations.assign(actor=MACHINE, ticket_id=desk.ticket().pk, group_id=desk.groups[1].pk)
        with pytest.raises(WrongState):
            operations.take(actor=desk.actor(2), ticket_id=ticket.pk)
        operations.take(actor=desk.actor(1), ticket_id=ticket.pk)
        assert fresh(ticket).assignee_id == desk.agents[1].pk

    def test_priority_follows_the_matrix_unless_a_reason_says_otherwise(self, desk: SmallDesk) -> None:
        ticket = desk.owned()
        operations.classify(actor=desk.actor(1), ticket_id=ticket.pk, impact=1, urgency=2)
        assert fresh(ticket).priority == 2
        with pytest.raises(Invalid):
            operations.classify(actor=desk.actor(1), ticket_id=ticket.pk, priority=1)
        operations.classify(actor=desk.actor(1), ticket_id=ticket.pk, priority=1, reason="the board meets today")
        assert fresh(ticket).priority == 1
        holds(ticket)

    def test_one_offer_at_a_time_and_assigning_ends_it(self, desk: SmallDesk) -> None:
        ticket = desk.owned()
        operations.offer(actor=desk.actor(1), ticket_id=ticket.pk, tier=2, group_id=desk.groups[2].pk)
        with pytest.raises(WrongState):
            operations.offer(actor=desk.actor(1), ticket_id=ticket.pk, tier=2, group_id=None)
        assert fresh(ticket).group_id == desk.groups[1].pk
        operations.assign(actor=desk.actor(2), ticket_id=ticket.pk, group_id=desk.groups[2].pk, tier=2)
        assert fresh(ticket).offered_tier is None
        holds(ticket)

    @pytest.mark.parametrize("tier", [2, 3])
    def test_nobody_lifts_a_ticket_past_its_contract(self, desk: SmallDesk, tier: int) -> None:
        for ticket in (desk.ticket(), desk.owned()):
            with pytest.raises(GoesUp) as refused:
                operations.assign(actor=desk.leading, ticket_id=ticket.pk, group_id=desk.groups[tier].pk)
            assert f"works on tier {tier}" in refused.value.for_people()
            assert "Escalate it" in refused.value.for_people()
            assert fresh(ticket).version == ticket.version

    def test_a_higher_tier_gives_it_down_or_sideways(self, desk: SmallDesk) -> None:
        ticket = desk.owned(3)
        for tier in (3, 2, 1):
            operations.assign(actor=desk.actor(3), ticket_id=ticket.pk, group_id=desk.groups[tier].pk)
            assert fresh(ticket).tier == tier
        holds(ticket)

    def test_a_group_of_another_desk_takes_the_ticket_there(self, desk: SmallDesk) -> None:
        hr = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
        group = people.create_group(actor=SETUP, desk=hr, key="hr-1", name="HR questions", tier=1)
        ticket = desk.owned()
        moved = operations.assign(actor=desk.actor(1), ticket_id=ticket.pk, group_id=group.pk)
        assert (moved.desk_id, moved.group_id) == (hr.pk, group.pk)
        holds(ticket)
        with pytest.raises(NotFound):
            queries.get(desk.actor(1), ticket.pk)

    def test_facts_are_merged_and_nothing_new_records_nothing(self, desk: SmallDesk) -> None:
        ticket = desk.ticket()
        operations.record_facts(actor=MACHINE, ticket_id=ticket.pk, facts={"version": "5.2.1", "os": ""})
        assert operations.record_facts(actor=MACHINE, ticket_id=ticket.pk, facts={"version": "5.2.1"}) is None
        assert fresh(ticket).facts == {"version": "5.2.1"}
        holds(ticket)

    def test_facts_are_bounded(self, desk: SmallDesk) -> None:
        ticket = desk.ticket()
        operations.record_facts(actor=MACHINE, ticket_id=ticket.pk, facts={f"k{n}": "v" for n in range(500)})
        assert len(fresh(ticket).facts) == 60


class TestEnding:
    def test_resolving_needs_a_resolution_and_tells_the_requester(self, desk: SmallDesk) -> None:
        ticket = desk.owned()
        with pytest.raises(Invalid):
            operations.resolve(actor=desk.actor(1), ticket_id=ticket.pk, resolution=" ")
        operations.resolve(actor=desk.actor(1), ticket_id=ticket.pk, resolution="new profile", text="It works again.")
        row = fresh(ticket)
        assert (row.status, row.resolved_tier) == ("resolved", 1)
        assert queries.messages(desk.asking, ticket.pk)[-1].text == "It works again."
        holds(ticket)

    def test_what_a_person_solves_without_an_owner_was_solved_at_the_frontline(self, desk: SmallDesk) -> None:
        ticket = desk.ticket()
        operations.resolve(actor=desk.actor(1), ticket_id=ticket.pk, resolution="told on the phone")
        assert fresh(ticket).resolved_tier == 1
        holds(ticket)

    def test_only_a_resolved_ticket_is_confirmed_and_then_closed(self, desk: SmallDesk) -> None:
        ticket = desk.owned()
        with pytest.raises(WrongState):
            operations.confirm(actor=desk.asking, ticket_id=ticket.pk)
        operations.resolve(actor=desk.actor(1), ticket_id=ticket.pk, resolution="done")
        operations.confirm(actor=desk.asking, ticket_id=ticket.pk)
        assert fresh(ticket).status == "closed"
        holds(ticket)

    def test_mail_to_a_merged_ticket_follows_and_the_requester_may_read_on(self, desk: SmallDesk) -> None:
        other = people.ensure_requester(actor=MACHINE, email="tomas@field.example", name="Tomas")
        source = operations.open_ticket(actor=actor_for(other), requester=other, title="VPN too", text="same here")
        target = desk.owned()
        operations.merge(actor=desk.actor(1), ticket_id=source.pk, into_id=target.pk)
        said = operations.receive_message(actor=actor_for(other), ticket_id=source.pk, author=other, text="news?")
        assert said.ticket_id == target.pk
        assert Follower.objects.filter(ticket=target, person=other).exists()
        assert queries.get(actor_for(other), target.pk).pk == target.pk
        holds(source)
        holds(target)

    def test_a_merge_with_itself_or_twice_is_refused(self, desk: SmallDesk) -> None:
        one, two = desk.owned(), desk.owned()
        with pytest.raises(WrongState):
            operations.merge(actor=desk.actor(1), ticket_id=one.pk, into_id=one.pk)
        operations.merge(actor=desk.actor(1), ticket_id=one.pk, into_id=two.pk)
        with pytest.raises(WrongState):
            operations.merge(actor=desk.actor(1), ticket_id=two.pk, into_id=one.pk)


class TestDrafts:
    def test_a_draft_is_kept_taken_over_and_gone_when_sent(self, desk: SmallDesk) -> None:
        ticket = desk.owned()
        operations.save_draft(actor=desk.actor(1), ticket_id=ticket.pk, text="Dear Ines")
        colleague = desk.actor(2)
        draft = queries.drafts_of(colleague, ticket.pk)[0]
        operations.save_draft(actor=colleague, ticket_id=ticket.pk, text="mine")
        taken = operations.take_over_draft(actor=colleague, draft_id=draft.id)
        assert taken.text == "mine\n\nDear Ines"
        operations.reply(actor=colleague, ticket_id=ticket.pk, text=taken.text)
        assert not Draft.objects.exists()

    def test_an_empty_draft_is_no_draft(self, desk: SmallDesk) -> None:
        ticket = desk.owned()
        operations.save_draft(actor=desk.actor(1), ticket_id=ticket.pk, text="x")
        assert operations.save_draft(actor=desk.actor(1), ticket_id=ticket.pk, text="  ") is None
        assert not Draft.objects.exists()

    def test_presence_shows_others_only_and_fades(self, desk: SmallDesk) -> None:
        ticket = desk.owned()
        operations.here(actor=desk.actor(1), ticket_id=ticket.pk, writing=True)
        assert queries.others_here(desk.actor(1), ticket.pk) == []
        assert [p.writing for p in queries.others_here(desk.actor(2), ticket.pk)] == [True]
        with clock.at(datetime.now(UTC) + timedelta(minutes=1)):  # noqa: TID251 (relative to the real clock)
            assert queries.others_here(desk.actor(2), ticket.pk) == []


class TestVisibility:
    def test_a_denied_ticket_answers_like_a_missing_one(self, desk: SmallDesk) -> None:
        stranger = actor_for(people.ensure_requester(actor=MACHINE, email="who@else.example", name="Who"))
        ticket = desk.ticket()
        for read in (queries.get, queries.timeline):
            with pytest.raises(NotFound) as denied:
                read(stranger, ticket.pk)
            with pytest.raises(NotFound) as missing:
                read(stranger, 999_999)
            assert str(denied.value) == str(missing.value)

    def test_a_confidential_desk_does_not_exist_for_the_others(self, desk: SmallDesk) -> None:
        from tests.support.desk import SETUP

        hr = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
        ticket = operations.open_ticket(
            actor=desk.asking, requester=desk.requester, title="Payslip", text="wrong", desk=hr
        )
        with pytest.raises(NotFound):
            queries.get(desk.actor(1), ticket.pk)
        group = people.create_group(actor=SETUP, desk=hr, key="hr-1", name="HR desk", tier=1)
        people.join_group(actor=SETUP, person_id=desk.agents[1].pk, group_id=group.pk)
        assert queries.get(desk.actor(1), ticket.pk).title == "Payslip"


class TestHistory:
    def test_the_database_refuses_to_change_history(self, desk: SmallDesk) -> None:
        ticket = desk.ticket()
        entry = TimelineEntry.objects.of("ticket", ticket.pk)[0]
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else PostgreSQL itself puts TRUNCATE off
        for attack in (
            "UPDATE timeline_timelineentry SET kind = 'x'",
            "DELETE FROM timeline_timelineentry",
            "TRUNCATE timeline_timelineentry CASCADE",
        ):
            with (
                pytest.raises(DatabaseError, match="append-only"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(attack)
        assert TimelineEntry.objects.get(pk=entry.pk).kind == "ticket.opened"

    def test_erasure_takes_personal_text_and_leaves_order_and_measures(self, desk: SmallDesk) -> None:
        ticket = desk.owned(title="Ines Okafor cannot sign in")
        before = [(e.seq, e.kind, e.at) for e in TimelineEntry.objects.of("ticket", ticket.pk)]
        with transaction.atomic():
            assert timeline.erase(subject_kind="ticket", subject_id=ticket.pk) == 1
        entries = list(TimelineEntry.objects.of("ticket", ticket.pk))
        assert entries[0].data["title"] == ERASED
        assert [(e.seq, e.kind, e.at) for e in entries] == before

    def test_erasure_ends_with_its_transaction(self, desk: SmallDesk) -> None:
        ticket = desk.ticket()
        with transaction.atomic():
            timeline.erase(subject_kind="ticket", subject_id=ticket.pk)
        with pytest.raises(DatabaseError), transaction.atomic():
            TimelineEntry.objects.of("ticket", ticket.pk).update(data={})

    def test_an_upper_room_may_put_its_event_on_a_ticket(self, desk: SmallDesk) -> None:
        from tierline.desk.tickets.events import Confirmed

        ticket = desk.owned()
        before = fresh(ticket)
        operations.note_event(actor=MACHINE, ticket_id=ticket.pk, payload=Confirmed(words="thanks"))
        assert fresh(ticket).version == before.version + 1
        holds(ticket)


class TestQueue:
    def test_pages_by_keyset_without_gaps_or_repeats(self, desk: SmallDesk) -> None:
        made = [desk.owned(1).pk for _ in range(7)]
        filter_ = queries.QueueFilter(view="group")
        seen: list[int] = []
        after = None
        while True:
            rows, after = queries.queue(desk.actor(1), filter_, after=after, limit=3)
            seen += [row.id for row in rows]
            if after is None:
                break
            after = queries.Cursor.read(after.word())
        assert sorted(seen) == sorted(made)
        assert len(seen) == len(set(seen))

    def test_rubbish_in_the_cursor_is_no_cursor(self) -> None:
        for word in ("", "????", "bm9uc2Vuc2U", "W10"):
            assert queries.Cursor.read(word) is None

    def test_requesters_have_no_queue(self, desk: SmallDesk) -> None:
        with pytest.raises(NotFound):
            queries.queue(desk.asking, queries.QueueFilter())

    def test_counts_are_capped_and_say_so(self, desk: SmallDesk) -> None:
        desk.owned(1)
        desk.ticket()
        found = queries.counts(desk.actor(1))
        assert (found.words("group"), found.words("unassigned"), found.words("mine")) == ("1", "1", "1")
        assert queries.Counts({"all": 500}).words("all") == "500"
        assert queries.Counts({"all": 501}).words("all") == "500+"

    def test_each_count_is_that_of_its_list(self, desk: SmallDesk) -> None:
        desk.owned(1)
        desk.owned(2)
        desk.ticket()
        waiting = desk.owned(1)
        operations.wait_for(actor=desk.actor(1), ticket_id=waiting.pk, whom=Waiting.VENDOR, reason="asked")
        resolved = desk.owned(1)
        operations.resolve(actor=desk.actor(1), ticket_id=resolved.pk, resolution="Done", text="Done")
        for viewer in (desk.actor(1), desk.leading, Actor.machine("test")):
            found = queries.counts(viewer, queries.QUEUE_VIEWS)
            for view in queries.QUEUE_VIEWS:
                rows, _ = queries.queue(viewer, queries.QueueFilter(view=view))
                assert found.values[view] == len(rows), view

    def test_search_by_number_words_in_any_order_and_accents(self, desk: SmallDesk) -> None:
        ticket = desk.owned(title="Drucker in Zürich", text="printers jam constantly")
        desk.owned(title="Something else")
        agent = desk.actor(1)
        for text in (str(ticket.pk), ticket.reference.lower(), "jam printer", "zurich drucker"):
            assert [row.id for row in queries.search(agent, text)] == [ticket.pk], text
        assert queries.search(agent, "printer unicorn") == []
        assert queries.search(agent, "';--") == []


class TestClocks:
    @pytest.fixture(autouse=True)
    def policy(self, db: None) -> None:
        sla.ensure_defaults(actor=SETUP)

    def test_the_clock_due_next_is_on_the_row_and_pauses_while_waiting(self, desk: SmallDesk) -> None:
        monday = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        with clock.at(monday):
            ticket = desk.owned(1)
            operations.classify(actor=desk.actor(1), ticket_id=ticket.pk, impact=2, urgency=1)
            jobs.drain()
            operations.keep_clocks(ticket_id=ticket.pk)
        row = fresh(ticket)
        assert (row.due_at, row.due_kind, row.clock) == (
            monday + timedelta(minutes=30),
            "first_reply",
            "running",
        )
        with clock.at(monday + timedelta(minutes=10)):
            operations.wait_for(actor=desk.actor(1), ticket_id=ticket.pk, whom=Waiting.REQUESTER)
            operations.keep_clocks(ticket_id=ticket.pk)
        assert (fresh(ticket).due_at, fresh(ticket).clock) == (None, "paused")

    def test_an_alarm_looks_again_and_records_a_breach_once(self, desk: SmallDesk) -> None:
        monday = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        with clock.at(monday):
            ticket = desk.owned(1)
            operations.keep_clocks(ticket_id=ticket.pk)
        machine = Actor.machine("clocks")
        with clock.at(monday + timedelta(minutes=5)):
            assert operations.check_clock(actor=machine, ticket_id=ticket.pk) == []
        with clock.at(monday + timedelta(days=2)):
            first = operations.check_clock(actor=machine, ticket_id=ticket.pk)
            assert "first_reply" in first
            assert operations.check_clock(actor=machine, ticket_id=ticket.pk) == []
        assert history(ticket).count("ticket.clock_breached") == len(first)

    def test_the_alarm_is_a_job_at_the_due_time(self, desk: SmallDesk) -> None:
        monday = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        with clock.at(monday):
            ticket = desk.owned(1)
            jobs.drain()
            operations.keep_clocks(ticket_id=ticket.pk)
            operations.keep_clocks(ticket_id=ticket.pk)
            assert jobs.waiting() == 1
            assert jobs.drain(until=monday + timedelta(minutes=1)) == 0
        with clock.at(monday + timedelta(days=3)):
            assert jobs.drain() >= 1
        assert "ticket.clock_breached" in history(ticket)
