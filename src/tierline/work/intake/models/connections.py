"""The connections that mail comes and goes by: mailboxes, the outgoing server, web hooks, and how each of them is."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from tierline.desk.people.models import Desk

from .messages import InboundMessage


class Security(models.TextChoices):
    """How the connection to a mail server is protected."""

    TLS = "tls", "TLS from the start"
    STARTTLS = "starttls", "STARTTLS"
    NONE = "none", "None: only inside one machine"


class SignIn(models.TextChoices):
    PASSWORD = "password", "User name and password"
    OAUTH2 = "oauth2", "OAuth 2 (XOAUTH2)"


class After(models.TextChoices):
    """What happens on the server to a message that is safely here."""

    KEEP = "keep", "Leave it as it is"
    MARK = "mark", "Mark it as read"
    MOVE = "move", "Move it to a folder"


class Begin(models.TextChoices):
    """What of a folder is taken when a mailbox is connected for the first time."""

    NEW = "new", "Only what arrives from now on"
    ALL = "all", "Everything that is in the folder"


class Health(models.TextChoices):
    NEW = "new", "Not tried yet"
    WELL = "well", "Connected"
    TROUBLE = "trouble", "In trouble"


class MailServer(models.Model):
    """Where a mail server is and how one signs in. `secret` is sealed (kernel.sealing); it is never shown again."""

    purpose: ClassVar[str] = ""

    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField()
    security = models.CharField(max_length=10, choices=Security.choices, default=Security.TLS)
    sign_in = models.CharField(max_length=10, choices=SignIn.choices, default=SignIn.PASSWORD)
    username = models.CharField(max_length=320, blank=True, default="")
    secret = models.TextField(
        blank=True, default="", help_text="A password, or JSON with the parts of OAuth 2; sealed."
    )
    token_url = models.CharField(max_length=500, blank=True, default="")
    client_id = models.CharField(max_length=300, blank=True, default="")
    scope = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        abstract = True


class MailboxQuerySet(models.QuerySet["Mailbox"]):
    def active(self) -> Self:
        return self.filter(active=True)


class Mailbox(MailServer):
    """A folder of an IMAP account whose messages come to a desk.

    `uid_validity` and `last_uid` say how far the folder was read (RFC 3501 §2.3.1.1). `skip_until` is the server's time
    of the newest message that was there before the mailbox was connected; when the server counts anew, what is not
    newer is nobody's request.
    """

    purpose = "intake.mailbox"

    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="mailboxes")
    address = models.EmailField(max_length=254)
    folder = models.CharField(max_length=200, default="INBOX")
    after = models.CharField(max_length=10, choices=After.choices, default=After.MARK)
    move_to = models.CharField(max_length=200, blank=True, default="")
    begin = models.CharField(max_length=10, choices=Begin.choices, default=Begin.NEW)
    plus = models.BooleanField(default=False, help_text="The server delivers name+anything@ to name@ as well.")
    authserv = models.CharField(
        max_length=300,
        blank=True,
        default="",
        help_text="Under which names its server writes Authentication-Results; empty: senders are believed.",
    )
    active = models.BooleanField(default=False)
    start_when_tested = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=1, help_text="Goes up when somebody changes the connection.")
    uid_validity = models.BigIntegerField(default=0, help_text="0: never read.")
    last_uid = models.BigIntegerField(default=0)
    first_uid = models.BigIntegerField(default=0, help_text="Numbers up to this one were there before, in that count.")
    skip_until = models.DateTimeField(null=True)
    skip_validity = models.BigIntegerField(default=0, help_text="The count in which `last_uid` says the same.")
    health = models.CharField(max_length=10, choices=Health.choices, default=Health.NEW)
    said = models.CharField(max_length=500, blank=True, default="")
    failures = models.PositiveIntegerField(default=0)
    checked_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    compared = models.JSONField(default=dict, help_text="What the last comparison of server and desk found.")
    compared_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    objects = MailboxQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["address", "folder"], name="mailbox_address_and_folder_once"),
            models.CheckConstraint(name="mailbox_move_names_folder", condition=~Q(after="move") | ~Q(move_to="")),
        ]

    def __str__(self) -> str:
        return self.address


class MailboxMessageQuerySet(models.QuerySet["MailboxMessage"]):
    def unsettled(self, mailbox: Mailbox) -> Self:
        """What is here, and not yet marked or moved on the server."""
        return self.filter(mailbox=mailbox, uid_validity=mailbox.uid_validity, settled=False)

    def same(self, mailbox: Mailbox, *, mail_id: str, digest: str) -> Self:
        """The same message of this mailbox under another number: the server has counted anew."""
        return self.filter(mailbox=mailbox, digest=digest, mail_id=mail_id)


class MailboxMessage(models.Model):
    """One message of a mailbox that was taken: under which number it lies there, and what it became here.

    `digest` is the SHA-256 of its bytes. `problem` says why a message could not be taken at all.
    """

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="taken", db_index=False)
    uid_validity = models.BigIntegerField()
    uid = models.BigIntegerField()
    mail_id = models.CharField(max_length=900, blank=True, default="")
    digest = models.CharField(max_length=64, blank=True, default="")
    inbound = models.ForeignKey(InboundMessage, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    problem = models.CharField(max_length=300, blank=True, default="")
    settled = models.BooleanField(default=False)
    at = models.DateTimeField()

    objects = MailboxMessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mailbox", "uid_validity", "uid"], name="mailbox_message_once"),
        ]
        indexes = [
            models.Index(fields=["mailbox", "digest"], name="mailbox_message_by_digest"),
            models.Index(fields=["mailbox"], name="mailbox_message_unsettled", condition=Q(settled=False)),
            models.Index(fields=["inbound"], name="mailbox_message_of_inbound", condition=Q(inbound__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.mailbox_id}/{self.uid_validity}/{self.uid}"


class OutgoingServer(MailServer):
    """The server that takes the desk's mail, as set up on its page. There is at most one."""

    purpose = "intake.outgoing"

    address = models.EmailField(max_length=254)
    name = models.CharField(max_length=100, blank=True, default="")
    active = models.BooleanField(default=False)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="outgoing_server_only_one", condition=Q(pk=1))]

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class ConnectionTest(models.Model):
    """One try of a connection, step by step, as the page shows it while it runs.

    `steps` is a list of {"name", "state": "good" | "bad" | "waiting", "words", "todo"}.
    """

    mailbox = models.ForeignKey(Mailbox, null=True, on_delete=models.CASCADE, related_name="tests")
    recipient = models.CharField(max_length=320, blank=True, default="", help_text="Outgoing: who gets the test mail.")
    state = models.CharField(max_length=10, default="running", choices=[(s, s) for s in ("running", "good", "bad")])
    steps = models.JSONField(default=list)
    asked_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"test {self.pk}: {self.state}"

    def older_than(self, moment: datetime) -> bool:
        """Whether nothing can come of it any more: it was asked before `moment` and has not ended."""
        return self.finished_at is None and self.created_at < moment


class InboundHook(models.Model):
    """An address where a mail provider hands over messages (inbound parse). Its two secrets are sealed."""

    purpose: ClassVar[str] = "intake.hook"

    provider = models.CharField(max_length=20)
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=40, unique=True)
    secret = models.TextField(help_text="Password of the address; sealed.")
    signing_key = models.TextField(blank=True, default="", help_text="The provider's signing key; sealed.")
    api_key = models.TextField(blank=True, default="", help_text="For providers that only tell of a message; sealed.")
    active = models.BooleanField(default=True)
    last_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.provider} {self.pk}"


class AwaitedMail(models.Model):
    """A message that a provider told of and that still has to be fetched there; `problem` says why it was not yet."""

    hook = models.ForeignKey(InboundHook, on_delete=models.CASCADE, related_name="awaited", db_index=False)
    number = models.CharField(max_length=2000, help_text="The provider's name for it, or the SHA-256 of its notice.")
    notice = models.TextField(blank=True, default="", help_text="What the provider sent, until it is read.")
    told_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True, default="")
    inbound = models.ForeignKey(InboundMessage, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hook", "number"], name="awaited_mail_once")]
        indexes = [models.Index(fields=["told_at"], name="awaited_mail_waiting", condition=Q(fetched_at=None))]

    def __str__(self) -> str:
        return f"{self.hook_id}/{self.number}"
