"""What a file of evidence says, in one sentence for a person."""

from collections.abc import Mapping
from datetime import UTC, datetime

from tierline.work.diagnosis.rules.skew import words

_MINUTE = 60  # seconds


def say(
    *,
    started: int | None,
    ended: int | None,
    lines: int,
    templates: int,
    new: int,
    compared: bool,
    bursts: int,
    traces: int,
    masked: Mapping[str, int],
    clock: int = 0,
) -> str:
    """For example "09:58-10:07: 3 new templates, one burst, clock +7 min; 14 secrets masked."; `clock` in seconds."""
    found = [_count(new, "new template") if compared else _count(templates, "template")]
    if bursts:
        found.append(_count(bursts, "burst"))
    if traces:
        found.append(_count(traces, "stack trace"))
    if clock:
        found.append(f"clock {words(clock)}")
    when = _stretch(started, ended)
    head = f"{when}: " if when else f"{_count(lines, 'line')} without a clock: "
    secrets = sum(masked.values())
    tail = f"{_count(secrets, 'secret')} masked" if secrets else "nothing to mask"
    return f"{head}{', '.join(found)}; {tail}."


def _stretch(started: int | None, ended: int | None) -> str:
    if started is None or ended is None:
        return ""
    one, two = (datetime.fromtimestamp(second, UTC) for second in (started, ended))
    if one.date() == two.date():
        return f"{one:%H:%M}-{two:%H:%M}" if ended - started >= _MINUTE else f"{one:%H:%M:%S}-{two:%H:%M:%S}"
    return f"{one:%d %b %H:%M} to {two:%d %b %H:%M}"


def _count(number: int, what: str) -> str:
    if number == 0:
        return f"no {what}s"
    if number == 1:
        return f"one {what}"
    return f"{number:,} {what}s"
