"""A real IMAP server (pymap) on loopback, in a thread of its own, with one account."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

from imapclient import IMAPClient
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, Login
from pymap.config import BackendCapability
from pymap.imap import IMAPServer
from pymap.user import Passwords, UserMetadata
from pysasl import SASLAuth
from pysasl.creds.plain import PlainCredentials
from pysasl.hashing import Cleartext
from pysasl.mechanism import ChallengeResponse
from pysasl.mechanism.oauth import OAuth2Mechanism

USER, PASSWORD = "support@desk.example", "correct horse"


class _Tokens(OAuth2Mechanism):
    """XOAUTH2 where the account's password is the access token that counts."""

    def server_attempt(self, responses: Sequence[ChallengeResponse]) -> tuple[PlainCredentials, None]:
        given, _ = super().server_attempt(responses)
        return PlainCredentials(given.authzid, given._token or ""), None


class _Config(Config):
    """The server's set-up; `without` leaves extensions out, as older servers do."""

    without: tuple[bytes, ...] = ()

    @property
    def tls_auth(self) -> SASLAuth:
        if b"LOGIN" in self.without:
            return SASLAuth([])  # which is told as LOGINDISABLED
        return SASLAuth([*SASLAuth.defaults().server_mechanisms, _Tokens()])

    @property
    def backend_capability(self) -> BackendCapability:
        return BackendCapability(idle=b"IDLE" not in self.without, object_id=False, multi_append=True)

    @property
    def login_capability(self) -> list[bytes]:
        return [name for name in super().login_capability if name not in self.without]


class ImapServer:
    """Use it as a context manager. `tls` speaks TLS from the start, `starttls` offers it; both take a context."""

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
        without: tuple[bytes, ...] = (),
        password: str = PASSWORD,
        port: int = 0,
    ) -> None:
        self.port, self._tls, self._starttls = port, tls, starttls
        self._without, self._password = without, password
        self.connections = 0
        self._ready = threading.Event()

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(10), "the IMAP server did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    def drop_connections(self) -> None:
        """Cut every connection, as a server that is restarted does."""
        self._loop.call_soon_threadsafe(self._cut)

    def _cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(lambda _loop, _told: None)  # connections that were cut
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._over, self._writers = asyncio.Event(), []
        args = Namespace(
            host="127.0.0.1",
            port=self.port,
            debug=False,
            cert=None,
            key=None,
            tls=self._starttls is not None,
            passlib_cfg=None,
            proxy_protocol=None,
            demo_data=False,
            demo_user=USER,
            demo_password=self._password,
        )
        known = {"ssl_context": self._starttls} if self._starttls else {}
        config = _Config.from_args(args, hash_context=Cleartext(), invalid_user_sleep=0.0, **known)
        config.without = self._without
        config.apply_context()
        login = Login(config)
        user = UserMetadata(config, USER, password=await Passwords(config).hash_password(self._password))
        await login.demo_user_identity.set(user)
        server = await asyncio.start_server(self._talker(login, config), "127.0.0.1", self.port, ssl=self._tls)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        async with server:
            await self._over.wait()
            self._cut()
        talks = asyncio.all_tasks() - {asyncio.current_task()}
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)

    def _talker(self, login: Login, config: _Config) -> Any:
        talk = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(login, config))

        async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.connections += 1
            self._writers.append(writer)
            await talk(reader, writer)

        return counted


@contextmanager
def signed_in(server: ImapServer) -> Iterator[IMAPClient]:
    """The account as its owner sees it, by another program."""
    client = IMAPClient("127.0.0.1", server.port, ssl=False)
    client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.login(USER, PASSWORD)
    try:
        yield client
    finally:
        client.shutdown()


def deliver(server: ImapServer, *messages: bytes, folder: str = "INBOX") -> None:
    """Put messages into the account, as its own mail server does."""
    with signed_in(server) as client:
        for message in messages:
            client.append(folder, message)


def lying_in(server: ImapServer, folder: str = "INBOX") -> dict[int, tuple[bytes, tuple[bytes, ...]]]:
    """Each message of a folder with its flags, by number."""
    with signed_in(server) as client:
        client.select_folder(folder, readonly=True)
        found = client.fetch(client.search("ALL"), ["BODY.PEEK[]", "FLAGS"]) if client.search("ALL") else {}
        return {uid: (one[b"BODY[]"], one[b"FLAGS"]) for uid, one in found.items()}
