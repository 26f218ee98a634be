"""Ask a virus scanner about bytes, in the protocol of clamd (its manual, INSTREAM), over TCP or a socket file."""

import io
import socket
import struct
from collections.abc import Iterator
from typing import BinaryIO

from django.conf import settings

from . import outbound, trials
from .errors import TemporaryError

_CHUNK = 256 * 1024  # bytes
_TIMEOUT = 60  # seconds without a sign of the scanner
_LONGEST_ANSWER = 1000  # bytes
TRIAL = "virus-scanner"
# The test file of EICAR (https://www.eicar.org), in two parts: no scanner should find it here.
_EICAR = (rb"X5O!P%@AP[4\PZX54(P^)7CC)7}", rb"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*")


class ScannerAway(TemporaryError):
    """The virus scanner does not answer, or refuses: nothing is known about the file."""

    code = "scanner_away"
    default = "The virus scanner does not answer, so the file is not handed out. Try again in a minute."


def is_set_up() -> bool:
    """Whether there is a scanner to ask (`TIERLINE_CLAMD`)."""
    return bool(settings.TIERLINE_CLAMD)


def threat_in(content: BinaryIO) -> str:
    """The name of what the scanner found, or an empty string. Raises ScannerAway."""
    try:
        with _connected() as wire:
            wire.sendall(b"zINSTREAM\0")
            while chunk := content.read(_CHUNK):
                wire.sendall(struct.pack(">I", len(chunk)) + chunk)
            wire.sendall(struct.pack(">I", 0))
            answer = _answer(wire)
    except (OSError, ValueError) as problem:
        raise ScannerAway from problem
    return _verdict(answer)


def _connected() -> socket.socket:
    place: str = settings.TIERLINE_CLAMD
    if place.startswith("/"):
        wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        wire.settimeout(_TIMEOUT)
        try:
            wire.connect(place)
        except OSError:
            wire.close()
            raise
        return wire
    host, _, port = place.rpartition(":")
    return socket.create_connection((host.strip("[]") or "127.0.0.1", int(port)), timeout=_TIMEOUT)


def _answer(wire: socket.socket) -> str:
    said = b""
    while len(said) < _LONGEST_ANSWER and b"\0" not in said:
        more = wire.recv(_LONGEST_ANSWER)
        if not more:
            break
        said += more
    return said.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _verdict(answer: str) -> str:
    words = answer.partition(": ")[2]
    if words == "OK":
        return ""
    if words.endswith(" FOUND"):
        return words.removesuffix(" FOUND")[:200] or "unnamed"
    raise ScannerAway  # a size limit of the scanner, or an error of its own


@trials.runner(TRIAL)
def steps(_subject_id: int) -> Iterator[trials.Step]:
    """Reach the scanner, let a harmless file pass, have EICAR's test file found."""

    def reach() -> str:
        if not is_set_up():
            raise ScannerAway("No virus scanner is set up.", todo="Set TIERLINE_CLAMD to its HOST:PORT or socket file.")
        if _asked(b"zPING\0") != "PONG":
            raise ScannerAway("Something answers, but it does not speak clamd's protocol.", todo="Check the port.")
        return f"{_asked(b'zVERSION' + bytes(1)) or 'The scanner'} answers."

    def passes() -> str:
        if found := threat_in(io.BytesIO(b"A harmless file.")):
            raise ScannerAway(f"It found {found} in a harmless file.", todo="Look at the scanner's own rules.")
        return "A harmless file passed."

    def finds() -> str:
        found = threat_in(io.BytesIO(b"".join(_EICAR)))
        if not found:
            raise ScannerAway(
                "It did not find EICAR's test file.", todo="Its signatures are missing or old: run freshclam there."
            )
        return f"EICAR's test file was found: {found}."

    yield "reach", reach
    yield "passes", passes
    yield "finds", finds


def _asked(command: bytes) -> str:
    """One command and its answer. Raises ScannerAway that says what is wrong with the connection."""
    place: str = settings.TIERLINE_CLAMD
    try:
        with _connected() as wire:
            wire.sendall(command)
            return _answer(wire)
    except (OSError, ValueError) as problem:
        raise _explained(problem, place) from problem


def _explained(problem: Exception, place: str) -> ScannerAway:
    if isinstance(problem, ValueError):
        return ScannerAway(f"TIERLINE_CLAMD is {place}: that is no HOST:PORT and no socket file.")
    if isinstance(problem, FileNotFoundError):
        return ScannerAway(f"There is no socket file {place}.", todo="Check TIERLINE_CLAMD and whether clamd runs.")
    if isinstance(problem, PermissionError):
        return ScannerAway(
            f"The socket file {place} may not be opened.", todo="Put the account of Tierline into the scanner's group."
        )
    host, _, port = place.rpartition(":")
    told = outbound.explain(problem, host or place, int(port) if port.isdecimal() else 0)
    return ScannerAway(told.message, todo=told.todo)
