"""What intake knows by heart for every message: the desk's own addresses, and the rules learned from the quarantine.

Read from the database at most every few seconds in each process, and anew after a change in this one.
"""

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock

from tierline.core.plugins import registry
from tierline.core.plugins.contracts import MailReader
from tierline.core.plugins.mail_verbs import MailVerb
from tierline.desk.people.models import Desk, SupportGroup
from tierline.work.intake.models import LearnedRule, Mailbox, OutgoingServer, TrustedSender
from tierline.work.intake.rules import wanted_names

FRESH = 5.0  # seconds
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Box:
    """The address that a desk writes from, and whether its server takes `name+anything@` for it."""

    address: str
    plus: bool


@dataclass(frozen=True, slots=True)
class Known:
    """`desks` maps an address of ours to its desk, `boxes` a desk to the address it writes from.

    `addresses` are those that this desk itself sends from, `all_desks` the desks, the first made first.
    `authservs` maps a mailbox to the names of its mail server, `trusted` are senders believed without it.
    `readers` maps an address (or `@domain`) to the plug-in that may take its mail; `threads` is the one that takes
    what answers messages to others than requesters. `verbs` maps the letter of a signed address to what it does.
    """

    addresses: frozenset[str] = frozenset()
    desks: dict[str, int | None] = field(default_factory=dict)
    boxes: dict[int, Box] = field(default_factory=dict)
    rules: tuple[LearnedRule, ...] = ()
    all_desks: tuple[Desk, ...] = ()
    readers: dict[str, MailReader] = field(default_factory=dict)
    threads: MailReader | None = None
    verbs: dict[str, MailVerb] = field(default_factory=dict)
    trusted: tuple[TrustedSender, ...] = ()
    authservs: dict[int, frozenset[str]] = field(default_factory=dict)

    def reader_of(self, sender: str) -> MailReader | None:
        """The plug-in that is asked about mail of this address."""
        return self.readers.get(sender) or self.readers.get("@" + sender.rpartition("@")[2])

    def desk_for(self, recipients: Iterable[str]) -> Desk | None:
        """The desk that one of these mail addresses belongs to, else the first; None without any."""
        named = (self.desks.get(address.lower()) for address in recipients)
        wanted = next((desk_id for desk_id in named if desk_id is not None), None)
        return next((desk for desk in self.all_desks if wanted in (None, desk.pk)), None)


_lock = Lock()
_kept: tuple[float, Known] | None = None


def known() -> Known:
    """What is known, a few seconds old at most."""
    global _kept  # noqa: PLW0603 (one value for this process)
    now = time.monotonic()
    kept = _kept
    if kept is not None and kept[0] > now:
        return kept[1]
    fresh = _read()
    with _lock:
        _kept = (now + FRESH, fresh)
    return fresh


def forget() -> None:
    """Something was changed here: the next message looks again."""
    global _kept  # noqa: PLW0603 (as above)
    with _lock:
        _kept = None


def _read() -> Known:
    boxes = list(Mailbox.objects.active().order_by("pk"))
    servers = list(OutgoingServer.objects.values_list("address", flat=True))
    groups = SupportGroup.objects.filter(active=True).exclude(email="").order_by("-tier", "-pk")
    desks: dict[str, int | None] = {email.lower(): desk for email, desk in groups.values_list("email", "desk_id")}
    desks |= {box.address: box.desk_id for box in boxes}
    return Known(
        addresses=frozenset(box.address for box in boxes) | frozenset(servers),
        desks=dict.fromkeys(servers) | desks,
        boxes={box.desk_id: Box(box.address, box.plus) for box in reversed(boxes)},
        rules=tuple(LearnedRule.objects.order_by("pk")),
        all_desks=tuple(Desk.objects.order_by("pk")),
        readers=_readers(),
        threads=next((one for one in registry.find("mail_readers") if one.threads), None),
        verbs={one.letter: one for one in reversed(registry.find("mail_verbs"))},
        trusted=tuple(TrustedSender.objects.order_by("pk")),
        authservs={box.pk: wanted_names(box.authserv) for box in boxes},
    )


def _readers() -> dict[str, MailReader]:
    """Who reads mail of which address; a reader that fails is left out, so that all other mail goes on."""
    found: dict[str, MailReader] = {}
    for reader in registry.find("mail_readers"):
        try:
            found |= dict.fromkeys(reader.senders(), reader)
        except Exception:
            log.exception("the reader of mail %s is left out", reader.key)
    return found
