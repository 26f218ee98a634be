"""`tierline mail pipe`: one message from standard input to the desk's receiver, for a mail server's pipe.

Started for every single mail, so it imports next to nothing: no Django, no argparse, not even the standard library's
`socket`, which takes as long as Python itself. The exit codes are those of sysexits.h, which mail servers read: 0 when
the message is stored, 75 when it is not and may be later (the mail server keeps it), 65 when it never will be.
"""

import _socket
import os
import sys

from tierline.doors.cli import where

SOCKET = "receiver.sock"  # in the data folder
LENGTH_BYTES = 8  # how long the message is, before it, the most significant byte first
STORED, USAGE, REFUSED, LATER = 0, 64, 65, 75
_PATIENCE = 300.0  # seconds without a sign of life
_CHUNK = 65536
_STORED = b'{"exit": 0'
_REFUSED = b'{"exit": 65'
_HELP = """usage: tierline mail pipe [--data FOLDER] < MESSAGE

Hands one message (RFC 5322) to the desk that runs on the data folder, and prints what became of it as one JSON line.
Exit codes: 0 stored, 75 not now (keep the message and try again), 65 refused for good.
"""


def main(words: list[str]) -> int:
    """Hand standard input over; returns the exit code."""
    if words in (["--help"], ["-h"]):
        sys.stdout.write(_HELP)
        return STORED
    if words and (words[0] != "--data" or len(words) != 2):  # noqa: PLR2004 (the flag and its folder)
        sys.stderr.write(_HELP)
        return USAGE
    try:
        answer = _hand_over(where.folder(words[1] if words else None), sys.stdin.buffer.read())
    except OSError as problem:
        return _told(LATER, f"the desk does not take mail now: {problem.strerror or problem}")
    if answer.startswith(_STORED):
        sys.stdout.write(answer.decode())
        return STORED
    return _told(REFUSED if answer.startswith(_REFUSED) else LATER, _reason(answer))


def _hand_over(folder: str, message: bytes) -> bytes:
    """The receiver's answer, a JSON line; empty when it ended before it answered."""
    os.chdir(folder)  # the path of a socket may have 107 bytes, that of a folder any number
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        connection.settimeout(_PATIENCE)
        connection.connect(SOCKET)
        connection.sendall(len(message).to_bytes(LENGTH_BYTES, "big") + message)
        return _line(connection)
    finally:
        connection.close()


def _line(connection: _socket.socket) -> bytes:
    answer = b""
    while not answer.endswith(b"\n"):
        piece = connection.recv(_CHUNK)
        if not piece:
            return b""
        answer += piece
    return answer


def _reason(answer: bytes) -> str:
    import json  # only here: it takes as long as the rest

    return str(json.loads(answer)["reason"]) if answer else "the desk ended before it had stored the message"


def _told(code: int, words: str) -> int:
    sys.stderr.write(f"tierline: {words.rstrip()}\n")
    return code
