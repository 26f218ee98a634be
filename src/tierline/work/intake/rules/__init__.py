"""What a mail says and what may be done with it: pure functions over its bytes."""

from .authentication import UNNAMED, Authentication, Standing, authenticate, results_on_top, wanted_names
from .delivery import DeliveryReport, Fate, RecipientFate, read_report
from .forwards import Forward, forwarded, looks_forwarded
from .headers import Address, Headers, addresses
from .html_text import html_to_text
from .loops import LOOP_HEADER, Nature, Own, Verdict, judge
from .parse import MailAttachment, ParsedMail, parse
from .retries import MOST_TRIES, TELL_AFTER_TRIES, pause_before
from .threading import (
    Claims,
    base_subject,
    claims,
    fingerprint,
    message_address,
    names_itself,
    read_message_address,
    read_reply_address,
    read_verb_address,
    related_by,
    reply_address,
    reply_subject,
    subject_reference,
    verb_address,
)
from .trim import visible_reply
from .writing import Outgoing, compose

__all__ = [
    "LOOP_HEADER",
    "MOST_TRIES",
    "TELL_AFTER_TRIES",
    "UNNAMED",
    "Address",
    "Authentication",
    "Claims",
    "DeliveryReport",
    "Fate",
    "Forward",
    "Headers",
    "MailAttachment",
    "Nature",
    "Outgoing",
    "Own",
    "ParsedMail",
    "RecipientFate",
    "Standing",
    "Verdict",
    "addresses",
    "authenticate",
    "base_subject",
    "claims",
    "compose",
    "fingerprint",
    "forwarded",
    "html_to_text",
    "judge",
    "looks_forwarded",
    "message_address",
    "names_itself",
    "parse",
    "pause_before",
    "read_message_address",
    "read_reply_address",
    "read_report",
    "read_verb_address",
    "related_by",
    "reply_address",
    "reply_subject",
    "results_on_top",
    "subject_reference",
    "verb_address",
    "visible_reply",
    "wanted_names",
]
