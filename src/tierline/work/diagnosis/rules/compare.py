"""What differs from healthy files of the same product and version."""

from collections.abc import Mapping
from dataclasses import dataclass, field

RARE_BELOW = 0.5
MANY_LINES = 200


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


def side_by_side(here: Mapping[str, str], there: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Name, value here, value there, for all that one of the two says; by name."""
    names = sorted(name for name in here.keys() | there.keys() if here.get(name) or there.get(name))
    return [(name.replace("_", " "), str(here.get(name, "")), str(there.get(name, ""))) for name in names]
