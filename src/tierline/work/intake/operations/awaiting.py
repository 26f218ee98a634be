"""Messages that a provider only tells of: noted first, then fetched by a job, then received like any other."""

import json
from datetime import timedelta
from typing import Any

from django.db import transaction

from tierline.core.kernel import clock, jobs, outbound, sealing
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound, TierlineError
from tierline.core.kernel.text import one_line
from tierline.desk.people.rules import Right, require
from tierline.work.intake.errors import ProviderTrouble
from tierline.work.intake.models import AwaitedMail, InboundHook
from tierline.work.intake.rules.providers import message_address, original_address

from .incoming import MAX_MESSAGE, receive

AGAIN_WITHIN = timedelta(days=7)
_FINE, _GONE = 200, (404, 410)
_NOT_UNDERSTOOD = "The provider does not say where the message is."


def note_awaited(*, actor: Actor, hook_id: int, numbers: list[str]) -> int:
    """Note what a provider told of, each message once, and ask for it to be fetched. Returns how many are new.

    Raises NotFound.
    """
    del actor
    with transaction.atomic():
        hook = InboundHook.objects.filter(pk=hook_id).first()
        if hook is None:
            raise NotFound
        now, fresh = clock.now(), 0
        for number in numbers:
            awaited, made = AwaitedMail.objects.get_or_create(hook=hook, number=number, defaults={"told_at": now})
            fresh += made
            if awaited.fetched_at is None:
                _queue(awaited.pk)
        InboundHook.objects.filter(pk=hook_id).update(last_at=now)
        return fresh


def _queue(awaited_id: int) -> None:
    jobs.enqueue("intake.fetch_awaited", lock=f"awaited-{awaited_id}", awaited_id=awaited_id)


def fetch_awaited(*, actor: Actor, awaited_id: int) -> AwaitedMail:
    """Fetch one message from its provider and receive it. Safe to repeat; what is here is not fetched again.

    Raises NotFound, and ProviderTrouble for another try later.
    """
    awaited = AwaitedMail.objects.select_related("hook").filter(pk=awaited_id).first()
    if awaited is None:
        raise NotFound
    if awaited.fetched_at is not None:
        return awaited
    try:
        if awaited.number.startswith("https://"):
            _answer(awaited.number)
        else:
            content = _content(awaited.hook, awaited.number)
            received = receive(actor=actor, content=content, desk_id=awaited.hook.desk_id)
            awaited.inbound_id = received.inbound_id
    except (TierlineError, ValueError) as problem:
        words = problem.for_people() if isinstance(problem, TierlineError) else _NOT_UNDERSTOOD
        AwaitedMail.objects.filter(pk=awaited.pk).update(problem=one_line(words, 300))
        if isinstance(problem, TierlineError):
            raise
        raise ProviderTrouble(words) from problem
    awaited.fetched_at, awaited.problem = clock.now(), ""
    awaited.save(update_fields=["fetched_at", "problem", "inbound"])
    return awaited


def _content(hook: InboundHook, number: str) -> bytes:
    """The original bytes: where they lie is asked with the key, and that address needs none."""
    key = sealing.unseal(hook.api_key, purpose=InboundHook.purpose) if hook.api_key else ""
    headers = {"Authorization": f"Bearer {key}", "Accept": "application/json"}
    told: Any = json.loads(_answer(message_address(hook.provider, number), headers))
    return _answer(original_address(hook.provider, told), most=MAX_MESSAGE + 1)


def _answer(url: str, headers: dict[str, str] | None = None, *, most: int = outbound.MOST_BYTES) -> bytes:
    found = outbound.get(url, headers, most=most)
    if found.status == _FINE:
        return found.body
    why = "it has the message no longer" if found.status in _GONE else f"it answers {found.status}"
    raise ProviderTrouble(f"The provider does not hand the message over: {why}.")


def fetch_again(*, actor: Actor, hook_id: int) -> int:
    """Ask once more for everything of an address that could not be fetched. Returns how many. Raises NotFound."""
    require(actor, Right.SETUP)
    return _again(AwaitedMail.objects.filter(hook=hook_id, fetched_at=None))


def retry_awaited(*, actor: Actor) -> int:
    """Every hour: what could not be fetched, for a week."""
    del actor
    since = clock.now() - AGAIN_WITHIN
    return _again(AwaitedMail.objects.filter(fetched_at=None, told_at__gt=since).exclude(problem=""))


def _again(waiting: Any) -> int:  # noqa: ANN401 (a query)
    ids = list(waiting.order_by("pk").values_list("pk", flat=True)[:1000])
    for awaited_id in ids:
        _queue(awaited_id)
    return len(ids)
