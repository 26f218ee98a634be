"""Which of many matchers can hold for a ticket at all: found by keys, so that only those are evaluated.

Each matcher is filed under the keys of its rarest condition (where all must hold), or of all of them (where one of
several is enough). A key is what a ticket must show for the condition to hold; so no matcher that holds is ever missed.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tierline.work.diagnosis.rules.match import Condition, Matcher, Observed, text_words

Key = tuple[str, Hashable]  # its kind, and what is looked for
_GRAM = 4  # letters
_SHORTEST = 3  # letters of the beginning of a word
_WORD = re.compile(r"\w+")
_STEM, _ENDING = 4, 3  # letters, as `match` compares words
_SLOT = re.compile(r"\s*<\*>\s*")


@dataclass(frozen=True, slots=True)
class MatcherIndex:
    """Matchers by number, filed under keys; `always` are those without any key."""

    filed: Mapping[Key, Sequence[int]]
    always: Sequence[int]
    beginnings: frozenset[int] = frozenset()  # lengths of the beginnings of words that are keys
    has_grams: bool = False

    def candidates(self, observed: Observed) -> list[int]:
        """The numbers of the matchers that may hold, in order."""
        found = set(self.always)
        for key in keys_of(observed, self.beginnings):
            found.update(self.filed.get(key, ()))
        if self.has_grams:
            for gram in set(_grams(observed.template_texts)):
                found.update(self.filed.get(("gram", gram), ()))
        return sorted(found)


def build(matchers: Sequence[Matcher]) -> MatcherIndex:
    """File each matcher under as few and as rare keys as its conditions allow."""
    many = Counter(key for matcher in matchers for one in (*matcher.all_of, *matcher.any_of) for key in _all_keys(one))
    filed: defaultdict[Key, list[int]] = defaultdict(list)
    always = []
    for number, matcher in enumerate(matchers):
        keys = _anchor(matcher, many)
        if keys is None:
            always.append(number)
        for key in keys or ():
            filed[key].append(number)
    beginnings = frozenset(len(str(text)) for kind, text in filed if kind == "begins")
    return MatcherIndex(dict(filed), always, beginnings, has_grams=any(kind == "gram" for kind, _ in filed))


def keys_of(observed: Observed, beginnings: frozenset[int]) -> Iterator[Key]:
    """Everything a ticket shows under which a matcher may be filed; some keys come more than once."""
    yield from (("fingerprint", one) for one in observed.fingerprints)
    yield from (("exception", one.rpartition(".")[2]) for one in observed.exceptions)
    for name, value in observed.facts.items():
        yield ("fact", name)
        yield ("fact is", (name, str(value).strip().lower()))
    for word in text_words(observed.text):
        yield ("word", word)
        yield from (("word", word[:end]) for end in range(max(_STEM, len(word) - _ENDING), len(word)))
    yield from (("template", one.id) for one in observed.templates)
    for word in set(_WORD.findall(observed.template_texts)):
        yield ("whole", word)
        yield from (("begins", word[:end]) for end in beginnings if end <= len(word))


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
    """What a text that fits must hold: words, where the template says that they begin there; else letters in a row."""
    for part in _SLOT.split(template.lower()):
        words = [found for found in _WORD.finditer(part) if found.start() > 0]
        for found in words:
            if found.end() < len(part):
                yield ("whole", found.group())
            elif len(found.group()) >= _SHORTEST:
                yield ("begins", found.group())
        if not words:
            yield from (("gram", gram) for gram in _grams(part))


def _grams(text: str) -> Iterator[str]:
    return (text[at : at + _GRAM] for at in range(len(text) - _GRAM + 1))
