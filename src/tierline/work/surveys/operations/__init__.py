"""The verbs of surveys: arranged by a desk, asked at the right moment or not at all, answered, and stopped."""

from .answering import answer, erase_answers, rate
from .arranging import arrange
from .asking import ask, come_due, plan, withhold
from .links import read_leave_link, read_link
from .stopping import ask_again, leave, stop_asking

__all__ = [
    "answer",
    "arrange",
    "ask",
    "ask_again",
    "come_due",
    "erase_answers",
    "leave",
    "plan",
    "rate",
    "read_leave_link",
    "read_link",
    "stop_asking",
    "withhold",
]
