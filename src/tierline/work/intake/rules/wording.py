"""Words that a desk wrote for its mails. What stands for a ticket is put in once and never read again."""

import re
from collections.abc import Mapping

NAMES = ("reference", "name", "desk")
USUAL = """\
Thank you. Your message has arrived and is in good hands: {reference}.

You need not do anything now. If you have more to say, simply answer this mail.
"""
_PLACE = re.compile(r"\{([^{}\s]{1,40})\}")


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with each `{name}` that has a value replaced by it; everything else stays as it was written."""
    return _PLACE.sub(lambda found: values.get(found[1], found[0]), text)


def unknown_places(text: str) -> list[str]:
    """What stands in braces and stands for nothing, in the order it comes."""
    return [one for one in dict.fromkeys(_PLACE.findall(text)) if one not in NAMES]
