"""Whether a mail server wrote a mail, judged by how it signs (RFC 5321 §4.5.5, RFC 3464 §2)."""

import re
from enum import IntEnum

from .parse import ParsedMail
from .report_words import POSTMASTER_NAME, SYSTEM_NAME

_DOMAIN = re.compile(r"@[^\s<>(),;]*")
_SHOWN = 1000  # characters of a From line that are looked at, from its end


class Writer(IntEnum):
    """How surely a mail server wrote it: nobody says so, a person in its name may have, it signs itself."""

    UNKNOWN = 0
    LIKELY = 1
    SYSTEM = 2


def writer_of(mail: ParsedMail) -> Writer:
    """Who signs: by the From line, the envelope's return path and the marks of list servers."""
    signed = _DOMAIN.sub("", mail.headers.text("from")[-_SHOWN:])
    paths = [_DOMAIN.sub("", value) for value in mail.headers.all("return-path")]
    if signed.strip() == "<>" or any(SYSTEM_NAME.search(one) for one in (signed, *paths)):
        return Writer.SYSTEM
    unsigned = not signed.strip() or null_return_path(mail)
    if unsigned or POSTMASTER_NAME.search(signed) or "x-mlserver" in mail.headers:
        return Writer.LIKELY
    return Writer.UNKNOWN


def null_return_path(mail: ParsedMail) -> bool:
    """The envelope sender was empty (RFC 5321 §4.5.5), as the last mail server wrote it down."""
    return any(value.replace(" ", "") == "<>" for value in mail.headers.all("return-path"))


def is_postmaster_s_own(mail: ParsedMail) -> bool:
    """A postmaster wrote it, and nobody can answer: so it was no person in that office."""
    return null_return_path(mail) and POSTMASTER_NAME.search(_DOMAIN.sub("", mail.headers.text("from"))) is not None
