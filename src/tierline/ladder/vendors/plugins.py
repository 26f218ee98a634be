"""Mail of vendors that comes to the desk's own mailboxes."""

from tierline.core.kernel.actors import Actor
from tierline.core.plugins.contracts import ArrivedMail, MailRead
from tierline.core.plugins.registry import built_in

from . import operations


@built_in("mail_readers")
class VendorMails:
    """Answers of vendors, which go into the thread of their case and never into the one with the requester."""

    key = "vendors"
    name = "Answers of vendors by mail"
    version = "1"
    threads = True

    def senders(self) -> frozenset[str]:
        """The addresses that vendors write from."""
        return operations.mail_senders()

    def read(self, mail: ArrivedMail) -> MailRead:
        """Find the case, or leave it to the desk."""
        return operations.take_mail(actor=Actor.machine("vendors"), mail=mail)
