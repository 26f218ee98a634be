"""How long a mail is tried, and what a server's refusal means."""

from __future__ import annotations

import smtplib
from datetime import timedelta

import pytest

from tierline.work.intake.rules import MOST_TRIES, TELL_AFTER_TRIES, pause_before
from tierline.work.intake.rules.refusals import Refused, refusal

NORA, DESK = "nora@customer.example", "support@desk.example"


def test_a_mail_is_tried_for_five_days() -> None:
    tried = sum((pause_before(tries) for tries in range(1, MOST_TRIES)), timedelta())
    assert timedelta(days=4) < tried < timedelta(days=5, hours=1)


def test_its_ticket_is_told_after_about_an_hour() -> None:
    until = sum((pause_before(tries) for tries in range(1, TELL_AFTER_TRIES)), timedelta())
    assert timedelta(minutes=45) < until < timedelta(hours=1, minutes=30)


def test_pauses_grow_to_an_hour_and_no_further() -> None:
    pauses = [pause_before(tries) for tries in range(200)]
    assert pauses == sorted(pauses)
    assert (pauses[1], pauses[2], pauses[-1]) == (timedelta(seconds=15), timedelta(seconds=30), timedelta(hours=1))


def to_nora(code: int, words: bytes) -> smtplib.SMTPException:
    return smtplib.SMTPRecipientsRefused({NORA: (code, words)})


@pytest.mark.parametrize(
    ("problem", "what", "in_words"),
    [
        (to_nora(554, b"5.7.1 <nora@customer.example>: Relay access denied"), Refused.RELAY, "passes on no mail"),
        (to_nora(550, b"5.7.1 Unable to relay for nora@customer.example"), Refused.RELAY, "passes on no mail"),
        (to_nora(530, b"5.7.0 Must issue a STARTTLS command first"), Refused.RELAY, "passes on no mail"),
        (to_nora(550, b"5.7.1 Authentication required"), Refused.RELAY, "Authentication required"),
        (to_nora(553, b"sorry, that domain isn't allowed to be relayed"), Refused.RELAY, "relayed"),
        (to_nora(550, b"5.1.1 User unknown"), Refused.RECIPIENT, "550 5.1.1 User unknown"),
        (to_nora(552, b"5.2.2 Mailbox full"), Refused.RECIPIENT, "Mailbox full"),
        (to_nora(450, b"4.7.1 Greylisted"), Refused.NOW, "Greylisted"),
        (smtplib.SMTPSenderRefused(550, b"5.7.60 not permitted", DESK), Refused.SENDER, f"no mail from {DESK}"),
        (smtplib.SMTPSenderRefused(451, b"4.3.0 busy", DESK), Refused.NOW, "busy"),
        (smtplib.SMTPSenderRefused(552, b"5.3.4 too big", DESK), Refused.CONTENT, "too big"),
        (smtplib.SMTPDataError(554, b"5.7.1 spam"), Refused.CONTENT, "does not take this mail: 554 5.7.1 spam"),
        (smtplib.SMTPDataError(452, "4.3.1 disk"), Refused.NOW, "disk"),
        (smtplib.SMTPNotSupportedError("no"), Refused.LETTERS, "ASCII"),
        (smtplib.SMTPServerDisconnected("Connection unexpectedly closed"), Refused.BROKE, "unexpectedly closed"),
        (smtplib.SMTPHeloError(-1, b"\xff odd"), Refused.BROKE, "odd"),
        (smtplib.SMTPRecipientsRefused({}), Refused.BROKE, "broke off"),
    ],
)
def test_a_refusal_is_told_in_words(problem: smtplib.SMTPException, what: Refused, in_words: str) -> None:
    said = refusal(problem, host="mx.example", sender=DESK, recipient=NORA)
    assert said.what is what
    assert in_words in said.words
    assert said.words.startswith("mx.example ")
    assert said.todo
    assert "{" not in said.words + said.todo
    assert "b'" not in said.words


@pytest.mark.parametrize("what", list(Refused))
def test_only_what_another_try_cannot_help_is_for_good(what: Refused) -> None:
    examples = {
        Refused.RELAY: to_nora(554, b"relay denied"),
        Refused.RECIPIENT: to_nora(550, b"unknown"),
        Refused.NOW: to_nora(450, b"later"),
        Refused.SENDER: smtplib.SMTPSenderRefused(550, b"no", DESK),
        Refused.CONTENT: smtplib.SMTPDataError(554, b"no"),
        Refused.LETTERS: smtplib.SMTPNotSupportedError("no"),
        Refused.BROKE: smtplib.SMTPServerDisconnected("gone"),
    }
    said = refusal(examples[what], host="mx.example", sender="", recipient=NORA)
    assert (said.what, said.for_good) == (what, what in {Refused.RECIPIENT, Refused.CONTENT, Refused.LETTERS})


def test_what_a_server_says_is_bounded() -> None:
    said = refusal(to_nora(550, b"x" * 5000 + b"\r\n y"), host="mx.example", sender=DESK, recipient=NORA)
    assert len(said.said) <= 300
    assert "\n" not in said.words
