"""The pages of known errors: found by words, tried, put in force, viewed, changed, with their history."""

import re

import pytest
from django.test import Client

from tests.support.console import text_of
from tests.support.web_world import WebWorld, signed_in
from tierline.core.kernel import jobs
from tierline.doors.web.console.pages.known_form import without_names
from tierline.ladder.problems import operations
from tierline.ladder.problems.models import KnownError
from tierline.work.diagnosis.models import Matcher

MATCHER = {"all_of": [{"kind": "template", "value": "rekey window exceeded"}]}
pytestmark = pytest.mark.django_db


@pytest.fixture
def tier3(world: WebWorld, db: None) -> Client:
    return signed_in(world.desk.agents[3])


@pytest.fixture
def draft(world: WebWorld, db: None) -> KnownError:
    fixtures = {"must": [{"ticket": world.climbing.pk}], "must_not": [{"ticket": world.asked.pk}]}
    return operations.draft_known_error(
        actor=world.desk.actor(3),
        ticket_id=world.climbing.pk,
        title="Moonbeam window",
        symptoms="The tunnel drops.",
        workaround="Switch it off.",
        matcher=MATCHER,
        fixtures=fixtures,
    )


def test_the_list_is_searched_and_narrowed(tier3: Client, draft: KnownError) -> None:
    for query, found in (("q=moonbeam", True), ("q=moonbeam&state=draft", True), ("q=moonbeam&state=retired", False)):
        page = tier3.get(f"/console/known?{query}").content.decode()
        assert (draft.title in page) is found, query
    assert "Nothing found" in text_of(tier3.get("/console/known?q=nothing+such"))
    assert tier3.get("/console/known?q=%00%F0&state=moon").status_code == 200


def test_in_force_it_says_what_it_would_have_caught_and_opens_exactly_these(
    world: WebWorld, tier3: Client, draft: KnownError
) -> None:
    operations.record_cause(actor=world.desk.actor(3), problem_id=draft.problem_id, cause="Found.")
    tier3.post(f"/console/known/{draft.pk}/publish")
    jobs.drain()
    page = tier3.get(f"/console/known/{draft.pk}").content.decode()
    assert "Would have caught 1 ticket of 90 days." in page
    view = re.search(r'href="([^"]*\?ids=[\d,]+)"', page)
    assert view is not None
    assert view[1].endswith(f"={world.climbing.pk}")
    tier3.post(f"/console/known/{draft.pk}/tickets/{world.climbing.reference}", {"false": "yes"})
    page = tier3.get(f"/console/known/{draft.pk}").content.decode()
    assert "1 of them false" in page
    assert "View the false ones" in page


def test_an_example_that_is_not_caught_is_named_as_people_name_it(
    world: WebWorld, tier3: Client, draft: KnownError
) -> None:
    operations.record_cause(actor=world.desk.actor(3), problem_id=draft.problem_id, cause="Found.")
    operations.revise_known_error(
        actor=world.desk.actor(3), known_error_id=draft.pk, fixtures={"must": [{"ticket": world.asked.pk}]}
    )
    page = tier3.post(f"/console/known/{draft.pk}/publish", follow=True).content.decode()
    assert f"it does not catch “{world.asked.reference}”" in page
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_the_history_tells_changes_with_what_was_there_before(
    world: WebWorld, tier3: Client, draft: KnownError
) -> None:
    operations.revise_known_error(
        actor=world.desk.actor(3),
        known_error_id=draft.pk,
        matcher={"all_of": [{"kind": "text", "value": "drops"}]},
        lowest_tier=2,
        affected_versions=["5.2"],
    )
    operations.retire_known_error(actor=world.desk.actor(3), known_error_id=draft.pk, reason="5.2 is gone")
    page = text_of(tier3.get(f"/console/known/{draft.pk}"))
    assert "Changed: affected versions, lowest tier, what it recognises itself by" in page
    assert "before: the log holds the line “rekey window exceeded”" in page
    assert "before: from tier 1" in page
    assert "Taken out of force. 5.2 is gone" in page
    assert "Written down" in page


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Hello,\n\nMy VPN drops.\n\nKind regards\nAnna Meier\n+49 40 1", "My VPN drops."),
        ("My VPN drops.\nAnna Meier", "My VPN drops."),
        ("My VPN drops\nerror 17", "My VPN drops\nerror 17"),
        ("Dear all!\nIt is slow.\nBest\nanna meier (Plant 3)", "It is slow."),
        ("Anna Meier", ""),
        ("", ""),
    ],
)
def test_symptoms_are_drafted_without_the_name_of_who_wrote(text: str, left: str) -> None:
    assert without_names(text, "Anna Meier") == left


def test_one_that_is_refused_today_is_shown_as_not_in_force(world: WebWorld, tier3: Client, draft: KnownError) -> None:
    operations.record_cause(actor=world.desk.actor(3), problem_id=draft.problem_id, cause="Found.")
    tier3.post(f"/console/known/{draft.pk}/publish")
    assert "not in force:" not in tier3.get(f"/console/known/{draft.pk}").content.decode()
    for broken in ({"all_of": [{"kind": "moon"}]}, {"all_of": ["moon"]}, {"any_of": 5}, []):
        KnownError.objects.filter(pk=draft.pk).update(matcher=broken)
        Matcher.objects.filter(known_error_id=draft.pk).update(rule=broken)
        for address in ("/console/known", f"/console/known/{draft.pk}"):
            assert "not in force: a" in text_of(tier3.get(address)), (address, broken)
        assert "In force since" not in text_of(tier3.get(f"/console/known/{draft.pk}"))
        assert tier3.get(f"/console/known/{draft.pk}/change").status_code == 200
