"""A known error written down from a ticket's log: what was chosen is in the form, it is tried, kept, changed."""

import re
from html import unescape

import pytest
from django.test import Client

from tests.support.console import text_of
from tests.support.desk import SETUP
from tests.support.web_world import WebWorld, confidential, signed_in
from tierline.desk.catalogue import operations as catalogue
from tierline.desk.tickets.models import Ticket
from tierline.doors.web.console.pages.known_form import Row, matcher_in, rows_of
from tierline.ladder.problems.models import KnownError, Problem
from tierline.work.diagnosis.models import Baseline, Evidence

HOSTILE = "²' OR 1=1 --\0<script>\u202e٣\ud7ff" * 100


@pytest.fixture
def tier3(world: WebWorld, db: None) -> Client:
    return signed_in(world.desk.agents[3])


def at(world: WebWorld, query: str = "") -> str:
    return f"/console/tickets/{world.climbing.reference}/known-error/new{query}"


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send of the form as it is."""
    form = page[page.index('<form class="form known-form" method="post" data-send>') :]
    found = dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]*? value="([^"]*)"', form))
    found |= {
        name: text.removeprefix("\n")
        for name, text in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL)
    }
    for name, inside in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', inside) or re.search(r'<option value="([^"]*)"', inside)
        assert chosen is not None
        found[name] = chosen[1]
    return {name: unescape(value) for name, value in found.items() if name != "csrfmiddlewaretoken"}


class TestDraft:
    def test_what_was_chosen_is_in_the_form(self, world: WebWorld, tier3: Client) -> None:
        [row] = Evidence.objects.get(pk=world.evidence.pk).templates.filter(template__startswith="rekey window")
        page = tier3.get(at(world, f"?evidence={world.evidence.pk}&template={row.template_id}")).content.decode()
        said = fields_of(page)
        assert (said["c0-kind"], said["c0-part"], said["c0-value"]) == ("template", "all_of", row.template)
        assert said["must_tickets"] == world.climbing.reference
        assert said["title"] == world.climbing.title
        assert world.climbing.title in said["symptoms"]

    def test_lines_become_the_template_they_have_and_an_example(self, world: WebWorld, tier3: Client) -> None:
        [row] = world.evidence.templates.filter(template__startswith="rekey window")
        said = fields_of(tier3.get(at(world, f"?evidence={world.evidence.pk}&l={row.first_line}")).content.decode())
        assert said["c0-value"] == row.template
        assert "rekey window exceeded" in said["must_log"]

    def test_without_a_choice_new_templates_and_the_first_trace_are_taken(self, world: WebWorld, tier3: Client) -> None:
        [row] = world.evidence.templates.filter(template__startswith="rekey window")
        world.evidence.templates.filter(pk=row.pk).update(is_new=True)
        trace = {"language": "c", "type": "ReplayError", "frames": ["a"], "fingerprint": "f1", "line": 9, "count": 3}
        Evidence.objects.filter(pk=world.evidence.pk).update(traces=[trace])
        said = fields_of(tier3.get(at(world, f"?evidence={world.evidence.pk}")).content.decode())
        assert [said[f"c{n}-kind"] for n in range(2)] == ["template", "fingerprint"]
        assert said["c1-value"] == "f1"

    def test_without_a_log_the_words_of_the_ticket_are_taken(self, world: WebWorld, tier3: Client) -> None:
        said = fields_of(tier3.get(f"/console/tickets/{world.asked.reference}/known-error/new").content.decode())
        assert (said["c0-kind"], said["c0-value"]) == ("text", world.asked.title)

    @pytest.mark.parametrize("query", ["?evidence=99999", "?evidence=x&l=-1&template=no&trace=no"])
    def test_odd_choices_are_no_error(self, world: WebWorld, tier3: Client, query: str) -> None:
        assert tier3.get(at(world, query)).status_code == (404 if "99999" in query else 200)

    def test_the_log_page_leads_there(self, world: WebWorld, tier3: Client) -> None:
        page = tier3.get(f"/console/tickets/{world.climbing.reference}/evidence/{world.evidence.pk}").content.decode()
        assert 'id="make" method="get"' in page
        assert 'form="make" name="template"' in page
        assert 'form="make" name="l" value=' in page


class TestKeeping:
    def form(self, world: WebWorld, **more: str) -> dict[str, str]:
        return {
            "title": "Rekey", "symptoms": "VPN drops.", "workaround": "Use 5.2.2.", "lowest_tier": "1",
            "audience": "internal", "affected_versions": "5.2.0, 5.2.1", "risk": "none", "review_on": "2027-03-31",
            "c0-part": "all_of", "c0-kind": "template", "c0-value": "rekey window exceeded", "c0-least": "2",
            "must_tickets": world.climbing.reference, **more,
        }  # fmt: skip

    def test_it_is_kept_with_a_problem_behind_the_ticket(self, world: WebWorld, tier3: Client) -> None:
        answer = tier3.post(at(world), self.form(world, must_not_log="rekey fine"))
        known = KnownError.objects.get()
        assert answer.headers["Location"] == f"/console/known/{known.pk}"
        assert known.matcher == {
            "all_of": [{"kind": "template", "value": "rekey window exceeded", "least": 2}], "any_of": []
        }  # fmt: skip
        assert known.fixtures == {
            "must": [{"ticket": world.climbing.pk}], "must_not": [{"name": "lines", "log": "rekey fine"}]
        }  # fmt: skip
        assert known.affected_versions == ["5.2.0", "5.2.1"]
        assert list(known.problem.links.values_list("ticket_id", flat=True)) == [world.climbing.pk]
        tier3.post(at(world), self.form(world))
        assert Problem.objects.count() == 1
        said = text_of(tier3.get(f"/console/known/{known.pk}"))
        assert "must leave alone" in said
        assert world.climbing.reference in said
        assert "Look at it again on" in said

    def test_it_can_be_tried_before_it_is_kept(self, world: WebWorld, tier3: Client) -> None:
        form = self.form(world, verb="try", must_not_log="x rekey window exceeded y\nx rekey window exceeded y")
        answer = tier3.post(at(world), form)
        said = text_of(answer)
        assert f"It catches “{world.climbing.reference}”, because" in said
        assert "wrong" in said
        assert "It catches “lines”" in said
        assert not KnownError.objects.exists()
        assert not Problem.objects.exists()
        assert fields_of(answer.content.decode())["workaround"] == "Use 5.2.2."

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"title": ""}, "This is needed."),
            ({"c0-kind": ""}, "Condition 1 is half filled"),
            ({"c0-value": "<*>"}, "needs some words besides values"),
            ({"c0-least": "none"}, "“least” is a number from 1 on"),
            ({"c0-kind": "fact"}, "A fact condition needs a name"),
            ({"c0-kind": "fact", "c0-name": "version", "c0-relation": "between"}, "two points in the middle"),
            ({"c0-kind": "text", "c0-value": "a | b"}, "a word of two letters or more"),
            ({"c0-kind": "moon"}, "A condition is one of"),
            ({"c0-value": "x" * 2_001}, "longer than 2,000 characters"),
            ({"must_tickets": "INC-999999"}, "There is no ticket INC-999999."),
            ({"must_tickets": "see there"}, "There is no ticket see."),
            ({"review_on": "soon"}, "Write the day as"),
            ({"lowest_tier": "9"}, "A tier is a number from 0 to 4."),
        ],
    )
    def test_what_is_wrong_is_said_in_words(
        self, world: WebWorld, tier3: Client, wrong: dict[str, str], words: str
    ) -> None:
        answer = tier3.post(at(world), self.form(world, **wrong))
        assert 400 <= answer.status_code < 500
        assert words in text_of(answer)
        assert fields_of(answer.content.decode())["workaround"] == "Use 5.2.2."
        assert not KnownError.objects.exists()
        assert not Problem.objects.exists()

    def test_tickets_of_others_cannot_be_tried(self, world: WebWorld, tier3: Client) -> None:
        secret = confidential(world.desk)
        answer = tier3.post(at(world), self.form(world, verb="try", must_tickets=str(secret.pk)))
        assert "There is no ticket" in text_of(answer)

    def test_hostile_values_are_no_fault_of_ours(self, world: WebWorld, tier3: Client) -> None:
        for name in self.form(world, must_log="", must_not_tickets="", **{"c0-name": "", "c0-relation": ""}):
            answer = tier3.post(at(world), self.form(world, **{name: HOSTILE}))
            assert answer.status_code < 500, name

    def test_it_is_changed_and_other_examples_stay(self, world: WebWorld, tier3: Client) -> None:
        tier3.post(at(world), self.form(world))
        known = KnownError.objects.get()
        written = {"name": "by hand", "text": "the tunnel drops"}
        KnownError.objects.filter(pk=known.pk).update(
            fixtures={"must": [{"ticket": world.climbing.pk}, written], "must_not": []}
        )
        address = f"/console/known/{known.pk}/change"
        said = fields_of(tier3.get(address).content.decode())
        assert said["c0-value"] == "rekey window exceeded"
        assert said["review_on"] == "2027-03-31"
        answer = tier3.post(address, {**said, "title": "Rekey window", "c1-kind": "text", "c1-value": "vpn | tunnel"})
        assert answer.status_code == 302
        known.refresh_from_db()
        assert known.title == "Rekey window"
        assert written in known.fixtures["must"]
        assert [one["kind"] for one in known.matcher["all_of"]] == ["template", "text"]


def test_requesters_find_nothing(world: WebWorld, db: None) -> None:
    requester = signed_in(world.desk.requester)
    assert requester.get(at(world)).status_code == requester.post(at(world), {}).status_code == 404


def test_a_file_is_kept_as_healthy_once_its_product_is_known(world: WebWorld, tier3: Client) -> None:
    address = f"/console/tickets/{world.climbing.reference}/evidence/{world.evidence.pk}"
    Ticket.objects.filter(pk=world.climbing.pk).update(facts={"product": "no such product"})
    refused = text_of(tier3.post(f"{address}/healthy", {"version": "5.2"}, follow=True))
    assert "Say which product and version" in refused
    catalogue.create_product(actor=SETUP, key="tun", name="Tunnel client")
    Ticket.objects.filter(pk=world.climbing.pk).update(facts={"product": "Tunnel client"})
    said = text_of(tier3.post(f"{address}/healthy", {"version": "5.2"}, follow=True))
    assert "It counts as healthy for Tunnel client 5.2." in said
    assert Baseline.objects.get(release_version="5.2").bundles == 1


def test_rows_of_nothing_are_left_out() -> None:
    data = {"c0-kind": "text", "c0-value": "vpn", "c1-kind": "", "c1-value": "", "c2-part": "any_of", "c2-kind": "fact",
            "c2-name": "os", "c2-value": "Linux", "c11-kind": "text"}  # fmt: skip
    rows = rows_of(data)
    assert [row.kind for row in rows] == ["text", "fact"]
    assert matcher_in(rows) == {
        "all_of": [{"kind": "text", "value": "vpn"}],
        "any_of": [{"kind": "fact", "value": "Linux", "name": "os", "relation": "is"}],
    }
    assert matcher_in([]) == {}
    assert matcher_in([Row(kind="template", value="a b", least="3")])["all_of"][0]["least"] == "3"
