"""Reads of workspaces, for set-up."""

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.rules import Right, require

from .models import Workspace


def workspaces(viewer: Actor) -> list[Workspace]:
    """All workspaces by name. Raises NotFound without the right."""
    require(viewer, Right.SETUP)
    return list(Workspace.objects.select_related("desk").order_by("name"))


def workspace(viewer: Actor, workspace_id: int) -> Workspace:
    """One workspace. Raises NotFound."""
    require(viewer, Right.SETUP)
    found = Workspace.objects.select_related("desk").filter(pk=workspace_id).first()
    if found is None:
        raise NotFound
    return found
