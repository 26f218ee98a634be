"""The verbs on tickets: keyword-only, `actor` always, one transaction, one recorded event each."""

from .clock_changes import apply_change, ask_preview, preview_change, reread_clocks
from .clocks import check_clock, keep_clocks
from .drafts import discard_draft, here, save_draft, take_over_draft
from .ending import close, confirm, merge, reopen, resolve
from .opening import NewAttachment, open_ticket
from .owning import (
    assign,
    classify,
    end_offer,
    name_requester,
    offer,
    record_facts,
    release,
    resume,
    take,
    tier_tried,
    wait_for,
)
from .removing import remove_bytes
from .scanning import checked
from .sharing import share_file
from .talking import add_note, receive_message, reply
from .writing import note_event

__all__ = [
    "NewAttachment",
    "add_note",
    "apply_change",
    "ask_preview",
    "assign",
    "check_clock",
    "checked",
    "classify",
    "close",
    "confirm",
    "discard_draft",
    "end_offer",
    "here",
    "keep_clocks",
    "merge",
    "name_requester",
    "note_event",
    "offer",
    "open_ticket",
    "preview_change",
    "receive_message",
    "record_facts",
    "release",
    "remove_bytes",
    "reopen",
    "reply",
    "reread_clocks",
    "resolve",
    "resume",
    "save_draft",
    "share_file",
    "take",
    "take_over_draft",
    "tier_tried",
    "wait_for",
]
