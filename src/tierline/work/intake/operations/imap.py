"""One IMAP account, opened through the guarded way out; what goes wrong is told by step, in words, with what to do.

RFC 3501 (IMAP4rev1), RFC 2177 (IDLE), RFC 4315 (UIDPLUS), RFC 6851 (MOVE).
"""

import imaplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from imapclient import SEEN, IMAPClient
from imapclient.exceptions import CapabilityError, IMAPClientError, LoginError

from tierline.core.kernel import outbound
from tierline.core.kernel.text import one_line
from tierline.work.intake.errors import MailboxTrouble
from tierline.work.intake.models import Mailbox, MailServer, Security

from . import credentials

REACH, ENCRYPTION, SIGN_IN, FOLDER, TARGET = "reach", "encryption", credentials.SIGN_IN, "folder", "target"
READ_SECONDS = 60.0
LONGEST_LINE = 20_000_000  # bytes; two million messages in a folder
_SHOWN_FOLDERS = 12
_APP_PASSWORD = ("gmail.com", "googlemail.com", "yahoo.com", "icloud.com", "me.com")
_OAUTH_ONLY = ("outlook.office365.com", "office365.com", "outlook.com")


class _Guarded(imaplib.IMAP4):
    """imaplib over a socket of the guarded way out."""

    def __init__(self, host: str, port: int, *, tls: bool) -> None:
        self._tls = tls
        super().__init__(host, port, timeout=outbound.TIMEOUT)

    def _create_socket(self, timeout: float | None) -> Any:  # noqa: ANN401 (a plain or a TLS socket)
        plain = outbound.connect(self.host, self.port, timeout=timeout or outbound.TIMEOUT)
        return outbound.secure(plain, self.host, self.port) if self._tls else plain

    def readline(self) -> bytes:
        """One line; the library's own limit would not take the numbers of a folder with 150,000 messages."""
        line: bytes = self.file.readline(LONGEST_LINE + 1)  # type: ignore[assignment]  # the stub says text, too
        if len(line) > LONGEST_LINE:
            raise self.error(f"a line of more than {LONGEST_LINE} bytes")
        return line


class _GuardedClient(IMAPClient):
    """IMAPClient whose connection is made by the guarded way out."""

    def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802 (the library's own name)
        return _Guarded(self.host, self.port, tls=self.ssl)


@contextmanager
def account(server: MailServer) -> Iterator[IMAPClient]:
    """A signed-in connection, closed afterwards. Raises MailboxTrouble."""
    client = connect(server)
    try:
        sign_in(client, server)
        yield client
    finally:
        close(client)


def deferred(server: MailServer, stack: ExitStack) -> Callable[[], IMAPClient]:
    """A connection that is made when it is first asked for, and closed with `stack`; for a test step by step."""
    opened: list[IMAPClient] = []

    def get() -> IMAPClient:
        if not opened:
            opened.append(connect(server))
            stack.callback(close, opened[0])
        return opened[0]

    return get


def close(client: IMAPClient) -> None:
    """Say good-bye; a connection that is gone already is as good."""
    with suppress(Exception):
        client.logout()
        return
    with suppress(Exception):
        client.shutdown()


def connect(server: MailServer) -> IMAPClient:
    """Reach the server and protect the connection. Raises MailboxTrouble."""
    client = _reach(server)
    if server.security != Security.STARTTLS:
        return client
    try:
        client.starttls(outbound.tls_context())
    except CapabilityError as problem:
        close(client)
        raise MailboxTrouble(
            ENCRYPTION, f"{server.host} does not offer STARTTLS.", "Choose TLS from the start, usually on port 993."
        ) from problem
    except (ssl.SSLError, OSError, imaplib.IMAP4.error) as problem:
        with suppress(Exception):
            client.shutdown()
        told = outbound.explain(problem, server.host, server.port)
        raise MailboxTrouble(ENCRYPTION, told.message, told.todo) from problem
    return client


def _reach(server: MailServer) -> IMAPClient:
    try:
        client: IMAPClient = _GuardedClient(
            server.host, server.port, ssl=server.security == Security.TLS, timeout=READ_SECONDS
        )
    except outbound.Unreachable as problem:
        step = ENCRYPTION if problem.trouble is outbound.Trouble.TLS else REACH
        raise MailboxTrouble(step, problem.message, problem.todo) from problem
    except imaplib.IMAP4.error as problem:
        raise MailboxTrouble(
            REACH, f"What answers at {server.host}:{server.port} is no IMAP server.", "Check the port: 993 or 143."
        ) from problem
    except OSError as problem:
        told = outbound.explain(problem, server.host, server.port)
        raise MailboxTrouble(REACH, told.message, told.todo) from problem
    return client


def sign_in(client: IMAPClient, server: MailServer) -> None:
    """Sign in with a password or a token. Raises MailboxTrouble."""
    try:
        if credentials.uses_oauth(server):
            _with_token(client, server)
        else:
            if client.has_capability("LOGINDISABLED"):
                raise LoginError("it takes no password on this connection")  # noqa: TRY301 (told as the server's own no)
            client.login(server.username, credentials.unseal(server).password)
    except LoginError as problem:
        raise MailboxTrouble(SIGN_IN, _refused(server, problem), _what_to_do(server, client)) from problem
    except outbound.Unreachable as problem:
        raise MailboxTrouble(SIGN_IN, problem.message, problem.todo) from problem
    except (OSError, imaplib.IMAP4.error) as problem:
        told = outbound.explain(problem, server.host, server.port)
        raise MailboxTrouble(SIGN_IN, told.message, told.todo) from problem


def _with_token(client: IMAPClient, server: MailServer) -> None:
    """Sign in with a token; one that was kept and is turned away (revoked, say) is replaced once."""
    kept = credentials.has_token(server)
    try:
        client.oauth2_login(server.username, credentials.access_token(server))
    except LoginError:
        credentials.forget_token(server)
        if not kept:
            raise
        client.oauth2_login(server.username, credentials.access_token(server))


def _refused(server: MailServer, problem: Exception) -> str:
    said = one_line(_words(problem), 160)
    return f"{server.host} does not accept this sign-in for {server.username}: {said}"


def _what_to_do(server: MailServer, client: IMAPClient) -> str:
    if credentials.uses_oauth(server):
        return (
            "Check the user name, that the token is for IMAP (its scope), and that the account lets this program in;"
            " when consent was withdrawn, get a new refresh token."
        )
    if client.has_capability("LOGINDISABLED"):
        return "The server takes passwords over an encrypted connection only: choose TLS or STARTTLS."
    if server.host.endswith(_OAUTH_ONLY):
        return "This provider takes no passwords any more: choose OAuth 2."
    if server.username.rpartition("@")[2].lower() in _APP_PASSWORD:
        return "Check user name and password; this provider wants a password made for apps."
    return "Check user name and password; the user name is often the whole address."


def select(client: IMAPClient, mailbox: Mailbox) -> tuple[int, int]:
    """Open the folder; returns its UIDVALIDITY (1 without one) and UIDNEXT (0 when unknown). Raises MailboxTrouble."""
    try:
        opened = client.select_folder(mailbox.folder)
    except IMAPClientError as problem:
        raise MailboxTrouble(FOLDER, f"There is no folder {mailbox.folder}.", _folders(client)) from problem
    return int(opened.get(b"UIDVALIDITY", 1)), int(opened.get(b"UIDNEXT", 0))


def ensure_target(client: IMAPClient, mailbox: Mailbox) -> None:
    """Make the folder that messages are moved to, if it is missing. Raises MailboxTrouble."""
    try:
        if not client.folder_exists(mailbox.move_to):
            client.create_folder(mailbox.move_to)
    except IMAPClientError as problem:
        words = f"The folder {mailbox.move_to} is not there and cannot be made: {one_line(_words(problem), 160)}"
        raise MailboxTrouble(TARGET, words, "Make it by hand, or choose another.") from problem


def _folders(client: IMAPClient) -> str:
    with suppress(IMAPClientError, OSError):
        names = sorted(str(name) for _, _, name in client.list_folders())
        return f"The account has: {', '.join(names[:_SHOWN_FOLDERS])}." if names else "The account has no folders."
    return "Check its name."


def mark_read(client: IMAPClient, mailbox: Mailbox, uids: list[int]) -> None:
    """Mark messages as read. Raises MailboxTrouble when this user may not."""
    try:
        client.add_flags(uids, [SEEN], silent=True)
    except imaplib.IMAP4.abort:
        raise
    except IMAPClientError as problem:
        words = f"Messages are taken and cannot be marked as read: {one_line(_words(problem), 160)}"
        todo = f"Let this user change {mailbox.folder}, or have messages left as they are."
        raise MailboxTrouble(FOLDER, words, todo) from problem


def move_away(client: IMAPClient, mailbox: Mailbox, uids: list[int]) -> None:
    """Move messages to the folder for them; made anew when somebody deleted it. Raises MailboxTrouble."""
    try:
        ensure_target(client, mailbox)
        move(client, uids, mailbox.move_to)
    except imaplib.IMAP4.abort:
        raise
    except IMAPClientError as problem:
        words = f"Messages are taken and cannot be moved to {mailbox.move_to}: {one_line(_words(problem), 160)}"
        todo = "Look whether it is full, and whether this user may write there."
        raise MailboxTrouble(TARGET, words, todo) from problem


def move(client: IMAPClient, uids: list[int], folder: str) -> None:
    """Move messages out of the open folder, with MOVE or, without it, copy and delete these very ones."""
    if client.has_capability("MOVE"):
        client.move(uids, folder)
        return
    client.copy(uids, folder)
    client.delete_messages(uids)
    if client.has_capability("UIDPLUS"):
        client.uid_expunge(uids)  # a plain EXPUNGE would take what others marked as deleted


def _words(problem: Exception) -> str:
    """The server's own words; the library hands them over as bytes in a text."""
    first = problem.args[0] if problem.args else problem
    text = first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)
    return text.removeprefix("b'").rstrip("'") if text.startswith("b'") else text
