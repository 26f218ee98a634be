"""What people do with a message in quarantine: put it right and release it, delete it, learn from it for the next."""

from django.db import IntegrityError, transaction

from tierline.core.kernel import clock, storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import one_line
from tierline.desk.people.rules import Right, require
from tierline.work.intake.errors import NotInQuarantine
from tierline.work.intake.models import InboundMessage, LearnedRule, Mark, Outcome, Verdict
from tierline.work.intake.rules.learned import fits, value_of

from .known import forget, known

_AT_ONCE = 1000


def discard(*, actor: Actor, inbound_id: int) -> InboundMessage:
    """Delete the bytes of a message in quarantine for good; that it came, and who deleted it, stays known.

    Raises NotFound without the right, NotInQuarantine.
    """
    require(actor, Right.QUARANTINE)
    with transaction.atomic():
        inbound = locked(inbound_id)
        sha256, inbound.blob = inbound.blob_id, None
        inbound.outcome, inbound.reason = (
            Outcome.IGNORED,
            one_line(f"deleted from the quarantine by {actor.label}", 500),
        )
        inbound.fingerprint = ""  # if it comes again, it is looked at again
        inbound.save(update_fields=["blob", "outcome", "reason", "fingerprint"])
        if sha256 is not None:
            storage.drop(sha256)
    return inbound


def learn(*, actor: Actor, inbound_id: int, mark: str, verdict: str) -> LearnedRule:
    """Decide messages like this one from now on, and those that wait in quarantine at once.

    Raises NotFound without the right, NotInQuarantine, Invalid when the message has nothing to know it by.
    """
    require(actor, Right.QUARANTINE)
    if mark not in Mark.values or verdict not in Verdict.values:
        raise Invalid({"mark": "Choose one of the list."})
    with transaction.atomic():
        inbound = locked(inbound_id)
        value = value_of(mark, inbound.sender, inbound.subject)
        if not value:
            raise Invalid({"mark": "This message shows nothing there by which another could be known."})
        rule = _keep(actor, inbound, mark, value, verdict)
        if verdict == Verdict.IGNORE:
            _apply(rule)
        transaction.on_commit(forget)
    return rule


def unlearn(*, actor: Actor, rule_id: int) -> None:
    """Forget a rule; what it has decided stays decided. Raises NotFound."""
    require(actor, Right.QUARANTINE)
    with transaction.atomic():
        deleted, _ = LearnedRule.objects.filter(pk=rule_id).delete()
        if not deleted:
            raise NotFound
        transaction.on_commit(forget)


def learned(inbound: InboundMessage) -> LearnedRule | None:
    """The rule that decides this message, if one was learned; the oldest counts."""
    return next((rule for rule in known().rules if fits(rule.mark, rule.value, inbound.sender, inbound.subject)), None)


def why(rule: LearnedRule) -> str:
    """The sentence that explains what a rule did."""
    what = {Mark.SENDER: "from", Mark.DOMAIN: "from the domain", Mark.SUBJECT: "with the subject"}[Mark(rule.mark)]
    done = {Verdict.IGNORE: "is ignored", Verdict.QUARANTINE: "is kept in quarantine"}[Verdict(rule.verdict)]
    return (
        f"mail {what} {rule.value} {done}: rule {rule.pk}, learned by {rule.learned_by} on {rule.created_at:%Y-%m-%d}"
    )


def locked(inbound_id: int) -> InboundMessage:
    """A message in quarantine, locked. Raises NotFound, NotInQuarantine."""
    inbound = InboundMessage.objects.select_for_update().filter(pk=inbound_id).first()
    if inbound is None:
        raise NotFound
    if inbound.outcome != Outcome.QUARANTINED:
        raise NotInQuarantine
    return inbound


def _keep(actor: Actor, inbound: InboundMessage, mark: str, value: str, verdict: str) -> LearnedRule:
    try:
        with transaction.atomic():
            return LearnedRule.objects.create(
                mark=mark,
                value=value,
                verdict=verdict,
                learned_from=inbound,
                learned_by=actor.label,
                created_at=clock.now(),
            )
    except IntegrityError as problem:
        raise Invalid({"mark": "There is a rule for this already."}) from problem


def _apply(rule: LearnedRule) -> None:
    waiting = InboundMessage.objects.quarantined().order_by("pk").values_list("pk", "sender", "subject")[:_AT_ONCE]
    alike = [pk for pk, sender, subject in waiting if fits(rule.mark, rule.value, sender, subject)]
    InboundMessage.objects.filter(pk__in=alike).update(outcome=Outcome.IGNORED, reason=one_line(why(rule), 500))
