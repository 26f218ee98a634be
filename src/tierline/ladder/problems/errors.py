"""Refusals of the problems room."""

from collections.abc import Sequence

from tierline.core.kernel.errors import Refused


class WrongState(Refused):
    """The verb does not fit where the problem or known error stands."""

    code = "wrong_state"


class AlreadyLinked(Refused):
    """A ticket belongs to one problem."""

    code = "already_linked"


class FixturesFailed(Refused):
    """The matcher does not do what its examples say; `failures` has one sentence for each."""

    code = "fixtures_failed"

    def __init__(self, failures: Sequence[str]) -> None:
        self.failures = tuple(failures)
        super().__init__(
            "The matcher does not fit its examples: " + "; ".join(self.failures) + ".",
            kept="The draft is kept.",
            todo="Change the matcher or the examples, then publish again.",
        )


class NothingToVerify(Refused):
    """A fix is verified by its recipe."""

    code = "nothing_to_verify"
    default = "This fix has no recipe. Write one in the lab and name it, so that the fix can be proven."


class NotClosable(Refused):
    """A problem closes with a verified fix or a reason."""

    code = "not_closable"
