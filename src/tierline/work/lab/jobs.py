"""Jobs of the lab."""

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.jobs import job

from . import operations
from .models import LabRun


@job("lab.run")
def run(run_id: int) -> None:
    """Make a run that somebody asked for."""
    asked_by = LabRun.objects.values_list("actor_label", flat=True).get(pk=run_id)
    operations.perform(actor=Actor.machine("lab").for_person(asked_by), run_id=run_id)
