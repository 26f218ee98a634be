"""Tokens with which programs act as a person."""

from datetime import timedelta

from django.db import transaction

from tierline.core.kernel import clock, ids
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound, Refused
from tierline.core.kernel.text import one_line
from tierline.desk.people.errors import UnknownToken
from tierline.desk.people.models import (
    ApiToken,
    Person,
)
from tierline.desk.people.queries import actor_by_token
from tierline.desk.people.rules import (
    TOKEN_DAYS,
    TOKEN_DAYS_MOST,
    TOKEN_USE_NOTED,
    TOKENS_EACH,
    Right,
    require,
    token_digest,
)


def issue_token(*, actor: Actor, person_id: int, name: str, days: int | None = TOKEN_DAYS) -> tuple[ApiToken, str]:
    """Make a token for oneself, or for anybody with the right to set up; the secret is told now and never again.

    `days` until it expires, None for never. Raises Invalid without a name, Refused past `TOKENS_EACH`, and NotFound.
    """
    if actor.person_id != person_id:
        require(actor, Right.SETUP)
    if not one_line(name, 80):
        raise Invalid({"name": "Say what the token is for."})
    if days is not None and not 0 < days <= TOKEN_DAYS_MOST:
        raise Invalid({"days": f"A token lives from 1 day to {TOKEN_DAYS_MOST:,}, or without an end."})
    now = clock.now()
    with transaction.atomic():
        person = Person.objects.get_queryset().select_for_update().filter(pk=person_id, is_active=True).first()
        if person is None:
            raise NotFound
        if ApiToken.objects.usable(now).filter(person=person).count() >= TOKENS_EACH:
            raise Refused(f"{person} has {TOKENS_EACH} tokens already.", todo="Revoke one that is no longer needed.")
        secret = f"tierline_{ids.token(32)}"
        token = ApiToken.objects.create(
            person=person,
            name=one_line(name, 80),
            sha256=token_digest(secret),
            created_at=now,
            expires_at=None if days is None else now + timedelta(days=days),
        )
    return token, secret


def revoke_token(*, actor: Actor, token_id: int) -> ApiToken:
    """End a token at once; ending it twice is fine. One's own, or anybody's with the right to set up: else NotFound."""
    token = ApiToken.objects.filter(pk=token_id).first()
    if token is None:
        raise NotFound
    if actor.person_id != token.person_id:
        require(actor, Right.SETUP)
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        token.save(update_fields=["revoked_at"])
    return token


def admit_by_token(*, secret: str, request_id: str = "") -> tuple[Actor, int]:
    """Who comes in with a token, and the token's id; its use is noted once an hour. Raises UnknownToken."""
    now = clock.now()
    holder = actor_by_token(secret, at=now, request_id=request_id) if secret else None
    if holder is None:
        raise UnknownToken
    if holder.last_used_at is None or (now - holder.last_used_at).total_seconds() >= TOKEN_USE_NOTED:
        ApiToken.objects.filter(pk=holder.token_id).update(last_used_at=now)
    return holder.actor, holder.token_id
