"""What monitoring systems say by mail: each system's own notification mail, as words. Pure.

Alertmanager: its template `email.default.html`; Grafana: `default.message`; Zabbix: the message templates of its media
type e-mail (https://www.zabbix.com/documentation/current/en/manual/config/notifications/action/operation/macros).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email import message_from_bytes, policy

from tierline.core.kernel.text import clean

from .alert import (
    Alert,
    Batch,
    Unreadable,
    fingerprint_of,
    labels_of,
    link_of,
    paragraph,
    severity_of,
    words,
)

MOST_TEXT = 64_000  # characters of a notification that are read
_LONGEST_STATE = 60  # characters of a line that says what follows
_GROUP = re.compile(r"\[(FIRING|RESOLVED)(?::\s*\d+)?(?:,\s*RESOLVED:\s*\d+)?\]\s*(.*)", re.IGNORECASE)
_STATE = re.compile(r"\b(firing|resolved)\b", re.IGNORECASE)
_SECTION = re.compile(r"[*_\s]*(labels|annotations)[*_\s]*:?[*_\s]*$", re.IGNORECASE)
_PAIR = re.compile(r"[-*\s]*([A-Za-z_][\w.-]{0,79})\s*[=:]\s*(.{1,2000})$")
_LINK = re.compile(r"https?://[^\s<>()\"]{1,480}")
_LINKED = re.compile(r"[-*\s]*(?:source|dashboard|panel|alert)\b", re.IGNORECASE)
_NAMED = re.compile(r"([A-Za-z][A-Za-z ]{1,30}?):[ \t]+(.{1,1000})$")
_ZABBIX = re.compile(r"\s*(problem|resolved(?: in [^:]{1,40})?|updated problem[^:]{0,40}):\s*(.{1,300})", re.IGNORECASE)
_FNV_START, _FNV_PRIME, _FNV_BITS = 14695981039346656037, 1099511628211, (1 << 64) - 1


def parts_of(content: bytes) -> tuple[str, str]:
    """Subject and words of a mail given as bytes, with its header or the text alone."""
    message = message_from_bytes(content[: 4 * MOST_TEXT], policy=policy.default)
    if not message.keys():
        return "", content[: 4 * MOST_TEXT].decode("utf-8", "replace")
    try:
        part = message.get_body(("plain",))
        text = part.get_content() if part is not None else ""
    except (LookupError, ValueError, AttributeError, KeyError):  # a charset that nobody knows
        text = content[: 4 * MOST_TEXT].decode("utf-8", "replace")
    return words(str(message.get("Subject", "")), 500), str(text)


def read_labelled(subject: str, text: str) -> Batch:
    """The alerts of Alertmanager's and Grafana's mail: lists of labels under `firing` and `resolved`.

    Raises Unreadable when neither the text nor the subject tells an alert.
    """
    named = _GROUP.search(subject)
    group = words(named[2], 1000) if named else words(subject, 1000)
    found = [_labelled(one, group) for one in _blocks(clean(text, MOST_TEXT).split("\n"), named)]
    if found:
        return Batch(tuple(found))
    if named is None or not group:
        raise Unreadable("There is neither a list of labels nor [FIRING] or [RESOLVED] in the subject.")
    labels = {"alertname": words(named[2].partition("(")[0], 200).strip() or group}
    return Batch((_labelled(_Block(firing=named[1].upper() == "FIRING", labels=labels), group, name=group),))


class _Block:
    """One alert in the text."""

    def __init__(self, *, firing: bool, labels: Mapping[str, str] | None = None) -> None:
        self.firing = firing
        self.labels: dict[str, str] = dict(labels or {})
        self.notes: dict[str, str] = {}
        self.url = ""


def _blocks(lines: list[str], named: re.Match[str] | None) -> list[_Block]:
    firing = named is None or named[1].upper() == "FIRING"
    blocks: list[_Block] = []
    into: dict[str, str] | None = None
    for line in lines:
        section, pair = _SECTION.match(line), _PAIR.match(line)
        if section and section[1].lower() == "labels":
            blocks.append(_Block(firing=firing))
            into = blocks[-1].labels
        elif section and blocks:
            into = blocks[-1].notes
        elif blocks and _LINKED.match(line) and (link := _LINK.search(line)):
            blocks[-1].url, into = blocks[-1].url or link[0], None
        elif into is not None and pair:
            into.setdefault(pair[1], pair[2].strip())
        elif len(line) <= _LONGEST_STATE and (state := _STATE.search(line)) and "=" not in line:
            firing, into = state[1].lower() == "firing", None
    return [one for one in blocks if one.labels]


def _labelled(block: _Block, group: str, *, name: str = "") -> Alert:
    labels = labels_of(block.labels)
    where = labels.get("instance") or labels.get("host") or labels.get("namespace") or ""
    title = words(block.notes.get("summary")) or " on ".join(part for part in (labels.get("alertname"), where) if part)
    return Alert(
        fingerprint=fingerprint_of(name) if name else prometheus_fingerprint(block.labels),
        group=group or labels.get("alertname", "") or title,
        firing=block.firing,
        severity=severity_of(labels.get("severity") or labels.get("priority") or ""),
        title=title or group or "Alert",
        text=paragraph(block.notes.get("description") or block.notes.get("message")),
        labels=labels,
        url=link_of(block.url),
        runbook=link_of(block.notes.get("runbook_url")),
    )


def prometheus_fingerprint(labels: Mapping[str, str]) -> str:
    """The name that Prometheus itself gives an alert: FNV-1a over its sorted labels, so that mail and hook agree."""
    sum_ = _FNV_START
    for name in sorted(labels):
        for byte in b"%b\xff%b\xff" % (name.encode(), labels[name].encode()):
            sum_ = ((sum_ ^ byte) * _FNV_PRIME) & _FNV_BITS
    return f"{sum_:016x}"


def read_zabbix(subject: str, text: str) -> Batch:
    """The alert of a Zabbix notification mail. Raises Unreadable."""
    said: dict[str, str] = {}
    for line in clean(text, MOST_TEXT).split("\n"):
        if pair := _NAMED.match(line.strip()):
            said.setdefault(pair[1].lower(), pair[2].strip())
    named = _ZABBIX.match(subject) or _ZABBIX.match(text.lstrip()[:400])
    state = said.get("trigger status", "").upper() or (named[1].upper() if named else "")
    name = words(said.get("problem name") or said.get("trigger") or (named[2] if named else ""))
    if state.startswith("UPDATED"):
        return Batch((), passed_over="UPDATE")
    if not state or not name:
        raise Unreadable("There is neither `Problem:` nor `Resolved:` in the subject, and no trigger status.")
    host = words(said.get("host") or said.get("host name"))
    number = words(said.get("original problem id") or said.get("original event id"), 60)
    labels = {"host": host, "severity": words(said.get("severity") or said.get("trigger severity")), "event": number}
    return Batch(
        (
            Alert(
                fingerprint=fingerprint_of("zabbix", number) if number else fingerprint_of(host, name),
                group=host or name,
                firing=state.startswith("PROBLEM"),
                severity=severity_of(labels["severity"]),
                title=words(f"{name} on {host}" if host else name),
                text=paragraph(said.get("operational data")),
                labels={key: value for key, value in labels.items() if value},
                url=link_of((_LINK.findall(text) or [""])[-1]),
            ),
        )
    )


def read_zabbix_mail(content: bytes) -> Batch:
    """The same, of a mail given as bytes. Raises Unreadable."""
    return read_zabbix(*parts_of(content))


def sample_zabbix(*, firing: bool, at: datetime) -> bytes:
    """A notification about a thing that does not exist, as Zabbix writes it."""
    when = at.astimezone(UTC)
    subject = "Problem: Tierline test" if firing else "Resolved in 1s: Tierline test"
    began = f"Problem started at {when:%H:%M:%S} on {when:%Y.%m.%d}" if firing else "Problem has been resolved"
    return (
        f"Subject: {subject}\n\n{began}\nProblem name: Tierline test\nHost: test\nSeverity: Information\n"
        f"Original problem ID: {int(at.timestamp())}\n"
    ).encode()
