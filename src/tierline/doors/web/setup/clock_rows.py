"""Policies and calendars as the fields of a form, and back; what differs between two versions, in words.

Whether something can be used is decided by the clocks' room. A duration is typed as `30`, `45 min`, `4 h` or `1 h 30`;
hours of a day as `08:00-12:00, 13:00-18:00`; a closed day as `2026-12-24 Christmas Eve`, a part of one as
`2026-12-31 14:00-24:00 Stocktaking`.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tierline.core.kernel.errors import Invalid
from tierline.desk.sla.models import BusinessCalendar, Policy
from tierline.desk.sla.rules import PAUSES, PRIORITIES, ROWS, span
from tierline.doors.web import labels

ROW_WORDS: dict[str, str | Promise] = {
    "first_reply": gettext_lazy("First reply"),
    "next_update": gettext_lazy("Next update"),
    "acceptance": gettext_lazy("Acceptance of a hand-over"),
    "tier_1": gettext_lazy("Tier 1's share (OLA)"),
    "tier_2": gettext_lazy("Tier 2's share (OLA)"),
    "tier_3": gettext_lazy("Tier 3's share (OLA)"),
    "underpinning": gettext_lazy("A vendor's share (contract)"),
    "resolution": gettext_lazy("Solution (SLA)"),
}
ROW_HINTS: dict[str, str | Promise] = {
    "first_reply": gettext_lazy("until a person answers"),
    "next_update": gettext_lazy("from each answer to the next, while it is not the requester's turn"),
    "acceptance": gettext_lazy("until the higher tier accepts or sends it back"),
    "underpinning": gettext_lazy("while the ticket waits for a vendor"),
    "resolution": gettext_lazy("from opening to resolving"),
}
WEEKDAYS: tuple[str | Promise, ...] = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)
WAITS = (*PAUSES, "vendor")
_DURATION = re.compile(r"(?:(\d{1,5})\s*h)?\s*(?:(\d{1,7})\s*(?:m|min)?)?", re.IGNORECASE | re.ASCII)
_WINDOW = re.compile(r"(\d{1,2}):(\d\d)\s*(?:-|\N{EN DASH}|to)\s*(\d{1,2}):(\d\d)", re.ASCII)


def minutes_in(text: str) -> int | None:
    """A typed duration in minutes; None for an empty one. Raises ValueError."""
    if not text.strip():
        return None
    found = _DURATION.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        raise ValueError(text)
    return int(found[1] or 0) * 60 + int(found[2] or 0)


def duration_words(minutes: int | None) -> str:
    """Minutes as they are typed: `4 h`, `1 h 30`, `45 min`; empty for None."""
    return "" if minutes is None else span(minutes * 60).removesuffix(" 00")


def read_policy(posted: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed into the policy editor, as `propose_policy` takes it. Raises Invalid for a duration."""
    wrong: dict[str, str] = {}
    targets = {}
    for row in ROWS:
        given = []
        for level in PRIORITIES:
            try:
                given.append(minutes_in(str(posted.get(f"{row}-{level}", ""))))
            except ValueError:
                wrong[f"{row}-{level}"] = _("A duration looks like 30 min, 4 h or 1 h 30.")
        targets[row] = given
    if wrong:
        raise Invalid(wrong, _("A duration looks like 30 min, 4 h or 1 h 30."))
    return {
        "name": str(posted.get("name", "")),
        "calendar_key": str(posted.get("calendar", "")),
        "targets": {row: given for row, given in targets.items() if any(given)},
        "pauses": [whom for whom in WAITS if posted.get(f"pause-{whom}")],
        "warn_at": _number(posted.get("warn_at")) or 0,
        "desk_id": _number(posted.get("desk")),
        "service_id": _number(posted.get("service")),
        "kind": str(posted.get("kind", "")),
        "plan": str(posted.get("plan", "")),
        "vendor_id": _number(posted.get("vendor")),
    }


def policy_fields(policy: Policy | None) -> dict[str, Any]:
    """A policy as the fields of the editor."""
    if policy is None:
        return {"warn_at": 75, **{f"pause-{whom}": "1" for whom in PAUSES}}
    fields: dict[str, Any] = {
        "name": policy.name,
        "calendar": policy.calendar.key,
        "warn_at": policy.warn_at,
        "desk": policy.desk_id or "",
        "service": policy.service_id or "",
        "kind": policy.kind,
        "plan": policy.plan,
        "vendor": policy.vendor_id or "",
        **{f"pause-{whom}": "1" for whom in policy.pauses},
    }
    for row, given in policy.targets.items():
        fields |= {f"{row}-{level}": duration_words(given[level - 1]) for level in PRIORITIES}
    return fields


def read_calendar(posted: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed into the calendar editor, as `propose_calendar` takes it. Raises Invalid for hours or days."""
    wrong: dict[str, str] = {}
    week = []
    for number in range(7):
        try:
            week.append(windows_in(str(posted.get(f"day-{number}", ""))))
        except ValueError:
            wrong[f"day-{number}"] = _("Hours look like 08:00-12:00, 13:00-18:00.")
    try:
        closures = closures_typed(str(posted.get("closures", "")))
    except ValueError as problem:
        wrong["closures"] = _("This line is no closed day: %(line)s") % {"line": str(problem)[:80]}
        closures = []
    if wrong:
        raise Invalid(wrong)
    return {
        "name": str(posted.get("name", "")),
        "zone": str(posted.get("zone", "")),
        "week": week,
        "closures": closures,
    }


def windows_in(text: str) -> list[list[int]]:
    """The hours of a day in minutes from midnight. Raises ValueError."""
    parts = [part for part in (one.strip() for one in text.split(",")) if part]
    return [_window(part) for part in parts]


def _window(text: str) -> list[int]:
    found = _WINDOW.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    begin, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    if not 0 <= begin < end <= 1440 or int(found[2]) > 59 or int(found[4]) > 59:  # noqa: PLR2004 (minutes)
        raise ValueError(text)
    return [begin, end]


def closures_typed(text: str) -> list[dict[str, Any]]:
    """One closed day or part of a day a line. Raises ValueError with the line that is none."""
    return [_closure(line.strip()) for line in text.splitlines() if line.strip()]


def _closure(line: str) -> dict[str, Any]:
    day, _space, rest = line.partition(" ")
    try:
        found: dict[str, Any] = {"day": date.fromisoformat(day).isoformat()}
        part = _WINDOW.match(rest.strip())
        if part is not None:
            begin, end = _window(part[0])
            found, rest = {**found, "from": begin, "until": end}, rest.strip()[part.end() :]
    except ValueError:
        raise ValueError(line) from None
    return {**found, "name": rest.strip()[:80]}


def calendar_fields(calendar: BusinessCalendar | None) -> dict[str, Any]:
    """A calendar as the fields of the editor."""
    if calendar is None:
        return {"zone": "UTC", **{f"day-{number}": "08:00-18:00" for number in range(5)}}
    return {
        "name": calendar.name,
        "zone": calendar.zone,
        **{f"day-{number}": windows_words(day) for number, day in enumerate(calendar.week)},
        "closures": closures_words(calendar.closures),
    }


def windows_words(windows: Sequence[Sequence[int]]) -> str:
    """The hours of a day as they are typed."""
    return ", ".join(f"{_time(begin)}-{_time(end)}" for begin, end in windows)


def closures_words(closures: Sequence[Mapping[str, Any]]) -> str:
    """Closed days as they are typed, one a line."""
    return "\n".join(_closure_words(one) for one in closures)


def _closure_words(one: Mapping[str, Any]) -> str:
    part = f"{_time(one['from'])}-{_time(one['until'])}" if "from" in one else ""
    return " ".join(word for word in (one["day"], part, one.get("name", "")) if word)


def _time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _number(value: object) -> int | None:
    text = str(value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None  # noqa: PLR2004 (a bigint)


def scope_words(policy: Policy) -> str:
    """For which tickets a policy holds."""
    parts = [
        _("vendor %(name)s") % {"name": policy.vendor.name} if policy.vendor else "",
        _("plan %(name)s") % {"name": policy.plan} if policy.plan else "",
        policy.service.name if policy.service else "",
        labels.kind(policy.kind) if policy.kind else "",
        _("desk %(name)s") % {"name": policy.desk.name} if policy.desk else "",
    ]
    return ", ".join(part for part in parts if part) or _("every ticket")


def policy_changes(before: Policy | None, after: Policy) -> list[str]:
    """What a version of a policy does differently, line by line."""
    if before is None:
        return [_("the first version")]
    found = [_("withdrawn")] if after.withdrawn and not before.withdrawn else []
    if before.name != after.name:
        found.append(f"{before.name} \N{RIGHTWARDS ARROW} {after.name}")
    for row in ROWS:
        found += _row_changes(row, before.targets.get(row), after.targets.get(row))
    if (before.calendar.key, before.calendar.version) != (after.calendar.key, after.calendar.version):
        found.append(_("hours: %(name)s") % {"name": after.calendar})
    if sorted(before.pauses) != sorted(after.pauses):
        found.append(_("rests for: %(whom)s") % {"whom": ", ".join(labels.waiting(one) for one in after.pauses) or "-"})
    if before.warn_at != after.warn_at:
        found.append(_("warns at %(share)s %%") % {"share": after.warn_at})
    if scope_words(before) != scope_words(after):
        found.append(_("for: %(scope)s") % {"scope": scope_words(after)})
    return found


def _row_changes(row: str, before: Sequence[int | None] | None, after: Sequence[int | None] | None) -> list[str]:
    nothing: Sequence[int | None] = [None] * 5
    parts = [
        f"P{level} {duration_words(old) or '-'} \N{RIGHTWARDS ARROW} {duration_words(new) or '-'}"
        for level, old, new in zip(PRIORITIES, before or nothing, after or nothing, strict=True)
        if old != new
    ]
    return [f"{ROW_WORDS[row]}: {', '.join(parts)}"] if parts else []


def calendar_changes(before: BusinessCalendar | None, after: BusinessCalendar) -> list[str]:
    """What a version of a calendar does differently, line by line."""
    if before is None:
        return [_("the first version")]
    found = [f"{before.name} \N{RIGHTWARDS ARROW} {after.name}"] if before.name != after.name else []
    if before.zone != after.zone:
        found.append(f"{before.zone} \N{RIGHTWARDS ARROW} {after.zone}")
    for day, old, new in zip(WEEKDAYS, before.week, after.week, strict=True):
        if old != new:
            found.append(f"{day}: {windows_words(old) or '-'} \N{RIGHTWARDS ARROW} {windows_words(new) or '-'}")
    known, now = ({_closure_words(one) for one in one_of.closures} for one_of in (before, after))
    found += [_("closed: %(day)s") % {"day": day} for day in sorted(now - known)[:20]]
    return found + [_("no longer closed: %(day)s") % {"day": day} for day in sorted(known - now)[:20]]
