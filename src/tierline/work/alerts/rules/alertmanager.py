"""What Prometheus Alertmanager (webhook, version 4) and Grafana (unified alerting, webhook contact point) send. Pure.

Alertmanager: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config; Grafana's is the same with more
fields. Both send the whole group each time; the fingerprint of an alert is that of its labels.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .alert import (
    MOST_ALERTS,
    Alert,
    Batch,
    Unreadable,
    known_name,
    labels_of,
    link_of,
    moment_of,
    paragraph,
    severity_of,
    words,
)

_STATUSES = ("firing", "resolved")
_LINKS = ("panelURL", "dashboardURL", "generatorURL")


def read(body: Any) -> Batch:  # noqa: ANN401 (any JSON value)
    """The alerts of one notification. Raises Unreadable."""
    if not isinstance(body, Mapping) or not isinstance(body.get("alerts"), list):
        raise Unreadable("There is no list `alerts`.", todo="Send what Alertmanager or Grafana sends to a webhook.")
    group = words(body.get("groupKey"), 1000)
    shared = body.get("commonAnnotations")
    common = shared if isinstance(shared, Mapping) else {}
    given = body["alerts"]
    found = tuple(_alert(one, number, group, common) for number, one in enumerate(given[:MOST_ALERTS], 1))
    left_out = body.get("truncatedAlerts")
    cut = left_out if isinstance(left_out, int) and not isinstance(left_out, bool) and left_out > 0 else 0
    return Batch(found, cut=min(cut, 1_000_000) + max(0, len(given) - MOST_ALERTS))


def _alert(given: object, number: int, group: str, common: Mapping[str, Any]) -> Alert:
    if not isinstance(given, Mapping) or given.get("status") not in _STATUSES:
        raise Unreadable(f"Alert {number} has no status `firing` or `resolved`.")
    labels = labels_of(given.get("labels"))
    if not labels:
        raise Unreadable(f"Alert {number} has no labels.")
    own = given.get("annotations")
    notes = {**common, **(own if isinstance(own, Mapping) else {})}
    name = labels.get("alertname", "")
    where = labels.get("instance") or labels.get("host") or labels.get("namespace") or ""
    title = words(notes.get("summary")) or " on ".join(part for part in (name, where) if part) or "Alert"
    return Alert(
        fingerprint=known_name(given.get("fingerprint"), *(f"{key}={labels[key]}" for key in sorted(labels))),
        group=group or name,
        firing=given["status"] == "firing",
        severity=severity_of(labels.get("severity") or labels.get("priority") or labels.get("level") or ""),
        title=title,
        text=paragraph(notes.get("description") or notes.get("message")),
        labels=labels,
        starts_at=moment_of(given.get("startsAt")),
        url=next((link for link in (link_of(given.get(name)) for name in _LINKS) if link), ""),
        runbook=link_of(notes.get("runbook_url") or notes.get("runbook")),
    )


def sample(*, firing: bool, at: datetime) -> dict[str, Any]:
    """A notification about a thing that does not exist, for trying a source."""
    when = at.astimezone(UTC).isoformat()
    alert = {
        "status": _STATUSES[not firing],
        "labels": {"alertname": "TierlineTest", "severity": "info", "instance": "test"},
        "annotations": {"summary": "Test alert of Tierline", "description": "Sent from the set-up page."},
        "startsAt": when,
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "",
        "fingerprint": f"tierline{int(at.timestamp()):x}",
    }
    return {"version": "4", "groupKey": f"tierline-test-{when}", "status": alert["status"], "alerts": [alert]}
