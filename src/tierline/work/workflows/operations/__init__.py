"""The verbs of the workflows room."""

from .actions import approve, refuse, request_action, run_action
from .automations import evaluate, write_automation
from .runbooks import complete_step, start_run, stop_run, write_runbook

__all__ = [
    "approve",
    "complete_step",
    "evaluate",
    "refuse",
    "request_action",
    "run_action",
    "start_run",
    "stop_run",
    "write_automation",
    "write_runbook",
]
