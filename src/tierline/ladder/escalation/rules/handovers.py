"""The life of one hand-over: asked once, decided once, by exactly one of four verbs."""

from enum import StrEnum


class Mode(StrEnum):
    """Transfer moves ownership on acceptance; swarm keeps the owner and adds helpers."""

    TRANSFER = "transfer"
    SWARM = "swarm"


class HandoverState(StrEnum):
    """Pending until decided; every other state is final."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    BOUNCED = "bounced"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class Verb(StrEnum):
    """What can be done with a pending hand-over."""

    ACCEPT = "accept"
    BOUNCE = "bounce"
    ANSWER = "answer"
    WITHDRAW = "withdraw"


class ReasonCode(StrEnum):
    """Why a receiver sends a hand-over back."""

    MISSING_INFORMATION = "missing_information"
    WRONG_GROUP = "wrong_group"
    KNOWN_ERROR_EXISTS = "known_error_exists"
    NOT_REPRODUCIBLE = "not_reproducible"
    OTHER = "other"


RECEIVER_VERBS = frozenset({Verb.ACCEPT, Verb.BOUNCE, Verb.ANSWER})
"""Only the receiving group decides; withdrawing is for the group that asked."""

_AFTER = {
    Verb.ACCEPT: HandoverState.ACCEPTED,
    Verb.BOUNCE: HandoverState.BOUNCED,
    Verb.ANSWER: HandoverState.ANSWERED,
    Verb.WITHDRAW: HandoverState.WITHDRAWN,
}


def after(state: HandoverState, verb: Verb) -> HandoverState:
    """The state this verb leads to. Raises ValueError if the hand-over was decided already."""
    if state != HandoverState.PENDING:
        raise ValueError(f"This hand-over was {state.value} already.")
    return _AFTER[verb]


def moves_ownership(mode: Mode, verb: Verb) -> bool:
    """Only an accepted transfer moves the ticket: before that, the sender's clock runs."""
    return mode == Mode.TRANSFER and verb == Verb.ACCEPT
