"""Work on chat networks that is done later."""

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.jobs import job

from . import operations


@job("messengers.send")
def send(*, post_id: int) -> None:
    """Hand one answer to its network."""
    operations.send(actor=Actor.machine("messengers"), post_id=post_id)


@job("messengers.forget_old", cron="50 3 * * *")
def forget_old() -> None:
    """Every night: what was heard long ago."""
    operations.forget_old(actor=Actor.machine("messengers"))
