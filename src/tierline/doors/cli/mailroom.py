"""The ways in that the mail receiver keeps open: the mailboxes, the ports for mail servers, the spool."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import output


@contextmanager
def opened(stopping: threading.Event, folder: Path) -> Iterator[None]:
    """Read mailboxes and the spool, and listen at TIERLINE_LISTEN_LMTP and TIERLINE_LISTEN_SMTP, inside the block."""
    from django.conf import settings

    from tierline.work.intake.resident import Place, running

    given = ((settings.TIERLINE_LISTEN_LMTP, True), (settings.TIERLINE_LISTEN_SMTP, False))
    places = [Place(*where, lmtp=lmtp) for where, lmtp in given if where]
    with running(stopping, places, folder, settings.TIERLINE_MAIL_THREADS) as listener:
        for place in listener.open:
            output.say(f"taking mail by {'LMTP' if place.lmtp else 'SMTP'} at {place.host}:{place.port}")
        for problem in listener.problems:
            output.problem(problem)
        yield
