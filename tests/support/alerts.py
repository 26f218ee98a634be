"""What monitoring systems send, as they send it."""

import json
from collections.abc import Iterable
from typing import Any

STARTED = "2026-11-17T08:00:00Z"


def alert(name: str = "HighCPU", instance: str = "web-1", **more: Any) -> dict[str, Any]:
    """One alert of an Alertmanager notification; `status`, `severity`, `starts`, `annotations` may be given."""
    return {
        "status": more.get("status", "firing"),
        "labels": {"alertname": name, "instance": instance, "severity": more.get("severity", "critical")},
        "annotations": more.get("annotations", {"summary": f"{name} on {instance}"}),
        "startsAt": more.get("starts", STARTED),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example/graph?g0.expr=up",
        "fingerprint": more.get("fingerprint", f"{abs(hash((name, instance))):016x}"),
    }


def notification(alerts: Iterable[dict[str, Any]], *, group: str = '{}:{alertname="HighCPU"}', **more: Any) -> bytes:
    """A notification of Alertmanager's version 4."""
    body = {
        "version": "4",
        "groupKey": group,
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "tierline",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example",
        "alerts": list(alerts),
    }
    return json.dumps(body | more).encode()


ICINGA_MAIL = """\
From: icinga@monitoring.example
To: desk@example.com
Subject: [{kind}] disk on db1.example is {state}!
Content-Type: text/plain; charset=utf-8

***** Service Monitoring on icinga-master *****

disk on db1.example is {state}!

Info:    DISK {state} - free space: / 1200 MB (4%)

When:    2026-11-17 09:12:44 +0100
Service: disk
Host:    db1.example
IPv4:    192.0.2.17

Comment by admin:
  look at /var
"""

NAGIOS_MAIL = """\
Subject: ** {kind} Service Alert: mail1/SMTP is {state} **

***** Nagios *****

Notification Type: {kind}

Service: SMTP
Host: mail1
Address: 192.0.2.25
State: {state}

Date/Time: Tue Nov 17 09:12:44 CET 2026

Additional Info:

connect to address 192.0.2.25 and port 25: Connection refused
"""
