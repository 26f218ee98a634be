"""Alerts by mail to the desk's own address: from whom, how it is proven, and what becomes of them.

A sender's address alone proves nothing, since anybody can write it. So a mail counts as an alert when it has the mark
of the source, or when the desk's own mail server found that it is the sender's.
"""

from django.conf import settings
from django.db import transaction

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.plugins.contracts import ArrivedMail, MailRead
from tierline.desk.people.rules import Right, require
from tierline.work.alerts.models import AlertSource, KnownAlert
from tierline.work.alerts.rules import Batch, Unreadable, mail_mark, read_mail, shows_mark

from .sources import note_refusal
from .taking import Taken, take

UNPROVEN = "nothing proves that it is of {source}: no mark of the source, and no result of a trusted mail server"


def set_mail_from(*, actor: Actor, source_id: int, address: str) -> AlertSource:
    """Read mail of this address as alerts of the source; an empty one: of nobody. Raises NotFound and Invalid."""
    require(actor, Right.SETUP)
    plain = address.strip().lower()
    local, at, domain = plain.partition("@")
    if plain and not (local and at and "." in domain and not set(plain) & set(" ,;<>")):
        raise Invalid({"mail_from": "This is no mail address."})
    with transaction.atomic():
        source = AlertSource.objects.select_for_update().filter(pk=source_id).first()
        if source is None:
            raise NotFound
        source.mail_from = plain
        source.save(update_fields=["mail_from"])
        return source


def mark_of(source: AlertSource) -> str:
    """The word by which a mail proves to be of the source: in the address, or in the header `X-Tierline-Source`."""
    return mail_mark(settings.SECRET_KEY, source.key, source.sha256 or source.secret)


def mail_senders() -> frozenset[str]:
    """The addresses whose mail may be alerts."""
    return frozenset(AlertSource.objects.exclude(mail_from="").values_list("mail_from", flat=True))


def take_mail(*, actor: Actor, mail: ArrivedMail) -> MailRead:
    """Take a mail as alerts of its source, or leave it to the desk with the reason."""
    sources = list(AlertSource.objects.filter(mail_from=mail.sender).order_by("pk"))
    marked = [one for one in sources if shows_mark(mark_of(one), mail.recipients, mail.marks)]
    proven = marked or (sources if mail.proven else [])
    if not proven:
        named = " or ".join(one.name for one in sources) or "a monitoring system"
        return MailRead(taken=False, why=UNPROVEN.format(source=named))
    trouble = ""
    for source in proven:
        try:
            batch = read_mail(source.format, mail.subject, mail.text)
        except Unreadable as problem:
            trouble = f"no alert of {source.name} can be read in it: {problem.message}"
            note_refusal(actor=actor, source_id=source.pk, words=problem.message)
            continue
        return _told(source, batch, take(actor=actor, source_id=source.pk, batch=batch), by_mark=bool(marked))
    return MailRead(taken=False, why=trouble)


def _told(source: AlertSource, batch: Batch, taken: Taken, *, by_mark: bool) -> MailRead:
    proof = "its mark" if by_mark else "the mail server's word for its sender"
    named = f"alert of {source.name}, known by {proof}"
    if batch.passed_over:
        return MailRead(taken=True, why=f"{named}: {batch.passed_over} changes nothing")
    ticket_id = taken.ticket_ids[0] if taken.ticket_ids else _ticket_of(source, batch)
    counts = {"new": taken.new, "over": taken.ended, "known": taken.repeated, "over, and nobody knew it": taken.unknown}
    said = ", ".join(f"{count} {words}" for words, count in counts.items() if count)
    return MailRead(taken=True, why=f"{named}: {said}", ticket_id=ticket_id, opened=bool(taken.ticket_ids))


def _ticket_of(source: AlertSource, batch: Batch) -> int | None:
    names = [alert.fingerprint for alert in batch.alerts]
    known = KnownAlert.objects.filter(source=source, fingerprint__in=names).order_by("pk")
    return known.values_list("group__ticket_id", flat=True).first()
