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
