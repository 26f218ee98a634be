"""A door for mail servers: LMTP (RFC 2033) and SMTP (RFC 5321) on loopback, by aiosmtpd.

A message is answered 250 when it is stored and understood, 451 when the database is away, 552 when it is too large;
an address that is nobody's here gets 550 with a sentence. Nothing is passed on to anywhere else: this is no relay.
"""

import asyncio
import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import AnyStr

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import Error, connections

from tierline.core.kernel.errors import TierlineError
from tierline.work.intake.errors import TooLarge
from tierline.work.intake.operations.identity import takes
from tierline.work.intake.operations.incoming import MAX_MESSAGE

from .taking import Takers

log = logging.getLogger(__name__)

MAX_RECIPIENTS = 100
LONGEST_LINE = 10_000_000  # bytes; RFC 5321 says 998, and programs that send mail have not heard of it
SILENCE = 300.0  # seconds (RFC 5321 §4.5.3.2.7)
HANDING = 8  # messages that wait at the same moment to be taken
_AWAY = "451 4.3.0 The desk cannot store mail at the moment. Keep it and try again."


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen, and in which of the two languages."""

    host: str
    port: int
    lmtp: bool


class _Smtp(SMTP):
    line_length_limit = LONGEST_LINE


class _Lmtp(LMTP):
    """One answer for each recipient after the data (RFC 2033 §4.2): all of them get the same message."""

    line_length_limit = LONGEST_LINE
    _answers = 1

    async def push(self, status: AnyStr) -> None:
        answers, self._answers = self._answers, 1
        if str(status).startswith("354") and self.envelope is not None:
            self._answers = len(self.envelope.rcpt_tos)  # for the answer after this one
        for _ in range(answers):
            await super().push(status)


class _Handler:
    """What aiosmtpd asks: whether an address is one of ours, and what becomes of a message."""

    def __init__(self, asking: ThreadPoolExecutor, handing: "Handing") -> None:
        self._asking, self._handing = asking, handing

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 These are enough recipients for one message. Send the rest in another."
        loop = asyncio.get_running_loop()
        answer, desk = await loop.run_in_executor(self._asking, _known_recipient, address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.append(str(desk or ""))
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (as above)
        del server, session
        desk = next((int(one) for one in envelope.rcpt_options if str(one).isdigit()), None)
        content = delivered(bytes(envelope.original_content or b""), envelope.mail_from or "", envelope.rcpt_tos)
        return await self._handing.over(content, desk)

    async def handle_exception(self, error: Exception) -> str:
        log.error("a mail session went wrong", exc_info=error)
        return _AWAY


def delivered(content: bytes, sender: str, recipients: list[str]) -> bytes:
    """The message with the lines that the last station adds (RFC 5321 §4.4): who sent it, and to whom.

    Nothing that changes from try to try, so that a message sent again is the same one.
    """
    lines = [f"Return-Path: <{sender.strip('<>')}>", *(f"Delivered-To: {one}" for one in recipients[:1])]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape") + content


def _known_recipient(address: str) -> tuple[str, int | None]:
    try:
        ours, desk = takes(address)
    except Error:
        log.exception("the database did not answer for a recipient")
        connections.close_all()
        return _AWAY, None
    if ours:
        return "250 2.1.5 It will be in good hands.", desk
    shown = address if address.isascii() else "this address"
    return f"550 5.1.1 {shown} is no address of this desk. Look at how it is spelt.", None


class Handing:
    """Hands messages to those who take them, in threads that only wait."""

    def __init__(self, takers: Takers) -> None:
        self._takers = takers
        self._threads = ThreadPoolExecutor(HANDING, "mail-handing")
        self._begun: set[asyncio.Future[str]] = set()

    async def over(self, content: bytes, desk_id: int | None) -> str:
        """The answer to one message, when it is stored and understood."""
        begun = asyncio.get_running_loop().run_in_executor(self._threads, _take, self._takers, content, desk_id)
        self._begun.add(begun)
        begun.add_done_callback(self._begun.discard)
        return await begun

    async def finish(self) -> None:
        """Wait until everybody who handed one over has an answer."""
        await asyncio.gather(*self._begun, return_exceptions=True)
        self._threads.shutdown()


def _take(takers: Takers, content: bytes, desk_id: int | None) -> str:
    try:
        received = takers.receive(content, desk_id=desk_id).result()
    except TooLarge as problem:
        return f"552 5.3.4 {problem.message}"
    except TierlineError as problem:
        return f"554 5.6.0 {problem.message}" if problem.permanent else _AWAY
    except Error:
        # stored or not: when the same bytes come again they are the same message
        log.exception("the database did not take a message")
        return _AWAY
    return f"250 2.0.0 Stored as message {received.inbound_id}"


class Listener:
    """Listens at its places in a thread of its own, from `start` until `stop`."""

    def __init__(self, places: list[Place], takers: Takers) -> None:
        self.places = places
        self.open: list[Place] = []
        self.problems: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mail-listener", daemon=True)
        self._asking = ThreadPoolExecutor(1, "mail-asking")
        self._handing = Handing(takers)
        self._servers: list[asyncio.Server] = []

    def start(self) -> None:
        """Listen; a place that is taken is told in `problems` and does not keep the others from opening."""
        self._thread.start()
        for place in self.places:
            try:
                server = asyncio.run_coroutine_threadsafe(self._listen(place), self._loop).result()
            except OSError as problem:
                why = problem.strerror or str(problem)
                self.problems.append(f"Nobody can hand over mail at {place.host}:{place.port}: {why}.")
                continue
            self._servers.append(server)
            self.open.append(Place(place.host, server.sockets[0].getsockname()[1], place.lmtp))

    async def _listen(self, place: Place) -> asyncio.Server:
        return await self._loop.create_server(lambda: self._talk(place), place.host, place.port)

    def _talk(self, place: Place) -> SMTP:
        kind = _Lmtp if place.lmtp else _Smtp
        return kind(
            _Handler(self._asking, self._handing),
            data_size_limit=MAX_MESSAGE,
            enable_SMTPUTF8=True,
            hostname=socket.gethostname(),
            ident="Tierline",
            timeout=SILENCE,
            loop=self._loop,
        )

    def stop(self) -> None:
        """Take no more; what is being stored is finished and answered."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
            self._asking.submit(connections.close_all)
            self._asking.shutdown(wait=True)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        await self._handing.finish()
        talks = asyncio.all_tasks(self._loop) - {asyncio.current_task()}
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
