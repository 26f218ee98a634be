"""A channel that reads messages from a folder and writes answers into another one.

Settings: `incoming` and `outgoing`, two folders. A program that cannot send mail can drop RFC 5322 files
there.
"""

from collections.abc import Iterator
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path

from tierline.core.plugins.contracts import ChannelContext, Delivery, Outgoing, Received

LARGEST = 25 * 1024 * 1024
"""Bytes; a larger file is left where it is."""


class SpoolFolder:
    key = "spool-folder"
    name = "Spool folder"
    version = "1.0.0"

    def receive(self, context: ChannelContext) -> Iterator[Received]:
        """Every `.eml` file that sorts behind the cursor. Files stay; the cursor says which are done."""
        folder = Path(str(context.settings["incoming"]))
        for file in sorted(folder.glob("*.eml")):
            if file.name > context.cursor and file.stat().st_size <= LARGEST:
                yield Received(content=file.read_bytes(), source=file.name, cursor=file.name)

    def send(self, message: Outgoing, context: ChannelContext) -> Delivery:
        """One file for each message, named after its id, so that a second try writes the same file again."""
        folder = Path(str(context.settings["outgoing"]))
        digest = sha256(message.message_id.encode()).hexdigest()[:32]
        half_written = folder / f".{digest}.part"
        try:
            half_written.write_bytes(bytes(_as_mail(message)))
            half_written.replace(folder / f"{digest}.eml")
        except OSError as error:
            return Delivery(accepted=False, detail=f"{folder}: {error.strerror}")
        return Delivery(accepted=True, detail=f"{digest}.eml")


def _as_mail(message: Outgoing) -> EmailMessage:
    mail = EmailMessage()
    mail["To"], mail["Subject"], mail["Message-ID"] = message.to, message.subject, message.message_id
    if message.thread:
        mail["In-Reply-To"], mail["References"] = message.thread[-1], " ".join(message.thread)
    for name, value in message.headers.items():
        mail[name] = value
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    return mail
