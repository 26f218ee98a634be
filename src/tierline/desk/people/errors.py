"""What can go wrong with people and groups."""

from tierline.core.kernel.errors import Refused


class AlreadySetUp(Refused):
    """The first administrator is made once, on the first visit."""

    code = "already_set_up"
    default = "This desk already has an administrator. Please sign in."


class AddressTaken(Refused):
    """An e-mail address belongs to one person."""

    code = "address_taken"
    default = "Somebody with this e-mail address is already known."


class KeyTaken(Refused):
    """Groups, desks and skills have unique short names."""

    code = "key_taken"
    default = "This short name is already in use."


class UnknownToken(Refused):
    """No token, a wrong one, an expired one and a revoked one look the same."""

    code = "unauthorized"
    default = "This needs a valid API token."


class SkillsGoInCircles(Refused):
    """Following the links of skills never leads back to where one began."""

    code = "skills_go_in_circles"
    default = "These skills would lead back to themselves."


class DeputiesGoInCircles(Refused):
    """Somebody must be there at the end of a chain of deputies."""

    code = "deputies_go_in_circles"
    default = "The deputy is away at that time, and their deputies lead back to this person."


class LastAdministrator(Refused):
    """A desk without an administrator could not be set up any more."""

    code = "last_administrator"
    default = "This is the only administrator."
