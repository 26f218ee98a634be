"""Refusals of the major-incident room."""

from tierline.core.kernel.errors import Refused


class WrongState(Refused):
    """The verb does not fit where the major incident stands."""

    code = "wrong_state"


class AlreadyDeclared(Refused):
    """A ticket carries one major incident, and a part of one is not another."""

    code = "already_declared"
    default = "This ticket is a major incident already, or a part of one."


class NotDeclarable(Refused):
    """No criterion is met and nobody said why it is one all the same."""

    code = "not_declarable"
    default = "No criterion is met."


class NothingToAttach(Refused):
    """None of the tickets can become a part of this major incident."""

    code = "nothing_to_attach"
    default = "None of these tickets can be attached."


class ReviewIncomplete(Refused):
    """A review closes when every part of it is written."""

    code = "review_incomplete"
