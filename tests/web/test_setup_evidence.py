"""The pages of the vault: how long a desk keeps originals, views made anew, and one file's own page."""

from datetime import timedelta

import pytest
from django.test import Client

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.web_world import signed_in
from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.desk.people import operations as people
from tierline.desk.people.rules import Role
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.operations import NewAttachment
from tierline.work.diagnosis import operations as diagnosis
from tierline.work.diagnosis.models import Evidence, Rebuild, RetentionDefault

pytestmark = pytest.mark.django_db
MACHINE = Actor.machine("diagnosis")
LOG = b"10:00:00 INFO login of Ines Okafor\n10:00:01 INFO token=abc123def456\n"


def make_desk() -> tuple[SmallDesk, Evidence]:
    desk = small_desk()
    ticket = desk.ticket(attachments=[NewAttachment(name="a.log", content_type="text/plain", content=LOG)])
    diagnosis.examine_ticket(actor=MACHINE, ticket_id=ticket.pk)
    return desk, Evidence.objects.get(ticket=ticket)


world = held(make_desk)


def text(client: Client, where: str) -> str:
    answer = client.get(where)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def page_of(evidence: Evidence) -> str:
    return f"/console/tickets/{evidence.ticket.reference}/evidence/{evidence.pk}"


# --- set-up ---


def test_a_desk_says_how_long_its_originals_are_kept(world: tuple[SmallDesk, Evidence]) -> None:
    desk, _ = world
    admin = signed_in(desk.administrator)
    assert "as long as the ticket" in text(admin, "/setup/evidence")
    where = f"/setup/evidence/{desk.desk.pk}"
    told = admin.post(where, {"retention": "90-days"}, follow=True).content.decode()
    assert "from now on are kept so" in told
    assert RetentionDefault.objects.get(pk=desk.desk.pk).retention == "90-days"
    wrong = admin.post(where, {"retention": "for ever"}, follow=True).content.decode()
    assert "Choose one of ticket" in wrong
    assert admin.post("/setup/evidence/4711", {"retention": "ticket"}).status_code == 404
    assert admin.get(where).status_code == 405


def test_only_who_arranges_a_desk_finds_the_page_and_only_their_desks(world: tuple[SmallDesk, Evidence]) -> None:
    desk, _ = world
    other = people.create_desk(actor=SETUP, key="hr", name="Human affairs", kind="hr", confidential=True)
    arranging = people.create_person(
        actor=SETUP, email="arr@desk.example", name="Ari", roles=[Role.DESK_ADMINISTRATOR], password=""
    )
    people.join_group(actor=SETUP, person_id=arranging.pk, group_id=desk.groups[1].pk)
    shown = text(signed_in(desk.administrator), "/setup/evidence")
    assert "Human affairs" in shown, "arranged without a word of it being read"
    for person in (desk.agents[1], desk.lead, desk.requester):
        client = signed_in(person)
        assert client.get("/setup/evidence").status_code == 404
        assert client.post(f"/setup/evidence/{other.pk}", {"retention": "ticket"}).status_code == 404


def test_views_are_made_anew_from_the_page_with_progress(world: tuple[SmallDesk, Evidence]) -> None:
    desk, evidence = world
    admin, where = signed_in(desk.administrator), f"/setup/evidence/{desk.desk.pk}"
    told = admin.post(where, {"verb": "rebuild"}, follow=True).content.decode()
    assert "0 of 1 tickets" in told
    assert 'hx-get="/setup/evidence/state"' in told
    jobs.drain()
    done = text(admin, "/setup/evidence/state")
    assert "1 of 1 tickets" in done
    assert "hx-get" not in done
    assert Evidence.objects.get(pk=evidence.pk).analysed_at != evidence.analysed_at
    admin.post(where, {"verb": "rebuild"})
    running = Rebuild.objects.get(state="running")
    assert "Stopped" in admin.post(where, {"verb": "stop", "rebuild": running.pk}, follow=True).content.decode()
    assert admin.post(where, {"verb": "stop", "rebuild": "x"}).status_code == 404


# --- the file's own page ---


def test_the_page_of_a_file_says_how_its_original_is_kept(world: tuple[SmallDesk, Evidence]) -> None:
    desk, evidence = world
    agent, lead = signed_in(desk.agents[1]), signed_in(desk.lead)
    shown = text(agent, page_of(evidence))
    assert evidence.sha256[:16] in shown
    assert "as long as the ticket" in shown
    assert "Keep it longer or shorter" not in shown, "that needs the right"
    keep = f"{page_of(evidence)}/keep"
    assert agent.post(keep, {"retention": "1-year", "reason": "x"}).status_code == 404
    refused = lead.post(keep, {"verb": "retain", "retention": "1-year", "reason": " "}, follow=True).content.decode()
    assert "Say why it is kept so long." in refused
    told = lead.post(
        keep, {"verb": "retain", "retention": "legal-hold", "reason": "Court file 7"}, follow=True
    ).content.decode()
    assert "until the legal hold is lifted" in told
    assert "Lena Lead: as long as the ticket → until the legal hold is lifted. Court file 7" in told
    stream = text(lead, f"/console/tickets/{evidence.ticket.reference}")
    assert "is kept otherwise" in stream


def test_the_files_of_a_ticket_are_read_again_from_the_page(world: tuple[SmallDesk, Evidence]) -> None:
    desk, evidence = world
    keep = f"{page_of(evidence)}/keep"
    assert signed_in(desk.agents[1]).post(keep, {"verb": "rebuild"}).status_code == 404
    told = signed_in(desk.lead).post(keep, {"verb": "rebuild"}, follow=True).content.decode()
    assert "1 file was read again." in told
    stream = text(signed_in(desk.lead), f"/console/tickets/{evidence.ticket.reference}")
    assert "1 file read again by today&#39;s rules" in stream or "1 file read again by today's rules" in stream


def test_when_the_original_was_removed_the_page_says_when_and_by_which_class(
    world: tuple[SmallDesk, Evidence],
) -> None:
    desk, evidence = world
    diagnosis.retain(actor=desk.leading, evidence_id=evidence.pk, retention="90-days", reason="Contract")
    tickets.resolve(actor=desk.actor(1), ticket_id=evidence.ticket_id, resolution="Done.")
    with clock.at(clock.now() + timedelta(days=91)):
        diagnosis.remove_due(actor=MACHINE)
    shown = text(signed_in(desk.lead), page_of(evidence))
    assert "90 days were over" in shown
    assert "&lt;person-1&gt;" in shown or "person 1" in shown
    assert "Keep it longer or shorter" not in shown
    assert "Read without masks" not in shown
    stream = text(signed_in(desk.lead), f"/console/tickets/{evidence.ticket.reference}")
    assert "The original of a.log was removed" in stream


def test_the_states_of_reading_without_masks(world: tuple[SmallDesk, Evidence]) -> None:
    """Not asked, refused without a reason, granted until, over, and never offered to others."""
    desk, evidence = world
    lead, where = signed_in(desk.lead), page_of(evidence)
    assert "Read without masks" in text(lead, where)
    assert "Read without masks" not in text(signed_in(desk.agents[1]), where)
    assert "Say why you need" in lead.post(f"{where}/unmask", {"reason": ""}, follow=True).content.decode()
    now = clock.now()
    granted = lead.post(f"{where}/unmask", {"reason": "Rotate the key"}, follow=True).content.decode()
    assert "Without masks until" in granted
    assert "abc123def456" in granted
    assert "You may read it without masks until" in text(lead, where)
    with clock.at(now + timedelta(minutes=16)):
        over = text(lead, f"{where}?unmasked=yes")
        assert "Your time to read it without masks was over at" in over
        assert "abc123def456" not in over
        assert "was over at" not in text(lead, where), "said where somebody expects to read on"
