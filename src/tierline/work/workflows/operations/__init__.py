"""The verbs of the workflows room."""

from .actions import approve, refuse, request_action, run_action
from .automations import evaluate, write_automation
from .macros import (
    Sent,
    apply_macro,
    apply_macro_to_many,
    go_on_with_batch,
    retire_macro,
    revive_macro,
    write_macro,
)
from .runbooks import complete_step, start_run, stop_run, write_runbook

__all__ = [
    "Sent",
    "apply_macro",
    "apply_macro_to_many",
    "approve",
    "complete_step",
    "evaluate",
    "go_on_with_batch",
    "refuse",
    "request_action",
    "retire_macro",
    "revive_macro",
    "run_action",
    "start_run",
    "stop_run",
    "write_automation",
    "write_macro",
    "write_runbook",
]
