"""The contract of plug-ins for which a mail is an order and no message."""

from typing import Protocol, runtime_checkable

from .contracts import Plugin


@runtime_checkable
class MailVerb(Plugin, Protocol):
    """Does one thing when a mail comes to an address that this desk signed for it. Group `tierline.mail_verbs`.

    `letter` (one of a to z) tells the verbs apart in such addresses.
    """

    @property
    def letter(self) -> str: ...

    def take(self, number: int) -> str:
        """Do it for what the address names; says in one sentence what was done. Called in a transaction."""
        ...
