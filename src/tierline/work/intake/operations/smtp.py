"""The last step out: hand one mail to the mail server that the settings name."""

import smtplib
from contextlib import closing

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend

from tierline.work.intake.errors import MailServerError, RecipientRefused

TIMEOUT = 30  # seconds
_PERMANENT = 500


def is_set_up() -> bool:
    """Whether there is a server to hand mail to."""
    return settings.TIERLINE_SMTP is not None


def hand_over(mail: bytes, *, envelope_sender: str, recipient: str) -> None:
    """Give `mail` to the server. An empty `envelope_sender` is the null path (RFC 5321 §4.5.5).

    Raises RecipientRefused for good (5xx), MailServerError when another try later may work.
    """
    backend = EmailBackend(**(settings.TIERLINE_SMTP or {}), timeout=TIMEOUT)
    try:
        with closing(backend):
            backend.open()
            if backend.connection is None:
                raise MailServerError
            backend.connection.sendmail(envelope_sender, [recipient], mail)
    except smtplib.SMTPRecipientsRefused as problem:
        code, words = problem.recipients[recipient]
        raise _refusal(code, words) from problem
    except smtplib.SMTPResponseException as problem:
        # a server that turns the desk itself away (sign-in, policy) may be put right: the mail can wait
        permanent = not isinstance(problem, smtplib.SMTPAuthenticationError | smtplib.SMTPConnectError)
        raise _refusal(problem.smtp_code if permanent else 0, problem.smtp_error) from problem
    except (smtplib.SMTPException, OSError) as problem:
        raise MailServerError(f"The mail server did not take it: {problem}") from problem


def _refusal(code: int, words: bytes | str) -> Exception:
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    if code >= _PERMANENT:
        return RecipientRefused(f"{code} {said}")
    return MailServerError(f"The mail server did not take it now: {said}")
