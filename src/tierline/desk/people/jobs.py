"""Jobs of the people room."""

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.jobs import job

from . import operations


@job("people.remind_of_certificate")
def remind_of_certificate(*, certificate_id: int, days_before: int) -> None:
    """A certificate lapses in so many days, unless something has changed since this was queued."""
    operations.remind_of_certificate(
        actor=Actor.machine("people"), certificate_id=certificate_id, days_before=days_before
    )
