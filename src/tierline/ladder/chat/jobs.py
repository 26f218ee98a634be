"""Work on chats that goes by the clock."""

from tierline.core.kernel import rates
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.jobs import job

from . import operations


@job("chat.end_silent", cron="*/5 * * * *")
def end_silent() -> None:
    """Every five minutes: chats whose visitors are gone."""
    operations.end_silent(actor=Actor.machine("chat"))


@job("chat.forget_windows", cron="20 3 * * *")
def forget_windows() -> None:
    """Every night: how often visitors wrote in minutes that are over."""
    rates.forget_old()
