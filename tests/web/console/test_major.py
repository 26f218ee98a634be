"""The room of a major incident, its banners, and declaring one."""

from datetime import timedelta

import pytest
from django.test import Client

from tests.support.desk import SETUP
from tests.support.major import another, asked_by, kinds, said_to
from tests.support.web_world import WebWorld, signed_in
from tierline.core.kernel import clock, jobs
from tierline.desk.people import operations as people
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Role
from tierline.desk.tickets.models import Ticket
from tierline.doors.web.console.pages.major import criteria_rows
from tierline.ladder.major import operations
from tierline.ladder.major.models import Child, MajorIncident, ReviewAction
from tierline.ladder.major.rules import Reach


@pytest.fixture
def lead(world: WebWorld, db: None) -> Client:
    return signed_in(world.desk.lead)


def room(world: WebWorld, part: str = "") -> str:
    return f"/console/major/{world.major.pk}{part}"


def text(client: Client, where: str) -> str:
    answer = client.get(where)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_room_shows_state_clock_roles_and_words(world: WebWorld, lead: Client) -> None:
    page = text(lead, room(world))
    for wanted in (
        "Calibration is down",
        "min left",
        "Lena Lead",
        "wide impact, high urgency",
        "We renew",
        "nobody yet",
    ):
        assert wanted in page
    assert "Declared a major incident:" in page
    assert f">{world.major.ticket.reference}<" in page


def test_an_agent_reads_it_and_does_nothing(world: WebWorld, tier2: Client) -> None:
    page = text(tier2, room(world))
    assert "Calibration is down" in page
    assert "<textarea" not in page
    for part in ("/update", "/roles", "/attach", "/detach", "/stand-down", "/review", "/actions", "/actions/done"):
        answer = tier2.post(room(world, part), _everything(world))
        assert answer.status_code == 404, part
    assert MajorIncident.objects.get(pk=world.major.pk).state == "declared"


def _everything(world: WebWorld) -> dict[str, object]:
    return {
        "text": "x",
        "audience": "requester",
        "commander": world.desk.agents[2].pk,
        "cadence": 30,
        "ticket": world.climbing.pk,
        "last_words": "x",
        "parts": "keep",
        "what": "x",
        "owner": world.desk.agents[2].pk,
        "due_on": "2099-01-01",
        "action": 1,
    }


def test_the_list_and_the_banners(world: WebWorld, tier2: Client) -> None:
    assert "Calibration is down" in text(tier2, "/console/major")
    assert 'hx-get="/console/major/banner"' in tier2.get("/console/").content.decode()
    assert f"MAJ-{world.major.pk}" in text(tier2, "/console/major/banner")
    assert f"MAJ-{world.major.pk}" not in text(tier2, f"/console/major/banner?ticket={world.climbing.pk}")
    operations.attach(actor=world.desk.leading, major_id=world.major.pk, ticket_ids=[world.climbing.pk])
    ticket = text(tier2, f"/console/tickets/{world.climbing.reference}")
    assert "This ticket is a part of it:" in text(tier2, f"/console/major/banner?ticket={world.climbing.pk}")
    assert "Became a part of" in ticket
    with clock.at(clock.now() + timedelta(hours=1)):
        assert "update overdue since" in text(tier2, "/console/major/banner")


def test_a_preview_sends_nothing(world: WebWorld, lead: Client) -> None:
    before = kinds(world.major.ticket_id)
    answer = lead.post(room(world, "/update"), {"text": "It <b>works</b>.", "audience": "requester", "then": "preview"})
    page = answer.content.decode()
    assert "1 person would read" in page
    assert page.count("It &lt;b&gt;works&lt;/b&gt;.") == 2, "once as they read it, once in the form"
    assert kinds(world.major.ticket_id) == before


@pytest.mark.parametrize(
    ("audience", "step", "said", "kind"),
    [
        ("requester", "update", "Everybody concerned is told", "major.updated"),
        ("internal", "update", "for agents only", "major.updated"),
        ("requester", "mitigated", "It is mitigated", "major.mitigated"),
    ],
)
def test_words_are_said(world: WebWorld, lead: Client, audience: str, step: str, said: str, kind: str) -> None:
    body = {"text": "We look.", "audience": audience, "step": step, "then": "send"}
    page = lead.post(room(world, "/update"), body, follow=True).content.decode()
    assert said in page
    assert kind in kinds(world.major.ticket_id)


def test_what_was_typed_survives_a_refusal(world: WebWorld, lead: Client) -> None:
    answer = lead.post(
        room(world, "/roles"),
        {
            "commander": world.desk.lead.pk,
            "communications": world.desk.lead.pk,
            "scribe": world.desk.lead.pk,
            "cadence": 30,
        },
    )
    assert answer.status_code == 422
    assert "Share them" in answer.content.decode()


def test_roles_are_set(world: WebWorld, lead: Client) -> None:
    body = {"commander": world.desk.lead.pk, "communications": world.desk.agents[1].pk, "scribe": "", "cadence": 15}
    page = lead.post(room(world, "/roles"), body, follow=True).content.decode()
    assert "Agent 1" in page
    assert MajorIncident.objects.get(pk=world.major.pk).cadence == 15


def test_parts_are_suggested_attached_and_detached(world: WebWorld, lead: Client) -> None:
    one, other = (asked_by(another(name), "Calibration server says certificates") for name in ("one", "other"))
    assert one.reference in text(lead, room(world))
    lead.post(room(world, "/attach"), {"ticket": [one.pk], "number": other.reference})
    assert Child.objects.filter(major=world.major).count() == 2
    jobs.drain()
    page = text(lead, room(world))
    assert "2 open of 2" in page
    assert "reached 3 of 3 people" in page
    lead.post(room(world, "/detach"), {"ticket": one.pk})
    assert [part.ticket for part in Child.objects.filter(major=world.major)] == [other]
    assert lead.post(room(world, "/detach"), {"ticket": "x"}).status_code == 404
    assert lead.post(room(world, "/attach"), {"number": "INC-0"}).status_code == 403


def test_from_the_last_words_to_the_closed_review(world: WebWorld, lead: Client) -> None:
    part = asked_by(another("one"), "Calibration server says certificates")
    lead.post(room(world, "/attach"), {"ticket": [part.pk]})
    lead.post(room(world, "/stand-down"), {"last_words": "It is over.", "parts": "resolve"})
    jobs.drain()
    assert Ticket.objects.get(pk=part.pk).status == "resolved"
    assert ["It is over." in one for one in said_to(part)] == [False, True], "once by each of the public words"
    refused = lead.post(room(world, "/review"), {"happened": "It stopped.", "then": "close"})
    assert refused.status_code == 403
    assert "contributing conditions, what went well, an action" in refused.content.decode()
    action = {"what": "Watch certificates", "owner": world.desk.agents[3].pk, "due_on": "2099-01-01"}
    lead.post(room(world, "/actions"), action)
    parts = {"happened": "It stopped.", "contributing": "No alarm.", "went_well": "The calm."}
    assert "The review is kept" in lead.post(room(world, "/review"), parts, follow=True).content.decode()
    assert "closed" in lead.post(room(world, "/review"), parts | {"then": "close"}, follow=True).content.decode()
    made = ReviewAction.objects.get(what="Watch certificates")
    lead.post(room(world, "/actions/done"), {"action": made.pk})
    made.refresh_from_db()
    assert made.done_at is not None


def test_the_ticket_page_offers_it_to_leads_alone(world: WebWorld, lead: Client, tier2: Client) -> None:
    ticket = f"/console/tickets/{world.climbing.reference}"
    assert f"{ticket}/major" in text(lead, ticket)
    assert f"{ticket}/major" not in text(tier2, ticket)
    assert tier2.get(f"{ticket}/major").status_code == 404


def test_declaring_shows_the_criteria_and_asks_for_a_reason(world: WebWorld, lead: Client) -> None:
    where = f"/console/tickets/{world.climbing.reference}/major"
    page = text(lead, where)
    assert page.count("not met") == 4
    assert "Why it is one all the same" in page
    body = {"commander": world.desk.lead.pk, "cadence": 30, "shown_to": "everyone", "public_title": "VPN is down"}
    refused = lead.post(where, body)
    assert refused.status_code == 403
    assert "VPN is down" in refused.content.decode()
    made = lead.post(where, body | {"reason": "the fair opens"})
    assert made.status_code == 302
    assert "VPN is down" in text(lead, made["Location"])
    assert "is a part of a major incident already" in text(lead, where)


# --- the portal ---


def test_the_status_page_has_public_words_alone(world: WebWorld, db: None) -> None:
    operations.update(actor=world.desk.leading, major_id=world.major.pk, text="Blame the intern.", public=False)
    reader = signed_in(another("reader"))
    home, listed, page = text(reader, "/"), text(reader, "/status"), text(reader, f"/status/{world.major.pk}")
    assert all("Calibration is down" in one for one in (home, listed, page))
    assert "We renew the certificates." in page
    for hidden in ("intern", world.major.ticket.title, world.major.ticket.reference, "Lena Lead"):
        assert hidden not in home + listed + page
    assert reader.get("/status/999999").status_code == 404


def test_me_too_and_by_mail_and_no_more(world: WebWorld, db: None) -> None:
    person = another("reader")
    reader, where = signed_in(person), f"/status/{world.major.pk}"
    assert "Tell me by mail" in text(reader, where)
    assert "mail with every update" in reader.post(f"{where}/subscribe", follow=True).content.decode()
    assert "No more mail about this" in text(reader, where)
    reader.post(f"{where}/subscribe", {"verb": "leave"})
    assert "Tell me by mail" in text(reader, where)
    assert "You hear of every step" in reader.post(f"{where}/me-too", follow=True).content.decode()
    ticket = Ticket.objects.get(requester=person)
    assert ticket.reference in text(reader, where)
    operations.stand_down(actor=world.desk.leading, major_id=world.major.pk, text="Over.", resolve_children=False)
    other = signed_in(another("late"))
    assert "stood down" in other.post(f"{where}/me-too", follow=True).content.decode()
    assert other.post("/status/999999/me-too").status_code == 404


def test_the_link_of_a_mail_ends_it_without_a_session(world: WebWorld, db: None) -> None:
    person = another("reader")
    operations.subscribe(actor=actor_for(person), major_id=world.major.pk)
    token = operations.leave_address(world.major, person).partition("/mail/")[2]
    visitor = Client(enforce_csrf_checks=True)
    assert visitor.get(f"/mail/{token}").status_code == 200
    assert world.major.subscriptions.count() == 1, "a mail scanner that follows links ends nothing"
    assert visitor.post(f"/mail/{token}", {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert world.major.subscriptions.count() == 0
    assert visitor.get("/mail/status/x").status_code == 404


def test_who_leads_another_desk_finds_nothing(world: WebWorld, db: None) -> None:
    quiet = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    group = people.create_group(actor=SETUP, desk=quiet, key="hr-1", name="HR", tier=1)
    alone = people.create_person(
        actor=SETUP, email="hr@desk.example", name="Hanna", roles=[Role.LEAD], password="long enough it is"
    )
    people.join_group(actor=SETUP, person_id=alone.pk, group_id=group.pk)
    ticket = asked_by(another("asks"), "Payroll", quiet)
    hidden = operations.declare(actor=actor_for(alone), ticket_id=ticket.pk, reason="x", public_words="We look.")
    lead = signed_in(world.desk.lead)
    assert lead.get(f"/console/major/{hidden.pk}").status_code == 404
    assert f"MAJ-{hidden.pk}" not in text(lead, "/console/major") + text(lead, "/console/")
    assert signed_in(another("reader")).get(f"/status/{hidden.pk}").status_code == 404


@pytest.mark.parametrize(("n", "said"), [(1, "1 open ticket alike"), (2, "2 open tickets alike")])
def test_what_was_found_is_counted_in_words(n: int, said: str) -> None:
    found = Reach(impact=2, urgency=2, tickets=n, people=n, critical_service=False)
    assert said in [words for _met, _criterion, words in criteria_rows(found)]
