"""What can go wrong with a visit."""

from tierline.core.kernel.errors import Refused


class Collides(Refused):
    """The technician is somewhere else at that time."""

    code = "visit_collides"


class VisitOver(Refused):
    """A visit is done or cancelled once."""

    code = "visit_over"
    default = "This visit is over. Plan a new one."
