"""Realistic mails for a measurement, the same ones for the same seed."""

import itertools
import random
from dataclasses import dataclass
from email.message import EmailMessage

_SYLLABLES = ["ba", "cro", "de", "fi", "gu", "lan", "mi", "nor", "pe", "qui", "ra", "sto", "ti", "vel", "wa", "zo"]


def _vocabulary() -> list[str]:
    pick = random.Random(7)
    made = dict.fromkeys("".join(pick.choices(_SYLLABLES, k=pick.choice((1, 2, 2, 3)))) for _ in range(20_000))
    return list(made)


WORDS = _vocabulary()
_ZIPF = list(itertools.accumulate(1 / rank for rank in range(1, len(WORDS) + 1)))


@dataclass
class Writer:
    """Writes mails; remembers the ids of new ones, so that later ones can answer them."""

    seed: int = 1
    requesters: int = 500

    def __post_init__(self) -> None:
        self.pick = random.Random(self.seed)
        self.known: list[tuple[str, str]] = []

    def words(self, count: int) -> str:
        return " ".join(self.pick.choices(WORDS, cum_weights=_ZIPF, k=count))

    def text(self) -> str:
        length = max(8, min(600, int(self.pick.lognormvariate(4.2, 0.6))))
        return "\n\n".join(self.words(length // 3).capitalize() + "." for _ in range(3))

    def stream(self, count: int) -> list[bytes]:
        """`count` mails: 7 in 10 new, 2 answers, 1 from a machine."""
        return [self._one(number) for number in range(count)]

    def _one(self, number: int) -> bytes:
        share = self.pick.random()
        if share < 0.2 and self.known:
            return self._answer(number)
        if share < 0.3:
            return self._bounce(number) if share < 0.25 else self._absence(number)
        return self._new(number)

    def _head(self, number: int, sender: str, subject: str) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = sender
        mail["To"] = "support@desk.example"
        mail["Subject"] = subject
        mail["Date"] = "Mon, 02 Nov 2026 09:00:00 +0000"
        mail["Message-ID"] = f"<{number}.{self.pick.getrandbits(64):x}@customers.example>"
        return mail

    def _new(self, number: int) -> bytes:
        who = int(self.requesters * self.pick.random() ** 2)
        sender = f"Customer {who} <customer{who}@customers.example>"
        mail = self._head(number, sender, self.words(self.pick.randint(4, 8)).capitalize())
        text = self.text()
        mail.set_content(text)
        if self.pick.random() < 0.33:
            paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in text.split("\n\n"))
            mail.add_alternative(f"<html><body>{paragraphs}</body></html>", subtype="html")
        if self.pick.random() < 0.1:
            log = self.pick.randbytes(20_000)
            mail.add_attachment(log, maintype="application", subtype="octet-stream", filename=f"log-{number}.bin")
        self.known.append((mail["Message-ID"], sender))
        return mail.as_bytes()

    def _answer(self, number: int) -> bytes:
        answered, sender = self.pick.choice(self.known[-200:])
        mail = self._head(number, sender, "Re: " + self.words(5))
        mail["In-Reply-To"] = mail["References"] = answered
        quoted = "\n".join(f"> {line}" for line in self.text().split("\n"))
        mail.set_content(f"{self.text()}\n\nOn Sunday the desk wrote:\n{quoted}\n")
        return mail.as_bytes()

    def _absence(self, number: int) -> bytes:
        mail = self._head(number, f"customer{number % self.requesters}@customers.example", "Automatic reply: away")
        mail["Auto-Submitted"] = "auto-replied"
        mail.set_content("I am away until Monday.")
        return mail.as_bytes()

    def _bounce(self, number: int) -> bytes:
        mail = self._head(number, "Mail Delivery System <MAILER-DAEMON@mx.customers.example>", "Undelivered Mail")
        mail["Return-Path"] = "<>"
        mail["Content-Type"] = 'multipart/report; report-type=delivery-status; boundary="b"'
        mail.set_payload(
            "--b\nContent-Type: text/plain\n\nIt could not be delivered.\n"
            "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.customers.example\n\n"
            f"Final-Recipient: rfc822; gone{number}@customers.example\nAction: failed\nStatus: 5.1.1\n\n"
            f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{number}.unknown@desk.example>\n\n--b--\n"
        )
        return mail.as_bytes()
