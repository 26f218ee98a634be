"""Logs as the fictional products write them, seeded, each with the fault it tells of and a secret or two."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from . import vpn_logs
from .vpn_logs import MORE, Line


def write(kind: str, *, seed: int, at: datetime, version: str, user: str) -> str:
    """A log of about 40 to 600 lines that ends at `at`; `user` is an e-mail address that a real log would hold."""
    rng = random.Random(f"{kind}:{seed}")  # noqa: S311 (made-up data, the same on every run)
    lines = list(_KINDS[kind](rng, version, user))
    start = at - timedelta(seconds=sum(max(pause, 0) for pause, _ in lines))
    out = []
    for pause, text in lines:
        if pause == MORE:
            out.append(text)
            continue
        start += timedelta(seconds=pause)
        out.append(f"{start:%Y-%m-%d %H:%M:%S},{start.microsecond // 1000:03d} {text}")
    return "\n".join(out) + "\n"


def _vpn_profile(rng: random.Random, version: str, user: str) -> Iterator[Line]:
    yield from vpn_logs.start(rng, version, user)
    yield from vpn_logs.traffic(rng, 60)
    yield 1.0, f"ERROR [profile] profile nordlicht-{rng.randrange(10, 99)} rejected: certificate not yet valid"
    yield 0.1, "WARN  [main] giving up after 3 tries"


def _calendar(rng: random.Random, version: str, user: str) -> Iterator[Line]:
    for _ in range(160):
        yield (
            rng.uniform(0.2, 3),
            rng.choice(
                [
                    f"INFO  [sync] folder {rng.randrange(9999)} synchronised, {rng.randrange(60)} items",
                    f"DEBUG [acl] evaluated 4 entries for folder {rng.randrange(9999)}",
                ]
            ),
        )
    yield 0.1, f"WARN  [acl] groupware {version}: flag PRIVATE ignored for delegate of {user}, inherited entry wins"
    yield 0.1, f"INFO  [session] cookie=gw_{rng.getrandbits(96):024x} renewed"


def _wifi(rng: random.Random, version: str, user: str) -> Iterator[Line]:
    del user
    for _ in range(220):
        mac = ":".join(f"{rng.randrange(256):02x}" for _ in range(6))
        yield (
            rng.uniform(0.2, 2),
            rng.choice(
                [
                    f"INFO  [radio] station {mac} associated, rssi -{rng.randrange(40, 75)}",
                    f"DEBUG [radio] beacon sent on channel {rng.choice([36, 44, 149])}",
                ]
            ),
        )
    for _ in range(12):
        yield (
            0.05,
            f"WARN  [radio] firmware {version}: channel 44 busy {rng.randrange(91, 99)} percent, all stations dropped",
        )


def _erp(rng: random.Random, version: str, user: str) -> Iterator[Line]:
    for day in range(1, 31):
        yield rng.uniform(0.4, 2), f"INFO  [export] day {day:02d}: {rng.randrange(40, 400)} entries written"
    yield 0.2, f"ERROR [export] ledger {version}: unhandled exception for {user}"
    trace = [
        "Traceback (most recent call last):",
        '  File "/opt/ledger/export/run.py", line 88, in main',
        "    writer.write(month)",
        f'  File "/opt/ledger/export/writer.py", line {rng.randrange(120, 190)}, in write',
        "    rows = self.days[month.last]",
        "IndexError: list index out of range",
    ]
    for text in trace:
        yield MORE, text


def _spectra(rng: random.Random, version: str, user: str) -> Iterator[Line]:
    yield 0.0, f"INFO  [app] SpectraView {version} for {user}"
    for _ in range(180):
        yield rng.uniform(0.2, 2), f"DEBUG [acq] frame {rng.randrange(99999)} read in {rng.randrange(3, 30)} ms"
    yield 2.0, "INFO  [power] system resumes from sleep"
    for n in range(6):
        yield 0.5, f"ERROR [usb-bridge] handle 0x{rng.getrandbits(32):08x} is stale, open returned -19 (try {n + 1})"
    yield 0.1, "ERROR [app] instrument NX-4 not found"
    yield 0.1, f"INFO  [app] password=spectra{rng.randrange(100, 999)} read from the old settings file"


def _firmware(rng: random.Random, version: str, user: str) -> Iterator[Line]:
    del user
    yield 0.0, f"INFO  [updater] NX-2 updater {version}, board batch 2211"
    for block in range(71):
        yield rng.uniform(0.1, 0.4), f"INFO  [updater] block {block} of 100 written, checksum {rng.getrandbits(32):08x}"
    yield (
        0.2,
        f"ERROR [boot-loader] block 71 refused: checksum {rng.getrandbits(32):08x} expected {rng.getrandbits(32):08x}",
    )
    yield 0.1, "WARN  [updater] rolling back"


_KINDS: dict[str, Callable[[random.Random, str, str], Iterator[Line]]] = {
    "vpn_profile": _vpn_profile,
    "vpn_rekey": vpn_logs.rekey,
    "vpn_healthy": vpn_logs.healthy,
    "calendar": _calendar,
    "wifi": _wifi,
    "erp": _erp,
    "spectra": _spectra,
    "firmware": _firmware,
}
