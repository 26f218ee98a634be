"""Ask a virus scanner about bytes, in the protocol of clamd (its manual, INSTREAM), over TCP or a socket file."""

import socket
import struct
from typing import BinaryIO

from django.conf import settings

from .errors import TemporaryError

_CHUNK = 256 * 1024  # bytes
_TIMEOUT = 60  # seconds without a sign of the scanner
_LONGEST_ANSWER = 1000  # bytes


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
    except OSError as problem:
        raise ScannerAway from problem
    return _verdict(answer)


def _connected() -> socket.socket:
    place: str = settings.TIERLINE_CLAMD
    if place.startswith("/"):
        wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        wire.settimeout(_TIMEOUT)
        wire.connect(place)
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
