"""Who signs a mail, and how much else has to agree before it counts as a report of a mail system."""

from __future__ import annotations

import itertools

import pytest

from tests.support.mails import mail
from tierline.work.intake.rules import parse, read_report
from tierline.work.intake.rules.writers import Writer, null_return_path, writer_of


def writer(**headers: str | None) -> Writer:
    return writer_of(parse(mail(**headers)))


@pytest.mark.parametrize(
    "sender",
    [
        "MAILER-DAEMON",
        "<>",
        "MAILER-DAEMON (Mail Delivery Subsystem)",
        "Mail Delivery System <x@y.example>",
        '"Mail Delivery Service" <x@y.example>',
        "Internet Mail Delivery <postmaster@y.example>",
        "Mail.Delivery.System@y.example",
        "mail_daemon@y.example",
        "=?utf-8?q?Mail_Delivery_Subsystem?= <x@y.example>",
    ],
)
def test_mail_systems_sign_themselves(sender: str) -> None:
    assert writer(From=sender) is Writer.SYSTEM


@pytest.mark.parametrize(
    "sender",
    [
        "postmaster@y.example",
        "Post_Master@y.example",
        "Postmaster <x@y.example>",
        "System Administrator <x@y.example>",
        "Mail Administrator <x@y.example>",
        "Microsoft Outlook <x@y.example>",
    ],
)
def test_a_person_may_sign_as_a_postmaster(sender: str) -> None:
    assert writer(From=sender) is Writer.LIKELY


@pytest.mark.parametrize(
    "sender",
    [
        "Nora Field <nora@customer.example>",
        "nora@mailer-daemon.example",
        "mailer-daemon-fan@y.example",
        "Mail order <shop@y.example>",
        "Delivery <parcels@y.example>",
        "The Postmasters Club <club@y.example>",
        "nora@postmaster.example",
    ],
)
def test_people_and_shops_do_not(sender: str) -> None:
    assert writer(From=sender) is Writer.UNKNOWN


def test_the_envelope_counts() -> None:
    assert writer(Return_Path="<MAILER-DAEMON@y.example>") is Writer.SYSTEM
    assert writer(Return_Path="<>") is Writer.LIKELY
    assert writer(Return_Path="< >") is Writer.LIKELY
    assert writer(From=None) is Writer.LIKELY
    assert writer(X_MLServer="fml") is Writer.LIKELY
    assert writer(Return_Path="<nora@customer.example>") is Writer.UNKNOWN


def test_the_null_path_is_known_among_several() -> None:
    content = b"Return-Path: <a@b>\r\nReturn-Path: <>\r\nFrom: x@y\r\n\r\nx"

    assert null_return_path(parse(content))
    assert not null_return_path(parse(b"From: x@y\r\n\r\nx"))


SIGNED = {"system": "MAILER-DAEMON@y.example", "likely": "postmaster@y.example", "nobody": "relay@y.example"}
TROUBLE, DIALOGUE = "It could not be delivered to a@b.example.", "host mx said: 550 5.1.1 a@b.example"
RETURNED = "Received: from x\nFrom: somebody@else.example\nMessage-ID: <a@b>\n"


@pytest.mark.parametrize(
    ("signed", "subject", "trouble", "dialogue", "returned"),
    list(itertools.product(SIGNED, (False, True), (False, True), (False, True), (False, True))),
)
def test_the_less_surely_it_is_signed_the_more_must_agree(
    *, signed: str, subject: bool, trouble: bool, dialogue: bool, returned: bool
) -> None:
    said = "\n".join(
        text
        for text, there in ((TROUBLE, trouble), (DIALOGUE, dialogue), (f"{'.' * 70}\n{RETURNED}", returned))
        if there
    )
    content = mail(said or "Hello", From=SIGNED[signed], Subject="Undelivered mail" if subject else "Hello")
    expected = {
        "system": subject or trouble or dialogue,
        "likely": (trouble or dialogue or returned) if subject else trouble and (dialogue or returned),
        "nobody": False,  # what came back was not sent by whom it is written to
    }

    assert (read_report(parse(content)) is not None) == expected[signed]
