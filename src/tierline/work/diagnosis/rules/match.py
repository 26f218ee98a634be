"""Known errors that execute: conditions over log templates, stack fingerprints, facts and words; explained in words.

A matcher holds when all conditions of `all_of` hold and, where `any_of` is not empty, at least one of those. The
score is the weight of what holds over the weight of all conditions, a matcher of words alone never exceeds 0.7.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, reduce
from itertools import accumulate
from operator import and_
from typing import Any

from tierline.work.diagnosis.rules.versions import has_number, version_key

WORDS_ALONE = 0.7
WEIGHTS = {"fingerprint": 3.0, "template": 3.0, "exception": 2.0, "fact": 1.0, "text": 1.5}
KINDS = tuple(WEIGHTS)
RELATIONS = ("is", "is not", "starts with", "contains", "from", "below", "between")
_WORD = re.compile(r"\w{2,}")
_STEM, _ENDING = 4, 3  # letters
_ANY_WORD = re.compile(r"\w+")
_WORD_OR_END = re.compile(r"\w+|\n")
_MOST, _LONGEST, _DIGITS = 50, 2_000, 10  # conditions, characters of one, figures of `least`
_COSTS = {"fact": 0, "fingerprint": 1, "exception": 2, "text": 3, "template": 4}  # what costs least is asked first
_SLOT = re.compile(r"\s*<\*>\s*")


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing to look for.

    kind `fingerprint`: `value` is a stack fingerprint. `template`: `value` is a template id or a text that occurs in a
    template (`<*>` stands for any value). `exception`: the type of a trace. `fact`: `name`, `relation`, `value` (for
    `between` as `5.2 .. 5.3`, the second excluded). `text`: `value` holds words; all of them, or one of several
    separated by `|`, must be in the ticket's text. `least`: how often at least (templates only).
    """

    kind: str
    value: str
    name: str = ""
    relation: str = "is"
    least: int = 1


@dataclass(frozen=True)
class Matcher:
    """The conditions of one known error."""

    all_of: tuple[Condition, ...] = ()
    any_of: tuple[Condition, ...] = ()

    @cached_property
    def cheapest_first(self) -> Sequence[int]:
        """The places in `all_of` in the order in which they are asked."""
        return sorted(range(len(self.all_of)), key=lambda at: _COSTS[self.all_of[at].kind])


@dataclass(frozen=True, slots=True)
class SeenTemplate:
    """A template of the evidence and how often it came."""

    id: str
    text: str
    count: int


@dataclass(frozen=True)
class Observed:
    """What is known of one ticket: its words, its facts, and what its evidence showed."""

    text: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    templates: Sequence[SeenTemplate] = ()
    fingerprints: frozenset[str] = frozenset()
    exceptions: frozenset[str] = frozenset()

    @cached_property
    def template_names(self) -> frozenset[str]:
        """Ids and texts of the templates, as they are."""
        return frozenset(name for one in self.templates for name in (one.id, one.text))

    @cached_property
    def template_text(self) -> str:
        """The texts of all templates in small letters, one a line."""
        return "\n".join(self._lowered)

    @cached_property
    def template_starts(self) -> Sequence[int]:
        """Where in `template_text` each template begins."""
        return [0, *accumulate(len(text) + 1 for text in self._lowered)]

    @cached_property
    def template_words(self) -> Mapping[str, int]:
        """The words of all templates in small letters, each with a bit for every template that has it."""
        found: dict[str, int] = {}
        bit = 1
        for word in _WORD_OR_END.findall(self.template_text):
            if word == "\n":
                bit <<= 1
            else:
                found[word] = found.get(word, 0) | bit
        return found

    @cached_property
    def _lowered(self) -> Sequence[str]:
        return [one.text.lower().replace("\n", " ") for one in self.templates]

    @cached_property
    def exception_names(self) -> frozenset[str]:
        """The types of the stack traces without their packages."""
        return frozenset(one.rpartition(".")[2] for one in self.exceptions)


@dataclass(frozen=True, slots=True)
class Match:
    """How well (0 to 1) and why, in sentences a person can check."""

    score: float
    reasons: tuple[str, ...]


def match(matcher: Matcher, observed: Observed) -> Match | None:
    """The match, or None when the matcher does not hold."""
    reasons: dict[int, str] = {}
    for at in matcher.cheapest_first:
        reason = _hold(matcher.all_of[at], observed)
        if reason is None:
            return None
        reasons[at] = reason
    every = [(condition, reasons[at]) for at, condition in enumerate(matcher.all_of)]
    some = [(condition, _hold(condition, observed)) for condition in matcher.any_of]
    if not (every or some) or (some and all(reason is None for _, reason in some)):
        return None
    held = [(condition, reason) for condition, reason in (*every, *some) if reason is not None]
    total = sum(WEIGHTS[condition.kind] for condition, _ in every)
    total += max((WEIGHTS[condition.kind] for condition, _ in some), default=0.0)
    gained = sum(WEIGHTS[condition.kind] for condition, _ in every)
    gained += max((WEIGHTS[condition.kind] for condition, reason in some if reason is not None), default=0.0)
    score = round(min(1.0, gained / total), 2)
    if all(condition.kind in {"text", "fact"} for condition, _ in held):
        score = min(score, WORDS_ALONE)
    return Match(score, tuple(reason for _, reason in held))


def _hold(condition: Condition, observed: Observed) -> str | None:
    """Why the condition holds, in words; None when it does not."""
    return _CHECKS[condition.kind](condition, observed)


def _fingerprint(condition: Condition, observed: Observed) -> str | None:
    if condition.value not in observed.fingerprints:
        return None
    return f"the stack trace has the known fingerprint {condition.value}"


def _exception(condition: Condition, observed: Observed) -> str | None:
    if condition.value.rpartition(".")[2] in observed.exception_names:
        return f"a stack trace of `{condition.value}` is in the evidence"
    return None


def _template(condition: Condition, observed: Observed) -> str | None:
    fitting = _fitting(condition.value, observed)
    count = sum(seen.count for seen in fitting)
    if count < max(1, condition.least):
        return None
    shown = fitting[0].text if condition.value == fitting[0].id else condition.value
    return f"`{shown}` occurs {count} {'time' if count == 1 else 'times'}"


def _fitting(wanted: str, observed: Observed) -> list[SeenTemplate]:
    """The templates that have this id or text, or hold its parts in their order."""
    seen = observed.templates
    parts, text, starts = literal_parts(wanted), observed.template_text, observed.template_starts
    places = {at for at in _places(wanted, observed) if _holds(parts, text, starts[at], starts[at + 1] - 1)}
    if wanted in observed.template_names:
        places.update(at for at, one in enumerate(seen) if wanted in {one.id, one.text})
    return [seen[at] for at in sorted(places)]


def _places(wanted: str, observed: Observed) -> Iterable[int]:
    """The templates that may hold the parts: those with all of the words, or with the longest of the parts."""
    if words := whole_words(wanted):
        return _bits(reduce(and_, (observed.template_words.get(word, 0) for word in words)))
    return _with_part(max(literal_parts(wanted), key=len, default=""), observed)


def holds_template(template: str, line: str) -> bool:
    """Whether a line is one of those that a template stands for, as far as its words tell."""
    parts, text = literal_parts(template), line.lower()
    return bool(parts) and _holds(parts, text, 0, len(text))


def _bits(number: int) -> Iterator[int]:
    """The places of the bits that are set."""
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest


def _with_part(part: str, observed: Observed) -> Iterator[int]:
    text, starts = observed.template_text, observed.template_starts
    at = text.find(part) if part else -1
    while at >= 0:
        place = bisect_right(starts, at) - 1
        yield place
        at = text.find(part, starts[place + 1])


def _holds(parts: tuple[str, ...], text: str, at: int, end: int) -> bool:
    for part in parts:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


@lru_cache(maxsize=20_000)
def literal_parts(wanted: str) -> tuple[str, ...]:
    """What stands between the values of a template, in small letters."""
    return tuple(part.lower() for part in _SLOT.split(wanted) if part)


@lru_cache(maxsize=20_000)
def whole_words(wanted: str) -> frozenset[str]:
    """Words that every text with these parts has as they are: those that neither begin nor end a part."""
    return frozenset(
        found.group()
        for part in literal_parts(wanted)
        for found in _ANY_WORD.finditer(part)
        if found.start() > 0 and found.end() < len(part)
    )


def _fact(condition: Condition, observed: Observed) -> str | None:
    actual = observed.facts.get(condition.name)
    if actual is None or not compare_fact(str(actual), condition.relation, condition.value):
        return None
    words = condition.name.replace("_", " ").replace(".", " ")
    relation = {"is": "is", "is not": "is not"}.get(condition.relation)
    if relation == "is":
        return f"the {words} is {actual}"
    return f"the {words} is {actual} ({condition.relation} {condition.value})"


def compare_fact(actual: str, relation: str, value: str) -> bool:
    """Whether a fact stands in the relation; versions compare by their numbers, `5.2.x` stands for all of 5.2."""
    left, right = actual.strip().lower(), value.strip().lower()
    if relation == "between":
        low, _, high = right.partition("..")
        return version_key(low) <= version_key(left) < version_key(high)
    if relation == "is" and right.endswith((".x", ".*")):
        return f"{left}.".startswith(right[:-1])
    return _RELATIONS[relation](left, right)


def _text(condition: Condition, observed: Observed) -> str | None:
    forms = text_forms(observed.text)
    for alternative in condition.value.split("|"):
        wanted = text_words(alternative)
        if wanted and wanted <= forms:
            return f"the text speaks of “{alternative.strip()}”"
    return None


@lru_cache(maxsize=20_000)
def text_words(text: str) -> frozenset[str]:
    """The words of a few words of text in small letters."""
    return _words(text)


@lru_cache(maxsize=8)
def text_forms(text: str) -> frozenset[str]:
    """Everything by which a word of the text is found: itself, and what begins it and is little shorter."""
    words = _words(text)
    begun = (word[:end] for word in words for end in range(max(_STEM, len(word) - _ENDING), len(word)))
    return words.union(begun)


def _words(text: str) -> frozenset[str]:
    return frozenset(map(str.lower, _WORD.findall(text)))


_RELATIONS: dict[str, Callable[[str, str], bool]] = {
    "is": str.__eq__,
    "is not": str.__ne__,
    "starts with": str.startswith,
    "contains": str.__contains__,
    "from": lambda left, right: version_key(left) >= version_key(right),
    "below": lambda left, right: version_key(left) < version_key(right),
}
_CHECKS: dict[str, Callable[[Condition, Observed], str | None]] = {
    "fingerprint": _fingerprint,
    "template": _template,
    "exception": _exception,
    "fact": _fact,
    "text": _text,
}


def to_json(matcher: Matcher) -> dict[str, Any]:
    """The matcher as a JSON object, without what is default."""
    return {
        name: [_condition_json(condition) for condition in conditions]
        for name, conditions in (("all_of", matcher.all_of), ("any_of", matcher.any_of))
    }


def _condition_json(condition: Condition) -> dict[str, Any]:
    data: dict[str, Any] = {"kind": condition.kind, "value": condition.value}
    if condition.kind == "fact":
        data |= {"name": condition.name, "relation": condition.relation}
    if condition.least != 1:
        data["least"] = condition.least
    return data


def from_json(data: Mapping[str, Any]) -> Matcher:
    """The matcher of a JSON object. Raises ValueError with a sentence that says what is wrong."""
    unknown = set(data) - {"all_of", "any_of"}
    if unknown:
        raise ValueError(f"a matcher has all_of and any_of, not {', '.join(sorted(map(str, unknown)))}")
    matcher = Matcher(_conditions(data, "all_of"), _conditions(data, "any_of"))
    if not matcher.all_of and not matcher.any_of:
        raise ValueError("a matcher needs at least one condition")
    return matcher


def _conditions(data: Mapping[str, Any], name: str) -> tuple[Condition, ...]:
    given = data.get(name, [])
    if isinstance(given, list) and len(given) > _MOST:
        raise ValueError(f"{name} has more than {_MOST} conditions")
    if not isinstance(given, list):
        raise ValueError(f"{name} must be a list of conditions")  # noqa: TRY004 (one kind of error for a wrong rule)
    return tuple(_condition(one) for one in given)


def _ends(value: str) -> tuple[str, str]:
    low, _, high = value.partition("..")
    return low, high


def _least(given: object) -> int:
    text = str(given).strip()
    if not (text.isascii() and text.isdigit() and len(text) < _DIGITS and int(text) >= 1):
        raise ValueError(f"“least” is a number from 1 on, not “{text[:40]}”")
    return int(text)


def _condition(data: object) -> Condition:
    if not isinstance(data, Mapping):
        raise ValueError("a condition is an object with kind and value")  # noqa: TRY004 (as above)
    condition = Condition(
        kind=str(data.get("kind", "")),
        value=str(data.get("value", "")).strip(),
        name=str(data.get("name", "")).strip(),
        relation=str(data.get("relation", "is")),
        least=_least(data.get("least", 1)),
    )
    if condition.kind not in KINDS:
        raise ValueError(f"a condition is one of {', '.join(KINDS)}, not “{condition.kind}”")
    if not condition.value:
        raise ValueError(f"the {condition.kind} condition has no value")
    if len(condition.value) > _LONGEST:
        raise ValueError(f"the {condition.kind} condition is longer than {_LONGEST:,} characters")
    if condition.kind == "template" and not literal_parts(condition.value):
        raise ValueError("a template condition needs some words besides values (<*>)")
    if condition.kind == "text" and not text_words(condition.value):
        raise ValueError("a text condition needs a word of two letters or more")
    if condition.kind == "fact":
        _check_fact(condition)
    return condition


def _check_fact(condition: Condition) -> None:
    if not condition.name or condition.relation not in RELATIONS:
        raise ValueError(f"a fact condition needs a name and one of: {', '.join(RELATIONS)}")
    if condition.relation == "between":
        low, high = _ends(condition.value)
        if not (has_number(low) and has_number(high)):
            raise ValueError("“between” needs two versions with two points in the middle, such as 5.2 .. 5.3")
        if not version_key(low) < version_key(high):
            raise ValueError(
                f"“between” goes from the lower version to the higher one; “{condition.value[:40]}” does not"
            )
    if condition.relation in {"from", "below"} and not has_number(condition.value):
        raise ValueError(f"“{condition.relation}” needs a version, such as 5.2.1, not “{condition.value[:40]}”")
