"""Carrying, by itself: with each large file, and each minute for what could not be carried before."""

from tierline.core.kernel.jobs import job

from . import carrying


@job(carrying.JOB, cron="* * * * *")
def carry() -> None:
    carrying.carry()


@job("kernel.tend_files", cron="*/10 * * * *")
def tend() -> None:
    """Ask for files from before there was an object storage, and keep the data folder within its size."""
    carrying.carry_everything()
    carrying.prune()
