"""Words for the codes that rooms keep: status, impact, channel and the like. A code nobody named is shown as it is."""

from collections.abc import Callable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Text = str | Promise  # lazy words: a page that prints one of them looks up one, not all

STATUS: Mapping[str, Text] = {
    "new": _("new"),
    "open": _("open"),
    "waiting": _("waiting"),
    "resolved": _("resolved"),
    "closed": _("closed"),
}
WAITING: Mapping[str, Text] = {
    "requester": _("the requester"),
    "vendor": _("the vendor"),
    "change": _("a change"),
    "approval": _("an approval"),
}
CASE: Mapping[str, Text] = {
    "prepared": _("prepared"),
    "with_vendor": _("with the vendor"),
    "answered": _("answered"),
    "solved": _("solved"),
    "closed": _("closed"),
    "workaround": _("worked around"),
    "not_solved": _("not solved"),
    "withdrawn": _("withdrawn"),
}
GAP: Mapping[str, Text] = {
    "no_contract": _("there is no contract"),
    "expired": _("the contract has expired"),
    "not_covered": _("the contract does not name this product"),
    "no_cases_left": _("no cases are left"),
}
RETENTION: Mapping[str, Text] = {
    "ticket": _("as long as the ticket"),
    "90-days": _("90 days"),
    "1-year": _("one year"),
    "legal-hold": _("until the legal hold is lifted"),
}
LINK_USE: Mapping[str, Text] = {
    "enter": _("came in by the link"),
    "read": _("read the thread"),
    "pack": _("fetched the pack"),
    "file": _("fetched a file"),
    "answer": _("answered"),
    "reference": _("gave their number"),
    "solved": _("called it solved"),
}
IMPACT: Mapping[int, Text] = {
    1: pgettext_lazy("impact", "wide"),
    2: pgettext_lazy("impact", "group"),
    3: pgettext_lazy("impact", "person"),
}
URGENCY: Mapping[int, Text] = {
    1: pgettext_lazy("urgency", "high"),
    2: pgettext_lazy("urgency", "medium"),
    3: pgettext_lazy("urgency", "low"),
}
CHANNEL: Mapping[str, Text] = {
    "mail": _("by mail"),
    "portal": _("on the portal"),
    "phone": _("by phone"),
    "alert": _("from monitoring"),
    "slack": _("from Slack"),
    "teams": _("from Teams"),
    "chat": _("by chat"),
    "api": _("by API"),
    "monitoring": _("by monitoring"),
}
RESOLUTION: Mapping[str, Text] = {
    "solved": _("solved"),
    "workaround": _("workaround given"),
    "known_error": _("known error"),
    "confirmed": _("confirmed by the requester"),
    "duplicate": _("duplicate"),
    "not_reproducible": _("not reproducible"),
    "withdrawn": _("withdrawn"),
}
SATISFACTION: Mapping[int, Text] = {
    5: _("Very satisfied"),
    4: _("Satisfied"),
    3: _("Neither satisfied nor dissatisfied"),
    2: _("Dissatisfied"),
    1: _("Very dissatisfied"),
}
NOT_ASKED: Mapping[str, Text] = {
    "switched_off": _("surveys were switched off meanwhile"),
    "merged": _("it goes on in another ticket"),
    "reopened": _("it was opened again"),
    "other_requester": _("it is the request of somebody else now"),
    "monitoring": _("a monitoring system opened it"),
    "opened_by_staff": _("a colleague opened it for them"),
    "outcome": _("it did not end as this desk asks about"),
    "tier_0": _("this desk does not ask about what tier 0 solved"),
    "own_work": _("they worked on it themselves"),
    "account_closed": _("their account is closed"),
    "no_address": _("there is no address to write to"),
    "mail_failed": _("mail to their address came back"),
    "opted_out": _("they do not want to be asked"),
    "asked_lately": _("they were asked lately about another request"),
    "mail_held": _("no automatic mail may go to them now"),
}
MAIL_STATE: Mapping[str, Text] = {
    "queued": _("waiting to be sent"),
    "sent": _("sent"),
    "failed": _("failed"),
    "delayed": _("delayed on its way"),
    "held": _("held back"),
    "withdrawn": _("withdrawn"),
}
KIND: Mapping[str, Text] = {"incident": _("Incident"), "request": _("Service request")}
METRIC: Mapping[str, Text] = {
    "first_reply": _("First reply"),
    "next_update": _("Next update"),
    "acceptance": _("Acceptance"),
    "tier": _("This tier, OLA"),
    "underpinning": _("Vendor, contract"),
    "resolution": _("Solution, SLA"),
}
STEP_RESULT: Mapping[str, Text] = {
    "passed": _("as expected"),
    "failed": _("not as expected"),
    "skipped": _("skipped"),
    "found": _("this was the cause"),
}
VERDICT: Mapping[str, Text] = {
    "reproduced": _("reproduced"),
    "not_reproduced": _("not reproduced"),
    "intermittent": _("sometimes reproduced"),
    "blocked": _("could not run"),
}
BOUNCE: Mapping[str, Text] = {
    "missing_information": _("an item is wrong or does not fit"),
    "wrong_group": _("not our component"),
    "known_error_exists": _("already answered"),
    "not_reproducible": _("not reproducible"),
    "other": _("another reason"),
}
HANDOVER: Mapping[str, Text] = {
    "pending": _("waits"),
    "accepted": _("Accepted"),
    "bounced": _("Sent back"),
    "answered": _("Answered"),
    "withdrawn": _("Withdrawn"),
}
PROBLEM: Mapping[str, Text] = {
    "identified": _("identified"),
    "controlled": _("cause known"),
    "error_controlled": _("error control"),
    "closed": _("closed"),
}
KNOWN_ERROR: Mapping[str, Text] = {"draft": _("a draft"), "published": _("in force"), "retired": _("retired")}
FIX: Mapping[str, Text] = {"recorded": _("recorded"), "verified": _("proven"), "failed": _("does not hold")}
LINK: Mapping[str, Text] = {
    "used": _("it solved this"),
    "reused": _("it solved this again"),
    "cited": _("cited to the requester"),
    "flagged": _("flagged"),
}
CONFIDENCE: Mapping[str, Text] = {
    "work_in_progress": _("work in progress"),
    "not_validated": _("not validated"),
    "validated": _("validated"),
    "archived": _("archived"),
}
MAJOR: Mapping[str, Text] = {
    "declared": _("declared"),
    "mitigated": _("mitigated"),
    "stood_down": _("stood down"),
    "reviewed": _("reviewed"),
}
MAJOR_FOR_REQUESTERS: Mapping[str, Text] = {
    "declared": _("We are working on it"),
    "mitigated": _("It works again; we keep watching"),
    "stood_down": _("It is over"),
    "reviewed": _("It is over"),
}
CRITERION: Mapping[str, Text] = {
    "wide_and_urgent": _("wide impact, high urgency"),
    "many_tickets": _("many tickets alike"),
    "many_people": _("many people"),
    "critical_service": _("a critical service is down for a group"),
}
AUDIENCE: Mapping[str, Text] = {"internal": _("agents only"), "requester": _("requesters, too")}


def status(code: str) -> str:
    """Name a ticket's status."""
    return str(STATUS.get(code, code))


def waiting(code: str) -> str:
    """Name whom a ticket waits for."""
    return str(WAITING.get(code, code))


def impact(level: int) -> str:
    """Name an impact (1 to 3, ITIL: how many are affected)."""
    return str(IMPACT.get(level, level))


def urgency(level: int) -> str:
    """Name an urgency (1 to 3, ITIL: how soon it hurts)."""
    return str(URGENCY.get(level, level))


def channel(code: str) -> str:
    """Say how something arrived."""
    return str(CHANNEL.get(code, code))


def resolution(code: str) -> str:
    """Name how a ticket was resolved."""
    return str(RESOLUTION.get(code, code))


def satisfaction(score: int) -> str:
    """Say a score from 1 to 5 in words."""
    return str(SATISFACTION.get(score, score))


def not_asked(code: str) -> str:
    """Say why nobody was asked how it went."""
    return str(NOT_ASKED.get(code, code))


def kind(code: str) -> str:
    """Name a kind of ticket."""
    return str(KIND.get(code, code))


def metric(code: str) -> str:
    """Name a clock."""
    return str(METRIC.get(code, code))


def step_result(code: str) -> str:
    """Name what a runbook step showed."""
    return str(STEP_RESULT.get(code, code))


def verdict(code: str) -> str:
    """Name what a lab run showed."""
    return str(VERDICT.get(code, code.replace("_", " ")))


def mail_state(code: str) -> str:
    """Name how far an outgoing mail is."""
    return str(MAIL_STATE.get(code, code))


def bounce(code: str) -> str:
    """Name why a hand-over was sent back."""
    return str(BOUNCE.get(code, code))


def handover(code: str) -> str:
    """Name what became of a hand-over."""
    return str(HANDOVER.get(code, code))


def problem(code: str) -> str:
    """Name the phase of a problem (ITIL 4)."""
    return str(PROBLEM.get(code, code))


def known_error(code: str) -> str:
    """Name the state of a known error."""
    return str(KNOWN_ERROR.get(code, code))


def fix(code: str) -> str:
    """Name the state of a fix."""
    return str(FIX.get(code, code))


def link(code: str) -> str:
    """Name what an article did for a ticket."""
    return str(LINK.get(code, code))


def confidence(code: str) -> str:
    """Name an article's confidence (KCS v6)."""
    return str(CONFIDENCE.get(code, code))


def major(code: str) -> str:
    """Name the state of a major incident."""
    return str(MAJOR.get(code, code))


def major_said(code: str) -> str:
    """Say the state of a major incident to requesters."""
    return str(MAJOR_FOR_REQUESTERS.get(code, code))


def criterion(code: str) -> str:
    """Name a criterion of a major incident."""
    return str(CRITERION.get(code, code))


def case(code: str) -> str:
    """Name the state or the outcome of a case with a vendor."""
    return str(CASE.get(code, code))


def gap(code: str) -> str:
    """Say what a vendor's contract does not cover."""
    return str(GAP.get(code, code))


def link_use(code: str) -> str:
    """Say what a vendor's link was used for."""
    return str(LINK_USE.get(code, code))


def audience(code: str) -> str:
    """Name who may read an article."""
    return str(AUDIENCE.get(code, code))


MASKED: Mapping[str, Text] = {
    "account": _("account numbers"),
    "address": _("network addresses"),
    "card": _("card numbers"),
    "company": _("names of the organisation"),
    "cookie": _("cookies"),
    "email": _("mail addresses"),
    "id": _("personal numbers"),
    "key": _("private keys"),
    "password": _("passwords"),
    "person": _("names"),
    "phone": _("telephone numbers"),
    "token": _("access tokens"),
}


def masked(code: str) -> str:
    """Name a class of what is masked in a log."""
    return str(MASKED.get(code, code))


FILTERS: dict[str, Callable[..., str]] = {
    "masked_name": masked,
    "status_name": status,
    "waiting_name": waiting,
    "impact_name": impact,
    "urgency_name": urgency,
    "channel_name": channel,
    "resolution_name": resolution,
    "satisfaction_name": satisfaction,
    "not_asked_name": not_asked,
    "kind_name": kind,
    "metric_name": metric,
    "step_result_name": step_result,
    "verdict_name": verdict,
    "bounce_name": bounce,
    "handover_name": handover,
    "problem_name": problem,
    "major_name": major,
    "major_said": major_said,
    "criterion_name": criterion,
    "case_name": case,
    "gap_name": gap,
    "link_use": link_use,
    "known_error_name": known_error,
    "fix_name": fix,
    "link_name": link,
    "confidence_name": confidence,
    "audience_name": audience,
}
