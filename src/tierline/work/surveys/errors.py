"""What can go wrong with a survey."""

from tierline.core.kernel.errors import Refused


class NothingToRate(Refused):
    """The request is not solved yet, or its time for words is over."""

    code = "nothing_to_rate"
    default = "This request cannot be rated now."


class NotASurvey(Refused):
    """The survey has gone another way meanwhile: it was asked, withheld or answered."""

    code = "survey_state"
    default = "This survey is past that."
