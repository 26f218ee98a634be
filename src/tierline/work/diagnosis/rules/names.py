"""The people of a ticket in the ways programs write them, so that one person has one name in the masked text.

"Anna Meier" is written `anna.meier`, `Meier, Anna`, `AnnaMeier`, `a_meier`, `anna.meier@…`. All forms hold the surname,
or are what stands before the @ of the person's own mail address. What could be two people of the ticket is neither of
them, and what could be a word of the language counts only where an account is named.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from tierline.core.plugins.contracts import Secret, SecretText

_SHORTEST_NAME = 4  # letters of a name of one word, and of a login
_SURE = 8  # letters of a name without anything between its words; shorter ones may be words of the language
_WINDOW = 70  # characters around a surname in which the rest of a name stands
_MOST_PEOPLE = 20
_RANK, _RANK_OF_MAIL = 6, 5
_TITLES = frozenset({"dr", "prof", "mr", "mrs", "ms", "miss", "herr", "frau", "mme", "dipl", "ing", "sir"})
_PARTICLES = frozenset({
    "van", "von", "vom", "zu", "de", "der", "den", "del", "della", "di", "da", "dos", "du", "la", "le", "al", "el",
    "bin", "ibn", "ter", "ten", "mac", "st",
})  # fmt: skip
_NOBODYS = frozenset({
    "info", "admin", "administrator", "support", "service", "office", "mail", "root", "test", "contact", "kontakt",
    "sales", "help", "helpdesk", "team", "user", "guest", "billing", "hello", "noreply", "webmaster", "postmaster",
})  # fmt: skip
_TO_ASCII = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "å": "a", "þ": "th", "ð": "d"})
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_EDGE, _END = r"(?<![^\W_])", r"(?P<more>\d{1,4})?(?![^\W_])"
_MAIL = re.compile(r"@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w@-])")
_ACCOUNT = re.compile(
    r"""(?xi)(?:(?:user|uid|login|logon|account|acct|owner|actor|principal|subject|sub|author|name|session|profile
    |home|users|by|for|as|from)[\w-]{0,8}["']?[ \t]{0,3}[=:>/\\(\["' ]{1,3}|[\\~]|\b[a-z][\w-]{1,20}\\)\Z"""
)
_BEFORE = 40  # characters in which an account is named


class Person(NamedTuple):
    """Somebody of the ticket: their name in lower case, and all it takes to know them by."""

    name: str
    first: str
    surname: str
    particles: tuple[str, ...]
    middle: tuple[str, ...]
    login: str


class People(NamedTuple):
    """Everybody of a ticket, ready to be looked for: `triggers` are literals that every form of a name holds.

    `sure` are forms of whole names, `owners` also those that leave words out, each with whose they are; `alone` are
    names of one word.
    """

    triggers: tuple[str, ...]
    pattern: "re.Pattern[str] | None"
    owners: dict[str, tuple[str, ...]]
    sure: dict[str, tuple[str, ...]]
    alone: frozenset[str]
    logins: dict[str, str]


def find_people(text: SecretText) -> Iterator[Secret]:
    """Every place where somebody of the ticket is named."""
    known = people_of(text.people)
    if known.pattern is not None:
        for trigger in known.triggers:
            yield from _at(text, trigger, known.pattern, known)
    for login, name in known.logins.items():
        yield from _login(text, login, name)


@lru_cache(maxsize=16)
def people_of(listed: tuple[tuple[str, str], ...]) -> People:
    """What to look for; a second person with the same form makes it nobody's."""
    persons = [made for name, mail in listed[:_MOST_PEOPLE] if (made := _person(name, mail))]
    owners: dict[str, list[str]] = {}
    sure: dict[str, list[str]] = {}
    for one in persons:
        for form in _compact_forms(one, whole=True):
            _own(sure, form, one.name)
        for form in _compact_forms(one, whole=False):
            _own(owners, form, one.name)
    patterns = list(dict.fromkeys(pattern for one in persons for pattern in _patterns(one)))
    logins: dict[str, list[str]] = {}
    for one in persons:
        if one.login:
            _own(logins, one.login, one.name)
    return People(
        triggers=tuple(dict.fromkeys(word for one in persons for word in _spellings(_longest_part(one.surname)))),
        pattern=re.compile(f"{_EDGE}(?:{'|'.join(patterns)}){_END}") if patterns else None,
        owners={form: tuple(names) for form, names in owners.items()},
        sure={form: tuple(names) for form, names in sure.items()},
        alone=frozenset(form for one in persons if not one.first for form in _spellings(one.surname)),
        logins={login: names[0] for login, names in logins.items() if len(names) == 1},
    )


def _own(table: dict[str, list[str]], form: str, name: str) -> None:
    names = table.setdefault(form, [])
    if name not in names:
        names.append(name)


def _at(text: SecretText, trigger: str, pattern: re.Pattern[str], known: People) -> Iterator[Secret]:
    if not text.may_hold(trigger.translate(_NO_DIGITS), "lower"):
        return
    at = text.lower.find(trigger)
    while at >= 0:
        over = at + 1
        for match in pattern.finditer(text.lower, max(0, at - _WINDOW), at + _WINDOW):
            if match.end() > at and (found := _secret(text.text, match, known)):
                yield found
                over = max(over, found.end)
        at = text.lower.find(trigger, over)


def _secret(text: str, match: re.Match[str], known: People) -> Secret | None:
    start, end = match.span()
    more = match["more"] or ""
    written = text[start : end - len(more)]
    compact = _letters(written)
    mail = _MAIL.match(text, end)
    if not mail and compact not in known.alone and not _is_name(text, written, compact, start):
        return None
    names = known.sure.get(compact) or known.owners.get(compact) or ()
    whom = names[0] if len(names) == 1 else f"one like {compact}"
    if mail:
        return Secret(start, mail.end(), _RANK_OF_MAIL, whom + more)
    return Secret(start, end, _RANK, whom + more)


def _is_name(text: str, written: str, compact: str, start: int) -> bool:
    """Whether this is surely a name: words with something between them, or a long one, or the name of an account."""
    parts = [part for part in re.split(r"[^\w]|_", written) if part]
    initial = min(map(len, parts)) == 1
    if len(parts) > 1:
        return not (initial and re.fullmatch(r"[^\W_] [^\W_]\S*", written) and written[0].islower())
    camel = any(letter.isupper() for letter in written[1:]) and not written.isupper()
    if camel and written[0].isupper() and written[1:2].islower():
        return True
    return (len(compact) >= _SURE and not initial) or _ACCOUNT.search(text[max(0, start - _BEFORE) : start]) is not None


def _login(text: SecretText, login: str, name: str) -> Iterator[Secret]:
    """The part before the @ of somebody's own address: their mail wherever it is, alone where an account is named."""
    if not text.may_hold(login.translate(_NO_DIGITS), "lower"):
        return
    at = text.lower.find(login)
    while at >= 0:
        end = at + len(login)
        alone = not text.text[at - 1 : at].isalnum() if at else True
        if alone and (mail := _MAIL.match(text.text, end)):
            yield Secret(at, mail.end(), _RANK_OF_MAIL, name)
        elif alone and not text.text[end : end + 1].isalnum() and _ACCOUNT.search(text.text[max(0, at - _BEFORE) : at]):
            yield Secret(at, end, _RANK, name)
        at = text.lower.find(login, end)


def _person(name: str, mail: str) -> Person | None:
    last, comma, given = name.partition(",")
    words = [word.strip(".'\u2019-").lower() for word in (f"{given} {last}" if comma else name).split()]
    words = [word for word in words if word and word not in _TITLES]
    if not words or sum(map(len, words)) < _SHORTEST_NAME:
        return None
    login = mail.partition("@")[0].lower()
    login = login if len(login) >= _SHORTEST_NAME and login not in _NOBODYS else ""
    inner = words[1:-1]
    at = next((number for number, word in enumerate(inner) if word in _PARTICLES), len(inner))
    first = words[0] if len(words) > 1 else ""
    return Person(" ".join(words), first, words[-1], tuple(inner[at:]), tuple(inner[:at]), login)


_NO_DIGITS = {ord(digit): "0" for digit in "123456789"}
_JOINT = r"[ ._-]{0,2}"
_PARTS = re.compile(r"[\W_]+")  # of a word: Müller-Schulz, O'Brien


def _patterns(one: Person) -> Iterator[str]:
    surname = _pattern(one.surname)
    if not one.first:
        yield surname
        return
    if one.particles:
        surname = rf"(?:{_JOINT.join(map(_pattern, one.particles))}{_JOINT})?{surname}"
    first, initial = _pattern(one.first), f"(?:{'|'.join(word[0] for word in _spellings(one.first))})"
    middle = "".join(rf"(?:{_JOINT}(?:{_pattern(word)}|{re.escape(word[0])}\.?))?" for word in one.middle)
    yield rf"{first}{middle}{_JOINT}{surname}"
    yield rf"{surname}(?:,[ ]?|{_JOINT}){first}{middle}"
    yield rf"{initial}{middle}\.?{_JOINT}{surname}"
    yield rf"{surname}(?:,[ ]?|{_JOINT}){initial}\.?"


def _longest_part(surname: str) -> str:
    return max(_PARTS.split(surname), key=len)


def _compact_forms(one: Person, *, whole: bool) -> Iterable[str]:
    """Every form without what stands between its words: the whole name, or also those that leave words out."""
    particles = "".join(one.particles)
    for surname in _spellings(one.surname):
        for first in _spellings(one.first) or ("",):
            shown = ("".join(one.middle),) if whole else ("", "".join(one.middle), "".join(w[0] for w in one.middle))
            givens = [first + middle for middle in shown]
            givens += [] if whole else [first[:1] + middle for middle in shown]
            for family in {surname, particles + surname}:
                for given in givens:
                    yield from (given + family, family + given)


def _spellings(word: str) -> tuple[str, ...]:
    """As it is, with German umlauts written out, and without accents; each without marks inside."""
    if not word:
        return ()
    plain = "".join(one for one in unicodedata.normalize("NFKD", word) if not unicodedata.combining(one))
    forms = (word, word.translate(_GERMAN), plain.translate(_TO_ASCII))
    return tuple(dict.fromkeys(_letters(form) for form in forms if _letters(form)))


def _pattern(word: str) -> str:
    """The spellings of a word; letters that a hyphen or an apostrophe parts may stand together or apart."""
    parts = [spelled for part in _PARTS.split(word) if (spelled := _spellings(part))]
    return r"(?:[^\w\n]|_)?".join(f"(?:{'|'.join(spelled)})" for spelled in parts)


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())
