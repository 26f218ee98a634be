"""Words of the mail set-up: steps of a test, states of a mailbox, counts of both sides."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tierline.core.kernel import clock
from tierline.doors.web.shapes import Tone
from tierline.work.intake.models import ConnectionTest, Health, Mailbox

STEPS: dict[str, str | Promise] = {
    "reach": gettext_lazy("Reach the server"),
    "encryption": gettext_lazy("Encrypt the connection"),
    "sign-in": gettext_lazy("Sign in"),
    "folder": gettext_lazy("Open the folder"),
    "target": gettext_lazy("Find the folder to move to"),
    "messages": gettext_lazy("Count the messages"),
    "hand-over": gettext_lazy("Hand over a test mail"),
}
NOBODY_TOOK_IT = timedelta(seconds=60)


@dataclass(frozen=True)
class Step:
    """One line of a test. `tone` is empty while it has not been tried."""

    name: str
    tone: Tone | str
    words: str
    todo: str


@dataclass(frozen=True)
class Trial:
    """A test as its page shows it. While it runs the page asks again."""

    running: bool
    good: bool
    headline: str
    steps: list[Step]


def trial(test: ConnectionTest | None) -> Trial | None:
    """A test in words; None when there was none."""
    if test is None:
        return None
    tones = {"good": "good", "bad": "bad"}
    steps = [
        Step(str(STEPS.get(one["name"], one["name"])), tones.get(one["state"], ""), one["words"], one["todo"])
        for one in test.steps
    ]
    running = test.state == "running"
    if running and test.older_than(clock.now() - NOBODY_TOOK_IT):
        return Trial(False, False, _("Nobody has taken up this test. Is the worker running?"), steps)
    headlines = {"running": _("It is being tried …"), "good": _("It works."), "bad": _("It does not work yet.")}
    return Trial(running, test.state == "good", headlines[test.state], steps)


def state_of(mailbox: Mailbox) -> tuple[str, Tone]:
    """The state of a mailbox in one word, and its tone."""
    if mailbox.health == Health.TROUBLE:
        return _("In trouble"), "bad"
    if not mailbox.active:
        return _("Switched off"), "warn"
    return (_("Connected"), "good") if mailbox.health == Health.WELL else (_("Not tried yet"), "warn")


def sums(compared: Mapping[str, Any]) -> list[tuple[str, int]]:
    """The counts of both sides, in the order in which they add up."""
    names = (
        ("on_server", _("On the server")),
        ("taken", _("Taken")),
        ("there_before", _("There before")),
        ("waiting", _("Waiting to be taken")),
        ("missing", _("Missing here")),
        ("refused", _("Not to be had")),
        ("left_behind", _("Not moved")),
        ("not_understood", _("Not understood yet")),
        ("gone_from_server", _("No longer on the server")),
    )
    return [(words, int(compared.get(key, 0))) for key, words in names]


def named(compared: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The messages that differ: id and why."""
    kinds = ("missing", "refused", "left_behind", "not_understood")
    return [
        (str(one["message_id"] or one["uid"]), str(one["why"]))
        for kind in kinds
        for one in compared.get(f"{kind}_messages", [])
    ]
