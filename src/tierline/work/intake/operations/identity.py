"""Who this desk is in mail: its addresses, its name, and the secrets by which it knows its own mail."""

import hashlib
import hmac
from functools import cache

from django.conf import settings

from tierline.work.intake.models import OutgoingServer
from tierline.work.intake.rules import (
    Address,
    Own,
    addresses,
    message_address,
    read_message_address,
    read_reply_address,
    reply_address,
    verb_address,
)

from .known import known


@cache
def _given(secret: str, written: str) -> tuple[str, Address]:
    mark = hmac.new(secret.encode(), b"tierline-loop", hashlib.sha256).hexdigest()[:32]
    found = addresses(written)
    return mark, found[0] if found else Address("support@localhost")


@cache
def _own(mark: str, main: str, others: frozenset[str]) -> Own:
    return Own(mark, others | {main})


def own() -> Own:
    """The loop mark and the addresses of this desk."""
    mark, main = _given(settings.SECRET_KEY, settings.TIERLINE_MAIL_FROM)
    return _own(mark, main.email, known().addresses)


def desk_address() -> Address:
    """The address (and name) that mail is written from: that of the outgoing server set up, else the setting."""
    if settings.TIERLINE_SMTP is None:
        server = OutgoingServer.objects.filter(active=True).first()
        if server is not None:
            return Address(server.address, server.name)
    return _given(settings.SECRET_KEY, settings.TIERLINE_MAIL_FROM)[1]


def sender_for(desk_id: int | None) -> Address:
    """The address that one desk writes from: that of its mailbox, so that answers come back to it."""
    main = desk_address()
    box = known().boxes.get(desk_id) if desk_id is not None else None
    return Address(box.address, main.name) if box is not None else main


def reply_to(desk_id: int | None, ticket_id: int) -> str:
    """Where an answer to a ticket's mail is sent: a signed address where the server takes one, else the desk's own."""
    box = known().boxes.get(desk_id) if desk_id is not None else None
    if box is None:
        return reply_address(ticket_id, desk_domain(), settings.SECRET_KEY)
    if not box.plus:
        return box.address
    local, _, domain = box.address.rpartition("@")
    return reply_address(ticket_id, domain, settings.SECRET_KEY, local=local)


def answer_to(desk_id: int | None, message_id: int) -> str:
    """Where an answer to a message is sent that is for somebody else than the requester: as `reply_to`."""
    box = known().boxes.get(desk_id) if desk_id is not None else None
    if box is None:
        return message_address(message_id, desk_domain(), settings.SECRET_KEY)
    if not box.plus:
        return box.address
    local, _, domain = box.address.rpartition("@")
    return message_address(message_id, domain, settings.SECRET_KEY, local=local)


def verb_to(desk_id: int, letter: str, number: int) -> str:
    """The address at which a mail does one thing (`MailVerb`); empty where the desk's mailbox takes no such address."""
    box = known().boxes.get(desk_id)
    if box is None or not box.plus:
        return ""
    local, _, domain = box.address.rpartition("@")
    return verb_address(letter, number, domain, settings.SECRET_KEY, local=local)


def desk_domain() -> str:
    """The domain of message ids and reply addresses."""
    return desk_address().email.rpartition("@")[2]


def takes(address: str) -> tuple[bool, int | None]:
    """Whether mail to this address is for this desk, and for which desk of it (None: the message decides)."""
    wanted = address.strip().lower()
    ours = known().desks
    main = desk_address().email
    if wanted in ours or wanted == main:
        return True, ours.get(wanted)
    local, _, domain = wanted.rpartition("@")
    domains = {one.rpartition("@")[2] for one in (*ours, main)}
    signed = (read(wanted, settings.SECRET_KEY) for read in (read_reply_address, read_message_address))
    if domain in domains and any(one is not None for one in signed):
        return True, None
    plain = f"{local.partition('+')[0]}@{domain}"
    return (True, ours[plain]) if "+" in local and plain in ours else (False, None)
