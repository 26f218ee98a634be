"""What can go wrong with services and products."""

from tierline.core.kernel.errors import Refused


class KeyInUse(Refused):
    """Services and products have unique short names."""

    code = "key_in_use"
    default = "This short name is already in use."
