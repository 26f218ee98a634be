"""Errors for people: what happened, what was kept, what to do."""

from typing import ClassVar


class TierlineError(Exception):
    """Base of every refusal in the house.

    `code` is stable and machine-readable. `permanent` tells a job whether another try can help.
    """

    code: ClassVar[str] = "error"
    permanent: ClassVar[bool] = True
    default: ClassVar[str] = "Something went wrong."

    def __init__(self, message: str = "", *, kept: str = "", todo: str = "") -> None:
        self.message = message or self.default
        self.kept = kept
        self.todo = todo
        super().__init__(self.for_people())

    def for_people(self) -> str:
        """One short paragraph that is safe to show to anyone who may see the page."""
        return " ".join(part for part in (self.message, self.kept, self.todo) if part)


class NotFound(TierlineError):
    """There is no such thing, or the viewer may not know of it: both look the same."""

    code = "not_found"
    default = "There is nothing here, or it is not for you to see."


class Refused(TierlineError):
    """A rule of the house says no."""

    code = "refused"


class Invalid(TierlineError):
    """Input that cannot be taken; `fields` maps a field's name to what is wrong with it."""

    code = "invalid"

    def __init__(self, fields: dict[str, str], message: str = "") -> None:
        self.fields = fields
        super().__init__(message or "; ".join(fields.values()))


class ChangedMeanwhile(TierlineError):
    """Somebody else changed the thing after the version the form was made from."""

    code = "changed_meanwhile"

    def __init__(self, *, seen: int, current: int) -> None:
        self.seen = seen
        self.current = current
        super().__init__(
            "Somebody changed this while you were writing.",
            kept="Your text is kept.",
            todo="Look at what is new, then send it again.",
        )


class TemporaryError(TierlineError):
    """Another try later may work (a server is away, a lock is held)."""

    code = "temporary"
    permanent = False
