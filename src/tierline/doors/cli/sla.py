"""`tierline sla check FILE`: answers questions about business hours by the rules of the desk, without a desk."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tierline.core.kernel import strict_json
from tierline.core.kernel.errors import Invalid
from tierline.desk.sla.rules import Hours, Window, due, elapsed

from . import output

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONGEST = 100_000  # characters of one question
_MOST_MINUTES = 10 * 366 * 24 * 60


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The words that `tierline sla` takes."""
    sla = subparsers.add_parser("sla", help="answer questions about business hours")
    verbs = sla.add_subparsers(required=True, metavar="VERB")
    check = verbs.add_parser("check", help="one answer for each question of a file")
    check.add_argument("file", metavar="FILE", help="JSON lines, or - for standard input")
    check.add_argument("--json", action="store_true", help="one JSON object an answer")
    check.set_defaults(run=_check)


def _check(args: argparse.Namespace) -> int:
    """Exit 0 when every question was answered, 1 when one could not be read."""
    refused = 0
    try:
        with sys.stdin if args.file == "-" else Path(args.file).open(encoding="utf-8", errors="replace") as stream:
            for number, line in _lines(stream):
                try:
                    given = question(line)
                    _say(given["id"], answer(given), as_json=args.json)
                except Invalid as problem:
                    refused += 1
                    output.problem(f"Line {number}: {problem.for_people()}")
    except OSError as error:
        raise Invalid({"file": f"{args.file}: {error.strerror}."}) from None
    return 1 if refused else 0


def _lines(stream: TextIO) -> Iterator[tuple[int, str]]:
    number = 0
    while line := stream.readline(_LONGEST):
        number += 1
        if line.strip():
            yield number, line


def _say(name: object, result: str | int, *, as_json: bool) -> None:
    print(json.dumps({"id": name, "result": result}) if as_json else f"{name}\t{result}")


def question(line: str) -> dict[str, Any]:
    """One question: `id`, `op`, `config` (working_hours, holidays, time_zone), `start`, and `minutes` or `end`.

    Raises Invalid when it is not such an object.
    """
    given = strict_json.read(line)
    if not isinstance(given, dict) or not isinstance(given.get("config"), dict) or "id" not in given:
        raise Invalid({"question": "An object with id, op, config, start and minutes or end is needed."})
    return given


def answer(given: dict[str, Any]) -> str | int:
    """The due time as an ISO moment in UTC, or whole open seconds. Raises Invalid for what cannot be answered."""
    try:
        return _OPERATIONS[given["op"]](hours_of(given["config"]), _moment(given["start"]), given)
    except ZoneInfoNotFoundError as problem:  # a KeyError too
        raise Invalid({"question": f"This cannot be read: {problem.args[0]}."}) from None
    except KeyError as missing:
        raise Invalid({"question": f"{missing.args[0]} is missing, or no operation."}) from None
    except (TypeError, AttributeError, ValueError, OverflowError) as problem:
        raise Invalid({"question": f"This cannot be read: {problem}."}) from None


def _due(hours: Hours, start: datetime, given: dict[str, Any]) -> str:
    minutes = float(given["minutes"])
    if not 0 <= minutes <= _MOST_MINUTES:
        raise ValueError(f"minutes must lie between 0 and {_MOST_MINUTES}")
    return due(hours, start, round(minutes * 60)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _elapsed(hours: Hours, start: datetime, given: dict[str, Any]) -> int:
    return elapsed(hours, start, _moment(given["end"]))


_OPERATIONS: dict[str, Callable[[Hours, datetime, dict[str, Any]], str | int]] = {
    "add_business_minutes": _due,
    "business_seconds_between": _elapsed,
}


def hours_of(config: dict[str, Any]) -> Hours:
    """The opening hours of a question's `config`. Raises ValueError and its kin when they are none."""
    zone = str(config.get("time_zone", "UTC"))
    ZoneInfo(zone)
    week = tuple(_windows(config["working_hours"].get(day, {})) for day in _DAYS)
    return Hours(zone, week, frozenset(date.fromisoformat(day) for day in config.get("holidays", ())))


def _windows(day: dict[str, str]) -> tuple[Window, ...]:
    return tuple(sorted((_minute(opens), _minute(closes)) for opens, closes in day.items()))


def _minute(text: str) -> int:
    hour, _, rest = text.partition(":")
    return int(hour) * 60 + int(rest[:2] or 0)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)
