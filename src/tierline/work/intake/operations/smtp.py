"""The last step out: hand one mail to the outgoing server, the one of TIERLINE_SMTP_URL or the one that was set up.

RFC 5321; submission with STARTTLS or TLS (RFC 8314); XOAUTH2 where a provider takes no passwords.
"""

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.conf import settings

from tierline.core.kernel import outbound
from tierline.core.kernel.text import one_line
from tierline.work.intake.errors import MailboxTrouble, MailServerError, RecipientRefused
from tierline.work.intake.models import MailServer, OutgoingServer, Security
from tierline.work.intake.rules.refusals import Refusal, Refused, refusal
from tierline.work.intake.rules.wire import wire_address

from . import credentials
from .resting import unless_resting

REACH, ENCRYPTION, SIGN_IN = "reach", "encryption", credentials.SIGN_IN


def is_set_up() -> bool:
    """Whether there is a server to hand mail to."""
    return settings.TIERLINE_SMTP is not None or OutgoingServer.objects.filter(active=True).exists()


def current() -> OutgoingServer | None:
    """The server in use: the setting's, else the one that was set up and switched on."""
    given = settings.TIERLINE_SMTP
    if given is None:
        return OutgoingServer.objects.filter(active=True).first()
    security = Security.TLS if given.get("use_ssl") else Security.STARTTLS if given.get("use_tls") else Security.NONE
    server = OutgoingServer(
        host=given["host"], port=given["port"], security=security, username=given.get("username", "")
    )
    credentials.seal(server, credentials.Secrets(password=given.get("password", "")))
    return server


def hand_over(mail: bytes, *, envelope_sender: str, recipient: str) -> None:
    """Give `mail` to the server. An empty `envelope_sender` is the null path (RFC 5321 §4.5.5).

    Raises RecipientRefused for good (5xx), MailServerError when another try later may work, also because it is the
    desk itself that the server turns away.
    """
    server = current()
    if server is None:
        raise MailServerError
    with unless_resting(server.host, server.port):
        _hand_over(server, mail, envelope_sender=envelope_sender, recipient=recipient)


def _hand_over(server: OutgoingServer, mail: bytes, *, envelope_sender: str, recipient: str) -> None:
    try:
        with signed_in(server) as connection:
            give(connection, mail, host=server.host, envelope_sender=envelope_sender, recipient=recipient)
    except MailboxTrouble as problem:
        # a server that turns the desk itself away (sign-in, policy) may be put right: the mail can wait
        raise MailServerError(f"The mail server did not take it: {problem.message}") from problem
    except NotTaken as problem:
        known = problem.refusal
        if known.for_good:
            raise RecipientRefused(known.said, contact=known.what is Refused.RECIPIENT) from problem
        raise MailServerError(f"The mail server did not take it: {known.said}. {known.todo}") from problem
    except OSError as problem:  # which the library's own errors are, too
        told = outbound.explain(problem, server.host, server.port)
        raise MailServerError(f"The mail server did not take it: {told.message}") from problem


class NotTaken(Exception):
    """The server did not take a mail; `refusal` says why."""

    def __init__(self, known: Refusal) -> None:
        self.refusal = known
        super().__init__(known.words)


def give(connection: smtplib.SMTP, mail: bytes, *, host: str, envelope_sender: str, recipient: str) -> None:
    """Hand one mail over by an open connection. Raises NotTaken, and OSError when the connection broke."""
    envelope_sender, recipient = wire_address(envelope_sender), wire_address(recipient)
    international = not (envelope_sender + recipient).isascii()
    options = ("SMTPUTF8", "BODY=8BITMIME") if international else ()
    try:
        if international and not connection.has_extn("smtputf8"):
            raise smtplib.SMTPNotSupportedError("SMTPUTF8 is not offered")
        connection.sendmail(envelope_sender, [recipient], mail, mail_options=options)
    except smtplib.SMTPException as problem:
        raise NotTaken(refusal(problem, host=host, sender=envelope_sender, recipient=recipient)) from problem


class _Guarded(smtplib.SMTP):
    """smtplib over a socket of the guarded way out."""

    def __init__(self, host: str, port: int, *, tls: bool) -> None:
        self._tls = tls
        super().__init__(host, port, timeout=outbound.TIMEOUT)

    def _get_socket(self, host: str, port: int, timeout: float | None) -> socket.socket:
        plain = outbound.connect(host, port, timeout=timeout or outbound.TIMEOUT)
        return outbound.secure(plain, host, port) if self._tls else plain


@contextmanager
def signed_in(server: MailServer) -> Iterator[smtplib.SMTP]:
    """A connection that may send, closed afterwards. Raises MailboxTrouble with the step that failed."""
    connection = connect(server)
    try:
        sign_in(connection, server)
        yield connection
    finally:
        with suppress(smtplib.SMTPException, OSError):
            connection.quit()
        connection.close()


def connect(server: MailServer) -> smtplib.SMTP:
    """Reach the server and protect the connection. Raises MailboxTrouble."""
    connection = _reach(server)
    if server.security != Security.STARTTLS:
        return connection
    try:
        connection.starttls(context=outbound.tls_context())
    except smtplib.SMTPNotSupportedError as problem:
        connection.close()
        raise MailboxTrouble(
            ENCRYPTION, f"{server.host} does not offer STARTTLS.", "Choose TLS from the start, usually on port 465."
        ) from problem
    except (smtplib.SMTPException, OSError) as problem:
        connection.close()
        told = outbound.explain(problem, server.host, server.port)
        raise MailboxTrouble(ENCRYPTION, told.message, told.todo) from problem
    return connection


def _reach(server: MailServer) -> smtplib.SMTP:
    try:
        connection = _Guarded(server.host, server.port, tls=server.security == Security.TLS)
        connection.ehlo_or_helo_if_needed()
    except outbound.Unreachable as problem:
        step = ENCRYPTION if problem.trouble is outbound.Trouble.TLS else REACH
        raise MailboxTrouble(step, problem.message, problem.todo) from problem
    except smtplib.SMTPException as problem:
        said = one_line(_text(getattr(problem, "smtp_error", "")) or str(problem), 160)
        raise MailboxTrouble(
            REACH, f"{server.host}:{server.port} does not serve us: {said}", "Check the port: 465, 587 or 25."
        ) from problem
    except OSError as problem:
        told = outbound.explain(problem, server.host, server.port)
        raise MailboxTrouble(REACH, told.message, told.todo) from problem
    return connection


def sign_in(connection: smtplib.SMTP, server: MailServer) -> None:
    """Sign in where a user is named. Raises MailboxTrouble."""
    if not server.username:
        return
    try:
        if credentials.uses_oauth(server):
            _with_token(connection, server)
        else:
            connection.login(server.username, credentials.unseal(server).password)
    except smtplib.SMTPNotSupportedError as problem:
        raise MailboxTrouble(
            SIGN_IN,
            f"{server.host} asks for no sign-in on this connection.",
            "Use STARTTLS or TLS, or leave the user out.",
        ) from problem
    except smtplib.SMTPException as problem:
        said = one_line(_text(getattr(problem, "smtp_error", "")) or str(problem), 160)
        raise MailboxTrouble(
            SIGN_IN,
            f"{server.host} does not accept this sign-in for {server.username}: {said}",
            "Check user name and password; some providers want a password made for apps, or OAuth 2.",
        ) from problem
    except OSError as problem:
        told = outbound.explain(problem, server.host, server.port)
        raise MailboxTrouble(SIGN_IN, told.message, told.todo) from problem


def _with_token(connection: smtplib.SMTP, server: MailServer) -> None:
    """Sign in with a token; one that was kept and is turned away (revoked, say) is replaced once."""
    kept = credentials.has_token(server)
    try:
        _xoauth2(connection, server)
    except smtplib.SMTPAuthenticationError:
        credentials.forget_token(server)
        if not kept:
            raise
        _xoauth2(connection, server)


def _xoauth2(connection: smtplib.SMTP, server: MailServer) -> None:
    said = f"user={server.username}\1auth=Bearer {credentials.access_token(server)}\1\1"
    connection.auth("XOAUTH2", lambda challenge=None: said if not challenge else "")


def _text(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
