"""Who this desk is in mail: its address, its name, and the secrets by which it knows its own mail."""

import hashlib
import hmac
from functools import cache

from django.conf import settings

from tierline.work.intake.rules import Address, Own, addresses


@cache
def _own(secret: str, written: str) -> tuple[Own, Address]:
    mark = hmac.new(secret.encode(), b"tierline-loop", hashlib.sha256).hexdigest()[:32]
    found = addresses(written)
    address = found[0] if found else Address("support@localhost")
    return Own(mark, frozenset({address.email})), address


def own() -> Own:
    """The loop mark and the addresses of this desk."""
    return _own(settings.SECRET_KEY, settings.TIERLINE_MAIL_FROM)[0]


def desk_address() -> Address:
    """The address (and name) that the desk writes from."""
    return _own(settings.SECRET_KEY, settings.TIERLINE_MAIL_FROM)[1]


def desk_domain() -> str:
    """The domain of message ids and reply addresses."""
    return desk_address().email.rpartition("@")[2]
