"""What the VPN client and its gateway write: healthy, and when the key is not renewed while roaming."""

import random
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

Line = tuple[float, str]
MORE = -1.0  # in the place of a pause: more of the record before, without a stamp
AHEAD = timedelta(minutes=7, seconds=4)  # of the client's clock before the gateway's
_FLOW = re.compile(r"^(\S+ \S+) .*\bflow ([0-9a-f]{8}) opened", re.MULTILINE)
_REPLAYED = re.compile(r"^(\S+ \S+) .*\bsession ([0-9a-f]{8}): rekey window exceeded", re.MULTILINE)
_STAMP = "%Y-%m-%d %H:%M:%S,%f"
_STACK = (
    "ReplayError: sequence number is behind the window of 64",
    "    at Rekey.verifyWindow (/opt/secure-access/lib/rekey.js:212:11)",
    "    at Rekey.onEpoch (/opt/secure-access/lib/rekey.js:148:7)",
    "    at Session.tick (/opt/secure-access/lib/session.js:97:18)",
    "    at listOnTimeout (node:internal/timers:573:17)",
    "    at process.processTimers (node:internal/timers:514:7)",
)


def start(rng: random.Random, version: str, user: str, *, roaming: bool = False) -> Iterator[Line]:
    """From the first line to the tunnel."""
    yield 0.0, f"INFO  [main] Secure Access {version} starting on Windows 11, pid {rng.randrange(900, 9000)}"
    yield (
        0.1,
        f"INFO  [main] roaming is {'on' if roaming else 'off'}, key is renewed every {600 if roaming else 3600} s",
    )
    yield 0.2, f"INFO  [auth] signing in {user} at gw-{rng.choice(['hh', 'os', 'me'])}-02"
    yield 0.4, f"DEBUG [auth] Authorization: Bearer {rng.getrandbits(160):040x}"
    yield 0.3, f"INFO  [tunneld] tunnel up, address 10.{rng.randrange(256)}.{rng.randrange(256)}.17, mtu 1380"


def traffic(rng: random.Random, count: int, *, heartbeat: bool = True) -> Iterator[Line]:
    """What it writes all day."""
    for at in range(count):
        if heartbeat and at % 9 == 4:  # noqa: PLR2004 (now and then)
            yield 0.4, f"INFO  [tunneld] heartbeat ok, rtt {rng.randrange(9, 60)} ms"
        yield (
            rng.uniform(0.5, 4),
            rng.choice(
                [
                    f"DEBUG [tunneld] keepalive seq={rng.randrange(9999)} rtt={rng.randrange(9, 60)} ms",
                    f"DEBUG [flow] flow {_id(rng)} opened to 10.2.0.{rng.randrange(255)}:445",
                    f"DEBUG [flow] sent {rng.randrange(1000, 900000)} bytes to 10.2.0.{rng.randrange(255)}:445",
                    f"INFO  [dns] resolved files.nordlicht.example in {rng.randrange(2, 40)} ms",
                    f"DEBUG [flow] window scaled to {rng.randrange(16, 512)} kB",
                ]
            ),
        )


def healthy(rng: random.Random, version: str, user: str) -> Iterator[Line]:
    """A morning without a fault."""
    yield from start(rng, version, user)
    yield from traffic(rng, rng.randrange(180, 320))
    if rng.random() < 0.3:  # noqa: PLR2004 (some move to another room)
        yield 0.5, f"INFO  [dns] resolver moved to 10.2.0.{rng.randrange(255)} on wlan0"
        yield from traffic(rng, 40)


def rekey(rng: random.Random, version: str, user: str) -> Iterator[Line]:
    """The key is not renewed when the path changes: the tunnel is lost, and everything tries again at once."""
    yield from start(rng, version, user, roaming=True)
    for number in range(rng.randrange(1, 4)):
        yield from traffic(rng, rng.randrange(80, 140), heartbeat=number == 0)
        yield from _drop(rng)
    yield from traffic(rng, 30, heartbeat=False)


def _drop(rng: random.Random) -> Iterator[Line]:
    session, sequence = _id(rng), rng.randrange(20_000, 60_000)
    yield 0.5, f"INFO  [net] link change: eth0 to wlan0, address 10.44.{rng.randrange(256)}.17"
    yield 0.1, f"INFO  [dns] resolver moved to 10.2.0.{rng.randrange(255)} on wlan0"
    yield 0.2, f"WARN  [tunneld] roam: path changed during rekey, keeping epoch {rng.randrange(2, 9)}"
    for _ in range(3):
        yield (
            0.4,
            f"WARN  [tunneld] session {session}: rekey window exceeded after 600 s, seq {sequence} of {sequence + 64}",
        )
    yield 0.1, "ERROR [tunneld] unhandled in the tick of a session"
    for text in _STACK:
        yield MORE, text
    yield 0.1, f"ERROR [tunneld] session {session}: tunnel closed, reason 17"
    for part in range(rng.randrange(50, 70)):
        yield rng.uniform(0.1, 0.6), f"WARN  [upload] part {part + 119} of 412 waits for the tunnel, try {part % 5 + 1}"
    yield 1.2, f"INFO  [tunneld] reconnecting to gw-hh-02, attempt {rng.randrange(1, 4)}"
    yield 2.0, f"INFO  [tunneld] tunnel up, address 10.44.{rng.randrange(256)}.17, mtu 1380"


def _id(rng: random.Random) -> str:
    return f"{rng.getrandbits(31) | 0xA0000000:08x}"


def gateway(client_log: str) -> str:
    """The gateway's log of the same hour, by its own clock: the flows it saw, and what it refused."""
    lines = []
    for stamp, flow in _FLOW.findall(client_log):
        lines.append((_by_gateway(stamp), f"INFO  gw-hh-02 flow {flow} accepted from peer"))
    for stamp, session in _REPLAYED.findall(client_log):
        lines.append(
            (_by_gateway(stamp), f"ERROR gw-hh-02 session {session} replayed sequence number, closing with reason 17")
        )
    return "".join(f"{at} {words}\n" for at, words in sorted(lines))


def _by_gateway(stamp: str) -> str:
    return (datetime.strptime(stamp, _STAMP) - AHEAD).strftime(_STAMP)[:-3]  # noqa: DTZ007 (a log without a zone)
