"""Bringing the database up to the program's state, in words. Needs Django set up."""

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from tierline.core.kernel import turns

from . import output
from .errors import CannotRun


def bring_up_to_date() -> None:
    """Apply what is missing. Raises CannotRun when the database was already used by a newer Tierline."""
    with turns.in_turn("bring the database up to date"):
        executor = MigrationExecutor(connection)
        _refuse_newer(executor.loader)
        steps = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if steps:
            with output.step(f"preparing the database ({len(steps)} steps)"):
                call_command("migrate", verbosity=0, interactive=False)


def _refuse_newer(loader: MigrationLoader) -> None:
    known = set(loader.disk_migrations or {})
    labels = {label for label, _ in known}
    unknown = sorted(key for key in loader.applied_migrations if key[0] in labels and key not in known)
    if unknown:
        raise CannotRun(
            f"The database was used by a newer Tierline ({unknown[0][0]} {unknown[0][1]} is unknown here).",
            kept="Nothing was changed.",
            todo="Update this Tierline, or restore the backup from before that update.",
        )
