"""The living style guide: every component as the pages use it, never a copy."""

from datetime import timedelta

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.setup.frame import setup_page
from tierline.doors.web.shapes import Bar, Clock, Line, Pager, Receipt, ReceiptRow, Rung, Told, View

SWATCHES = (
    "surface-0", "surface-1", "surface-2", "surface-3", "line", "line-strong", "ink", "ink-2", "ink-3", "accent",
    "accent-soft", "tier-0", "tier-1", "tier-2", "tier-3", "tier-4", "good", "warn", "bad", "good-soft", "warn-soft",
    "bad-soft",
)  # fmt: skip


@needs(Right.SETUP)
@require_safe
def styleguide(request: SignedInRequest) -> HttpResponse:
    """The components with sample values."""
    context = {
        "swatches": SWATCHES,
        "rungs": sample_rail(),
        "receipt": sample_receipt(),
        "clocks": sample_clocks(),
        "bars": sample_bars(),
        "views": [
            View(_("Mine"), "#views", "7", current=True),
            View(_("My groups"), "#views", "23"),
            View(_("All open"), "#views", "1,000+"),
        ],
        "pager": Pager(shown=50, next_href="#views", first_href="#views"),
        "told": sample_told(),
        "half_hour": timedelta(minutes=30).total_seconds(),
    }
    return setup_page(request, "setup/styleguide.html", "setup:styleguide", context)


def sample_rail() -> list[Rung]:
    """A ticket that climbed over tier 1 to tier 2 and may go on to tier 3."""
    return [
        Rung(4, "ahead"),
        Rung(3, "ahead", lines=[Line(_("asks for logs and steps"))], ready=5, half=1, items=8),
        Rung(2, "now", remark=_("now"), lines=[Line("Network and Access")], share=0.62, share_words=_("1 h 13 left")),
        Rung(1, "done", remark="41 min", lines=[Line(_("runbook, 4 of 4 steps"))]),
        Rung(0, "done", remark="1 min", lines=[Line(_("no article fits"))]),
    ]


def sample_receipt() -> Receipt:
    rows = [
        ReceiptRow("10:09", _("opened")),
        ReceiptRow("+ 2 h 00", _("first reply, priority 2")),
        ReceiptRow("12:09", _("due"), total=True),
    ]
    return Receipt(_("Due at 12:09"), rows, _("Business hours, Monday to Friday 8 to 18."))


def sample_clocks() -> list[Clock]:
    return [
        Clock(_("First reply"), _("done in 12 min"), 0.1, "good", finished=True),
        Clock(_("Resolution"), _("1 h 13 left"), 0.62),
        Clock(_("Tier 2"), _("12 min left"), 0.9, "warn"),
        Clock(_("Vendor"), _("over by 2 h"), 1.0, "bad"),
        Clock(_("Waits"), _("paused"), 0.4, "hold"),
    ]


def sample_bars() -> list[Bar]:
    figures = ((_("Monday"), 41), (_("Tuesday"), 35), (_("Wednesday"), 52), (_("Thursday"), 28), (_("Friday"), 33))
    return [Bar(day, count, str(count), "#charts", "hot" if count > 50 else "") for day, count in figures]  # noqa: PLR2004 (the sample's peak)


def sample_told() -> list[Told]:
    return [
        Told(_("Sent."), "good"),
        Told(_("Mail to this address came back."), "warn", todo=_("Check the address.")),
        Told(_("Somebody changed this while you were writing."), "bad", kept=_("Your text is kept.")),
    ]
