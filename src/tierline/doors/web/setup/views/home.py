"""The overview: what is set up, what is missing, and the ladder of this desk."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from tierline.core.kernel import clock, failed_jobs, storage
from tierline.core.plugins import registry
from tierline.desk.catalogue import queries as catalogue
from tierline.desk.people import queries
from tierline.desk.people.queries import GroupRow
from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.setup.frame import setup_page
from tierline.doors.web.shapes import Tone
from tierline.work.intake import queries as intake
from tierline.work.intake.models import Health
from tierline.work.intake.operations import smtp

FRONTLINE, HIGHEST = 1, 4


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that is ready, half ready or missing, and where to put it right."""

    tone: Tone
    title: str
    words: str
    href: str


@dataclass(frozen=True, kw_only=True)
class TierRow:
    tier: int
    groups: Sequence[GroupRow]
    empty: str


@needs(Right.SETUP)
@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    """What is there, and what is missing."""
    groups = [group for group in queries.groups(request.actor) if group.active]
    checks = [desk_check(request, groups), *tier_checks(groups), service_check(request), *mail_checks(request)]
    checks += [*piped_checks(request), *file_checks()]
    checks += [plugin_check(len(registry.broken())), job_check(failed_jobs.how_many_gave_up())]
    missing = sum(check.tone != "good" for check in checks)
    context = {"checks": checks, "ladder": ladder(groups), "summary": summary(missing)}
    return setup_page(request, "setup/home.html", "setup:home", context)


def summary(missing: int) -> str:
    """The page's conclusion."""
    if not missing:
        return _("Everything a desk needs is there.")
    return ngettext("%(n)s thing is open.", "%(n)s things are open.", missing) % {"n": missing}


def ladder(groups: Sequence[GroupRow]) -> list[TierRow]:
    """The five tiers from above, with their groups."""
    empty = {0: _("the portal, the articles and the assistant"), HIGHEST: _("no vendor yet")}
    return [
        TierRow(
            tier=tier,
            groups=[group for group in groups if group.tier == tier],
            empty=empty.get(tier, _("nobody yet")),
        )
        for tier in range(HIGHEST, -1, -1)
    ]


def desk_check(request: SignedInRequest, groups: Sequence[GroupRow]) -> Check:
    desks = queries.desks(request.actor)
    words = ", ".join(desk.name for desk in desks) if desks else _("Without a desk nothing can be asked.")
    tone: Tone = "good" if desks and groups else "warn" if desks else "bad"
    return Check(tone=tone, title=_("A desk"), words=words, href=f"{reverse('setup:services')}#desks")


def tier_checks(groups: Sequence[GroupRow]) -> list[Check]:
    """The frontline must have people; the tiers above it should."""
    found = []
    for tier, title in ((1, _("A frontline group")), (2, _("Specialists")), (3, _("Experts"))):
        here = [group for group in groups if group.tier == tier]
        people = sum(group.members for group in here)
        tone: Tone = "good" if people else "bad" if tier == FRONTLINE else "warn"
        words = (
            ngettext("%(n)s person", "%(n)s people", people) % {"n": people}
            if people
            else _("A group without people: tickets would wait.")
            if here
            else _("No group stands on this tier.")
        )
        found.append(Check(tone=tone, title=title, words=words, href=reverse("setup:groups")))
    return found


def service_check(request: SignedInRequest) -> Check:
    count = len(catalogue.services(request.actor))
    words = (
        ngettext("%(n)s service", "%(n)s services", count) % {"n": count}
        if count
        else _("Without services, routing goes by words alone.")
    )
    return Check(tone="good" if count else "warn", title=_("Services"), words=words, href=reverse("setup:services"))


def mail_checks(request: SignedInRequest) -> list[Check]:
    """How mail comes in and goes out."""
    sends, boxes = smtp.is_set_up(), intake.mailboxes(request.actor)
    ill = [one.address for one in boxes if one.health == Health.TROUBLE]
    coming = _("No mailbox is connected; mail may still come another way.")
    if boxes:
        coming = _("In trouble: %(names)s.") % {"names": ", ".join(ill)} if ill else _("Mailboxes are read.")
    going = _("Answers go out by mail.") if sends else _("No mail server is set: answers wait here.")
    late = intake.late_mail(request.actor) if sends else 0
    if late:
        going = ngettext("%(n)s mail waits for another try.", "%(n)s mails wait for another try.", late) % {"n": late}
    return [
        Check(
            tone="bad" if ill else "good" if boxes else "warn",
            title=_("Incoming mail"),
            words=coming,
            href=reverse("setup:mail"),
        ),
        Check(
            tone="bad" if late else "good" if sends else "warn",
            title=_("Outgoing mail"),
            words=going,
            href=reverse("setup:mail") if late else reverse("setup:outgoing"),
        ),
    ]


def piped_checks(request: SignedInRequest) -> list[Check]:
    """Mail that a mail server piped in and that nobody takes; nothing to tell as long as all is taken."""
    told = intake.piped(request.actor)
    if told.refused:
        words = ngettext("%(n)s mail cannot be taken.", "%(n)s mails cannot be taken.", len(told.refused))
        words %= {"n": len(told.refused)}
    elif told.is_stuck(clock.now().timestamp()):
        words = ngettext("%(n)s mail waits for the receiver.", "%(n)s mails wait for the receiver.", told.waiting)
        words %= {"n": told.waiting}
    else:
        return []
    return [Check(tone="bad", title=_("Piped mail"), words=words, href=reverse("setup:mail"))]


def file_checks() -> list[Check]:
    """Whether files reach the object storage; without one there is nothing to tell."""
    told = storage.state()
    if not told.place:
        return []
    words = _("All that are large are in the object storage.")
    if told.waiting:
        words = ngettext("%(n)s file waits to be carried.", "%(n)s files wait to be carried.", told.waiting)
        words %= {"n": told.waiting}
    tone: Tone = "bad" if told.failed else "good"
    return [Check(tone=tone, title=_("Files"), words=words, href=reverse("setup:files"))]


def plugin_check(broken: int) -> Check:
    words = (
        ngettext("%(n)s was left out.", "%(n)s were left out.", broken) % {"n": broken}
        if broken
        else _("All that are installed work.")
    )
    return Check(tone="bad" if broken else "good", title=_("Plug-ins"), words=words, href=reverse("setup:plugins"))


def job_check(failed: int) -> Check:
    words = (
        ngettext("%(n)s job gave up.", "%(n)s jobs gave up.", failed) % {"n": failed}
        if failed
        else _("No job has given up.")
    )
    return Check(
        tone="bad" if failed else "good", title=_("Work in the background"), words=words, href=reverse("setup:work")
    )
