"""Whether a monitoring system's alerts would come in: its address called as it calls it, then a whole test alert."""

from collections.abc import Iterator
from datetime import timedelta

from tierline.core.kernel import clock, own_address, sealing, trials
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets.models import Ticket
from tierline.work.alerts.models import AlertSource
from tierline.work.alerts.rules import read, sample
from tierline.work.alerts.rules.formats import SIGNATURE_HEADER, signature

from .taking import receive

TRIAL = "alert-source"
_WRONG = {"Authorization": "Bearer wrong"}


def ask_for_test(*, actor: Actor, source_id: int) -> None:
    """Have tried whether this source's alerts would come in (a trial of kind TRIAL). Raises NotFound."""
    require(actor, Right.SETUP)
    if not AlertSource.objects.filter(pk=source_id).exists():
        raise NotFound
    trials.ask(actor=actor, kind=TRIAL, subject_id=source_id)


@trials.runner(TRIAL)
def trial_steps(source_id: int) -> Iterator[trials.Step]:
    """Reach the address, be refused there, be let in where the source signs; then a test alert and its recovery.

    Of a token only the digest is kept, so that nothing here can show it: it is tried from the monitoring system.
    Raises NotFound.
    """
    source = AlertSource.objects.filter(pk=source_id).first()
    if source is None:
        raise NotFound
    ended = sample(source.format, firing=False, at=clock.now())  # of an alert that nobody knows: it changes nothing
    secret = sealing.unseal(source.secret, purpose=AlertSource.purpose) if source.secret else ""
    forged = _shown(ended, "another secret") if secret else own_address.Shown(content=ended, headers=_WRONG)
    yield from own_address.steps(source.path, forged=forged, proven=(lambda: _shown(ended, secret)) if secret else None)
    yield "alert", lambda: _told(_played(source))


def _shown(content: bytes, secret: str) -> own_address.Shown:
    return own_address.Shown(content=content, headers={SIGNATURE_HEADER: signature(content, secret=secret)})


def _told(ticket: Ticket) -> str:
    if ticket.is_open:
        return f"The test alert opened {ticket.reference}; it is still open."
    return f"The test alert opened {ticket.reference}, and its recovery resolved it."


def try_source(*, actor: Actor, source_id: int) -> Ticket:
    """Send a test alert as the system would, and its recovery: the ticket, which is resolved when all is well.

    Raises NotFound.
    """
    require(actor, Right.SETUP)
    source = AlertSource.objects.filter(pk=source_id).first()
    if source is None:
        raise NotFound
    return _played(source)


def _played(source: AlertSource) -> Ticket:
    """The ticket of a test alert that began and ended: one of its own, or that of a storm that goes on."""
    at, machine = clock.now(), Actor.machine("alerts")
    begun = sample(source.format, firing=True, at=at)
    receive(actor=machine, source_id=source.pk, content=begun)
    with clock.at(at + timedelta(seconds=1)):
        receive(actor=machine, source_id=source.pk, content=sample(source.format, firing=False, at=at))
    fingerprint = read(source.format, begun).alerts[0].fingerprint
    return Ticket.objects.get(alert_groups__alerts__source=source, alert_groups__alerts__fingerprint=fingerprint)
