"""What differs from healthy files of the same product and version."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

RARE_BELOW = 0.5
MANY_LINES = 200
_SAYS_NOTHING = frozenset({"log", "logs", "logfile", "healthy", "copy", "old", "new", "bak", "the"})


@dataclass(frozen=True, slots=True)
class Healthy:
    """Templates of `bundles` healthy files: id -> in how many of them, how often in all; texts for what is gone."""

    bundles: int = 0
    seen_in: Mapping[str, int] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)

    def usual(self, key: str) -> float | None:
        """How often a template comes in a healthy file on average; None when there is none."""
        if not self.bundles:
            return None
        return round(self.counts.get(key, self.seen_in.get(key, 0)) / self.bundles, 2)


@dataclass(frozen=True, slots=True)
class Difference:
    """Template ids: `new` never seen healthy, `rare` seen in few, `gone` seen in nearly all but not here."""

    new: frozenset[str]
    rare: frozenset[str]
    gone: frozenset[str]


def compare(counts: Mapping[str, int], healthy: Healthy) -> Difference:
    """Without a healthy file nothing is new or gone; rare is then what came once in a file of many lines."""
    if not healthy.bundles:
        rare = {key for key, count in counts.items() if count == 1} if sum(counts.values()) >= MANY_LINES else set()
        return Difference(frozenset(), frozenset(rare), frozenset())
    share = {key: seen / healthy.bundles for key, seen in healthy.seen_in.items()}
    return Difference(
        new=frozenset(key for key in counts if key not in share),
        rare=frozenset(key for key in counts if 0 < share.get(key, 0) < RARE_BELOW),
        gone=frozenset(key for key, part in share.items() if part >= 1 - RARE_BELOW / 2 and key not in counts),
    )


def learn(healthy: Healthy, templates: Mapping[str, str], counts: Mapping[str, int] | None = None) -> Healthy:
    """The healthy files with one more (id -> text, and id -> how often)."""
    seen, many = dict(healthy.seen_in), dict(healthy.counts)
    for key in templates:
        many[key] = many.get(key, seen.get(key, 0)) + (counts or {}).get(key, 1)
        seen[key] = seen.get(key, 0) + 1
    return Healthy(healthy.bundles + 1, seen, {**healthy.texts, **templates}, many)


def akin(name: str, others: Mapping[int, str]) -> frozenset[int]:
    """Those of the files (id -> name) that share most of the words that their names begin with; none when none does.

    Numbers, dates and endings are no words: `gateway-2026-11-23.log.gz` is akin to `gateway_02.log`.
    """
    here = _words(name)
    shared = {key: _shared(here, _words(other)) for key, other in others.items()}
    most = max(shared.values(), default=0)
    return frozenset(key for key, words in shared.items() if words == most and most)


def _words(name: str) -> list[str]:
    """The words of a file's name up to its first point."""
    base = re.split(r"[/\\]", name.lower())[-1].lstrip(".").partition(".")[0]
    words = [word.rstrip("0123456789") for word in re.split(r"[\W_]+", base)]
    return [word for word in words if word and not re.search(r"\d", word) and word not in _SAYS_NOTHING]


def _shared(one: list[str], other: list[str]) -> int:
    differs = (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(differs, min(len(one), len(other)))


def side_by_side(here: Mapping[str, str], there: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Name, value here, value there, for all that one of the two says; by name."""
    names = sorted(name for name in here.keys() | there.keys() if here.get(name) or there.get(name))
    return [(name.replace("_", " "), str(here.get(name, "")), str(there.get(name, ""))) for name in names]
