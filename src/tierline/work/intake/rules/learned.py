"""Marks by which a message is known again: its sender, the sender's domain, or words in its subject."""

from .threading import base_subject

SENDER, DOMAIN, SUBJECT = "sender", "domain", "subject"
SHORTEST = 4  # characters of a subject that may stand for many messages


def value_of(mark: str, sender: str, subject: str) -> str:
    """What a message shows at this mark, in lower case; empty when it shows nothing that may stand for others."""
    if mark == SENDER:
        return sender.lower()
    if mark == DOMAIN:
        return sender.lower().rpartition("@")[2]
    words = " ".join(base_subject(subject).lower().split())[:200]
    return words if mark == SUBJECT and len(words) >= SHORTEST else ""


def fits(mark: str, value: str, sender: str, subject: str) -> bool:
    """Whether a message with this sender and subject has the mark. A domain stands for those below it, too."""
    shown = value_of(mark, sender, subject)
    if not value or not shown:
        return False
    if mark == DOMAIN:
        return shown == value or shown.endswith(f".{value}")
    return value in shown if mark == SUBJECT else shown == value


_EVERYBODY_S = {
    "aol.com", "bluewin.ch", "bol.com.br", "btinternet.com", "comcast.net", "daum.net", "free.fr", "freenet.de",
    "gmail.com", "gmx.at", "gmx.ch", "gmx.com", "gmx.de", "gmx.net", "googlemail.com", "hanmail.net", "hotmail.com",
    "icloud.com", "inbox.lv", "laposte.net", "libero.it", "live.com", "mac.com", "mail.com", "mail.ru", "me.com",
    "msn.com", "naver.com", "o2.pl", "onet.pl", "orange.fr", "outlook.com", "proton.me", "protonmail.com", "qq.com",
    "rediffmail.com", "seznam.cz", "t-online.de", "terra.com.br", "tiscali.it", "uol.com.br", "verizon.net",
    "virgilio.it", "web.de", "wp.pl", "yandex.com", "yandex.ru", "ymail.com", "126.com", "163.com",
}  # fmt: skip
_EVERYBODY_S_NAMES = ("yahoo", "hotmail", "outlook", "live", "gmx")


def is_everybody_s(domain: str) -> bool:
    """Whether anybody can have an address there, so that the domain says nothing about who writes."""
    return domain in _EVERYBODY_S or domain.partition(".")[0] in _EVERYBODY_S_NAMES
