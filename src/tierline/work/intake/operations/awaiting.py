"""Messages that a provider only tells of: noted first, then fetched by a job, then received like any other."""

import hashlib
import json
from datetime import timedelta
from typing import Any

from django.db import transaction

from tierline.core.kernel import clock, jobs, sealing
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound, TierlineError
from tierline.core.kernel.text import one_line
from tierline.desk.people.rules import Right, require
from tierline.work.intake.errors import ProviderTrouble
from tierline.work.intake.models import AwaitedMail, InboundHook
from tierline.work.intake.rules.providers import message_address, original_address

from .incoming import MAX_MESSAGE, receive
from .notices import ask, content_of

AGAIN_WITHIN = timedelta(days=7)
_NOT_UNDERSTOOD = "The provider does not say where the message is."


def note_awaited(*, actor: Actor, hook_id: int, numbers: list[str]) -> int:
    """Note what a provider told of, each message once, and ask for it to be fetched. Returns how many are new.

    Raises NotFound.
    """
    del actor
    return _note(hook_id, dict.fromkeys(numbers, ""))


def note_notices(*, actor: Actor, hook_id: int, notices: list[str]) -> int:
    """Keep whole notices until a job has proven and read them, each once. Returns how many are new. Raises NotFound."""
    del actor
    return _note(hook_id, {hashlib.sha256(one.encode("utf-8", "replace")).hexdigest(): one for one in notices})


def _note(hook_id: int, told: dict[str, str]) -> int:
    with transaction.atomic():
        hook = InboundHook.objects.filter(pk=hook_id).first()
        if hook is None:
            raise NotFound
        now, fresh = clock.now(), 0
        for number, notice in told.items():
            awaited, made = AwaitedMail.objects.get_or_create(
                hook=hook, number=number, defaults={"told_at": now, "notice": notice}
            )
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
        content = _content(awaited)
        if content is not None:
            received = receive(actor=actor, content=content, desk_id=awaited.hook.desk_id)
            awaited.inbound_id = received.inbound_id
    except (TierlineError, ValueError) as problem:
        words = problem.for_people() if isinstance(problem, TierlineError) else _NOT_UNDERSTOOD
        AwaitedMail.objects.filter(pk=awaited.pk).update(problem=one_line(words, 300))
        if isinstance(problem, TierlineError):
            raise
        raise ProviderTrouble(words) from problem
    awaited.fetched_at, awaited.problem, awaited.notice = clock.now(), "", ""
    awaited.save(update_fields=["fetched_at", "problem", "notice", "inbound"])
    return awaited


def _content(awaited: AwaitedMail) -> bytes | None:
    """The bytes: by the notice, or from where the provider says, asked with the key, that they lie."""
    hook = awaited.hook
    key = sealing.unseal(hook.api_key, purpose=InboundHook.purpose) if hook.api_key else ""
    if awaited.notice:
        return content_of(hook.provider, awaited.notice, key)
    headers = {"Authorization": f"Bearer {key}", "Accept": "application/json"}
    told: Any = json.loads(ask(message_address(hook.provider, awaited.number), headers))
    return ask(original_address(hook.provider, told), most=MAX_MESSAGE + 1)


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
