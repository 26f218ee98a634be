"""Work on alerts that goes by the clock."""

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.jobs import job

from . import operations


@job("alerts.forget_old", cron="20 3 * * *")
def forget_old() -> None:
    """Every night: alerts that ended long ago."""
    operations.forget_old(actor=Actor.machine("alerts"))
