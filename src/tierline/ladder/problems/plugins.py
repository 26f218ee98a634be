"""The built-in tracker: for a development team whose tracker Tierline does not speak to."""

from urllib.parse import urlsplit

from tierline.core.plugins.contracts import TrackerContext, TrackerIssue
from tierline.core.plugins.registry import built_in

_LONGEST = 300


@built_in("trackers")
class ManualTracker:
    """Keeps the address or number that somebody typed, and asks nobody."""

    key = "manual"
    name = "Address or number, kept by hand"
    version = "1"

    def look_up(self, reference: str, context: TrackerContext) -> TrackerIssue | None:
        """An address becomes a link, anything else stays a number; nothing for what is neither."""
        del context
        reference = reference.strip()
        if not reference or len(reference) > _LONGEST or not reference.isprintable():
            return None
        parts = urlsplit(reference) if reference.startswith(("http://", "https://")) else None
        if parts is None:
            return TrackerIssue(reference=reference)
        return TrackerIssue(reference=reference, url=reference) if parts.hostname else None
