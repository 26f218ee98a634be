"""Damaged mail in great numbers: is any lost, does any raise, do the outcomes add up?

    ./tierline bench fuzz --messages 100000 --mails ../shared/data

Real messages (the built-in ones, and every file below the folders given) are cut, mixed, repeated and flipped, by a
seed that can be played again. Each is received like any other, in commits of its own. A message that ends in quarantine
by an exception counts as one; so does one that takes two seconds.
"""

import argparse
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

SLOW = 2.0  # seconds of processor time
_LARGEST_SEED = 200_000  # bytes
_SHOWN = 20
_MARKS = (
    b"\r\n", b"\n\n", b"\0", b"\xff", b"--", b"=?utf-8?b?", b"?=", b";", b'"', b"(", b"Content-Type: multipart/mixed;",
    b'boundary="a"', b"message/rfc822", b"base64", b"quoted-printable", b"From: ", b"<a@b>", b"\xe2\x80\xae", b"=0A",
    b"%00",
)  # fmt: skip
_BUILT_IN = (
    (
        b"From: Nora <nora@customer.example>\r\nTo: support@desk.example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
        b"Message-ID: <1@x>\r\n\r\nIt burns.\r\n"
    ),
    (
        b"From: MAILER-DAEMON@mx.example\r\nSubject: failure\r\nReturn-Path: <>\r\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nNo.\r\n--b\r\n"
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        b"Final-Recipient: rfc822; a@b.example\r\n--b--\r\n"
    ),
    (
        b"From: a@b.example\r\nSubject: x\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        b"Gr=FC=DFe\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Hello<blockquote>old</blockquote>\r\n"
        b"--b\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\nSUMMARY:x\r\nDTSTART:20261102T090000Z\r\n"
        b"END:VEVENT\r\n--b--\r\n"
    ),
    (
        b"From: a@b.example\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n\r\n\x78\x9f\x3e\x22\x01\x00"
        b"\x02\x02\x90\x06\x00\x04\x00\x00\x00abcd\0\0\x02\x0f\x80\x06\x00\x02\x00\x00\x00hi\0\0"
    ),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--messages", type=int, default=1000, metavar="N", help="how many to receive (1000)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="for the damage (1)")
    parser.add_argument("--mails", type=Path, nargs="*", default=[], metavar="FOLDER", help="real messages to damage")


def run(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    from tierline.desk.people.models import Desk

    Desk.objects.create(key="fuzz", name="Fuzz", kind="it")
    seeds = seeds_from(args.mails)
    yield {"measure": "fuzz_seeds", "messages": len(seeds)}
    yield {"measure": "fuzz", "seed": args.seed, **receive_damaged(seeds, args.messages, args.seed)}


def seeds_from(folders: Sequence[Path]) -> list[bytes]:
    """The built-in messages and every file below the folders that is not too large."""
    files = [one for folder in folders for one in sorted(folder.rglob("*")) if one.is_file()]
    return [*_BUILT_IN, *(one.read_bytes() for one in files if 0 < one.stat().st_size <= _LARGEST_SEED)]


def receive_damaged(seeds: Sequence[bytes], messages: int, seed: int) -> dict[str, Any]:
    """Receive so many damaged messages and count: each outcome, exceptions, what took long, what was lost."""
    from tierline.core.kernel.actors import Actor
    from tierline.work.intake.models import InboundMessage
    from tierline.work.intake.operations import receive

    pick, actor = random.Random(seed), Actor.machine("intake")
    outcomes: Counter[str] = Counter()
    kept: set[int] = set()
    bad: list[str] = []
    slow = 0
    began = time.perf_counter()
    for number in range(messages):
        content = damaged(pick, seeds)
        before = time.process_time()
        try:
            got = receive(actor=actor, content=content)
        except Exception as problem:  # noqa: BLE001 (that none may come is what is measured)
            bad.append(f"{number}: {type(problem).__name__}: {problem}"[:200])
            continue
        slow += time.process_time() - before > SLOW
        outcomes[got.outcome] += 1
        kept.add(got.inbound_id)
        if got.outcome == "quarantined" and got.reason.startswith(("It could not be", "The database")):
            bad.append(f"{number}: {got.reason}"[:200])
    stored = InboundMessage.objects.filter(pk__in=kept)
    return {
        "messages": messages,
        "distinct": len(kept),
        "outcomes": dict(sorted(outcomes.items())),
        "exceptions": len(bad),
        "lost": len(kept) - stored.exclude(outcome="").count() + messages - sum(outcomes.values()),
        "slow": slow,
        "messages_per_s": round(messages / (time.perf_counter() - began), 1),
        "first_exceptions": bad[:_SHOWN],
    }


def damaged(pick: random.Random, seeds: Sequence[bytes]) -> bytes:
    """One message, damaged one to six times."""
    content = pick.choice(seeds)
    for _ in range(pick.randrange(1, 7)):
        content = pick.choice((_flipped, _cut, _repeated, _mixed, _marked, _swapped))(pick, content, seeds)
    return content[: 4 * _LARGEST_SEED]


def _flipped(pick: random.Random, content: bytes, seeds: Sequence[bytes]) -> bytes:
    del seeds
    flipped = bytearray(content or b"x")
    for _ in range(pick.randrange(1, 40)):
        flipped[pick.randrange(len(flipped))] = pick.randrange(256)
    return bytes(flipped)


def _cut(pick: random.Random, content: bytes, seeds: Sequence[bytes]) -> bytes:
    del seeds
    first, last = sorted(pick.randrange(len(content) + 1) for _ in range(2))
    return content[:first] + content[last:] if pick.random() < 0.8 else content[first:last]


def _repeated(pick: random.Random, content: bytes, seeds: Sequence[bytes]) -> bytes:
    del seeds
    at = pick.randrange(len(content) + 1)
    return content[:at] + content[at : at + pick.randrange(1, 400)] * pick.randrange(2, 30) + content[at:]


def _mixed(pick: random.Random, content: bytes, seeds: Sequence[bytes]) -> bytes:
    other = pick.choice(seeds)
    at, start = pick.randrange(len(content) + 1), pick.randrange(len(other) + 1)
    return content[:at] + other[start : start + pick.randrange(1, 5000)] + content[at:]


def _marked(pick: random.Random, content: bytes, seeds: Sequence[bytes]) -> bytes:
    del seeds
    at = pick.randrange(len(content) + 1)
    return content[:at] + pick.choice(_MARKS) * pick.randrange(1, 50) + content[at:]


def _swapped(pick: random.Random, content: bytes, seeds: Sequence[bytes]) -> bytes:
    """Two header lines or body lines change places."""
    del seeds
    lines = content.split(b"\n")
    first, second = pick.randrange(len(lines)), pick.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    return b"\n".join(lines)
