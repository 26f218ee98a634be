"""A scanner that speaks clamd's INSTREAM: it finds one word, and can be told to say something else."""

from __future__ import annotations

import socketserver
import struct
import threading
from dataclasses import dataclass, field
from typing import Self

BAD = b"the-test-virus"


@dataclass
class Scanner:
    """Listens on loopback. `scanned` holds what it was sent; `says` overrides its answer (empty: hangs up)."""

    says: bytes | None = None
    scanned: list[bytes] = field(default_factory=list)
    place: str = ""
    knows: bytes = b"EICAR-STANDARD-ANTIVIRUS"
    plain: dict[bytes, bytes] = field(
        default_factory=lambda: {b"zPING\0": b"PONG\0", b"zVERSION\0": b"ClamAV 1.4.3/27800/Mon Nov 23\0"}
    )

    def __enter__(self) -> Self:
        keeper = self

        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                command = b""
                while not command.endswith(b"\0"):
                    command += self.rfile.read(1)
                if plain := keeper.plain.get(command):
                    self.wfile.write(plain)
                    return
                assert command == b"zINSTREAM\0"
                content = b""
                while length := struct.unpack(">I", self.rfile.read(4))[0]:
                    content += self.rfile.read(length)
                keeper.scanned.append(content)
                found = b"stream: Test.Virus FOUND\0" if BAD in content or keeper.knows in content else b"stream: OK\0"
                self.wfile.write(found if keeper.says is None else keeper.says)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
        self._server.daemon_threads = True
        self.place = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
