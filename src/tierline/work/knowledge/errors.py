"""Refusals of the knowledge room."""

from tierline.core.kernel.errors import Refused


class NotReady(Refused):
    """The article lacks a part that readers need."""

    code = "article_not_ready"
    default = "This article is not ready to be read by others."


class WrongState(Refused):
    """The step does not fit the state the article or the lesson is in."""

    code = "knowledge_wrong_state"


class NothingToLearn(Refused):
    """The ticket has no resolution that an article could be made from."""

    code = "nothing_to_learn"
    default = "This ticket has no resolution yet, so there is nothing to write down."
