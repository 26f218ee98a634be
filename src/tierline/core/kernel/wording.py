"""Places in words that somebody wrote for later: `{name}` is put in once, and what was put in is never read again."""

import re
from collections.abc import Collection, Mapping

_PLACE = re.compile(r"\{([^{}\s]{1,40})\}")


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with each `{name}` that has a value replaced by it; everything else stays as it was written."""
    return _PLACE.sub(lambda found: values.get(found[1], found[0]), text)


def unknown_places(text: str, known: Collection[str]) -> list[str]:
    """What stands in braces and stands for nothing, in the order it comes."""
    return [one for one in dict.fromkeys(_PLACE.findall(text)) if one not in known]


def complaint(text: str, known: Collection[str]) -> str:
    """One sentence about the first place that stands for nothing; empty when there is none."""
    unknown = unknown_places(text, known)
    listed = ", ".join(f"{{{name}}}" for name in known)
    return f"{{{unknown[0]}}} stands for nothing. There are: {listed}." if unknown else ""
