"""What Icinga 2 and Nagios say: the variables of a notification as JSON, or the mail their own scripts write. Pure.

Icinga: `mail-host-notification.sh` and `mail-service-notification.sh` of its packages; Nagios: the commands
`notify-host-by-email` and `notify-service-by-email` of its sample configuration. Both name the same things.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tierline.core.kernel.text import clean

from .alert import (
    Alert,
    Batch,
    Severity,
    Unreadable,
    fingerprint_of,
    link_of,
    moment_of,
    paragraph,
    severity_of,
    words,
)
from .mails import MOST_TEXT, parts_of

_FIRES, _ENDS = {"PROBLEM"}, {"RECOVERY"}
_PASSED = {"ACKNOWLEDGEMENT", "CUSTOM", "DOWNTIMESTART", "DOWNTIMEEND", "DOWNTIMEREMOVED", "DOWNTIMECANCELLED"}
_PASSED |= {"FLAPPINGSTART", "FLAPPINGSTOP", "FLAPPINGEND", "FLAPPINGDISABLED"}
# The same thing under the names of Icinga 2 (host.name), its environment (HOSTNAME), Nagios (HOSTNAME) and people.
_NAMES = {
    "type": ("notificationtype", "type"),
    "host": ("hostname", "host", "hostdisplayname"),
    "service": ("servicedesc", "servicename", "service", "servicedisplayname"),
    "state": ("servicestate", "hoststate", "state"),
    "output": ("serviceoutput", "hostoutput", "output", "info", "additionalinfo"),
    "address": ("hostaddress", "address", "ipv4"),
    "when": ("longdatetime", "when", "datetime", "timestamp"),
    "url": ("icingaweb2url", "serviceactionurl", "hostactionurl", "url"),
    "runbook": ("servicenotesurl", "hostnotesurl", "notesurl", "runbook", "runbookurl"),
}
_LINE = re.compile(r"^([A-Za-z][A-Za-z0-9 /_-]{1,30}?):[ \t]*(.*)$")
# Icinga's subjects: [PROBLEM] disk on db1 is CRITICAL! and [RECOVERY] Host db1 is UP!
_ICINGA = re.compile(r"\[(\w+)\] (?:Host (\S+)|(.{1,200}?) on (\S+)) is (\w+)")
# Nagios': ** PROBLEM Service Alert: db1/disk is CRITICAL ** and ** RECOVERY Host Alert: db1 is UP **
_NAGIOS = re.compile(r"\*\* (\w+) (?:Host|Service) Alert: ([^/]{1,200}?)(?:/(.{1,200}?))? is (\w+)")


def read_json(body: Any) -> Batch:  # noqa: ANN401 (any JSON value)
    """One notification whose variables were sent as JSON. Raises Unreadable."""
    if not isinstance(body, Mapping):
        raise Unreadable("This is no JSON object.", todo="Send the notification's variables as one JSON object.")
    given = {_plain(str(key)): value for key, value in list(body.items())[:200]}
    return _batch({name: _first(given, names) for name, names in _NAMES.items()})


def read_mail(content: bytes) -> Batch:
    """One notification mail, with its header or the text alone. Raises Unreadable."""
    return read_words(*parts_of(content))


def read_words(subject: str, text: str) -> Batch:
    """One notification mail by its subject and words. Raises Unreadable."""
    lines = clean(text, MOST_TEXT).split("\n")
    given: dict[str, str] = {}
    for number, line in enumerate(lines):
        found = _LINE.match(line)
        if found:
            follows = next((later for later in lines[number + 1 :] if later.strip()), "")
            told = found[2] or ("" if _LINE.match(follows) else follows)
            given.setdefault(_plain(found[1]), told)
    variables: dict[str, object] = {name: _first(given, names) for name, names in _NAMES.items()}
    for name, value in (_from_subject(subject) or _from_subject(text[:2000])).items():
        variables[name] = variables[name] or value
    return _batch(variables)


def _from_subject(text: str) -> dict[str, str]:
    if found := _ICINGA.search(text):
        return {"type": found[1], "host": found[2] or found[4], "service": found[3] or "", "state": found[5]}
    if found := _NAGIOS.search(text):
        return {"type": found[1], "host": found[2], "service": found[3] or "", "state": found[4]}
    return {}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower().removeprefix("$").replace("icinga2", "").replace("nagios_", ""))


def _first(given: Mapping[str, object], names: tuple[str, ...]) -> object:
    return next((given[name] for name in names if given.get(name) not in (None, "")), "")


def _batch(given: Mapping[str, object]) -> Batch:
    kind, host = words(given["type"]).upper().replace(" ", ""), words(given["host"])
    if kind in _PASSED:
        return Batch((), passed_over=kind)
    if kind not in _FIRES | _ENDS or not host:
        missing = "the notification type (PROBLEM or RECOVERY)" if host else "the name of the host"
        raise Unreadable(f"There is no word about {missing}.", todo="Send all variables of the notification.")
    service, state = words(given["service"]), words(given["state"]).upper()
    about = f"{service} on {host}" if service else host
    labels = {"host": host, "service": service, "state": state, "address": words(given["address"])}
    return Batch(
        (
            Alert(
                fingerprint=fingerprint_of(host, service),
                group=host,
                firing=kind in _FIRES,
                severity=severity_of(state, Severity.WARNING),
                title=words(f"{about} is {state}" if state else about),
                text=paragraph(given["output"]),
                labels={key: value for key, value in labels.items() if value},
                starts_at=moment_of(given["when"]),
                url=link_of(given["url"]),
                runbook=link_of(given["runbook"]),
            ),
        )
    )


def sample_json(*, firing: bool, at: datetime) -> dict[str, Any]:
    """A notification about a host that does not exist, for trying a source."""
    return {
        "NOTIFICATIONTYPE": "PROBLEM" if firing else "RECOVERY",
        "HOSTNAME": f"tierline-test-{int(at.timestamp())}",
        "HOSTSTATE": "UNKNOWN" if firing else "UP",
        "HOSTOUTPUT": "Test alert of Tierline, sent from the set-up page.",
        "LONGDATETIME": at.astimezone(UTC).isoformat(),
    }


def sample_mail(*, firing: bool, at: datetime) -> bytes:
    """The same as the mail that Icinga's script writes."""
    said = sample_json(firing=firing, at=at)
    kind, host, state = said["NOTIFICATIONTYPE"], said["HOSTNAME"], said["HOSTSTATE"]
    return (
        f"Subject: [{kind}] Host {host} is {state}!\n\n***** Host Monitoring on test *****\n\n{host} is {state}!\n\n"
        f"Info:    {said['HOSTOUTPUT']}\n\nWhen:    {said['LONGDATETIME']}\nHost:    {host}\n"
    ).encode()
