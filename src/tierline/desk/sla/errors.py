"""What can go wrong with policies and calendars."""

from tierline.core.kernel.errors import Refused


class NothingChanges(Refused):
    """What was typed is what holds already."""

    code = "nothing_changes"
    default = "Nothing differs from what holds now."


class PreviewOutdated(Refused):
    """Somebody else changed a policy after this preview was made."""

    code = "preview_outdated"
    default = "A policy was changed after this preview was made, so it shows the past. Make a new preview."
