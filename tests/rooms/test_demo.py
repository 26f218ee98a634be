"""The demo company, made small: consistent, seeded, and whole or not there."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command

from tierline.core.kernel import clock
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people.models import Person
from tierline.desk.tickets.events import rebuild
from tierline.desk.tickets.models import Ticket
from tierline.doors.cli import first_desk
from tierline.doors.cli.demo_data import doors, play
from tierline.doors.cli.demo_data.company import ADDRESSES, found, read_toml
from tierline.doors.cli.demo_data.world import OFFICE, World, later, office
from tierline.ladder.chat.models import Chat
from tierline.ladder.escalation.models import Appeal, Contract, Handover
from tierline.ladder.major.models import MajorIncident
from tierline.ladder.vendors.models import Case
from tierline.work.alerts.models import AlertGroup, KnownAlert
from tierline.work.diagnosis.models import Baseline, Evidence
from tierline.work.field.models import RemoteTool, Visit
from tierline.work.intake.models import OutboundMessage
from tierline.work.intake.operations.known import known
from tierline.work.messengers.models import Post
from tierline.work.phone.models import Call
from tierline.work.surveys.models import Survey, SurveyPlan
from tierline.work.workflows.models import Macro

FRIDAY = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.slow
def test_a_small_company_is_whole_and_every_ticket_follows_from_its_timeline() -> None:
    said: list[str] = []
    with clock.at(FRIDAY):
        sign_ins = play.load(said.append, requests=5, days=3, seed=3)
    assert [sign_in.role for sign_in in sign_ins] == [
        "requester", "tier 1", "tier 2", "tier 3", "lead", "administrator",
    ]  # fmt: skip
    for sign_in in sign_ins:
        assert Person.objects.get_by_natural_key(sign_in.address).check_password(sign_in.password)
    assert Ticket.objects.count() >= 3
    for ticket in Ticket.objects.all():
        assert rebuild(TimelineEntry.objects.of("ticket", ticket.pk)) == ticket.state, ticket.reference
    assert not Handover.objects.filter(state="pending", ticket__status="closed").exists()

    every_other_way_in_was_used()
    the_maker_was_asked()
    somebody_is_on_the_way()
    somebody_said_how_it_went()
    the_gateway_failed_twice()
    logs_are_compared_with_healthy_ones()

    said.clear()
    with clock.at(FRIDAY):
        assert play.load(said.append) == sign_ins
    assert said == []  # the second start finds everything as it was left


def somebody_said_how_it_went() -> None:
    """Two desks ask; whoever was asked got one mail, and nobody was asked twice."""
    assert SurveyPlan.objects.filter(active=True, enabled=True).count() == 2
    asked = Survey.objects.exclude(asked_at=None)
    assert asked.exists()
    assert len({one.person_id for one in asked}) == asked.count()
    assert OutboundMessage.objects.filter(purpose="question").count() == asked.count()


def the_gateway_failed_twice() -> None:
    """One major incident is reviewed with dated actions, one goes on with its roles, parts and a subscriber."""
    past, now = MajorIncident.objects.order_by("pk")
    assert (past.children.count(), past.state == "reviewed") == (3, past.actions.count() == 2)
    assert (now.state, now.children.count(), now.subscriptions.count()) == ("declared", 3, 1)
    assert None not in (now.commander_id, now.communications_id, now.scribe_id)
    assert now.next_update_at > FRIDAY
    assert Macro.objects.filter(active=True).count() >= 10


def logs_are_compared_with_healthy_ones() -> None:
    """A dozen healthy logs are kept, and the log of the walk differs from them as a person would say it."""
    assert [(one.release_version, one.bundles) for one in Baseline.objects.all()] == [("5.1.4", 12)]
    client, gateway = Evidence.objects.filter(name__in=["secure-access.log", "gw-hh-02.log"]).order_by("pk")
    assert client.compared_with == 12
    assert {trace["type"] for trace in client.traces} == {"ReplayError"}
    assert client.bursts
    new = client.templates.filter(is_new=True)
    assert any("rekey window exceeded" in one.template for one in new)
    assert gateway.skew == -424  # its clock is right, the client's is not
    assert KnownAlert.objects.filter(title__contains="gw-hh-02").exists()


def somebody_is_on_the_way() -> None:
    """A visit on the next working day, a tool for remote help, and an appeal for the lead."""
    visit = Visit.objects.planned().get()
    assert visit.starts_at == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert RemoteTool.objects.count() == Appeal.objects.open().count() == 1


def the_maker_was_asked() -> None:
    """One case is solved, with a pack and their own number; one is with them."""
    done, open_ = Case.objects.order_by("state")
    assert (done.state, done.outcome, done.their_reference) == ("closed", "solved", "SR-40112")
    assert done.packs.get().manifest["files"][0]["name"].startswith("01-nx2-update.log")
    assert (open_.state, open_.ticket.waiting_for) == ("with_vendor", "vendor")
    assert done.cost > open_.cost > 0


def every_other_way_in_was_used() -> None:
    """Telephone, chat, monitoring and Slack: each played to its end, and nothing left the machine."""
    logged = Call.objects.exclude(ticket=None)
    assert {call.state for call in logged} == {"ended"}
    assert logged.count() == len(doors.CALLS) + 1
    assert {(call.state, call.known_by) for call in Call.objects.filter(logged_at=None)} == {
        ("missed", "number"),
        ("missed", ""),
    }
    assert logged.filter(agent__phone__in=doors.EXTENSIONS.values(), known_by="hand").count() == logged.count()

    (storm,) = AlertGroup.objects.filter(storm=True)
    assert (storm.total, storm.firing, storm.ticket.status) == (240, 0, "resolved")
    assert Ticket.objects.filter(channel="alert", status__in=["new", "open"]).count() == 1

    posts = Post.objects.all()
    assert [(post.state, post.attempts) for post in posts] == [("sent", 1)] * len(posts)
    assert len(posts) == 2

    handed = Ticket.objects.get(channel="chat")
    assert [message.direction for message in handed.messages.order_by("pk")] == ["in", "out", "in"]
    assert Chat.objects.filter(conversation__ended="solved").count() == 1


@pytest.mark.django_db
def test_what_an_interrupted_load_left_is_made_again() -> None:
    with clock.at(FRIDAY):
        company = found()
        assert known().desk_for([ADDRESSES["hr"]]) == company.desks["hr"]
        assert play._is_begun()
        assert not play._is_whole()


def test_every_scenario_names_things_that_exist() -> None:
    from tierline.doors.cli.demo_data import company, logs

    services = {key for key, *_ in company.SERVICES}
    articles = {entry["key"] for entry in read_toml("articles.toml")["article"]}
    for scenario in play.read_scenarios():
        assert scenario["service"] in services, scenario["key"]
        assert scenario["desk"] in company.ADDRESSES, scenario["key"]
        assert scenario.get("article", "password") in articles, scenario["key"]
        assert scenario.get("log", "erp") in logs._KINDS, scenario["key"]
        assert scenario["solved_by"] in range(5), scenario["key"]


@pytest.mark.parametrize(
    "kind", ["vpn_rekey", "vpn_healthy", "erp", "spectra", "firmware", "wifi", "calendar", "vpn_profile"]
)
def test_logs_are_the_same_on_every_run_and_end_when_they_should(kind: str) -> None:
    from tierline.doors.cli.demo_data import logs

    one, two = (logs.write(kind, seed=4, at=FRIDAY, version="1.2.3", user="a@b.example") for _ in range(2))
    assert one == two
    assert one != logs.write(kind, seed=5, at=FRIDAY, version="1.2.3", user="a@b.example")
    last = next(line for line in reversed(one.splitlines()) if line[:4] == "2026")
    assert FRIDAY - datetime.fromisoformat(f"{last[:19]}+00:00") <= timedelta(seconds=2)


def test_people_who_work_here_keep_office_hours() -> None:
    import random

    world = World(company=None, rng=random.Random(1), now=FRIDAY, until=FRIDAY)  # type: ignore[arg-type]  # not needed
    assert world.after(later(60)).hour == 17
    monday = world.after(office(60))
    assert (monday.weekday(), OFFICE.zone) == (0, "Europe/Berlin")


@pytest.mark.django_db
def test_a_fresh_desk_has_somewhere_for_the_first_mail_to_go() -> None:
    assert first_desk.ensure() is True
    assert first_desk.ensure() is False
    assert Contract.objects.filter(active=True).count() == 3
    call_command("check", fail_level="WARNING")
