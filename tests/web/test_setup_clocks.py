"""Set-up of clocks: what is typed, the preview before anything applies, and who may."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tierline.core.kernel import clock, jobs
from tierline.core.kernel.errors import Invalid
from tierline.desk.catalogue.models import Vendor
from tierline.desk.people import operations as people
from tierline.desk.sla import operations as sla
from tierline.desk.sla.models import BusinessCalendar, ClockChange, Policy
from tierline.desk.sla.rules import DEFAULT_TARGETS
from tierline.doors.web.setup import clock_rows

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


# ---- what is typed


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("", None), ("  ", None), ("30", 30), ("45 min", 45), ("45m", 45), ("4 h", 240), ("4h", 240), ("1 h 30", 90),
        ("1 H 30 MIN", 90), ("0", 0), ("100 h", 6000),
    ],
)  # fmt: skip
def test_durations_are_read(typed: str, minutes: int | None) -> None:
    assert clock_rows.minutes_in(typed) == minutes
    assert clock_rows.minutes_in(clock_rows.duration_words(minutes)) == minutes


@pytest.mark.parametrize("typed", ["h", "x", "4 d", "-3", "1:30", "٣", "4 h 30 s", "1.5 h", "9" * 30])
def test_what_is_no_duration_is_refused(typed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (its words are the caller's)
        clock_rows.minutes_in(typed)


@pytest.mark.parametrize(
    ("typed", "windows"),
    [
        ("", []),
        ("08:00-18:00", [[480, 1080]]),
        ("8:00-12:00, 13:00 - 18:00,", [[480, 720], [780, 1080]]),
        ("00:00-24:00", [[0, 1440]]),
        ("08:00\N{EN DASH}18:00", [[480, 1080]]),
    ],
)
def test_hours_are_read(typed: str, windows: list[list[int]]) -> None:
    assert clock_rows.windows_in(typed) == windows
    assert clock_rows.windows_in(clock_rows.windows_words(windows)) == windows


@pytest.mark.parametrize("typed", ["8-18", "18:00-08:00", "08:00-25:00", "08:99-10:00", "08:00", "x", "08:00-08:00"])
def test_what_is_no_hours_is_refused(typed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (its words are the caller's)
        clock_rows.windows_in(typed)


def test_closed_days_are_read_and_shown_again() -> None:
    text = "2026-12-24 Christmas Eve\n2026-12-31 14:00-24:00 Stocktaking\n2027-01-01"
    assert clock_rows.closures_typed(text + "\n\n") == [
        {"day": "2026-12-24", "name": "Christmas Eve"},
        {"day": "2026-12-31", "from": 840, "until": 1440, "name": "Stocktaking"},
        {"day": "2027-01-01", "name": ""},
    ]
    assert clock_rows.closures_words(clock_rows.closures_typed(text)) == text
    for line in ("Christmas", "2026-02-30 Never", "2026-12-31 24:00-14:00 Turned"):
        with pytest.raises(ValueError, match=line[:6]):
            clock_rows.closures_typed(line)


def test_a_wrong_duration_is_named_by_its_field() -> None:
    with pytest.raises(Invalid) as refused:
        clock_rows.read_policy({"resolution-3": "soon", "resolution-1": "4 h"})
    assert set(refused.value.fields) == {"resolution-3"}


def test_a_row_left_empty_is_left_to_the_general_policy() -> None:
    read = clock_rows.read_policy({"name": "Gold", "resolution-1": "1 h", "pause-vendor": "1", "desk": "x"})
    assert read["targets"] == {"resolution": [60, None, None, None, None]}
    assert (read["pauses"], read["desk_id"], read["warn_at"]) == (["vendor"], None, 0)


# ---- the pages


desk = held(lambda: small_desk(policy=True))


@pytest.fixture(autouse=True)
def at_nine(held_database: None, db: None) -> Iterator[None]:
    with clock.at(MONDAY):
        yield


@pytest.fixture
def admin(desk: SmallDesk) -> Client:
    client = Client()
    client.force_login(desk.administrator)
    return client


def fields(**changed: str) -> dict[str, str]:
    """The form as it comes back unchanged, but for what is changed."""
    policy = Policy.objects.select_related("calendar").newest().get(key="standard")
    return {name: str(value) for name, value in clock_rows.policy_fields(policy).items()} | changed


def text(response: Any) -> str:
    assert isinstance(response, HttpResponse)
    return response.content.decode()


def follow(client: Client, response: Any) -> str:
    assert response.status_code == 302, text(response)
    return text(client.get(response.headers["Location"]))


def test_the_list_shows_policies_calendars_and_vendors(admin: Client, desk: SmallDesk) -> None:
    Vendor.objects.create(key="halden", name="Halden Boards")
    sla.write_policy(
        actor=SETUP, name="Gold", calendar=BusinessCalendar.objects.get(), plan="Gold", targets={"resolution": [60] * 5}
    )
    page = text(admin.get("/setup/clocks"))
    for words in ("Standard", "every ticket", "plan Gold", "Office hours", "used by 2 policies", "Halden Boards"):
        assert words in page, words


def test_an_edit_is_counted_shown_and_then_applied(admin: Client, desk: SmallDesk) -> None:
    ticket = desk.owned(1)
    jobs.drain()
    with clock.at(MONDAY + timedelta(minutes=90)):
        sent = admin.post("/setup/clocks/policies/standard", fields(**{"resolution-4": "1 h"}))
        page = follow(admin, sent)
        assert "0 of 1 open tickets read" in page
        assert "Solution (SLA): P4 48 h \N{RIGHTWARDS ARROW} 1 h" in page
        assert Policy.objects.count() == 1
        jobs.drain()
        change = ClockChange.objects.get()
        page = text(admin.get(f"/setup/clocks/changes/{change.pk}"))
        assert "1 due time moves, 1 breaches now (0 later, 1 sooner)." in page
        assert ticket.reference in page
        state = text(admin.get(f"/setup/clocks/changes/{change.pk}/state", HTTP_HX_REQUEST="true"))
        assert "<html" not in state
        assert "Apply" in state
        page = follow(admin, admin.post(f"/setup/clocks/changes/{change.pk}/apply"))
        assert "It holds from now on" in page
        jobs.drain()
    ticket.refresh_from_db()
    assert ticket.due_at == MONDAY + timedelta(hours=1)
    page = text(admin.get("/setup/clocks/policies/standard"))
    assert "Version 2" in page
    assert "Ada Admin" in page
    old = text(admin.get("/setup/clocks/policies/standard?version=1"))
    assert 'name="resolution-4" value="48 h"' in old
    assert "applied" in text(admin.get(f"/setup/clocks/changes/{change.pk}"))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "Nothing differs"),
        ({"resolution-4": "soon"}, "A duration looks like"),
        ({"name": ""}, "needs a name"),
        ({"warn_at": "150"}, "1 to 99 percent"),
        ({"calendar": "none"}, "no such calendar"),
    ],
)
def test_what_cannot_be_used_is_said_and_kept(
    admin: Client, desk: SmallDesk, changed: dict[str, str], said: str
) -> None:
    refused = admin.post(
        "/setup/clocks/policies/standard", fields(**{"first_reply-5": "7 h"} | changed if changed else {})
    )
    assert refused.status_code == 422
    assert said in text(refused)
    assert not changed or 'value="7 h"' in text(refused)
    assert not ClockChange.objects.exists()


def test_a_new_policy_for_a_plan(admin: Client, desk: SmallDesk) -> None:
    made = fields(name="Gold", plan="Gold", **{"resolution-1": "2 h"})
    follow(admin, admin.post("/setup/clocks/policies/new", made))
    jobs.drain()
    change = ClockChange.objects.get()
    assert "No due time moves." in text(admin.get(f"/setup/clocks/changes/{change.pk}"))
    admin.post(f"/setup/clocks/changes/{change.pk}/apply")
    assert Policy.objects.newest().get(key="gold").plan == "Gold"
    follow(admin, admin.post("/setup/clocks/policies/gold/withdraw"))
    assert "withdrawn" in text(admin.get(f"/setup/clocks/changes/{ClockChange.objects.latest('pk').pk}"))


def test_a_dropped_change_stays_without_effect(admin: Client, desk: SmallDesk) -> None:
    admin.post("/setup/clocks/policies/standard", fields(**{"resolution-4": "1 h"}))
    jobs.drain()
    change = ClockChange.objects.get()
    assert "Nothing has changed" in follow(admin, admin.post(f"/setup/clocks/changes/{change.pk}/drop"))
    assert "nothing here" in follow(admin, admin.post(f"/setup/clocks/changes/{change.pk}/apply"))
    assert Policy.objects.count() == 1


def test_hours_are_edited_and_pull_their_policies(admin: Client, desk: SmallDesk) -> None:
    desk.owned(1)
    typed = {
        "name": "Office hours", "zone": "UTC", **{f"day-{n}": "07:00-12:00, 13:00-19:00" for n in range(5)},
        "closures": "2026-03-03 Founder's day",
    }  # fmt: skip
    page = follow(admin, admin.post("/setup/clocks/calendars/office-hours", typed))
    assert "Monday: 08:00-18:00 \N{RIGHTWARDS ARROW} 07:00-12:00, 13:00-19:00" in page
    assert "closed: 2026-03-03 Founder&#39;s day" in page
    jobs.drain()
    change = ClockChange.objects.get()
    admin.post(f"/setup/clocks/changes/{change.pk}/apply")
    jobs.drain()
    assert Policy.objects.newest().get(key="standard").version == 2
    assert "Version 2" in text(admin.get("/setup/clocks/calendars/office-hours"))
    assert "hours: Office hours v2" in text(admin.get("/setup/clocks/policies/standard"))


def test_days_are_imported_into_the_form_and_nothing_is_written(admin: Client, desk: SmallDesk) -> None:
    event = "BEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:20260504\nSUMMARY:Move <b>\nEND:VEVENT"
    ics = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{event}\nEND:VCALENDAR\n"
    form = {"name": "Office hours", "zone": "UTC", "closures": "2026-05-05 Known", "import": "1"}
    file = SimpleUploadedFile("days.ics", ics.encode(), content_type="text/calendar")
    page = text(admin.post("/setup/clocks/calendars/office-hours", {**form, "file": file}))
    assert "2026-05-04 Move &lt;b&gt;\n2026-05-05 Known" in page
    german = text(admin.post("/setup/clocks/calendars/office-hours", {**form, "country": "de", "subdivision": "BY"}))
    assert "2026-01-06 Epiphany" in german
    for wrong in ({}, {"country": "XX"}, {"file": SimpleUploadedFile("x.ics", b"no")}):
        refused = admin.post("/setup/clocks/calendars/office-hours", {**form, **wrong})
        assert refused.status_code == 422
        assert "2026-05-05 Known" in text(refused)
    assert (BusinessCalendar.objects.count(), ClockChange.objects.count()) == (1, 0)


def test_a_new_calendar_and_a_new_vendor(admin: Client, desk: SmallDesk) -> None:
    hours = {"name": "Night", "zone": "Asia/Tokyo", "day-0": "00:00-24:00"}
    assert "Night is there." in follow(admin, admin.post("/setup/clocks/calendars/new", hours))
    refused = admin.post("/setup/clocks/calendars/new", {**hours, "name": "Other", "zone": "Mars", "day-1": "x"})
    assert "Hours look like" in text(refused)
    assert "not known" in text(admin.post("/setup/clocks/calendars/new", {**hours, "name": "Other", "zone": "Mars"}))
    assert "wait for Halden" in follow(admin, admin.post("/setup/clocks/vendors/new", {"name": "Halden"}))
    assert "already in use" in follow(admin, admin.post("/setup/clocks/vendors/new", {"name": "Halden"}))


def test_titles_of_a_confidential_desk_stay_there(admin: Client, desk: SmallDesk) -> None:
    secret = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    desk.ticket(title="A warning letter", desk=secret)
    jobs.drain()
    admin.post("/setup/clocks/policies/standard", fields(**{"resolution-4": "1 h"}))
    jobs.drain()
    page = text(admin.get(f"/setup/clocks/changes/{ClockChange.objects.get().pk}"))
    assert "1 due time moves" in page
    assert "warning letter" not in page


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/policies/new",
        "/policies/standard",
        "/calendars/new",
        "/calendars/office-hours",
        "/changes/1",
        "/changes/1/state",
    ],
)
def test_the_pages_do_not_exist_for_agents(desk: SmallDesk, address: str) -> None:
    client = Client()
    client.force_login(desk.agents[1])
    assert client.get(f"/setup/clocks{address}").status_code == 404


@pytest.mark.parametrize("address", ["/policies/none", "/calendars/none", "/changes/99999", "/changes/99999/state"])
def test_what_is_not_there_is_not_found(admin: Client, desk: SmallDesk, address: str) -> None:
    assert admin.get(f"/setup/clocks{address}").status_code == 404
    assert DEFAULT_TARGETS["resolution"][3] == 2880
