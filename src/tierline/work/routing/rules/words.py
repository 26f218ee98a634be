"""Finding words and phrases in what people write, and the closed lists that triage reads from them."""

import re
from collections.abc import Iterable
from functools import lru_cache

_SCRIPT_WITHOUT_SPACES = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")

WIDE = (
    "everyone",
    "everybody",
    "all users",
    "all staff",
    "whole company",
    "whole site",
    "entire site",
    "entire company",
    "company-wide",
    "nobody can",
    "all sites",
    "all customers",
    "alle benutzer",
    "die ganze firma",
    "niemand kann",
)
GROUP = (
    "our team",
    "whole team",
    "my team",
    "our department",
    "the department",
    "several colleagues",
    "my colleagues",
    "several people",
    "some of us",
    "many users",
    "multiple users",
    "our office",
    "the whole office",
    "unser team",
    "die abteilung",
    "mehrere kollegen",
)
URGENT = (
    "urgent*",
    "asap",
    "immediately",
    "cannot work",
    "can't work",
    "can not work",
    "is down",
    "outage",
    "blocked",
    "production stop*",
    "stands still",
    "emergency",
    "data loss",
    "security incident",
    "deadline today",
    "dringend",
    "sofort",
    "steht still",
    "kann nicht arbeiten",
)
RELAXED = (
    "not urgent",
    "no rush",
    "no hurry",
    "when you have time",
    "whenever",
    "at your convenience",
    "low priority",
    "nice to have",
    "just a question",
    "cosmetic",
    "nicht dringend",
    "keine eile",
)
BROKEN = (
    "error*",
    "fail*",
    "crash*",
    "drops",
    "dropped",
    "broken",
    "not working",
    "doesn't work",
    "does not work",
    "stopped working",
    "cannot",
    "can't",
    "unable to",
    "slow",
    "freez*",
    "hangs",
    "lost",
    "refus*",
    "denied",
    "outage",
    "disconnect*",
    "timeout",
    "times out",
    "wrong",
    "exception",
    "fehler*",
    "geht nicht",
    "funktioniert nicht",
)
WISHES = (
    "request for",
    "i would like",
    "we would like",
    "please provide",
    "please order",
    "please install",
    "please create",
    "please add",
    "need access",
    "access to",
    "new laptop",
    "new starter",
    "new employee",
    "onboarding",
    "order",
    "licence for",
    "license for",
    "refund",
    "leave request",
    "how do i",
    "how can i",
    "bitte bestellen",
    "zugang zu",
)


@lru_cache(maxsize=4_096)
def _pattern(phrase: str) -> re.Pattern[str]:
    words = phrase.casefold().split()
    stars = [re.escape(word.removesuffix("*")) + (r"\w*" if word.endswith("*") else "") for word in words]
    body = r"\s+".join(stars)
    if _SCRIPT_WITHOUT_SPACES.search(phrase):
        return re.compile(body)
    return re.compile(rf"(?<!\w){body}(?!\w)")


def found(phrases: Iterable[str], text: str) -> tuple[str, ...]:
    """The phrases that occur in `text` as whole words, without case; a trailing `*` stands for any ending."""
    folded = text.casefold()
    return tuple(phrase for phrase in phrases if phrase.strip(" *") and _pattern(phrase).search(folded))
