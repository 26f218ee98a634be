"""Alerts: each system's own words understood, what is new in a delivery, what is a storm, what recovery may do."""

import hashlib
import hmac
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.alerts import ICINGA_MAIL, NAGIOS_MAIL, alert, notification
from tierline.core.kernel.errors import Invalid, TierlineError
from tierline.work.alerts.rules import (
    FORMATS,
    Alert,
    Known,
    Severity,
    Unreadable,
    after_recovery,
    fits_signature,
    is_storm,
    milestone,
    priority_for,
    read,
    sample,
    sort_out,
    text_for,
    title_for,
    worst,
)
from tierline.work.alerts.rules.alert import LABELS, link_of, moment_of, severity_of

NOON = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=12,
)


def one(key: str, content: bytes) -> Alert:
    found = read(key, content).alerts
    assert len(found) == 1
    return found[0]


def test_alertmanager_says_what_where_since_when_and_what_to_do() -> None:
    notes = {
        "summary": "CPU of web-1 is at 99 %",
        "description": "For ten minutes.\nTop process: java",
        "runbook_url": "https://runbooks.example/cpu",
    }
    found = one("alertmanager", notification([alert(annotations=notes, fingerprint="c0ffee0123456789")]))
    assert found == Alert(
        fingerprint="c0ffee0123456789",
        group='{}:{alertname="HighCPU"}',
        firing=True,
        severity=Severity.CRITICAL,
        title="CPU of web-1 is at 99 %",
        text="For ten minutes.\nTop process: java",
        labels={"alertname": "HighCPU", "instance": "web-1", "severity": "critical"},
        starts_at=datetime(2026, 11, 17, 8, 0, tzinfo=UTC),
        url="http://prometheus.example/graph?g0.expr=up",
        runbook="https://runbooks.example/cpu",
    )


def test_grafana_leads_to_its_panel_and_shares_annotations() -> None:
    given = alert(annotations={}) | {"panelURL": "https://grafana.example/d/1?viewPanel=2"}
    body = notification([given], version="1", orgId=1, commonAnnotations={"summary": "Disk is filling up"})
    found = one("grafana", body)
    assert (found.title, found.url) == ("Disk is filling up", "https://grafana.example/d/1?viewPanel=2")


def test_without_a_summary_the_labels_are_the_title_and_without_a_fingerprint_they_are_the_name() -> None:
    bare = alert(annotations={}, fingerprint="")
    again = alert(annotations={}, fingerprint=None, status="resolved")
    other = alert(instance="web-2", annotations={}, fingerprint=7)
    names = [one("alertmanager", notification([given])).fingerprint for given in (bare, again, other)]
    assert one("alertmanager", notification([bare])).title == "HighCPU on web-1"
    assert names[0] == names[1] != names[2]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"not json", "not JSON"),
        (b"[]", "no list `alerts`"),
        (b'{"alerts": {}}', "no list `alerts`"),
        (b'{"alerts": [5]}', "Alert 1 has no status"),
        (b'{"alerts": [{"status": "pending", "labels": {"a": "b"}}]}', "Alert 1 has no status"),
        (b'{"alerts": [{"status": "firing", "labels": {}}]}', "Alert 1 has no labels"),
    ],
)
def test_what_is_no_notification_is_refused_in_words(body: bytes, says: str) -> None:
    with pytest.raises((Unreadable, Invalid), match=says):
        read("alertmanager", body)


def test_what_the_sender_left_out_is_counted() -> None:
    assert read("alertmanager", notification([alert()], truncatedAlerts=17)).cut == 17
    assert read("alertmanager", notification([alert()], truncatedAlerts=True)).cut == 0


def test_labels_and_texts_are_bounded() -> None:
    given = alert(annotations={"summary": "x" * 5000, "description": "y" * 50_000})
    given["labels"] |= {f"l{n}": "v" * 900 for n in range(100)}
    found = one("alertmanager", notification([given]))
    assert len(found.labels) == LABELS
    assert max(len(value) for value in found.labels.values()) <= 200
    assert (len(found.title), len(found.text)) == (200, 2000)


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("https://runbooks.example/a?b=c#d", True),
        ("http://10.0.0.1:3000/d/1", True),
        ("javascript:alert(1)", False),
        ("data:text/html,hi", False),
        ("//runbooks.example", False),
        ("https://", False),
        ("https://a b.example", True),
        ("https://x.example/" + "a" * 500, False),
        ("https://[broken", False),
        (None, False),
    ],
)
def test_only_web_addresses_become_links(link: object, kept: bool) -> None:
    assert bool(link_of(link)) is kept


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("2026-11-17T08:00:00.123456789Z", datetime(2026, 11, 17, 8, 0, 0, 123456, tzinfo=UTC)),
        ("2026-11-17 09:12:44 +0100", datetime(2026, 11, 17, 8, 12, 44, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("Tue Nov 17 09:12:44 CET 2026", None),
        (12, None),
        ("9" * 60, None),
    ],
)
def test_moments(given: object, found: datetime | None) -> None:
    assert moment_of(given) == found


@pytest.mark.parametrize(
    ("word", "severity"),
    [("CRITICAL", "critical"), ("page", "critical"), ("info", "info"), ("odd", "warning"), ("", "warning")],
)
def test_severities_of_all_systems_are_three(word: str, severity: str) -> None:
    assert severity_of(word) == severity


def test_icinga_as_json_under_every_spelling_is_one_alert() -> None:
    nagios = {"NOTIFICATIONTYPE": "PROBLEM", "HOSTNAME": "db1", "SERVICEDESC": "disk", "SERVICESTATE": "CRITICAL"}
    icinga = {"notification.type": "Problem", "host.name": "db1", "service.name": "disk", "service.state": "critical"}
    snake = {"notification_type": "problem", "host_name": "db1", "service_desc": "disk", "service_state": "CRITICAL"}
    found = [one("icinga", json.dumps(given).encode()) for given in (nagios, icinga, snake)]
    assert len({alert.fingerprint for alert in found}) == 1
    assert {(alert.title, alert.severity, alert.group) for alert in found} == {
        ("disk on db1 is CRITICAL", Severity.CRITICAL, "db1")
    }


@pytest.mark.parametrize("kind", ["ACKNOWLEDGEMENT", "DowntimeStart", "FLAPPINGSTOP", "CUSTOM"])
def test_what_is_neither_problem_nor_recovery_is_passed_over(kind: str) -> None:
    found = read("icinga", json.dumps({"NOTIFICATIONTYPE": kind, "HOSTNAME": "db1"}).encode())
    assert (found.alerts, found.passed_over) == ((), kind.upper())


@pytest.mark.parametrize("given", [[], {}, {"HOSTNAME": "db1"}, {"NOTIFICATIONTYPE": "PROBLEM"}])
def test_icinga_without_the_needed_variables_is_refused(given: object) -> None:
    with pytest.raises(Unreadable):
        read("icinga", json.dumps(given).encode())


@pytest.mark.parametrize("kind", ["PROBLEM", "RECOVERY"])
def test_the_mail_of_icinga_and_its_recovery_are_one_alert(kind: str) -> None:
    found = one("icinga-mail", ICINGA_MAIL.format(kind=kind, state="CRITICAL").encode())
    assert found.firing is (kind == "PROBLEM")
    assert found.title == "disk on db1.example is CRITICAL"
    assert found.text.startswith("DISK CRITICAL - free space")
    assert found.labels["address"] == "192.0.2.17"
    assert found.starts_at == datetime(2026, 11, 17, 8, 12, 44, tzinfo=UTC)
    same = one("icinga", b'{"type": "PROBLEM", "host": "db1.example", "service": "disk"}')
    assert found.fingerprint == same.fingerprint


def test_the_mail_of_nagios() -> None:
    found = one("icinga-mail", NAGIOS_MAIL.format(kind="PROBLEM", state="CRITICAL").encode())
    assert (found.title, found.group) == ("SMTP on mail1 is CRITICAL", "mail1")
    assert found.text.startswith("connect to address 192.0.2.25")
    assert found.starts_at is None


def test_the_mail_text_without_its_header_is_enough() -> None:
    text = NAGIOS_MAIL.format(kind="RECOVERY", state="OK").partition("\n\n")[2]
    found = one("icinga-mail", text.encode())
    assert (found.firing, found.severity) == (False, Severity.INFO)


@given(st.binary(max_size=2000))
def test_no_bytes_break_a_reader(content: bytes) -> None:
    for key in FORMATS:
        with suppress(TierlineError):  # a refusal in words is fine; any other exception is not
            assert len(read(key, content).alerts) <= 1


@given(JSON)
def test_no_json_breaks_a_reader(value: Any) -> None:
    wrapped = {"alerts": [value, {"status": "firing", "labels": value, "annotations": value, "startsAt": value}]}
    for key in ("alertmanager", "icinga"):
        for body in (value, wrapped):
            with suppress(TierlineError):
                assert len(read(key, json.dumps(body).encode()).alerts) <= 3


@pytest.mark.parametrize("key", sorted(FORMATS))
def test_a_sample_and_its_end_are_one_alert(key: str) -> None:
    fired = one(key, sample(key, firing=True, at=NOON))
    ended = one(key, sample(key, firing=False, at=NOON))
    assert (fired.firing, ended.firing) == (True, False)
    assert (fired.fingerprint, fired.group) == (ended.fingerprint, ended.group)


def test_grafana_signs_the_body_or_the_timestamp_and_the_body() -> None:
    body, now = b'{"alerts": []}', str(int(NOON.timestamp()))
    plain = hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    dated = hmac.new(b"secret", now.encode() + b":" + body, hashlib.sha256).hexdigest()
    assert fits_signature(body, secret="secret", given=plain, at=NOON)
    assert fits_signature(body, secret="secret", given=dated, timestamp=now, at=NOON)
    assert not fits_signature(body + b" ", secret="secret", given=plain, at=NOON)
    assert not fits_signature(body, secret="other", given=plain, at=NOON)
    assert not fits_signature(body, secret="secret", given=plain, timestamp=now, at=NOON)
    assert not fits_signature(body, secret="secret", given=dated, timestamp=now, at=NOON + timedelta(seconds=301))
    assert not fits_signature(body, secret="secret", given="ü", timestamp="²", at=NOON)


# --- what is new ---


def told(name: str, *, firing: bool = True, starts: datetime | None = NOON) -> Alert:
    return Alert(fingerprint=name, group="g", firing=firing, severity=Severity.WARNING, title=name, starts_at=starts)


def test_a_retry_changes_nothing() -> None:
    known = {"a": Known(firing=True, starts_at=NOON)}
    found = sort_out(known, [told("a"), told("a")], NOON)
    assert (found.new, found.ended, found.repeated) == ((), (), 1)


def test_new_ended_and_unknown_are_told_apart() -> None:
    known = {"a": Known(firing=True, starts_at=NOON)}
    found = sort_out(known, [told("a", firing=False), told("b"), told("c", firing=False)], NOON)
    assert [alert.fingerprint for alert in found.new] == ["b"]
    assert [alert.fingerprint for alert in found.ended] == ["a"]
    assert found.unknown == 1


def test_what_came_late_changes_nothing() -> None:
    earlier = NOON - timedelta(hours=1)
    fires = {"a": Known(firing=True, starts_at=NOON)}
    over = {"a": Known(firing=False, starts_at=NOON)}
    assert sort_out(fires, [told("a", firing=False, starts=earlier)], NOON).ended == ()
    assert sort_out(over, [told("a", starts=NOON)], NOON).new == ()
    assert len(sort_out(over, [told("a", starts=NOON + timedelta(minutes=1))], NOON).new) == 1
    assert len(sort_out(over, [told("a", starts=None)], NOON + timedelta(minutes=1)).new) == 1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=12), st.sets(st.sampled_from("abc")))
def test_every_fingerprint_is_counted_once(words: list[tuple[str, bool]], firing: set[str]) -> None:
    known = {name: Known(firing=True, starts_at=NOON) for name in firing}
    found = sort_out(known, [told(name, firing=fires) for name, fires in words], NOON)
    assert len(found.new) + len(found.ended) + found.repeated + found.unknown == len({name for name, _ in words})


@pytest.mark.parametrize(
    ("beginning", "lately", "storm"), [(0, 99, False), (1, 3, False), (1, 4, True), (5, 0, True), (4, 0, False)]
)
def test_five_groups_within_the_window_are_a_storm(beginning: int, lately: int, storm: bool) -> None:
    assert is_storm(beginning, lately) is storm


def test_the_timeline_tells_of_a_storm_at_powers_of_ten() -> None:
    told_of, entries = 0, 0
    for count in range(1, 12_000):
        reached = milestone(count, told_of)
        told_of, entries = (reached, entries + 1) if reached else (told_of, entries)
    assert (told_of, entries) == (10_000, 4)
    assert milestone(10_000, 0) == 10_000


def test_recovery_resolves_only_what_nobody_works_on() -> None:
    fine = {"is_open": True, "by_hand": False, "uncounted": 0, "reopened": 0}
    assert after_recovery(**fine).resolve
    for change in ({"is_open": False}, {"by_hand": True}, {"uncounted": 1}, {"reopened": 3}):
        after = after_recovery(**(fine | change))
        assert not after.resolve
        assert after.why


def test_a_machine_speaks_for_a_group_and_a_critical_storm_for_all() -> None:
    assert priority_for("critical") == (2, 1)
    assert priority_for("critical", storm=True) == (1, 1)
    assert priority_for("warning", storm=True) == (2, 2)
    assert priority_for("info") == (3, 3)
    assert worst(["info", "critical", "warning"]) == Severity.CRITICAL
    assert worst([]) == Severity.INFO


def test_the_ticket_says_what_where_and_what_to_do() -> None:
    first = read("alertmanager", notification([alert(annotations={"runbook_url": "https://r.example/1"})])).alerts[0]
    text = text_for("Prometheus", [first])
    assert "Source: Prometheus" in text
    assert "Runbook: https://r.example/1" in text
    assert "instance: web-1" in text
    assert title_for("Prometheus", [first], storm=False) == "HighCPU on web-1"


def test_of_many_alerts_twenty_are_listed() -> None:
    many = [told(f"a{number}") for number in range(500)]
    text = text_for("Prometheus", many)
    assert text.count("\n- ") == 21
    assert text.endswith("- and 480 more")
    assert title_for("Prometheus", many, storm=True) == "Alert storm from Prometheus: a0 and 499 more"
