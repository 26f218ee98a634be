"""Notification mails of monitoring systems, in the form of each system's own templates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.alerts import ICINGA_MAIL, NAGIOS_MAIL
from tests.support.mails import ALERTMANAGER_HTML, GRAFANA_TEXT, ZABBIX_TEXT
from tierline.work.alerts.rules import FORMATS, Unreadable, mail_mark, read, read_mail, shows_mark
from tierline.work.alerts.rules.mails import parts_of, prometheus_fingerprint
from tierline.work.intake.rules import html_to_text

ALERTMANAGER_TEXT = html_to_text(ALERTMANAGER_HTML)


def test_prometheus_own_fingerprint() -> None:
    # the test vectors of its common library, model/signature_test.go
    assert int(prometheus_fingerprint({}), 16) == 14695981039346656037
    labels = {"name": "garland, briggs", "fear": "love is not enough"}
    assert int(prometheus_fingerprint(labels), 16) == 5799056148416392346


@pytest.mark.parametrize(
    ("system", "subject", "text", "firing"),
    [
        ("alertmanager", "[FIRING:1] InstanceDown (db1 critical)", ALERTMANAGER_TEXT, [True, False]),
        ("grafana", "[FIRING:1, RESOLVED:1] Infra (db1)", GRAFANA_TEXT, [True, False]),
        ("alertmanager", "[FIRING:2] InstanceDown (critical)", "", [True]),
        ("alertmanager", "[RESOLVED] InstanceDown (critical)", "", [False]),
        ("zabbix-mail", "Problem: Disk is full", ZABBIX_TEXT.format(state="started"), [True]),
        ("zabbix-mail", "Resolved in 5m 2s: Disk is full", ZABBIX_TEXT.format(state="resolved"), [False]),
        ("zabbix-mail", "Updated problem in 1m: Disk is full", "Ada acknowledged problem.", []),
        ("zabbix-mail", "PROBLEM: x", "Trigger: Disk is full\nTrigger status: OK\nOriginal event ID: 7", [False]),
        ("icinga-mail", *parts_of(ICINGA_MAIL.format(kind="PROBLEM", state="CRITICAL").encode()), [True]),
        ("icinga", *parts_of(NAGIOS_MAIL.format(kind="RECOVERY", state="OK").encode()), [False]),
        ("icinga-mail", "[ACKNOWLEDGEMENT] disk on db1 is CRITICAL!", "", []),
    ],
)
def test_what_each_system_writes(system: str, subject: str, text: str, firing: list[bool]) -> None:
    assert [one.firing for one in read_mail(system, subject, text).alerts] == firing


def test_all_that_alertmanager_tells_is_read() -> None:
    first, second = read_mail("alertmanager", "[FIRING:1] InstanceDown (critical)", ALERTMANAGER_TEXT).alerts
    assert (first.title, first.severity, first.group) == ("db1 is down", "critical", "InstanceDown (critical)")
    assert first.labels == {"alertname": "InstanceDown", "instance": "db1:9100", "severity": "critical"}
    assert first.fingerprint == prometheus_fingerprint(first.labels)
    assert first.runbook == "https://wiki.desk.example/db"
    assert first.text == "No answer for 5 minutes."
    assert second.labels["instance"] == "db2:9100"


def test_problem_and_recovery_have_one_name() -> None:
    for system, problem, recovery in (
        ("alertmanager", ("[FIRING:1] A (b)", ""), ("[RESOLVED] A (b)", "")),
        (
            "zabbix-mail",
            ("Problem: x", ZABBIX_TEXT.format(state="started")),
            ("Resolved in 1s: x", ZABBIX_TEXT.format(state="resolved")),
        ),
    ):
        [begun], [over] = read_mail(system, *problem).alerts, read_mail(system, *recovery).alerts
        assert (begun.fingerprint, begun.group) == (over.fingerprint, over.group)


@pytest.mark.parametrize("system", FORMATS)
def test_what_is_no_alert_is_refused(system: str) -> None:
    for subject, text in (("", ""), ("Invoice 2026-11", "Please pay."), ("Re: firing range", "See you there.")):
        with pytest.raises(Unreadable):
            read_mail(system, subject, text)


@given(st.sampled_from(sorted(FORMATS)), st.text(max_size=60), st.text(max_size=300))
def test_any_words(system: str, subject: str, text: str) -> None:
    try:
        batch = read_mail(system, subject, text)
    except Unreadable:
        return
    assert all(len(one.fingerprint) <= 64 and len(one.title) <= 200 and one.group for one in batch.alerts)


def test_zabbix_over_the_hook_is_the_same_mail() -> None:
    content = f"Subject: Problem: Disk is full\n\n{ZABBIX_TEXT.format(state='started')}".encode()
    [one] = read("zabbix-mail", content).alerts
    assert (one.title, one.severity, one.group) == ("Disk is full on db1", "critical", "db1")


class TestTheMark:
    MARK = mail_mark("secret", "key", "digest")

    def test_is_another_one_for_each_source_and_token(self) -> None:
        others = {
            mail_mark("other", "key", "digest"),
            mail_mark("secret", "k", "digest"),
            mail_mark("secret", "key", "d"),
        }
        assert self.MARK not in others
        assert len(self.MARK) == 24

    @pytest.mark.parametrize(
        ("recipients", "marks", "shown"),
        [
            (["help+alerts.{mark}@desk.example"], [], True),
            (["other@x", "HELP+alerts.{MARK}@desk.example"], [], True),
            ([], [" {MARK} "], True),
            (["help@desk.example"], [], False),
            (["help+{mark}@desk.example", "help+alerts.@desk.example"], [""], False),
            (["help+alerts.aaaabbbbccccdddd@desk.example"], ["aaaa"], False),
        ],
    )
    def test_stands_in_the_address_or_in_the_header(
        self, recipients: list[str], marks: list[str], *, shown: bool
    ) -> None:
        names = {"mark": self.MARK, "MARK": self.MARK.upper()}
        given_to, given = ([one.format(**names) for one in part] for part in (recipients, marks))
        assert shows_mark(self.MARK, given_to, given) is shown
