"""How fast logs are read: redaction on real lines, with planted secrets, and templates against Drain3.

    ./tierline bench logs --logs FOLDER --drain3 /some/venv/bin/python --lines 10000000

`--logs` is a folder of real logs (`*.log`, below it at any depth). Drain3 is no part of Tierline: `--drain3` names an
interpreter that has it; its figure is taken by the same program on the same lines in the same run.
"""

import argparse
import random
import resource
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from tierline.work.diagnosis.rules.redact import Redactor
from tierline.work.diagnosis.rules.templates import LineMiner, TemplateMiner

CHUNK = 5_000  # lines
ROUNDS = 5
RARE = 64  # one line in so many of a stream has words that are new
WORDS = ("session", "queue", "retry", "packet", "cache", "worker", "node", "stream", "lease", "probe")
_DRAIN = """
import sys, time
from drain3 import TemplateMiner
from drain3.template_miner_config import TemplateMinerConfig
lines = sys.stdin.read().splitlines()
for _ in range(3):
    miner = TemplateMiner(config=TemplateMinerConfig())
    started = time.process_time()
    for line in lines:
        miner.add_log_message(line)
    print(time.process_time() - started)
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--logs", metavar="FOLDER", help="real logs; else made ones are read")
    parser.add_argument(
        "--lines", type=int, default=1_000_000, metavar="N", help="for the memory of the miner (1000000)"
    )
    parser.add_argument("--stream", type=int, default=0, metavar="N", help="lines of a stream like real logs (0)")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="read the logs so many times (1)")
    parser.add_argument("--drain3", metavar="PYTHON", help="an interpreter that has drain3")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="for the random values (1)")


def run(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    lines = _real(Path(args.logs)) if args.logs else list(made(20_000, args.seed))
    yield {"measure": "redaction", **redaction(lines)}
    yield from planted(lines, args.seed)
    yield {"measure": "templates", **templates(lines * args.repeat, args.drain3)}
    yield {"measure": "templates_memory", **memory(made(args.lines, args.seed), args.lines)}
    if args.stream:
        yield {"measure": "templates_stream", **memory(streamed(lines, args.stream, args.seed), args.stream)}


def _real(folder: Path) -> list[str]:
    texts = (path.read_text(errors="replace") for path in sorted(folder.rglob("*.log")))
    return [line for text in texts for line in text.splitlines()]


def redaction(lines: list[str]) -> dict[str, Any]:
    """Megabytes a second of computing time, in chunks as a file is read."""
    chunks = ["".join(f"{line}\n" for line in lines[at : at + CHUNK]) for at in range(0, len(lines), CHUNK)]
    size = sum(len(chunk.encode()) for chunk in chunks)
    best = min(_timed(lambda: _redacted(chunks)) for _ in range(5))
    return {"mb": round(size / 1e6, 2), "mb_per_s": round(size / 1e6 / best, 1)}


def _redacted(chunks: list[str]) -> str:
    redactor = Redactor()
    return "".join([redactor.feed(chunk) for chunk in chunks]) + redactor.finish()


def _timed(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def secrets(pick: random.Random) -> dict[str, tuple[str, str]]:
    """For each class what is written, in one of its forms, and the secret in it."""
    word = "".join(pick.choices("abcdefghjkmnpqrstuvwxyz", k=9))
    token = "".join(pick.choices("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQR23456789", k=36))
    card = _luhn("4" + "".join(pick.choices("0123456789", k=14)))
    digits = "".join(pick.choices("123456789", k=7))
    iban = _iban("".join(pick.choices("0123456789", k=18)))
    mail = f"{word}@{word[:5]}.example"
    address = ".".join(str(pick.randint(11, 126)) for _ in range(4))
    number = pick.randrange(10_000_000, 100_000_000)
    forms = {
        "password": [
            f"password=|{token[:14]}|", f'{{"user": "bob", "password": "|{token[:14]}|"}}',
            f"curl -u bob:|{token[:14]}| x", f"postgres://app:|{token[:14]}|@db.example/desk",
            f"my password is |{token[:9]}7|", f"Pwd=|{token[:14]}|;User=sa",
        ],
        "token": [
            f"Authorization: Bearer |{token}|", f"GET /cb?access_token=|{token}|&x=1", f"use |ghp_{token}|",
            f'{{"apiKey": "|{token}|"}}', f"one-time code |{digits[:6]}| sent",
            f"AccountKey=|{token}|;EndpointSuffix=x",
        ],
        "cookie": [f"Cookie: sid=|{token}|", f"Set-Cookie: sid=|{token}|; Path=/", f"curl -b 'sid=|{token}|' x"],
        "email": [f"mail to <|{mail}|>", f"GET /u?email=|{mail.replace('@', '%40')}|", f"user |{mail}|:"],
        "phone": [f"call |+49 30 {digits}|", f"Telefon: |030/{digits}|", f"phone |(212) 555-{digits[:4]}|"],
        "address": [f"from |{address}|", f"peer=|{address}|:8080", f"[|{address}|] connected"],
        "card": [f"card |{card}|", f'{{"pan": "|{card}|"}}', "paid with |" + " ".join(textwrap.wrap(card, 4)) + "|"],
        "account": [f"IBAN |{iban}|", "to |" + " ".join(textwrap.wrap(iban, 4)) + "|"],
        "id": [
            f"SSN |219-09-{digits[:4]}|", f"DNI |{number}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}|",
            f"passport no. |C{digits}|", f"Steuernummer: |{digits}{digits[:4]}|",
        ],
    }  # fmt: skip
    said = {kind: pick.choice(of) for kind, of in forms.items()}
    return {kind: (one.replace("|", ""), one.split("|")[1]) for kind, one in said.items()}


def _luhn(digits: str) -> str:
    """With its check digit (ISO/IEC 7812-1)."""
    doubled = [int(one) * (2 - at % 2) for at, one in enumerate(reversed(digits))]
    return digits + str(-sum(one - 9 if one > 9 else one for one in doubled) % 10)


def _iban(digits: str) -> str:
    """A German account number with its check digits (ISO 13616)."""
    check = 98 - int(f"{digits}131400") % 97
    return f"DE{check:02d}{digits}"


def planted(lines: list[str], seed: int) -> Iterator[dict[str, Any]]:
    """A secret in every tenth line: the share that is gone, and the share of new masks that stand for a secret."""
    pick = random.Random(seed)
    before = Redactor()
    clean = [line for line in before.redact("\n".join(lines)).split("\n") if "<" not in line]
    there: Counter[str] = Counter()
    gone: Counter[str] = Counter()
    masked: Counter[str] = Counter()
    for number, line in enumerate(clean[::10]):
        kinds = secrets(pick)
        kind = sorted(kinds)[number % len(kinds)]
        written, secret = kinds[kind]
        redactor = Redactor()
        said = redactor.redact(f"{line} {written}")
        there[kind] += 1
        gone[kind] += secret not in said
        masked.update(redactor.masked)
    wanted = sum(there.values())
    recall = {kind: round(gone[kind] / there[kind], 4) for kind in sorted(there)}
    yield {"measure": "redaction_planted", "lines": wanted, "recall": recall,
           "precision": round(sum(gone.values()) / max(1, sum(masked.values())), 4)}  # fmt: skip


def templates(lines: list[str], drain3: str | None) -> dict[str, Any]:
    """Lines a second of computing time, header and folding included, and the ratio to Drain3 where that is given.

    The two take turns, and each shows its best of `ROUNDS`: a machine whose speed drifts is fair to neither otherwise.
    """
    ours: list[float] = []
    other: list[float] = []
    for _ in range(ROUNDS):
        ours += [_timed(lambda: _mined(lines)) for _ in range(3)]
        if drain3:
            other += _drained(drain3, lines)
    told = {"lines": len(lines), "lines_per_s": round(len(lines) / min(ours))}
    if drain3:
        told |= {"drain3_lines_per_s": round(len(lines) / min(other)), "ratio": round(min(other) / min(ours), 2)}
        told["ratio_of_medians"] = round(median(other) / median(ours), 2)
    return told


def _drained(python: str, lines: list[str]) -> list[float]:
    """Seconds of computing of Drain3 over the lines, three times in one process."""
    said = subprocess.run(  # noqa: S603 (the interpreter that the person who measures names)
        [python, "-c", _DRAIN], input="\n".join(lines), capture_output=True, text=True, check=True
    ).stdout
    return [float(one) for one in said.split()]


def _mined(lines: list[str]) -> int:
    miner = TemplateMiner()
    reader = LineMiner(miner)
    for at in range(0, len(lines), CHUNK):
        reader.feed(lines[at : at + CHUNK])
    return len(miner.settle()[0])


def made(count: int, seed: int) -> Iterator[str]:
    """Lines with values that never end to vary: ids, paths, addresses, words."""
    pick = random.Random(seed)
    for at in range(count):
        word, other = pick.choice(WORDS), pick.choice(WORDS)
        clock = f"2026-11-{1 + at // 86_400 % 28:02d} {at // 3600 % 24:02d}:{at // 60 % 60:02d}:{at % 60:02d}"
        yield (
            f"{clock} INFO [{word}-{pick.randint(1, 999)}] {other} {pick.getrandbits(48):012x} moved to "
            f"/srv/{word}/{pick.getrandbits(32):x} by user u{pick.getrandbits(24):x} after {pick.randint(1, 10**9)} ms"
        )


def streamed(lines: list[str], count: int, seed: int) -> Iterator[str]:
    """Real lines over and over with figures that are new each time, and every `RARE`th a line whose words are new."""
    rare = made(count // RARE + 1, seed)
    for at in range(count):
        yield next(rare) if at % RARE == 0 else f"{lines[at % len(lines)]} {at}"


def memory(lines: Iterator[str], count: int) -> dict[str, Any]:
    """The most memory after a hundredth and a tenth of `count` lines and after all: it does not grow with them."""
    miner = TemplateMiner()
    reader = LineMiner(miner)
    marks = {count // 100: "peak_mb_after_a_hundredth", count // 10: "peak_mb_after_a_tenth", count: "peak_mb"}
    peaks: dict[str, float] = {}
    started = time.process_time()
    done = 0
    for upto, mark in marks.items():
        while batch := list(islice(lines, min(CHUNK, upto - done))):
            done += len(reader.feed(batch))
        peaks[mark] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    spent = time.process_time() - started
    return {
        "lines": count, **peaks, "grown_mb": round(peaks["peak_mb"] - peaks["peak_mb_after_a_tenth"], 1),
        "templates": len(miner.settle()[0]), "lines_per_s_with_making_them": round(count / spent),
        "python": sys.version.split()[0],
    }  # fmt: skip
