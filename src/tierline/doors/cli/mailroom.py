"""The other ways in that the mail receiver keeps open: the mailboxes, and the ports for mail servers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from . import output


@contextmanager
def opened(stopping: threading.Event) -> Iterator[None]:
    """Read mailboxes and listen at TIERLINE_LISTEN_LMTP and TIERLINE_LISTEN_SMTP inside the block."""
    from django.conf import settings

    from tierline.work.intake.resident import Place, running

    given = ((settings.TIERLINE_LISTEN_LMTP, True), (settings.TIERLINE_LISTEN_SMTP, False))
    places = [Place(*where, lmtp=lmtp) for where, lmtp in given if where]
    with running(stopping, places) as listener:
        for place in listener.open:
            output.say(f"taking mail by {'LMTP' if place.lmtp else 'SMTP'} at {place.host}:{place.port}")
        for problem in listener.problems:
            output.problem(problem)
        yield
