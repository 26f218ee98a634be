"""Behind a due time: the derivation on a page and as a piece, the chain, and a vendor's own clock."""

import pytest
from django.test import Client

from tests.support.console import text_of
from tests.support.web_world import WebWorld, confidential
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.catalogue.models import Vendor
from tierline.desk.tickets.models import Ticket


def at(ticket: Ticket, verb: str = "clocks") -> str:
    return f"/console/tickets/{ticket.reference}/{verb}"


def test_every_clock_has_its_derivation_on_a_page_of_its_own(world: WebWorld, tier2: Client) -> None:
    said = text_of(tier2.get(at(world.climbing)))
    for words in ("First reply", "Tier 2, OLA", "Solution, SLA", "SLA due", "tier 2's share (OLA) until"):
        assert words in said, words
    assert "used under Standard v1" in said
    assert "target by Standard v1" in said
    assert "left, in open hours" in said or "due" in said


def test_a_list_asks_for_the_one_that_is_due_next(world: WebWorld, tier2: Client) -> None:
    piece = tier2.get(at(world.climbing), HTTP_HX_REQUEST="true").content.decode()
    assert "<html" not in piece
    assert "because" in piece
    assert f'href="{at(world.climbing)}"' in piece
    rows = tier2.get("/console/?view=all").content.decode()
    assert f'hx-get="{at(world.climbing)}"' in rows


def test_clocks_of_another_desk_are_not_there(world: WebWorld, tier2: Client) -> None:
    assert tier2.get(at(confidential(world.desk))).status_code == 404
    assert tier2.get("/console/tickets/INC-999999/clocks").status_code == 404


def test_waiting_for_a_vendor_runs_their_clock_beside_the_desks(world: WebWorld, tier2: Client) -> None:
    vendor = Vendor.objects.create(key="halden", name="Halden Boards")
    assert "Halden Boards" in text_of(tier2.get(f"/console/tickets/{world.climbing.reference}"))
    tier2.post(at(world.climbing, "wait"), {"whom": "vendor", "vendor": vendor.pk, "reason": "board replaced"})
    said = text_of(tier2.get(at(world.climbing)))
    assert "Vendor, contract" in said
    assert "the vendor's until" in said
    assert "SLA due" in said
    page = text_of(tier2.get(f"/console/tickets/{world.climbing.reference}"))
    assert "Waits for the vendor, whose own clock runs." in page


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"whom": "lunch"}, 422),
        ({"whom": ""}, 422),
        ({"whom": "vendor", "vendor": "99999"}, 422),
        ({"whom": "requester", "vendor": "known"}, 422),
        ({"whom": "change"}, 302),
    ],
)
def test_a_wait_needs_a_reason_that_is_known(
    world: WebWorld, tier2: Client, typed: dict[str, str], status: int
) -> None:
    known = Vendor.objects.create(key="known", name="Known")
    given = {name: str(known.pk) if value == "known" else value for name, value in typed.items()}
    answer = tier2.post(at(world.climbing, "wait"), given)
    assert answer.status_code == status
    started = TimelineEntry.objects.of("ticket", world.climbing.pk).filter(kind="ticket.wait_started")
    assert started.exists() == (status == 302)
