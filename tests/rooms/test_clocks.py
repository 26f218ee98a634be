"""Clocks on real tickets: which run, what policy holds, who is warned, and what a change moves."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.catalogue import operations as catalogue
from tierline.desk.catalogue.models import Vendor
from tierline.desk.people import operations as people
from tierline.desk.sla import operations as sla
from tierline.desk.sla import queries as sla_queries
from tierline.desk.sla.errors import NothingChanges, PreviewOutdated
from tierline.desk.sla.models import BusinessCalendar, ClockChange, ClockMove, Policy
from tierline.desk.sla.rules import DEFAULT_TARGETS, PAUSES, Clock, Metric, Reading
from tierline.desk.tickets import operations, queries
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.operations import clock_changes
from tierline.desk.tickets.queries.clocks import CLOCK_KINDS, clocks_of_many
from tierline.desk.tickets.rules import Waiting
from tierline.reactions.table import TABLE

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # the default hours are 08:00 to 18:00, UTC
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ALWAYS = [[[0, 1440]]] * 7


def _desk() -> SmallDesk:
    return small_desk(policy=True)


desk = held(_desk)


@pytest.fixture(autouse=True)
def at_nine(held_database: None, db: None) -> Iterator[None]:
    with clock.at(MONDAY):
        yield


def read(ticket: Ticket, after: timedelta = timedelta()) -> dict[Metric, Reading]:
    return queries.clocks_of(ticket, MONDAY + after)


def told(ticket: Ticket) -> list[tuple[str, str]]:
    kinds = ("ticket.clock_warned", "ticket.clock_breached")
    found = TimelineEntry.objects.of("ticket", ticket.pk).filter(kind__in=kinds)
    return [(entry.kind.removeprefix("ticket.clock_"), entry.data["metric"]) for entry in found]


def later(minutes: float) -> Any:
    return clock.at(MONDAY + minutes * MINUTE)


def due(ticket: Ticket, metric: Metric, after: timedelta = timedelta()) -> float | None:
    """Minutes after nine at which a clock is due."""
    reading = read(ticket, after).get(metric)
    return (reading.due_at - MONDAY) / MINUTE if reading is not None and reading.due_at is not None else None


class TestWhichClocksRun:
    def test_a_new_ticket_owes_a_reply_and_a_solution_an_owned_one_its_tier(self, desk: SmallDesk) -> None:
        assert set(read(desk.ticket())) == {Metric.FIRST_REPLY, Metric.RESOLUTION}
        owned = desk.owned(2)
        assert set(read(owned)) == {Metric.FIRST_REPLY, Metric.RESOLUTION, Metric.TIER}
        assert read(owned)[Metric.TIER].tier == 2

    @pytest.mark.parametrize("tier", [1, 2, 3])
    def test_each_tier_has_its_own_share(self, desk: SmallDesk, tier: int) -> None:
        assert read(desk.owned(tier))[Metric.TIER].target == (DEFAULT_TARGETS[f"tier_{tier}"][3] or 0) * 60

    def test_the_next_update_starts_with_each_answer_by_a_person_and_ends_with_the_question(
        self, desk: SmallDesk
    ) -> None:
        ticket, agent = desk.owned(1), desk.actor(1)
        assert Metric.NEXT_UPDATE not in read(ticket)
        with later(10):
            operations.reply(actor=agent, ticket_id=ticket.pk, text="I look at it.")
        first = read(ticket, HOUR)
        assert first[Metric.FIRST_REPLY].state == Clock.MET
        assert first[Metric.NEXT_UPDATE].started_at == MONDAY + 10 * MINUTE
        with later(30):
            operations.reply(actor=Actor.machine("assistant"), ticket_id=ticket.pk, text="By the way.")
        assert read(ticket, HOUR)[Metric.NEXT_UPDATE].started_at == MONDAY + 10 * MINUTE
        with later(40):
            operations.reply(actor=agent, ticket_id=ticket.pk, text="Which version is it?", wait=True)
        assert Metric.NEXT_UPDATE not in read(ticket, HOUR)
        with later(50):
            operations.receive_message(actor=desk.asking, ticket_id=ticket.pk, author=desk.requester, text="5.2")
        assert read(ticket, HOUR)[Metric.NEXT_UPDATE].started_at == MONDAY + 50 * MINUTE
        with later(55):
            operations.resolve(actor=agent, ticket_id=ticket.pk, resolution="Done", text="Done")
        assert Metric.NEXT_UPDATE not in read(ticket, HOUR)

    def test_acceptance_runs_while_an_offer_waits_and_the_senders_clock_runs_on(self, desk: SmallDesk) -> None:
        ticket, machine = desk.owned(1), Actor.machine("escalation")
        with later(5):
            operations.offer(actor=machine, ticket_id=ticket.pk, tier=2, group_id=desk.groups[2].pk)
        found = read(ticket, 20 * MINUTE)
        assert (found[Metric.ACCEPTANCE].used, found[Metric.ACCEPTANCE].tier) == (900, 2)
        assert (found[Metric.TIER].tier, found[Metric.TIER].used) == (1, 1200)
        with later(25):
            operations.assign(actor=machine, ticket_id=ticket.pk, group_id=desk.groups[2].pk)
        after = read(ticket, HOUR)
        assert (after[Metric.ACCEPTANCE].state, after[Metric.ACCEPTANCE].used) == (Clock.MET, 1200)
        assert (after[Metric.TIER].tier, after[Metric.TIER].used) == (2, 35 * 60)

    def test_a_bounce_ends_acceptance_too(self, desk: SmallDesk) -> None:
        ticket, machine = desk.owned(1), Actor.machine("escalation")
        operations.offer(actor=machine, ticket_id=ticket.pk, tier=2, group_id=None)
        operations.assign(  # within the group the offer goes on waiting
            actor=machine, ticket_id=ticket.pk, group_id=desk.groups[1].pk, person_id=desk.agents[1].pk
        )
        assert read(ticket, MINUTE)[Metric.ACCEPTANCE].state == Clock.RUNNING
        with later(3):
            operations.end_offer(actor=machine, ticket_id=ticket.pk)
        assert read(ticket, HOUR)[Metric.ACCEPTANCE].stopped_at == MONDAY + 3 * MINUTE

    def test_the_desks_clocks_run_on_while_a_vendor_has_it_and_the_vendors_adds_up(self, desk: SmallDesk) -> None:
        ticket, agent = desk.owned(2), desk.actor(2)
        halden = catalogue.create_vendor(actor=SETUP, key="halden", name="Halden Boards")
        operations.wait_for(actor=agent, ticket_id=ticket.pk, whom=Waiting.VENDOR, vendor_id=halden.pk)
        waiting = read(ticket, HOUR)
        assert (waiting[Metric.UNDERPINNING].used, waiting[Metric.RESOLUTION].used) == (3600, 3600)
        with later(60):
            operations.resume(actor=agent, ticket_id=ticket.pk)
        assert read(ticket, 2 * HOUR)[Metric.UNDERPINNING].state == Clock.MET
        with later(120):
            operations.wait_for(actor=agent, ticket_id=ticket.pk, whom=Waiting.VENDOR, vendor_id=halden.pk)
        again = read(ticket, 3 * HOUR)[Metric.UNDERPINNING]
        assert (again.used, again.state) == (2 * 3600, Clock.RUNNING)

    def test_another_vendor_has_a_clock_and_a_policy_of_its_own(self, desk: SmallDesk) -> None:
        one, two = (catalogue.create_vendor(actor=SETUP, key=key, name=key) for key in ("one", "two"))
        hours = BusinessCalendar.objects.get()
        sla.write_policy(actor=SETUP, name="Two", calendar=hours, vendor=two, targets={"underpinning": [30] * 5})
        ticket = desk.owned(2)
        for vendor, minutes in ((one, DEFAULT_TARGETS["underpinning"][3]), (two, 30)):
            operations.wait_for(actor=desk.actor(2), ticket_id=ticket.pk, whom=Waiting.VENDOR, vendor_id=vendor.pk)
            found = read(ticket)[Metric.UNDERPINNING]
            assert (found.target, found.vendor_id) == ((minutes or 0) * 60, vendor.pk)
            operations.resume(actor=desk.actor(2), ticket_id=ticket.pk)
        assert read(ticket)[Metric.RESOLUTION].target == (DEFAULT_TARGETS["resolution"][3] or 0) * 60

    @pytest.mark.parametrize("whom", ["", "lunch", "us", "Requester"])
    def test_a_pause_without_a_typed_reason_is_refused(self, desk: SmallDesk, whom: str) -> None:
        with pytest.raises(Invalid, match="whom it waits for"):
            operations.wait_for(actor=desk.actor(1), ticket_id=desk.owned(1).pk, whom=whom, reason="because")

    def test_a_vendor_is_waited_for_only_as_a_vendor(self, desk: SmallDesk) -> None:
        ticket, agent = desk.owned(1), desk.actor(1)
        gone = Vendor.objects.create(key="gone", name="Gone", active=False)
        known = Vendor.objects.create(key="known", name="Known")
        for whom, vendor_id in ((Waiting.VENDOR, gone.pk), (Waiting.VENDOR, 0), (Waiting.CHANGE, known.pk)):
            with pytest.raises(Invalid, match="no such vendor"):
                operations.wait_for(actor=agent, ticket_id=ticket.pk, whom=whom, vendor_id=vendor_id)

    def test_a_message_does_not_end_the_wait_for_a_vendor(self, desk: SmallDesk) -> None:
        ticket = desk.owned(1)
        operations.wait_for(actor=desk.actor(1), ticket_id=ticket.pk, whom=Waiting.CHANGE)
        operations.receive_message(actor=desk.asking, ticket_id=ticket.pk, author=desk.requester, text="Any news?")
        assert read(ticket, HOUR)[Metric.RESOLUTION].state == Clock.PAUSED

    def test_a_reopened_ticket_starts_anew(self, desk: SmallDesk) -> None:
        ticket = desk.owned(1)
        with later(5):
            operations.resolve(actor=desk.actor(1), ticket_id=ticket.pk, resolution="Done", text="Done")
        with later(60):
            operations.reopen(actor=desk.actor(1), ticket_id=ticket.pk, reason="no")
        found = read(ticket, 90 * MINUTE)
        assert {metric: found[metric].used for metric in (Metric.TIER, Metric.RESOLUTION)} == {
            Metric.TIER: 1800,
            Metric.RESOLUTION: 1800,
        }

    def test_each_kind_that_moves_a_clock_has_the_reaction(self) -> None:
        assert {kind for kind in CLOCK_KINDS if "tickets.keep_clocks" not in TABLE.get(kind, ())} == set()


class TestWhichPolicyHolds:
    def test_the_plan_at_opening_holds_and_goes_with_the_requester(self, desk: SmallDesk) -> None:
        hours = sla.write_calendar(actor=SETUP, name="Always", zone="UTC", week=ALWAYS)
        sla.write_policy(actor=SETUP, name="Gold", calendar=hours, plan="Gold", targets={"resolution": [60] * 5})
        customer = people.create_organisation(actor=SETUP, name="Aalto", domain="aalto.example")
        catalogue.agree_contract(actor=SETUP, organisation=customer, plan="Gold")
        mikko = people.create_person(
            actor=SETUP, email="mikko@aalto.example", name="Mikko", roles=["requester"], organisation=customer
        )
        ticket = desk.owned(1)
        assert due(ticket, Metric.RESOLUTION, HOUR) == 2880 + 4 * 14 * 60  # five office days
        with later(30):
            operations.name_requester(actor=desk.actor(1), ticket_id=ticket.pk, person_id=mikko.pk)
        found = read(ticket, HOUR)
        assert (found[Metric.RESOLUTION].target, found[Metric.RESOLUTION].used) == (3600, 3600)
        assert [one.promise.version.label for one in found[Metric.RESOLUTION].segments if one.promise] == [
            "Standard v1",
            "Gold v1",
        ]
        assert found[Metric.FIRST_REPLY].segments[-1].promise.version.name == "Standard"  # type: ignore[union-attr]  # it holds

    def test_service_kind_and_priority_choose_as_they_change(self, desk: SmallDesk) -> None:
        hours = BusinessCalendar.objects.get()
        for name, minutes, scope in (
            ("Requests", 11, {"kind": "request"}),
            ("VPN", 22, {"service": desk.service}),
            ("IT", 33, {"desk": desk.desk}),
        ):
            targets = {"resolution": [minutes + level for level in range(5)]}
            sla.write_policy(actor=SETUP, name=name, calendar=hours, targets=targets, **scope)  # type: ignore[arg-type]  # its fields
        ticket, agent = desk.owned(1), desk.actor(1)

        def target() -> int:
            return read(ticket)[Metric.RESOLUTION].target // 60

        assert target() == 36
        operations.classify(actor=agent, ticket_id=ticket.pk, kind="request")  # type: ignore[arg-type]  # a word of it
        assert target() == 14
        operations.classify(actor=agent, ticket_id=ticket.pk, service_id=desk.service.pk, impact=1, urgency=1)
        assert target() == 22

    def test_exactly_the_same_tickets_cannot_have_two_policies(self, desk: SmallDesk) -> None:
        hours = BusinessCalendar.objects.get()
        with pytest.raises(Invalid, match="exactly these tickets"):
            sla.write_policy(actor=SETUP, name="Another", calendar=hours)

    def test_new_hours_pull_new_versions_of_the_policies_that_use_them(self, desk: SmallDesk) -> None:
        before = sla_queries.promised(()).book
        with later(60):
            sla.write_calendar(actor=SETUP, name="Office hours", zone="Asia/Tokyo", week=ALWAYS)
        versions = sla_queries.policy_versions(SETUP, "standard")
        assert [(one.version, one.calendar.version, one.calendar.zone) for one in versions] == [
            (2, 2, "Asia/Tokyo"),
            (1, 1, "UTC"),
        ]
        assert len(sla_queries.promised(()).book.versions) == len(before.versions) + 1
        assert read(desk.ticket(), 0 * HOUR)[Metric.RESOLUTION].zone == "UTC"
        assert read(desk.ticket(), 2 * HOUR)[Metric.RESOLUTION].zone == "Asia/Tokyo"

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"zone": "Mars/Olympus"}, "zone"),
            ({"zone": "../etc/passwd"}, "zone"),
            ({"week": [[[600, 500]]] * 7}, "week"),
            ({"week": [[]] * 7}, "week"),
            ({"week": ALWAYS[:3]}, "week"),
            ({"name": "---"}, "name"),
        ],
    )
    def test_hours_that_cannot_be_used_are_refused(self, desk: SmallDesk, changed: dict[str, Any], field: str) -> None:
        given: dict[str, Any] = {"name": "New", "zone": "UTC", "week": ALWAYS} | changed
        with pytest.raises(Invalid) as refused:
            sla.write_calendar(actor=SETUP, **given)
        assert field in refused.value.fields

    def test_only_who_sets_up_may(self, desk: SmallDesk) -> None:
        with pytest.raises(NotFound):
            sla_queries.policies(desk.actor(1))
        with pytest.raises(NotFound):
            sla.write_calendar(actor=desk.actor(1), name="x", zone="UTC", week=ALWAYS)


class TestAlarms:
    def test_a_warning_then_a_breach_each_once_by_jobs_that_look_again(self, desk: SmallDesk) -> None:
        ticket = desk.owned(1)
        operations.classify(actor=desk.actor(1), ticket_id=ticket.pk, impact=1, urgency=1)  # a reply within 15 minutes
        jobs.drain()
        with later(11):
            jobs.drain()
        assert told(ticket) == []
        with later(12):
            jobs.drain()
        assert ("warned", "first_reply") in told(ticket)
        with later(16):
            jobs.drain()
            jobs.drain()
        assert told(ticket) == [("warned", "first_reply"), ("breached", "first_reply")]

    def test_an_alarm_that_is_too_early_does_nothing_and_rings_again(self, desk: SmallDesk) -> None:
        ticket = desk.owned(1)
        jobs.drain()
        with later(100):
            operations.wait_for(actor=desk.actor(1), ticket_id=ticket.pk, whom=Waiting.REQUESTER)
            jobs.drain()
        with later(500):
            jobs.drain()
            assert told(ticket) == []
            operations.resume(actor=desk.actor(1), ticket_id=ticket.pk)
            jobs.drain()
        with later(579):
            jobs.drain()
        assert told(ticket) == []
        with later(581):  # 180 of 240 minutes are used, 80 of them after the wait... which is past closing time
            jobs.drain()
        with clock.at(MONDAY + timedelta(days=1)):
            jobs.drain()
        assert ("warned", "first_reply") in told(ticket)

    def test_there_is_one_alarm_a_ticket_and_it_is_moved(self, desk: SmallDesk) -> None:
        ticket = desk.owned(1)
        jobs.drain()

        def alarms() -> list[datetime]:
            with connection.cursor() as cursor:
                cursor.execute("SELECT scheduled_at FROM procrastinate_jobs WHERE task_name = 'tickets.check_clock'")
                return [row[0] for row in cursor.fetchall()]

        first = alarms()
        assert len(first) == 1
        operations.classify(actor=desk.actor(1), ticket_id=ticket.pk, impact=1, urgency=1)
        jobs.drain()
        assert len(alarms()) == 1
        assert alarms()[0] < first[0]

    def test_who_answers_on_the_dot_is_on_time(self, desk: SmallDesk) -> None:
        ticket = desk.owned(1)
        with later(240):
            operations.reply(actor=desk.actor(1), ticket_id=ticket.pk, text="Here it is.")
            jobs.drain()
        assert read(ticket, 5 * HOUR)[Metric.FIRST_REPLY].state == Clock.MET
        assert ("breached", "first_reply") not in told(ticket)

    def test_the_row_keeps_what_is_due_next(self, desk: SmallDesk) -> None:
        ticket = desk.owned(1)
        with later(200):
            row = operations.keep_clocks(ticket_id=ticket.pk)
        assert (row.due_kind, row.due_at, row.clock, row.clock_share) == (
            "first_reply",
            MONDAY + 240 * MINUTE,
            "running",
            83,
        )

    def test_nobody_there_is_not_found(self, desk: SmallDesk) -> None:
        for verb in (operations.keep_clocks, lambda **ids: operations.check_clock(actor=SETUP, **ids)):
            with pytest.raises(NotFound):
                verb(ticket_id=0)


def proposal(**changed: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "key": "standard",
        "name": "Standard",
        "calendar_key": "office-hours",
        "targets": dict(DEFAULT_TARGETS),
        "pauses": PAUSES,
        "warn_at": 75,
    }
    return given | changed


def shorter(minutes: int = 60) -> dict[str, Any]:
    return proposal(targets={**DEFAULT_TARGETS, "resolution": [minutes] * 5})


class TestAChange:
    def test_the_preview_counts_and_lists_what_moves_and_changes_nothing(self, desk: SmallDesk) -> None:
        tickets = [desk.owned(1) for _ in range(3)]
        operations.resolve(actor=desk.actor(1), ticket_id=tickets[2].pk, resolution="Done", text="Done")
        jobs.drain()
        rows = list(Ticket.objects.order_by("pk").values("due_at", "due_kind", "clock"))
        with later(90):
            change = sla.propose_policy(actor=SETUP, **shorter())
            operations.ask_preview(actor=SETUP, change_id=change.pk)
            jobs.drain()
        change.refresh_from_db()
        assert (change.state, change.done, change.total, change.moved, change.breached, change.later) == (
            "ready", 2, 2, 2, 2, 0,
        )  # fmt: skip
        moves = sla_queries.moves(SETUP, change.pk)
        assert {one.ticket_id for one in moves} == {tickets[0].pk, tickets[1].pk}
        assert {(one.metric, one.after, one.breaches) for one in moves} == {("resolution", MONDAY + HOUR, True)}
        assert list(Ticket.objects.order_by("pk").values("due_at", "due_kind", "clock")) == rows
        assert Policy.objects.count() == 1

    def test_applying_writes_the_version_and_reads_every_open_clock_anew(self, desk: SmallDesk) -> None:
        tickets = [desk.owned(1) for _ in range(3)]
        jobs.drain()
        with later(90):
            change = self.ready(shorter())
            operations.apply_change(actor=SETUP, change_id=change.pk)
            assert [one.version for one in sla_queries.policy_versions(SETUP, "standard")] == [2, 1]
            jobs.drain()
            jobs.drain(until=MONDAY + 91 * MINUTE)
        change.refresh_from_db()
        assert (change.state, change.done) == ("applied", 3)
        assert change.applied_at == MONDAY + 90 * MINUTE
        for ticket in tickets:
            ticket.refresh_from_db()
            assert (ticket.due_at, ticket.due_kind, ticket.clock) == (MONDAY + HOUR, "resolution", "breached")
        with later(91):
            jobs.drain()
        assert [told(ticket) for ticket in tickets] == [[("breached", "resolution")]] * 3

    def ready(self, given: dict[str, Any]) -> ClockChange:
        change = sla.propose_policy(actor=SETUP, **given)
        operations.ask_preview(actor=SETUP, change_id=change.pk)
        jobs.drain()
        change.refresh_from_db()
        assert change.state == "ready"
        return change

    def test_batches_read_as_one_ticket_reads(self, desk: SmallDesk) -> None:
        made = [desk.owned(1), desk.ticket(), desk.owned(3)]
        operations.wait_for(actor=desk.actor(1), ticket_id=made[0].pk, whom=Waiting.REQUESTER)
        operations.reply(actor=desk.actor(3), ticket_id=made[2].pk, text="Seen.")
        with later(50):
            clock_changes.keep_many([one.pk for one in made])
            together = list(Ticket.objects.order_by("pk").values("pk", "due_at", "due_kind", "clock", "clock_share"))
            for one in made:
                operations.keep_clocks(ticket_id=one.pk)
            alone = list(Ticket.objects.order_by("pk").values("pk", "due_at", "due_kind", "clock", "clock_share"))
            book, clocks = clocks_of_many([one.pk for one in made])
            for one, ticket in zip(clocks, made, strict=True):
                assert one.past.readings(book, clock.now()) == queries.clocks_of(ticket, clock.now())
        assert together == alone

    def test_a_job_that_is_killed_goes_on_where_it_was(self, desk: SmallDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        for _ in range(5):
            desk.owned(1)
        change = self.ready(shorter())
        monkeypatch.setattr(clock_changes, "BATCH", 2)
        read_anew, seen = clock_changes.keep_many, []

        def killed_in_the_second(ids: list[int]) -> None:
            if len(seen) == 1:
                raise KeyboardInterrupt
            seen.append(ids)
            read_anew(ids)

        monkeypatch.setattr(clock_changes, "keep_many", killed_in_the_second)
        operations.apply_change(actor=SETUP, change_id=change.pk)
        machine = Actor.machine("clocks")
        with pytest.raises(KeyboardInterrupt):
            operations.reread_clocks(actor=machine, change_id=change.pk)
        change.refresh_from_db()
        assert (change.state, change.done) == ("applying", 2)

        def goes_on(ids: list[int]) -> None:
            seen.append(ids)
            read_anew(ids)

        monkeypatch.setattr(clock_changes, "keep_many", goes_on)
        operations.reread_clocks(actor=machine, change_id=change.pk)
        operations.reread_clocks(actor=machine, change_id=change.pk)
        change.refresh_from_db()
        assert (change.state, change.done) == ("applied", 5)
        ids = list(Ticket.objects.order_by("pk").values_list("pk", flat=True))
        assert [pk for batch in seen for pk in batch] == ids, "each ticket once"

    def test_a_preview_that_is_interrupted_counts_nothing_twice(
        self, desk: SmallDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for _ in range(3):
            desk.owned(1)
        monkeypatch.setattr(clock_changes, "BATCH", 1)
        change = sla.propose_policy(actor=SETUP, **shorter())
        machine, count = Actor.machine("clocks"), clock_changes.clocks_of_many
        monkeypatch.setattr(
            clock_changes,
            "clocks_of_many",
            lambda ids: count(ids) if ClockMove.objects.count() < 2 else pytest.fail("killed"),
        )
        with pytest.raises(pytest.fail.Exception):
            operations.preview_change(actor=machine, change_id=change.pk)
        monkeypatch.setattr(clock_changes, "clocks_of_many", count)
        operations.preview_change(actor=machine, change_id=change.pk)
        change.refresh_from_db()
        assert (change.moved, ClockMove.objects.count(), change.state) == (3, 3, "ready")

    def test_a_preview_of_the_past_is_not_applied(self, desk: SmallDesk) -> None:
        desk.owned(1)
        one, two = self.ready(shorter()), self.ready(shorter(90))
        with later(1):
            operations.apply_change(actor=SETUP, change_id=one.pk)
            with pytest.raises(PreviewOutdated):
                operations.apply_change(actor=SETUP, change_id=two.pk)
        assert [one.version for one in sla_queries.policy_versions(SETUP, "standard")] == [2, 1]

    def test_a_change_is_applied_once_and_a_dropped_one_never(self, desk: SmallDesk) -> None:
        one, two = self.ready(shorter()), self.ready(shorter(90))
        sla.drop_change(actor=SETUP, change_id=two.pk)
        operations.apply_change(actor=SETUP, change_id=one.pk)
        for change in (one, two):
            with pytest.raises(NotFound):
                operations.apply_change(actor=SETUP, change_id=change.pk)
            with pytest.raises(NotFound):
                sla.drop_change(actor=SETUP, change_id=change.pk)

    def test_hours_are_changed_by_the_same_mechanism(self, desk: SmallDesk) -> None:
        ticket = desk.owned(1)
        jobs.drain()
        change = sla.propose_calendar(
            actor=SETUP, key="office-hours", name="Office hours", zone="UTC", week=ALWAYS,
            closures=[{"day": "2026-03-03", "name": "Founder's day"}],
        )  # fmt: skip
        operations.ask_preview(actor=SETUP, change_id=change.pk)
        jobs.drain()
        with later(30):
            operations.apply_change(actor=SETUP, change_id=change.pk)
            jobs.drain()
        ticket.refresh_from_db()
        reading = read(ticket, HOUR)[Metric.RESOLUTION]
        assert [one.promise.version.label for one in reading.segments if one.promise] == ["Standard v1", "Standard v2"]
        assert reading.due_at == MONDAY + timedelta(days=3)  # 2 days around the clock, and one that is closed
        assert sla_queries.calendar_versions(SETUP, "office-hours")[0].written_by == "set-up"

    def test_a_withdrawn_policy_gives_way(self, desk: SmallDesk) -> None:
        hours = BusinessCalendar.objects.get()
        sla.write_policy(actor=SETUP, name="IT", calendar=hours, desk=desk.desk, targets={"resolution": [30] * 5})
        ticket = desk.owned(1)
        assert due(ticket, Metric.RESOLUTION) == 30
        change = sla.propose_withdrawal(actor=SETUP, key="it")
        operations.ask_preview(actor=SETUP, change_id=change.pk)
        jobs.drain()
        with later(10):
            operations.apply_change(actor=SETUP, change_id=change.pk)
        assert read(ticket, 20 * MINUTE)[Metric.RESOLUTION].target == (DEFAULT_TARGETS["resolution"][3] or 0) * 60
        assert [one.key for one in sla_queries.policies(SETUP)] == ["standard"]
        with pytest.raises(NotFound):
            sla.propose_withdrawal(actor=SETUP, key="it")

    @pytest.mark.parametrize(
        ("changed", "error"),
        [
            ({}, NothingChanges),
            ({"key": "nobody"}, NotFound),
            ({"name": " "}, Invalid),
            ({"warn_at": 100}, Invalid),
            ({"pauses": ("lunch",)}, Invalid),
            ({"calendar_key": "none"}, Invalid),
            ({"targets": {"resolution": [None] * 5}}, Invalid),
            ({"key": "", "name": "Twin"}, Invalid),
        ],
    )
    def test_what_cannot_be_proposed(self, desk: SmallDesk, changed: dict[str, Any], error: type[Exception]) -> None:
        with pytest.raises(error):
            sla.propose_policy(actor=SETUP, **proposal(**changed))
        assert not ClockChange.objects.exists()

    def test_a_new_policy_has_a_key_of_its_own(self, desk: SmallDesk) -> None:
        for name, key in (("Gold", "gold"), ("Gold", "gold-2")):
            change = sla.propose_policy(actor=SETUP, **proposal(key="", name=name, plan=key))
            operations.ask_preview(actor=SETUP, change_id=change.pk)
            jobs.drain()
            operations.apply_change(actor=SETUP, change_id=change.pk)
            assert sla_queries.policy_versions(SETUP, key)[0].plan == key

    def test_only_who_sets_up_may_change(self, desk: SmallDesk) -> None:
        change = self.ready(shorter())
        for agent in (desk.actor(1), desk.asking):
            for verb in (operations.apply_change, operations.ask_preview, sla.drop_change):
                with pytest.raises(NotFound):
                    verb(actor=agent, change_id=change.pk)


ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//test//EN
{events}
END:VCALENDAR
"""


def ics(*events: str) -> bytes:
    blocks = [f"BEGIN:VEVENT\nUID:{n}\n{event}\nEND:VEVENT" for n, event in enumerate(events)]
    return ICS.format(events="\n".join(blocks)).replace("\n", "\r\n").encode()


class TestImporting:
    @pytest.mark.parametrize(
        ("event", "wanted"),
        [
            (
                "DTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY\nSUMMARY:May Day",
                [{"day": f"{year}-05-01", "name": "May Day"} for year in range(2025, 2032)],
            ),
            (
                "DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227\nSUMMARY:Christmas",
                [{"day": f"2026-12-{day}", "name": "Christmas"} for day in (24, 25, 26)],
            ),
            (
                "DTSTART:20260630T100000Z\nDTEND:20260630T120000Z\nSUMMARY:Inventory",
                [{"day": "2026-06-30", "name": "Inventory", "from": 720, "until": 840}],
            ),
            (
                "DTSTART:20260630T220000\nDTEND:20260701T020000\nSUMMARY:Move",
                [
                    {"day": "2026-06-30", "name": "Move", "from": 1320, "until": 1440},
                    {"day": "2026-07-01", "name": "Move", "from": 0, "until": 120},
                ],
            ),
            (
                "DTSTART;VALUE=DATE:20260105\nRRULE:FREQ=MONTHLY;BYDAY=1MO;COUNT=3\nEXDATE;VALUE=DATE:20260202\nSUMMARY:Day",
                [{"day": day, "name": "Day"} for day in ("2026-01-05", "2026-03-02")],
            ),
        ],
    )
    def test_events_close_their_days_or_hours(self, event: str, wanted: list[dict[str, Any]]) -> None:
        assert sla.closures_in(ics(event), "Europe/Berlin") == wanted

    def test_cancelled_events_and_doubles_are_left_out(self) -> None:
        day = "DTSTART;VALUE=DATE:20260501\nSUMMARY:A"
        found = sla.closures_in(ics(day, day, day + "\nSTATUS:CANCELLED", day.replace("0501", "0502")), "UTC")
        assert [one["day"] for one in found] == ["2026-05-01", "2026-05-02"]

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "no iCalendar"),
            (b"\xff\xfe\x00", "no iCalendar"),
            (b"PK\x03\x04 a zip", "no iCalendar"),
            (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "no iCalendar|No event"),
            (ics("DTSTART;VALUE=DATE:19990101\nSUMMARY:Long ago"), "No event"),
            (ics("DTSTART;VALUE=DATE:notadate\nSUMMARY:x"), "no iCalendar|No event"),
            (ics("SUMMARY:no start"), "no iCalendar|No event"),
            (ics("DTSTART:20260101T000000Z\nRRULE:FREQ=SECONDLY"), "more than once a day"),
            (ics("DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY;BYHOUR=1,2,3"), "more than once a day"),
            (ics(*["DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY"] * 201), "too many"),
            (ics("DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=DAILY"), "More than"),
            (b"x" * 1_000_001, "over 1 MB"),
        ],
    )
    def test_what_is_no_calendar_is_refused_with_a_sentence(self, content: bytes, said: str) -> None:
        with pytest.raises(Invalid, match=said):
            sla.closures_in(content, "UTC")

    def test_the_holidays_of_a_country_and_of_a_part_of_it(self) -> None:
        days = {one["day"]: one["name"] for one in sla.holidays_of("DE", "BY")}
        assert days["2026-01-06"] == "Epiphany"
        assert "2026-01-06" not in {one["day"] for one in sla.holidays_of("DE", "HH")}
        assert {date.fromisoformat(day).year for day in days} == set(range(2025, 2032))
        for country, part in (("XX", ""), ("DE", "XX")):
            with pytest.raises(Invalid, match="not known"):
                sla.holidays_of(country, part)
