"""No part of an unredacted original over any door without the right, asking, and the time that asking gives.

The addresses are those that the code has: a new page, endpoint or tool is read here the day it is written.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.test import Client

from tests.support.access_world import AccessWorld, access_world, program_of, signed_in
from tests.support.desk import SETUP
from tests.support.held import held
from tierline.config import access
from tierline.config.access import Way, ways
from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people import operations as people
from tierline.desk.people.models import Person
from tierline.desk.people.rules import RIGHTS, Right, Role
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Attachment
from tierline.doors.mcp.tools import TOOLS
from tierline.work.diagnosis import operations as diagnosis
from tierline.work.diagnosis.models import Evidence
from tierline.work.intake import operations as intake

pytestmark = pytest.mark.django_db
WEB = ("console", "setup", "insights", "portal", "account")
SECRETS = (b"q7Wz9kPl2mXv", b"4111111111111111", b"DE89370400440532013000", b"petra.planck@field.example")
LOG = b"""2026-11-23 10:00:00 INFO tunneld password=q7Wz9kPl2mXv
2026-11-23 10:00:01 INFO tunneld card 4111111111111111
2026-11-23 10:00:02 ERROR tunneld account DE89370400440532013000 of petra.planck@field.example
"""
FILES = ("evidence", "attachment")
EVERY_WAY = ways()


@dataclass(frozen=True)
class Vault:
    """The world of access with one more file, and somebody of the desk with every role that lacks the right."""

    world: AccessWorld
    numbers: dict[str, object]
    evidence: Evidence
    without: Person

    @property
    def lead(self) -> Person:
        return self.world.web.desk.lead


def make_vault() -> Vault:
    world = access_world()
    desk, ticket = world.web.desk, world.web.climbing
    file = tickets.NewAttachment(name="secrets.log", content_type="text/plain", content=LOG)
    tickets.receive_message(
        actor=Actor.machine("intake"), ticket_id=ticket.pk, author=desk.requester, text="Again.", attachments=[file]
    )
    attachment = Attachment.objects.get(name="secrets.log")
    evidence = diagnosis.collect(actor=Actor.machine("diagnosis"), ticket_id=ticket.pk, attachment_id=attachment.pk)
    diagnosis.analyse(actor=Actor.machine("diagnosis"), evidence_id=evidence.pk)
    lacking = [role for role in Role if Right.EVIDENCE_UNMASK not in RIGHTS[role]]
    without = people.create_person(actor=SETUP, email="w@desk.example", name="Willa", roles=lacking, password="")
    people.join_group(actor=SETUP, person_id=without.pk, group_id=desk.groups[2].pk)
    numbers = {**world.secret, "evidence": evidence.pk, "attachment": attachment.pk}
    return Vault(world, numbers, evidence, without)


vault = held(make_vault)


def address(way: Way, numbers: dict[str, object]) -> str:
    """The address of a way with the numbers of what it names."""

    def number(found: "re.Match[str]") -> str:
        named = access.AT.get((way.channel, found[1])) or access.OBJECTS.get(found[1])
        if named == "ticket":
            return f"INC-{numbers['ticket']}"
        return str(numbers.get(named or "", "log"))

    return re.sub(r"{(\w+)}", number, way.address)


def bodies(client: Client, numbers: dict[str, object], *, all_ways: bool) -> Iterator[tuple[str, bytes]]:
    """What every page answers (or those of files alone), also when it is asked to show them bare."""
    for way in EVERY_WAY:
        if way.channel in WEB and (all_ways or way.object in FILES):
            where = address(way, numbers)
            for query in ("", "?unmasked=yes&line=1") if way.object in FILES else ("",):
                answer: Any = client.get(where + query)
                yield where + query, b"".join(answer.streaming_content) if answer.streaming else answer.content


def leaks(found: Iterator[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    return [(where, secret) for where, body in found for secret in SECRETS if secret in body]


def test_no_role_without_the_right_reads_any_of_it_on_any_page(vault: Vault) -> None:
    client = signed_in(vault.without)
    shown = client.get(f"/console/tickets/INC-{vault.numbers['ticket']}/evidence/{vault.evidence.pk}")
    assert b"password=" in shown.content, "the redacted lines are theirs to read"
    assert leaks(bodies(client, vault.numbers, all_ways=True)) == []
    asked = client.post(
        f"/console/tickets/INC-{vault.numbers['ticket']}/evidence/{vault.evidence.pk}/unmask", {"reason": "to see"}
    )
    assert asked.status_code == 404


def test_neither_over_the_api_nor_over_the_tools(vault: Vault) -> None:
    for person in (vault.without, vault.lead):
        program = program_of(person)
        told = []
        for way in (one for one in EVERY_WAY if one.channel == "API" and one.address.startswith("GET ")):
            answer = program.get(address(way, vault.numbers).removeprefix("GET /api/v1"))
            told.append((way.address, b"".join(answer.streaming_content) if answer.streaming else answer.content))
        for tool in (one for one in TOOLS if "text" not in one.params.__annotations__):
            given = {"ticket": f"INC-{vault.numbers['ticket']}"} if "ticket" in tool.params.__annotations__ else {}
            told.append((tool.name, program.rpc("tools/call", {"name": tool.name, "arguments": given}).content))
        assert len(told) > 5
        assert leaks(iter(told)) == []


def test_who_has_the_right_reads_nothing_bare_before_asking_and_after_the_time(vault: Vault) -> None:
    client, ticket = signed_in(vault.lead), vault.numbers["ticket"]
    assert leaks(bodies(client, vault.numbers, all_ways=False)) == []
    page = f"/console/tickets/INC-{ticket}/evidence/{vault.evidence.pk}"
    refused = client.post(f"{page}/unmask", {"reason": "  "}, follow=True).content
    assert b"Say why you need to read it unmasked." in refused
    bare = client.post(f"{page}/unmask", {"reason": "Rotate the key", "line": "1"}, follow=True).content
    assert all(secret in bare for secret in SECRETS[:3])
    file = client.get(f"/console/files/{vault.numbers['attachment']}")
    assert b"".join(file.streaming_content) == LOG  # type: ignore[attr-defined]  # a streamed answer
    assert not any(secret in client.get(page).content for secret in SECRETS), "only where it is asked for"
    kinds = [one.kind for one in TimelineEntry.objects.of("ticket", vault.world.web.climbing.pk)]
    assert kinds.count("evidence.unmasking_asked") == 1
    assert kinds.count("evidence.unmasked") == 2, "every reading is an entry"
    with clock.at(clock.now() + timedelta(minutes=16)):
        assert leaks(bodies(client, vault.numbers, all_ways=False)) == []


def test_it_is_masked_again_when_somebody_says_so_and_for_others_all_the_time(vault: Vault) -> None:
    client = signed_in(vault.lead)
    page = f"/console/tickets/INC-{vault.numbers['ticket']}/evidence/{vault.evidence.pk}"
    client.post(f"{page}/unmask", {"reason": "Rotate the key"})
    assert leaks(bodies(signed_in(vault.without), vault.numbers, all_ways=False)) == []
    client.post(f"{page}/unmask", {"verb": "end"})
    assert leaks(bodies(client, vault.numbers, all_ways=False)) == []


def mailed(vault: Vault) -> dict[str, object]:
    """The same log, packed in a zip and sent by mail, with the numbers of what came of it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("secrets.log", LOG)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = vault.world.web.desk.requester.email, "help@desk.example", "The tunnel"
    mail["Message-ID"], mail["Date"] = "<zipped@field.example>", "Mon, 23 Nov 2026 10:00:00 +0000"
    mail.set_content("My tunnel drops. The logs are in the archive.")
    mail.add_attachment(packed.getvalue(), maintype="application", subtype="zip", filename="bundle.zip")
    intake.receive(actor=Actor.machine("intake"), content=mail.as_bytes())
    attachment = Attachment.objects.get(name="bundle.zip")
    diagnosis.examine_ticket(actor=Actor.machine("diagnosis"), ticket_id=attachment.ticket_id)
    evidence = Evidence.objects.get(attachment=attachment)
    found = {"ticket": attachment.ticket_id, "message": attachment.message_id, "attachment": attachment.pk}
    return {**vault.numbers, **found, "evidence": evidence.pk}


def test_packed_and_by_mail_it_is_no_different(vault: Vault) -> None:
    numbers = mailed(vault)
    client = signed_in(vault.without)
    shown = client.get(f"/console/tickets/INC-{numbers['ticket']}/evidence/{numbers['evidence']}")
    assert b"password=" in shown.content, "it was unpacked and read"
    assert leaks(bodies(client, numbers, all_ways=True)) == []
    assert leaks(bodies(signed_in(vault.lead), numbers, all_ways=False)) == []
    owner = signed_in(vault.world.web.desk.requester)
    assert leaks(bodies(owner, {**numbers, "attachment": 0}, all_ways=True)) == []
    for person in (vault.without, vault.lead):
        program = program_of(person)
        for way in (one for one in EVERY_WAY if one.channel == "API" and one.address.startswith("GET ")):
            answer: Any = program.get(address(way, numbers).removeprefix("GET /api/v1"))
            told = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert leaks(iter([(way.address, told)])) == []


def test_no_search_finds_a_ticket_by_what_is_masked_in_its_files(vault: Vault) -> None:
    numbers = mailed(vault)
    references = [f"INC-{numbers['ticket']}", vault.world.web.climbing.reference]
    for secret in SECRETS:
        for person in (vault.without, vault.lead, vault.world.web.desk.requester):
            told = [program_of(person).get("/search", q=secret.decode()).content.decode()]
            told.append(signed_in(person).get("/console/search", {"q": secret.decode()}).content.decode())
            told.append(signed_in(person).get("/search", {"q": secret.decode()}).content.decode())
            assert [one for one in references for text in told if one in text] == []
