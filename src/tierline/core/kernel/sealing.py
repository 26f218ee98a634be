"""Secrets at rest: sealed with a key made from the installation's secret key, opened only where they are used.

Fernet (AES-128-CBC with HMAC-SHA256) of the `cryptography` package; the key comes from HKDF-SHA256 (RFC 5869), another
one for each purpose, so that a sealed value moved to another column opens nothing.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from .errors import Refused


class CannotUnseal(Refused):
    """The secret was sealed with another secret key."""

    code = "cannot_unseal"
    default = "A kept secret cannot be read: the secret key of this installation is another one now."

    def __init__(self) -> None:
        super().__init__(todo="Type the secret again, or bring back the old TIERLINE_SECRET_KEY.")


def seal(text: str, *, purpose: str) -> str:
    """`text` in a form that is safe to store; two seals of one text differ. An empty text stays empty."""
    return _keys(purpose).encrypt(text.encode()).decode() if text else ""


def unseal(sealed: str, *, purpose: str) -> str:
    """What was sealed for this purpose. Raises CannotUnseal."""
    if not sealed:
        return ""
    try:
        return _keys(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as problem:
        raise CannotUnseal from problem


def _keys(purpose: str) -> MultiFernet:
    """The key of today first; keys of SECRET_KEY_FALLBACKS still open what they sealed."""
    return MultiFernet([_key(secret, purpose) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str, purpose: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=b"tierline sealing 1", info=purpose.encode())
    return Fernet(base64.urlsafe_b64encode(derived.derive(secret.encode())))
