"""Jobs of major incidents: load by id, call an operation."""

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.jobs import job

from . import operations

_MAJOR = Actor.machine("major")


@job("major.tell")
def tell(update_id: int) -> None:
    """Tell the next people what an update says."""
    operations.tell_round(actor=_MAJOR, update_id=update_id)


@job("major.check_update")
def check_update(major_id: int) -> None:
    """Words were due at this moment: did they come?"""
    operations.check_update(actor=_MAJOR, major_id=major_id)


@job("major.remind", cron="20 6 * * *")
def remind() -> None:
    """Bring up the actions of reviews that are overdue."""
    operations.remind(actor=_MAJOR)
