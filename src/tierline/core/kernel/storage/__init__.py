"""Bytes that were received or made: in the database, in the data folder, and in an object storage when there is one."""

from . import jobs, uploads
from .blobs import INLINE_LIMIT, drop, open_blob, put, read
from .carrying import FileAway, bring_back, carry, carry_everything, carry_soon, prune
from .files import Aside, Written
from .state import TRIAL, State, state
from .troubles import StorageTrouble, Trouble

__all__ = [
    "INLINE_LIMIT",
    "TRIAL",
    "Aside",
    "FileAway",
    "State",
    "StorageTrouble",
    "Trouble",
    "Written",
    "bring_back",
    "carry",
    "carry_everything",
    "carry_soon",
    "drop",
    "jobs",
    "open_blob",
    "prune",
    "put",
    "read",
    "state",
    "uploads",
]
