"""The verbs of major incidents."""

from .children import attach, detach, me_too, subscribe, unsubscribe
from .declaring import declare, set_roles
from .ending import stand_down
from .reviewing import agree_action, close_review, finish_action, remind, write_review
from .telling import leave, leave_address, read_leave_token, tell_round
from .updating import check_update, mitigate, update

__all__ = [
    "agree_action",
    "attach",
    "check_update",
    "close_review",
    "declare",
    "detach",
    "finish_action",
    "leave",
    "leave_address",
    "me_too",
    "mitigate",
    "read_leave_token",
    "remind",
    "set_roles",
    "stand_down",
    "subscribe",
    "tell_round",
    "unsubscribe",
    "update",
    "write_review",
]
