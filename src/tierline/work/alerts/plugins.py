"""Alerts that come to the desk's own mailboxes."""

from tierline.core.kernel.actors import Actor
from tierline.core.plugins.contracts import ArrivedMail, MailRead
from tierline.core.plugins.registry import built_in

from . import operations


@built_in("mail_readers")
class AlertMails:
    """Mail of the monitoring systems that were told to send some."""

    key = "alerts"
    name = "Monitoring alerts by mail"
    version = "1"
    threads = False

    def senders(self) -> frozenset[str]:
        """The addresses that sources send from."""
        return operations.mail_senders()

    def read(self, mail: ArrivedMail) -> MailRead:
        """Open, update or resolve by fingerprint, as by web hook."""
        return operations.take_mail(actor=Actor.machine("alerts"), mail=mail)
