"""Certificates as lines of a page: whether they count, and until when."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tierline.core.kernel import clock
from tierline.desk.people.models import Certificate
from tierline.desk.people.rules import Held, valid
from tierline.desk.people.rules.certificates import REMIND_BEFORE
from tierline.doors.web.shapes import Tone
from tierline.insight.staffing.queries.profiles import Profile

SOON = max(REMIND_BEFORE)  # days


@dataclass(frozen=True)
class CertificateRow:
    """A certificate with its state in words; `document` tells whether the reader may open its document."""

    one: Certificate
    tone: Tone
    words: str
    document: bool
    counts: bool


def certificate_rows(found: Profile) -> list[CertificateRow]:
    """A person's certificates, those that count first."""
    today = clock.now().date()
    readable = found.own or found.plans
    return [
        CertificateRow(one, *state(one, today), readable and one.evidence_id is not None, one.withdrawn_at is None)
        for one in found.certificates
    ]


def state(one: Certificate, today: date) -> tuple[Tone, str]:
    """Whether a certificate counts on a day, in words."""
    if one.withdrawn_at is not None:
        return "", _("withdrawn")
    if not valid(Held(one.name, one.expires_on), today):
        return "bad", _("lapsed")
    if one.expires_on is None:
        return "good", _("counts")
    left = (one.expires_on - today).days
    if left > SOON:
        return "good", _("counts")
    if left == 0:
        return "warn", _("last day")
    return "warn", ngettext("%(n)s day left", "%(n)s days left", left) % {"n": left}
