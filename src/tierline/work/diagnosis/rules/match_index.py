"""Which of many matchers can hold for a ticket at all: found by keys, so that only those are evaluated.

Each matcher is filed under the keys of its rarest condition (where all must hold), or of all of them (where one of
several is enough). A key is what a ticket must show for the condition to hold; so no matcher that holds is ever missed.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from tierline.work.diagnosis.rules.match import (
    Condition,
    Matcher,
    Observed,
    literal_parts,
    text_forms,
    text_words,
)

Key = tuple[str, Hashable]  # its kind, and what is looked for
_GRAM = 3  # letters
_SHORTEST = 3  # letters of the beginning of a word
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class MatcherIndex:
    """Matchers by number, filed by kind under keys; `always` are those without any key."""

    filed: Mapping[str, Mapping[Hashable, Sequence[int]]]
    always: Sequence[int]
    beginnings: frozenset[int] = frozenset()  # lengths of the beginnings of words that are keys

    def candidates(self, observed: Observed) -> list[int]:
        """The numbers of the matchers that may hold, in order."""
        found = set(self.always)
        for kind, filed in self.filed.items():
            for key in filed.keys() & _SHOWN[kind](observed, self.beginnings):
                found.update(filed[key])
        return sorted(found)


def build(matchers: Sequence[Matcher]) -> MatcherIndex:
    """File each matcher under as few and as rare keys as its conditions allow."""
    many = Counter(key for matcher in matchers for one in (*matcher.all_of, *matcher.any_of) for key in _all_keys(one))
    filed: defaultdict[str, defaultdict[Hashable, list[int]]] = defaultdict(lambda: defaultdict(list))
    always = []
    for number, matcher in enumerate(matchers):
        keys = _anchor(matcher, many)
        if keys is None:
            always.append(number)
        for kind, key in keys or ():
            filed[kind][key].append(number)
    beginnings = frozenset(len(str(text)) for text in filed.get("begins", ()))
    return MatcherIndex({kind: dict(keys) for kind, keys in filed.items()}, always, beginnings)


def _facts(observed: Observed) -> AbstractSet[Hashable]:
    return {(name, str(value).strip().lower()) for name, value in observed.facts.items()}


def _begins(observed: Observed, lengths: frozenset[int]) -> AbstractSet[Hashable]:
    return {word[:end] for word in observed.template_words for end in lengths if end <= len(word)}


def _grams_of_words(observed: Observed) -> AbstractSet[Hashable]:
    return {gram for word in observed.template_words for gram in _grams(word)}


# What a ticket shows of each kind of key.
_SHOWN: Mapping[str, Callable[[Observed, frozenset[int]], AbstractSet[Hashable]]] = {
    "fingerprint": lambda observed, _: observed.fingerprints,
    "exception": lambda observed, _: observed.exception_names,
    "fact": lambda observed, _: observed.facts.keys(),
    "fact is": lambda observed, _: _facts(observed),
    "word": lambda observed, _: text_forms(observed.text),
    "template": lambda observed, _: observed.template_names,
    "whole": lambda observed, _: observed.template_words.keys(),
    "begins": _begins,
    "gram": lambda observed, _: _grams_of_words(observed),
}


def _anchor(matcher: Matcher, many: Counter[Key]) -> set[Key] | None:
    """The keys to file a matcher under; None when it may hold for any ticket."""
    choices = [keys for one in matcher.all_of if (keys := _keys(one, many)) is not None]
    if choices:
        return min(choices, key=lambda keys: sum(many[key] for key in keys))
    several = [_keys(one, many) for one in matcher.any_of]
    if not several or None in several or matcher.all_of:
        return None
    return {key for keys in several for key in keys or ()}


def _keys(one: Condition, many: Counter[Key]) -> set[Key] | None:
    """What a ticket must show one of for the condition to hold; None when that cannot be told."""
    if one.kind == "template":
        return _template_keys(one.value, many)
    if one.kind == "text":
        return _text_keys(one.value, many)
    keys = set(_all_keys(one))
    return keys or None


def _all_keys(one: Condition) -> Iterator[Key]:
    """Every key that belongs to a condition, of which the rarest are taken."""
    if one.kind == "fingerprint":
        yield ("fingerprint", one.value)
    elif one.kind == "exception":
        yield ("exception", one.value.rpartition(".")[2])
    elif one.kind == "fact":
        value = one.value.strip().lower()
        exact = one.relation == "is" and not value.endswith((".x", ".*"))
        yield ("fact is", (one.name, value)) if exact else ("fact", one.name)
    elif one.kind == "text":
        yield from (("word", word) for word in text_words(one.value))
    elif one.kind == "template":
        yield ("template", one.value)
        yield from set(_pieces_of(one.value))


def _template_keys(value: str, many: Counter[Key]) -> set[Key] | None:
    pieces = sorted(set(_pieces_of(value)))
    if not pieces:
        return None
    return {("template", value), min(pieces, key=lambda piece: many[piece])}


def _text_keys(value: str, many: Counter[Key]) -> set[Key]:
    """One word of each alternative; an alternative without words never holds."""
    keys: set[Key] = set()
    for alternative in value.split("|"):
        words = text_words(alternative)
        if words:
            keys.add(("word", min(sorted(words), key=lambda word: many["word", word])))
    return keys


def _pieces_of(template: str) -> Iterator[tuple[str, str]]:
    """What a text that fits must hold: words, where the template says that they begin there; else a part of a word."""
    for part in literal_parts(template):
        words = list(_WORD.finditer(part))
        for found in words:
            if found.start() > 0 and found.end() < len(part):
                yield ("whole", found.group())
            elif found.start() > 0 and len(found.group()) >= _SHORTEST:
                yield ("begins", found.group())
        if all(found.start() == 0 for found in words):
            yield from (("gram", gram) for found in words for gram in _grams(found.group()))


def _grams(text: str) -> Iterator[str]:
    return (text[at : at + _GRAM] for at in range(len(text) - _GRAM + 1))
