"""Addresses where mail providers hand over messages: made, removed, and what comes in by them."""

import secrets
from dataclasses import dataclass

from django.db import transaction

from tierline.core.kernel import clock, sealing
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.desk.people.models import Desk
from tierline.desk.people.rules import Right, require
from tierline.work.intake.models import InboundHook

from .incoming import Received, receive

USER = "tierline"


@dataclass(frozen=True, slots=True)
class OpenHook:
    """A hook with its secrets, for the door that checks them."""

    hook: InboundHook
    password: str
    signing_key: str

    def __repr__(self) -> str:
        return f"OpenHook({self.hook})"


def add_hook(
    *, actor: Actor, provider: str, desk_id: int, signing_key: str = "", api_key: str = ""
) -> tuple[InboundHook, str]:
    """Make an address for a provider. Returns it with its password, which is not shown again.

    Raises NotFound without the right, Invalid.
    """
    require(actor, Right.SETUP)
    if not Desk.objects.filter(pk=desk_id).exists():
        raise Invalid({"desk": "There is no such desk."})
    password = secrets.token_urlsafe(24)
    hook = InboundHook.objects.create(
        provider=provider,
        desk_id=desk_id,
        key=secrets.token_urlsafe(18),
        secret=sealing.seal(password, purpose=InboundHook.purpose),
        signing_key=sealing.seal(signing_key.strip(), purpose=InboundHook.purpose),
        api_key=sealing.seal(api_key.strip(), purpose=InboundHook.purpose) if api_key.strip() else "",
        created_at=clock.now(),
    )
    return hook, password


def remove_hook(*, actor: Actor, hook_id: int) -> None:
    """Take nothing by this address any more. Raises NotFound."""
    require(actor, Right.SETUP)
    with transaction.atomic():
        deleted, _ = InboundHook.objects.filter(pk=hook_id).delete()
    if not deleted:
        raise NotFound


def open_hook(provider: str, key: str) -> OpenHook:
    """The hook behind an address. Raises NotFound."""
    hook = InboundHook.objects.filter(key=key, provider=provider, active=True).first()
    if hook is None:
        raise NotFound
    return OpenHook(
        hook,
        sealing.unseal(hook.secret, purpose=InboundHook.purpose),
        sealing.unseal(hook.signing_key, purpose=InboundHook.purpose),
    )


def receive_by_hook(*, actor: Actor, hook_id: int, contents: list[bytes]) -> list[Received]:
    """Store and understand what a provider handed over, each message by itself. Raises NotFound, TooLarge."""
    hook = InboundHook.objects.filter(pk=hook_id).first()
    if hook is None:
        raise NotFound
    received = [receive(actor=actor, content=content, desk_id=hook.desk_id) for content in contents]
    InboundHook.objects.filter(pk=hook_id).update(last_at=clock.now())
    return received
