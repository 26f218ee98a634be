"""An outgoing mail as bytes: plain text from one message, for one audience, threaded and marked.

RFC 5322 §3.6.4 (Message-ID, In-Reply-To, References), RFC 3834 §3.1 (marks of an automatic answer).
"""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from .as_html import as_html
from .loops import LOOP_HEADER
from .parse import MailAttachment
from .wire import header_address, wire_address

MAX_ATTACHED = 10_000_000  # bytes of all attachments together; more is named in the text instead
MAX_REFERENCES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """All that is needed to write one mail. Message ids are without brackets; `automatic`: no person wrote it.

    `leave` are the addresses where this recipient stops such mail (RFC 2369), apart by spaces; the one of the web takes
    one click (RFC 8058). With `ours`, the address of our
    pages, the words go out as HTML, too, and links to those pages can be clicked.
    """

    sender: str
    sender_name: str
    recipient: str
    reply_to: str
    subject: str
    text: str
    message_id: str
    loop_mark: str
    date: datetime
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    automatic: bool = False
    leave: str = ""
    ours: str = ""
    attachments: tuple[MailAttachment, ...] = ()


def compose(out: Outgoing) -> bytes:
    """The mail in the form of RFC 5322, lines ended by CRLF."""
    international = not all(wire_address(one).isascii() for one in (out.sender, out.recipient, out.reply_to))
    mail = EmailMessage(policy=SMTP.clone(utf8=True) if international else SMTP)  # RFC 6532
    mail["From"] = header_address(out.sender, _header(out.sender_name, 100))
    mail["To"] = header_address(out.recipient)
    mail["Reply-To"] = header_address(out.reply_to)
    mail["Subject"] = _header(out.subject, 250)
    mail["Date"] = format_datetime(out.date)
    mail["Message-ID"] = f"<{out.message_id}>"
    if out.in_reply_to:
        mail["In-Reply-To"] = f"<{out.in_reply_to}>"
    if out.references:
        mail["References"] = " ".join(f"<{one}>" for one in out.references[-MAX_REFERENCES:])
    mail[LOOP_HEADER] = out.loop_mark
    if out.leave:
        mail["List-Unsubscribe"] = ", ".join(f"<{one}>" for one in out.leave.split())
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if out.automatic:
        mail["Auto-Submitted"] = "auto-replied" if out.in_reply_to else "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
    attached, too_large = _that_fit(out.attachments)
    mail.set_content(_with_names(out.text, too_large))
    if out.ours:
        mail.add_alternative(as_html(out.text, out.ours), subtype="html")
    for one in attached:
        main, _, sub = one.content_type.partition("/")
        usable = main.isalpha() and main not in ("multipart", "message", "text") and bool(sub)
        mail.add_attachment(
            one.content,
            maintype=main if usable else "application",
            subtype=sub if usable else "octet-stream",
            filename=_header(one.name, 200),
        )
    return mail.as_bytes()


def _header(text: str, limit: int) -> str:
    return " ".join(text.split())[:limit]


def _that_fit(attachments: tuple[MailAttachment, ...]) -> tuple[list[MailAttachment], list[str]]:
    attached: list[MailAttachment] = []
    too_large: list[str] = []
    left = MAX_ATTACHED
    for one in attachments:
        if not one.left_out and len(one.content) <= left:
            left -= len(one.content)
            attached.append(one)
        else:
            too_large.append(one.name)
    return attached, too_large


def _with_names(text: str, too_large: list[str]) -> str:
    if not too_large:
        return f"{text.rstrip()}\n"
    names = "\n".join(f"- {_header(name, 200)}" for name in too_large)
    return f"{text.rstrip()}\n\nToo large for mail, to be found with your request:\n{names}\n"
