"""Refusals of the vendors' room."""

from collections.abc import Sequence

from tierline.core.kernel.errors import Refused

from .rules import GAP_WORDS, Gap


class WrongState(Refused):
    """The verb does not fit where the case stands."""

    code = "wrong_state"


class NotEntitled(Refused):
    """The contract with the vendor does not cover this case; `gaps` says why not."""

    code = "not_entitled"

    def __init__(self, vendor: str, gaps: Sequence[Gap]) -> None:
        self.gaps = tuple(gaps)
        why = "; ".join(GAP_WORDS[gap] for gap in self.gaps)
        super().__init__(
            f"The contract with {vendor} does not cover this: {why}.",
            kept="Your question is kept.",
            todo="Say why the case is opened all the same; that is reported.",
        )


class NoAddress(Refused):
    """Nobody wrote down where the vendor is written to."""

    code = "no_address"
    default = "There is no support address for this vendor. An administrator writes it under Set-up, Vendors."


class NotRedacted(Refused):
    """Only what was redacted leaves the house."""

    code = "not_redacted"
    default = "Only files that were read and redacted go into a pack."


class PackTooLarge(Refused):
    """The files are too many or too large for one pack."""

    code = "pack_too_large"
    default = "These files are too large for one pack. Choose fewer."
