"""The verbs of knowledge: articles, and lessons on their way to a lower tier."""

from .articles import (
    archive,
    create,
    draft_from_ticket,
    draft_or_reuse,
    flag,
    link,
    publish,
    revise,
    say_helped,
    validate,
)
from .lessons import measure_effect, owe_lesson, teach, teach_back, waive

__all__ = [
    "archive",
    "create",
    "draft_from_ticket",
    "draft_or_reuse",
    "flag",
    "link",
    "measure_effect",
    "owe_lesson",
    "publish",
    "revise",
    "say_helped",
    "teach",
    "teach_back",
    "validate",
    "waive",
]
