"""Words of the tests that the pages of doors and files have run: what was tried, and how it went."""

from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tierline.core.kernel import clock, trials
from tierline.doors.web.setup.mail_words import Step, Trial

STEPS: dict[str, str | Promise] = {
    "begin": gettext_lazy("Begin"),
    "write": gettext_lazy("Write an object"),
    "read": gettext_lazy("Read it back"),
    "delete": gettext_lazy("Delete it"),
    "reach": gettext_lazy("Reach the server"),
    "passes": gettext_lazy("Let a harmless file pass"),
    "finds": gettext_lazy("Find a test virus"),
    "home": gettext_lazy("Reach this desk at its own address"),
    "refuses": gettext_lazy("Refuse a stranger"),
    "admits": gettext_lazy("Know the signature again"),
    "sign-in": gettext_lazy("Sign in"),
    "answers": gettext_lazy("Send an answer"),
    "outside": gettext_lazy("Be found from the internet"),
    "alert": gettext_lazy("Open and resolve a ticket by a test alert"),
}
NOBODY_TOOK_IT = timedelta(seconds=60)
_TONES = {trials.GOOD: "good", trials.BAD: "bad"}


def trial_of(kind: str, subject_id: int = 0) -> Trial | None:
    """The newest test of something in words; None when there was none."""
    found = trials.latest(kind, subject_id)
    if found is None:
        return None
    steps = [
        Step(str(STEPS.get(one["name"], one["name"])), _TONES.get(one["state"], ""), one["words"], one["todo"])
        for one in found.steps
    ]
    running = found.state == trials.RUNNING
    if running and found.asked_at < clock.now() - NOBODY_TOOK_IT:
        return Trial(False, False, _("Nobody has taken up this test. Is the worker running?"), steps)
    headlines = {
        trials.RUNNING: _("It is being tried …"),
        trials.GOOD: _("It works."),
        trials.BAD: _("It does not work yet."),
    }
    return Trial(running, found.state == trials.GOOD, headlines[found.state], steps)
